"""The page behind a QR code, through HTTP: what is taken, what is refused, what is kept."""

import datetime as dt
import re

import pytest
from django.test import Client
from django.urls import reverse

from huying.calls.models import Call
from huying.calls.tests.residents import KEY, raise_url, send, value, words
from huying.kernel.models import Event
from huying.people.models import Identity
from huying.places.models import Place, PlaceSuccessor


def nothing_written():
    return not (
        Call.objects.exists() or Identity.objects.exists() or Event.objects.filter(kind="calls.raised").exists()
    )


def test_a_resident_raises_a_call_and_lands_on_its_page(client, stage):
    page = client.get(raise_url(stage))
    assert page.status_code == 200 and "人民大厦小区 17栋 1单元" in words(page)
    sent = client.post(raise_url(stage), {"text": "三楼楼道灯不亮了", "key": value(page, "key")})
    assert sent.status_code == 303
    received = client.get(sent["Location"])
    assert received.status_code == 200 and "收到了" in words(received)
    assert Call.objects.get().text == "三楼楼道灯不亮了"


def test_the_form_needs_no_cookie_and_no_token(stage):
    client = Client(enforce_csrf_checks=True)
    assert send(client, stage).status_code == 303
    assert "sessionid" not in client.cookies


def test_a_call_is_taken_with_one_statement_beside_its_place(client, stage, django_assert_num_queries):
    with django_assert_num_queries(2):
        send(client, stage)


def test_the_page_asks_a_bounded_number_of_queries(client, stage, django_assert_max_num_queries):
    with django_assert_max_num_queries(3):
        client.get(raise_url(stage))


def test_a_double_tap_is_one_call(client, stage):
    first, second = send(client, stage), send(client, stage)
    assert first.status_code == second.status_code == 303
    assert first["Location"] == second["Location"]
    assert Call.objects.count() == 1


def test_a_lost_key_costs_nobody_their_words(client, stage):
    for key in ("", "x", "钥匙" * 8, "k" * 65):
        assert send(client, stage, key=key).status_code == 303
    assert Call.objects.count() == 4


@pytest.mark.parametrize("text", ["", "   ", "\u200b\u200b", "\u200d\ufeff", "\x00\x00", "\n\t \n"])
def test_no_words_are_asked_for_in_words(client, stage, text):
    response = send(client, stage, text=text, name="吴阿姨", phone="13812345678")
    assert response.status_code == 422
    assert "请写一句话" in words(response)
    assert 'value="吴阿姨"' in words(response) and 'value="13812345678"' in words(response)
    assert nothing_written()


def test_too_many_words_are_kept_and_counted(client, stage):
    text = "灯" * 2001
    response = send(client, stage, text=text)
    assert response.status_code == 422 and text in words(response) and "2001" in words(response)
    assert nothing_written()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("灯\x00坏\u200b了", "灯坏了"),
        ("𠮷野家门口👨‍👩‍👧 堵了😀", "𠮷野家门口👨‍👩‍👧 堵了😀"),
        ("the light 灯 ضوء свет है", "the light 灯 ضوء свет है"),
        ("\u202eevil\u202c 灯坏", "evil 灯坏"),
        ("灯" * 2000, "灯" * 2000),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("'; DROP TABLE calls_call; --", "'; DROP TABLE calls_call; --"),
        ("a\r\nb", "a\nb"),
    ],
)
def test_every_kind_of_writing_is_taken(client, stage, text, kept):
    response = send(client, stage, text=text)
    assert response.status_code == 303
    assert Call.objects.get().text == kept
    page = client.get(response["Location"])
    assert page.status_code == 200 and b"<script>alert(1)" not in page.content


@pytest.mark.parametrize("phone", ["12", "abc", "99999999999", "13812345678" * 3, "１３８"])
def test_a_wrong_phone_is_refused_at_its_field(client, stage, phone):
    response = send(client, stage, phone=phone)
    assert response.status_code == 422
    assert 'id="raiseform_phone_error"' in words(response) and phone in words(response)
    assert "三楼楼道灯不亮了" in words(response) and '<details class="more" open>' in words(response)
    assert nothing_written()


def test_a_name_too_long_is_refused(client, stage):
    response = send(client, stage, name="吴" * 41)
    assert response.status_code == 422 and nothing_written()


def test_an_unknown_category_is_refused(client, stage):
    response = send(client, stage, category="nonsense")
    assert response.status_code == 422 and "没有这个类别" in words(response) and nothing_written()


def test_what_was_chosen_is_kept(client, stage):
    response = send(client, stage, text="", category="heat", private="on")
    assert re.search(r'value="heat" checked', response.content.decode())
    assert re.search(r'name="private"[^>]* checked', response.content.decode())


def test_a_body_of_another_kind_is_no_words(client, stage):
    response = client.post(raise_url(stage), b'{"text": ["x"]}', content_type="application/json")
    assert response.status_code == 422 and nothing_written()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"--x\r\nbroken", "multipart/form-data"),
        (b"text=" + b"a" * 3_000_000, "application/x-www-form-urlencoded"),
        (b"&".join(b"a%d=1" % n for n in range(1500)), "application/x-www-form-urlencoded"),
        (b"text=%ff%fe%00", "application/x-www-form-urlencoded"),
        (b"\xff" * 100, "application/x-www-form-urlencoded"),
    ],
)
def test_what_cannot_be_read_is_a_client_error_and_never_ours(client, stage, body, kind):
    response = client.post(raise_url(stage), body, content_type=kind)
    assert 400 <= response.status_code < 500 or response.status_code == 303


@pytest.mark.parametrize("tag", ["nowhere1", "22222222", "%00", "x" * 300, "👻"])
@pytest.mark.parametrize("way", ["get", "post"])
def test_a_code_that_leads_nowhere_says_so(client, db, tag, way):
    response = getattr(client, way)(f"/q/{tag}/")
    assert response.status_code == 404 and "没有找到这个二维码的地方" in words(response)


def test_a_code_typed_with_capitals_and_blanks_is_understood(client, stage):
    tag = stage.place("entrance").tag
    assert client.get(f"/q/{tag[:4].upper()} {tag[4:]}/").status_code == 200


def test_other_methods_are_refused(client, stage):
    assert client.put(raise_url(stage)).status_code == client.delete(raise_url(stage)).status_code == 405


# --- places that ended, places that were wrong ------------------------------------------------------------------


def end(place, into=None):
    Place.objects.filter(pk=place.pk).update(valid_to=dt.date.today())
    if into:
        PlaceSuccessor.objects.create(old=place, new=into)


def test_an_ended_place_leads_to_its_successor_with_what_was_typed(client, stage):
    end(stage.place("bare_building"), into=stage.place("building"))
    response = send(client, stage, at="bare_building", text="三楼灯坏", phone="13812345678")
    assert response.status_code == 410 and nothing_written()
    assert value(response, "text") == "三楼灯坏" and value(response, "phone") == "13812345678"
    assert f'formaction="{raise_url(stage, "building")}"' in words(response)
    moved = client.post(raise_url(stage, "building"), {"text": "三楼灯坏", "key": KEY, "do": "stay"})
    assert moved.status_code == 200 and ">\n三楼灯坏</textarea>" in words(moved)
    assert nothing_written()


def test_an_ended_place_without_successor_gives_a_number_to_ring(client, stage):
    end(stage.place("bare_building"))
    response = send(client, stage, at="bare_building", text="三楼灯坏")
    assert response.status_code == 410 and "tel:12345" in words(response) and "三楼灯坏" in words(response)


def test_successors_are_followed_through_several_hands_and_circles(client, stage):
    old, middle, new = stage.place("bare_building"), stage.place("household"), stage.place("building")
    end(old, into=middle)
    end(middle, into=new)
    PlaceSuccessor.objects.create(old=middle, new=old)
    assert raise_url(stage, "building") in words(client.get(raise_url(stage, "bare_building")))


def test_another_building_is_chosen_and_what_was_typed_goes_along(client, stage):
    response = send(client, stage, do="where", text="灯坏了", category="lighting")
    assert response.status_code == 200 and "18栋" in words(response)
    assert value(response, "text") == "灯坏了" and value(response, "category") == "lighting"
    assert nothing_written()
    assert client.get(reverse("call-where", args=[stage.place("entrance").tag])).status_code == 200

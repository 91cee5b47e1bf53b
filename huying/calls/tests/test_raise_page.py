"""The page behind a QR code, through HTTP: what is taken, what is refused, what is kept."""

import datetime as dt
import html
import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from huying.calls import flood
from huying.calls.models import Call, Photo
from huying.kernel.models import Event
from huying.kernel.pow import solve
from huying.people.models import Identity
from huying.places.models import Place, PlaceSuccessor

KEY = "0123456789abcdef"


@pytest.fixture(autouse=True)
def quiet_before():
    flood.forget()
    yield
    flood.forget()


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def url(stage, at="entrance"):
    return reverse("call-raise", args=[stage.place(at).tag])


def send(client, stage, text="三楼楼道灯不亮了", at="entrance", **more):
    return client.post(url(stage, at), {"text": text, "key": KEY} | more)


def words(response) -> str:
    return html.unescape(response.content.decode())


def value(response, name: str) -> str:
    return re.search(rf'name="{name}" value="([^"]*)"', response.content.decode()).group(1)


def photo(name="a.jpg", size=(40, 30)) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, "JPEG")
    return SimpleUploadedFile(name, out.getvalue(), "image/jpeg")


def nothing_written():
    return not (
        Call.objects.exists() or Identity.objects.exists() or Event.objects.filter(kind="calls.raised").exists()
    )


def test_a_resident_raises_a_call_and_lands_on_its_page(client, stage):
    page = client.get(url(stage))
    assert page.status_code == 200 and "人民大厦小区 17栋 1单元" in words(page)
    sent = client.post(url(stage), {"text": "三楼楼道灯不亮了", "key": value(page, "key")})
    assert sent.status_code == 303
    received = client.get(sent["Location"])
    assert received.status_code == 200 and "收到了" in words(received)
    assert Call.objects.get().text == "三楼楼道灯不亮了"


def test_the_form_needs_no_cookie_and_no_token(stage):
    client = Client(enforce_csrf_checks=True)
    assert send(client, stage).status_code == 303
    assert "sessionid" not in client.cookies


def test_a_call_is_taken_with_two_queries_beside_its_place(client, stage, django_assert_num_queries):
    with django_assert_num_queries(3):
        send(client, stage)


def test_the_page_asks_a_bounded_number_of_queries(client, stage, django_assert_max_num_queries):
    with django_assert_max_num_queries(3):
        client.get(url(stage))


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
    response = client.post(url(stage), b'{"text": ["x"]}', content_type="application/json")
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
    response = client.post(url(stage), body, content_type=kind)
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
    assert client.put(url(stage)).status_code == client.delete(url(stage)).status_code == 405


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
    assert f'formaction="{url(stage, "building")}"' in words(response)
    moved = client.post(url(stage, "building"), {"text": "三楼灯坏", "key": KEY, "do": "stay"})
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
    assert url(stage, "building") in words(client.get(url(stage, "bare_building")))


def test_another_building_is_chosen_and_what_was_typed_goes_along(client, stage):
    response = send(client, stage, do="where", text="灯坏了", category="lighting")
    assert response.status_code == 200 and "18栋" in words(response)
    assert value(response, "text") == "灯坏了" and value(response, "category") == "lighting"
    assert nothing_written()
    assert client.get(reverse("call-where", args=[stage.place("entrance").tag])).status_code == 200


# --- danger, same matters ---------------------------------------------------------------------------------------


def test_words_of_danger_are_taken_as_urgent_and_answered_with_the_number(client, stage):
    page = client.get(send(client, stage, text="楼下着火了").headers["Location"])
    assert "请先打 119" in words(page) and 'href="tel:119"' in words(page)
    assert Call.objects.get().urgency == "urgent"


@pytest.fixture
def known(stage, raise_one):
    from huying.calls import actions

    call = raise_one(text="东门垃圾堆了三天")
    actions.accept(call, "garbage", by=stage.actor("gao"), public_text="小区东门垃圾堆了三天没清", public=True)
    return call


def alike(client, stage, text):
    return words(client.post(reverse("call-alike", args=[stage.place("entrance").tag]), {"text": text}))


def test_a_call_that_looks_alike_is_shown_while_writing(client, stage, known):
    assert "小区东门垃圾堆了三天没清" in alike(client, stage, "东门的垃圾好几天没清了")
    assert "小区东门" not in alike(client, stage, "楼道灯不亮")
    assert "小区东门" not in alike(client, stage, "")


def test_what_is_not_public_is_never_shown_as_alike(client, stage, raise_one):
    raise_one(text="东门垃圾堆了三天没清")
    assert "东门垃圾" not in alike(client, stage, "东门垃圾堆了三天没清")


def test_hints_asked_for_by_the_hundred_stop(client, stage, known):
    flood._others()[1].clock = lambda: 0.0
    for _ in range(60):
        alike(client, stage, "东门垃圾")
    assert "小区东门" not in alike(client, stage, "东门的垃圾好几天没清了")
    assert send(client, stage).status_code == 303


def test_me_too_is_a_call_of_its_own_that_names_the_other(client, stage, known):
    response = send(client, stage, text="东门垃圾臭", same=str(known.pk))
    assert response.status_code == 303
    call = Call.objects.exclude(pk=known.pk).get()
    assert known.number in call.entries.get().text
    assert send(client, stage, text="东门垃圾臭", same=str(known.pk)).status_code == 303
    assert call.entries.count() == 1


@pytest.mark.parametrize("same", ["0", "-1", "abc", "9" * 30, "1 or 1=1", "\x00"])
def test_a_forged_same_is_left_aside(client, stage, same):
    assert send(client, stage, same=same).status_code == 303
    assert Call.objects.get().entries.count() == 0
    assert client.get(url(stage), {"same": same}).status_code == 200


def test_who_comes_from_a_public_call_begins_with_its_words(client, stage, known):
    page = client.get(url(stage), {"same": str(known.pk)})
    assert "我也遇到了：小区东门垃圾堆了三天没清" in words(page) and value(page, "same") == str(known.pk)


# --- photos -----------------------------------------------------------------------------------------------------


def test_photos_come_with_the_call(client, stage):
    response = send(client, stage, photos=[photo(), photo(size=(50, 50))])
    assert response.status_code == 303 and "photo=" not in response["Location"]
    assert Photo.objects.count() == 2
    assert Event.objects.get(kind="calls.words_added").facts["photos"] == 2


def test_a_bad_photo_costs_the_photo_and_never_the_call(client, stage):
    bad = SimpleUploadedFile("b.jpg", b"not a picture", "image/jpeg")
    response = send(client, stage, photos=[photo(), bad])
    assert response.status_code == 303
    page = client.get(response["Location"])
    assert "第 2 张照片没有收" in words(page) and "收到了" in words(page)
    assert Photo.objects.count() == 1


def test_a_photo_too_large_is_let_go_while_it_arrives(client, stage):
    big = SimpleUploadedFile("big.jpg", b"\xff" * (10 * 1024 * 1024 + 1), "image/jpeg")
    response = send(client, stage, photos=[big, photo()])
    assert "photo=1.big" in response["Location"] and Photo.objects.count() == 1
    assert "最多 10 MB" in words(client.get(response["Location"]))


def test_of_eight_photos_six_are_kept(client, stage):
    response = send(client, stage, photos=[photo(size=(40 + n, 30)) for n in range(8)])
    assert "photo=7.many" in response["Location"] and "photo=8.many" in response["Location"]
    assert Photo.objects.count() == 6


def test_a_double_tap_with_photos_keeps_them_once(client, stage):
    for _ in range(2):
        assert send(client, stage, photos=[photo()]).status_code == 303
    assert Photo.objects.count() == 1


# --- floods -----------------------------------------------------------------------------------------------------


def fill(client, stage, count=6):
    for limiter in flood._limiters():
        limiter.clock = lambda: 0.0
    for n in range(count):
        assert send(client, stage, key=f"{KEY}{n}").status_code == 303


def held(client, stage):
    fill(client, stage)
    response = send(client, stage, text="真有急事", phone="13812345678", key="the-real-one")
    assert response.status_code == 429 and int(response["Retry-After"]) > 0
    assert ">\n真有急事</textarea>" in words(response) and "还没有发出去" in words(response)
    assert Call.objects.count() == 6
    return response


def test_beyond_the_rate_a_call_is_held_with_all_that_was_typed_and_passes_with_work(client, stage):
    response = held(client, stage)
    challenge = value(response, "challenge")
    again = {"challenge": challenge, "nonce": solve(challenge, 16)}
    assert send(client, stage, text="真有急事", key="the-real-one", **again).status_code == 303
    assert Call.objects.count() == 7
    # One solution is one call.
    assert send(client, stage, key="another-one", **again).status_code == 429


def test_without_scripts_a_minutes_wait_opens_the_way(client, stage, time_machine):
    time_machine.move_to(dt.datetime.now(dt.UTC), tick=False)
    ticket = value(held(client, stage), "ticket")
    assert send(client, stage, key="the-real-one", ticket=ticket).status_code == 429
    time_machine.shift(61)
    assert send(client, stage, key="another-one", ticket=ticket).status_code == 429
    assert send(client, stage, key="the-real-one", ticket=ticket).status_code == 303
    assert send(client, stage, key="the-real-one", ticket=ticket).status_code == 303
    assert Call.objects.count() == 7


@pytest.mark.parametrize("ticket", ["", "1.x", "0." + "0" * 32, "99999999999999." + "0" * 32, "1٣.x", "1.灯"])
def test_a_forged_ticket_opens_nothing(client, stage, ticket):
    fill(client, stage)
    assert send(client, stage, key="the-real-one", ticket=ticket, challenge="v1.1.1.x.y", nonce="1").status_code == 429


def test_who_opens_the_page_beyond_the_rate_gets_the_work_along(client, stage):
    fill(client, stage)
    page = client.get(url(stage))
    challenge = value(page, "challenge")
    sent = send(client, stage, key=value(page, "key"), challenge=challenge, nonce=solve(challenge, 16))
    assert sent.status_code == 303


def test_another_address_is_not_held(client, stage):
    fill(client, stage)
    assert client.post(url(stage), {"text": "灯", "key": "x" * 9}, REMOTE_ADDR="10.0.0.9").status_code == 303


def test_only_a_trusted_proxy_is_believed(rf, settings):
    def address(socket, forwarded):
        return flood.address_of(rf.get("/", REMOTE_ADDR=socket, headers={"X-Forwarded-For": forwarded}))

    settings.TRUSTED_PROXIES = ["10.0.0.1", "10.0.0.2"]
    assert address("1.2.3.4", "9.9.9.9") == "1.2.3.4"
    assert address("10.0.0.1", "9.9.9.9") == "9.9.9.9"
    assert address("10.0.0.1", "6.6.6.6, 9.9.9.9, 10.0.0.2") == "9.9.9.9"
    assert address("10.0.0.1", "") == "10.0.0.1"
    assert address("10.0.0.1", "nonsense<script>") == "nonsense<script>"
    assert address("2001:db8:1:2:aaaa::1", "") == address("2001:db8:1:2:bbbb::2", "") == "2001:db8:1:2::/64"
    assert address("::ffff:1.2.3.4", "") == "1.2.3.4"


def test_a_whole_compound_that_calls_at_once_is_asked_to_work_and_never_refused(client, stage):
    flood._limiters()[1].clock = lambda: 0.0
    for n in range(120):
        sent = client.post(url(stage), {"text": "停水了", "key": f"{KEY}{n}"}, REMOTE_ADDR=f"10.0.{n}.1")
        assert sent.status_code == 303
    late = client.post(url(stage), {"text": "停水了", "key": "late-comer"}, REMOTE_ADDR="10.9.9.9")
    assert late.status_code == 429
    work = {"challenge": value(late, "challenge"), "nonce": solve(value(late, "challenge"), 16)}
    assert client.post(url(stage), {"text": "停水了", "key": "late-comer"} | work).status_code == 303


def test_who_fills_in_what_nobody_sees_works_first(client, stage):
    response = send(client, stage, website="http://spam.example")
    assert response.status_code == 429 and "spam.example" not in words(response)
    challenge = value(response, "challenge")
    assert send(client, stage, challenge=challenge, nonce=solve(challenge, 16)).status_code == 303

"""The page behind a QR code: danger, the same matter, photos that come along, floods."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from huying.calls import flood
from huying.calls.models import Call, Photo
from huying.calls.tests.residents import KEY, no_photo, photo, raise_url, send, value, words
from huying.kernel.models import Event
from huying.kernel.pow import solve


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
    assert client.get(raise_url(stage), {"same": same}).status_code == 200


def test_who_comes_from_a_public_call_begins_with_its_words(client, stage, known):
    page = client.get(raise_url(stage), {"same": str(known.pk)})
    assert "我也遇到了：小区东门垃圾堆了三天没清" in words(page) and value(page, "same") == str(known.pk)


# --- photos -----------------------------------------------------------------------------------------------------


def test_photos_come_with_the_call(client, stage):
    response = send(client, stage, photos=[photo(), photo(size=(50, 50))])
    assert response.status_code == 303 and "photo=" not in response["Location"]
    assert Photo.objects.count() == 2
    assert Event.objects.get(kind="calls.words_added").facts["photos"] == 2


def test_a_bad_photo_costs_the_photo_and_never_the_call(client, stage):
    bad = no_photo()
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
    page = client.get(raise_url(stage))
    challenge = value(page, "challenge")
    sent = send(client, stage, key=value(page, "key"), challenge=challenge, nonce=solve(challenge, 16))
    assert sent.status_code == 303


def test_another_address_is_not_held(client, stage):
    fill(client, stage)
    assert client.post(raise_url(stage), {"text": "灯", "key": "x" * 9}, REMOTE_ADDR="10.0.0.9").status_code == 303


def test_only_a_trusted_proxy_is_believed(rf, settings):
    def address(socket, forwarded):
        return flood.address_of(rf.get("/", REMOTE_ADDR=socket, headers={"X-Forwarded-For": forwarded}))

    settings.TRUSTED_PROXIES = ["10.0.0.1", "10.0.0.2"]
    assert address("1.2.3.4", "9.9.9.9") == "1.2.3.4"
    assert address("10.0.0.1", "9.9.9.9") == "9.9.9.9"
    assert address("10.0.0.1", "6.6.6.6, 9.9.9.9, 10.0.0.2") == "9.9.9.9"
    assert address("10.0.0.1", "") == "10.0.0.1"
    assert address("10.0.0.1", "nonsense<script>") == address("", "") == "0.0.0.0"
    assert address("2001:db8:1:2:aaaa::1", "") == address("2001:db8:1:2:bbbb::2", "") == "2001:db8:1:2::/64"
    assert address("::ffff:1.2.3.4", "") == "1.2.3.4"


def test_a_whole_compound_that_calls_at_once_is_asked_to_work_and_never_refused(client, stage):
    flood._limiters()[1].clock = lambda: 0.0
    for n in range(120):
        sent = client.post(raise_url(stage), {"text": "停水了", "key": f"{KEY}{n}"}, REMOTE_ADDR=f"10.0.{n}.1")
        assert sent.status_code == 303
    late = client.post(raise_url(stage), {"text": "停水了", "key": "late-comer"}, REMOTE_ADDR="10.9.9.9")
    assert late.status_code == 429
    work = {"challenge": value(late, "challenge"), "nonce": solve(value(late, "challenge"), 16)}
    assert client.post(raise_url(stage), {"text": "停水了", "key": "late-comer"} | work).status_code == 303


def test_who_fills_in_what_nobody_sees_works_first(client, stage):
    response = send(client, stage, website="http://spam.example")
    assert response.status_code == 429 and "spam.example" not in words(response)
    challenge = value(response, "challenge")
    assert send(client, stage, challenge=challenge, nonce=solve(challenge, 16)).status_code == 303

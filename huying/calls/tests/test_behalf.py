"""Writing a call down for a resident, and the slip that they take along."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from huying.calls.models import Call, Photo
from huying.calls.tests.residents import KEY, no_photo, photo, value, words
from huying.people.models import Identity

URL = "/calls/new/"


@pytest.fixture
def lu(client, stage):
    client.force_login(stage.persons["lu"])
    return client


def write_down(client, stage, at="building", **more):
    given = {"place": stage.place(at).pk, "text": "王奶奶家灯坏了", "channel": "head", "key": KEY}
    return client.post(URL, given | more)


def test_a_building_head_finds_their_own_building_chosen(lu, stage):
    page = words(lu.get(URL))
    assert f'name="place" value="{stage.place("building").pk}" checked' in page
    assert "人民大厦小区 17栋 1单元" in page and 'value="head" ' in page.replace("checked", "")
    assert value(lu.get(URL), "key")


def test_it_is_the_residents_call_and_a_slip_is_given(lu, stage):
    sent = write_down(lu, stage)
    call = Call.objects.get()
    assert sent.status_code == 302 and call.channel == "head" and call.written_by == stage.persons["lu"]
    slip = lu.get(sent["Location"])
    assert slip.status_code == 200 and call.number in words(slip) and "<svg" in words(slip)
    assert slip["Cache-Control"] == "private, no-store"


def test_a_double_tap_is_one_call(lu, stage):
    assert write_down(lu, stage)["Location"] == write_down(lu, stage)["Location"]
    assert Call.objects.count() == 1


def test_photos_are_kept_and_bad_ones_told(lu, stage):
    sent = write_down(lu, stage, photos=[photo(), no_photo()])
    assert Photo.objects.count() == 1 and "第 2 张照片没有收" in words(lu.get(sent["Location"]))


def test_a_contact_is_only_left_with_consent(lu, stage):
    refused = write_down(lu, stage, name="王奶奶", phone="13812345678")
    assert refused.status_code == 422 and "要本人同意" in words(refused)
    assert 'value="王奶奶"' in words(refused) and not Identity.objects.exists() and not Call.objects.exists()
    assert write_down(lu, stage, name="王奶奶", phone="13812345678", agreed="on").status_code == 302
    assert Identity.objects.count() == 1


@pytest.mark.parametrize(
    "given",
    [{"text": ""}, {"text": "\u200b"}, {"text": "长" * 2001}, {"place": ""}, {"place": "0"}, {"place": "x"},
     {"place": "9" * 40}, {"place": "-1"}, {"channel": "import"}, {"channel": ""}, {"category": "nonsense"},
     {"phone": "1", "agreed": "on"}, {"key": ""}, {"key": "钥匙钥匙钥匙钥匙"}],
)  # fmt: skip
def test_what_cannot_be_taken_is_refused_with_all_that_was_typed(lu, stage, given):
    response = write_down(lu, stage, **({"name": "", "text": "灯坏了灯坏了"} | given))
    assert response.status_code == 422 and not Call.objects.exists()
    if "text" not in given:
        assert "灯坏了灯坏了" in words(response)


@pytest.mark.parametrize(
    ("who", "at"), [("lu", "bare_building"), ("lu", "compound"), ("gao", "elsewhere"), ("zhao", "entrance")]
)
def test_nobody_writes_down_what_lies_outside_their_posts(client, stage, who, at):
    client.force_login(stage.persons[who])
    assert write_down(client, stage, at=at).status_code == 422 and not Call.objects.exists()


@pytest.mark.parametrize(
    ("who", "status"), [("xu", 403), ("tian", 403), ("wu", 403), ("lu", 200), ("gao", 200), ("shi", 200)]
)
def test_only_who_holds_a_post_writes_down(client, stage, who, status):
    client.force_login(stage.persons[who])
    assert client.get(URL).status_code == status


def test_a_stranger_is_sent_to_log_in(client, stage):
    assert client.get(URL).status_code == 302 and client.post(URL, {}).status_code == 302


def test_other_places_are_found_below_ones_posts(client, stage):
    client.force_login(stage.persons["gao"])
    found = words(client.get("/calls/new/places/", {"q": "18栋"}))
    assert "人民大厦小区 18栋" in found
    assert "尚勤路" not in words(client.get("/calls/new/places/", {"q": "尚勤路"}))
    plain = client.post(URL, {"q": "18栋", "do": "find", "text": "灯坏了", "key": KEY})
    assert plain.status_code == 200 and "人民大厦小区 18栋" in words(plain) and "灯坏了" in words(plain)
    assert not Call.objects.exists()


@pytest.mark.parametrize("q", ["", "\x00", "x" * 500, "%", "'", "👻"])
def test_any_words_may_be_searched(lu, q):
    assert lu.get("/calls/new/places/", {"q": q}).status_code == 200


def test_the_slip_is_for_whoever_wrote_it_down_and_for_a_day(lu, stage, client):
    write_down(lu, stage)
    path = reverse("call-slip", args=[Call.objects.get().pk])
    client.force_login(stage.persons["gao"])
    assert client.get(path).status_code == 404
    client.force_login(stage.persons["lu"])
    assert client.get(path).status_code == 200
    Call.objects.update(raised_at=timezone.now() - dt.timedelta(hours=25))
    assert client.get(path).status_code == 404


def test_danger_is_said_on_the_slip(lu, stage):
    sent = write_down(lu, stage, text="六楼着火了")
    assert "请先打 119" in words(lu.get(sent["Location"])) and Call.objects.get().urgency == "urgent"


def test_the_page_asks_a_bounded_number_of_queries(lu, stage, django_assert_max_num_queries):
    lu.get(URL)
    with django_assert_max_num_queries(12):
        lu.get(URL)

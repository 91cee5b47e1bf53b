"""The page that follows a call: what its caller says and decides, through HTTP."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from huying.calls import actions, flood
from huying.calls.models import Call, Entry, Photo
from huying.calls.tests.residents import do, follow_url, no_photo, photo, words


@pytest.fixture
def answered(stage, raise_one):
    call = raise_one()
    return actions.settle(call, "灯已经换好", "lighting", by=stage.actor("lu"), public_text="三楼灯不亮", public=True)


def fresh(call) -> Call:
    return Call.objects.get(pk=call.pk)


# --- what the resident does ----------------------------------------------------------------------------------------


def test_more_is_said_and_shown(client, raise_one):
    call = raise_one()
    sent = do(client, call, "say", text="四楼也不亮", key="k" * 12, photos=[photo(), photo((50, 50))])
    assert sent.status_code == 303
    page = words(client.get(sent["Location"]))
    assert "四楼也不亮" in page and "加上了" in page and Photo.objects.count() == 2


def test_a_double_tap_says_it_once(client, raise_one):
    call = raise_one()
    for _ in range(2):
        assert do(client, call, "say", text="四楼也不亮", key="k" * 12, photos=[photo()]).status_code == 303
    assert Entry.objects.count() == 1 and Photo.objects.count() == 1


def test_a_photo_alone_is_enough_and_twice_it_is_one(client, raise_one):
    call = raise_one()
    for n in range(2):
        assert do(client, call, "say", key=f"key-number-{n}", photos=[photo()]).status_code == 303
    assert Photo.objects.count() == 1 and Entry.objects.count() == 0


def test_nothing_said_is_asked_for(client, raise_one):
    call = raise_one()
    response = do(client, call, "say", text=" \u200b", key="k" * 12)
    assert response.status_code == 422 and "还没有写内容" in words(response)
    assert Entry.objects.count() == 0


def test_a_bad_photo_loses_no_words(client, raise_one):
    call = raise_one()
    bad = no_photo()
    sent = do(client, call, "say", text="看照片", key="k" * 12, photos=[bad])
    assert "第 1 张照片没有收" in words(client.get(sent["Location"])) and Entry.objects.get().text == "看照片"


def test_only_a_bad_photo_says_why_and_writes_nothing(client, raise_one):
    call = raise_one()
    bad = no_photo()
    response = do(client, call, "say", text="", key="k" * 12, photos=[bad])
    assert response.status_code == 422 and "不是照片" in words(response)
    assert Entry.objects.count() == 0 and Photo.objects.count() == 0 and fresh(call).version == call.version


def test_too_much_said_is_kept_and_refused(client, raise_one):
    call = raise_one()
    response = do(client, call, "say", text="长" * 2001, key="k" * 12)
    assert response.status_code == 422 and "长" * 2001 in words(response) and Entry.objects.count() == 0


def test_a_flood_of_words_is_asked_to_wait_and_keeps_them(client, raise_one):
    call = raise_one()
    flood._others()[0].clock = lambda: 0.0
    for n in range(20):
        assert do(client, call, "say", text=f"第{n}句", key=f"key-number-{n}").status_code == 303
    response = do(client, call, "say", text="还有一句", key="one-more-key")
    assert response.status_code == 429 and int(response["Retry-After"]) > 0 and "还有一句" in words(response)
    assert Entry.objects.count() == 20


@pytest.mark.parametrize(
    ("rating", "again", "state"),
    [("satisfied", "", "confirmed"), ("mostly", "", "confirmed"), ("not", "no", "closed"), ("unsaid", "", "closed")],
)
def test_the_residents_word_ends_it(client, answered, rating, again, state):
    sent = do(client, answered, "answer", rating=rating, again=again, text="谢谢")
    assert sent.status_code == 303 and fresh(answered).state == state and fresh(answered).rating == rating
    assert "您的话记下了" in words(client.get(sent["Location"]))
    assert Entry.objects.get().text == "谢谢"


def test_no_face_is_chosen_beforehand(client, answered):
    page = words(client.get(follow_url(answered)))
    assert page.count('name="rating"') == 4 and not re.search(r'name="(rating|again)"[^>]*checked', page)


@pytest.mark.parametrize("given", [{}, {"rating": ""}, {"rating": "great"}, {"rating": "\x00"}, {"rating": "not"},
                                   {"rating": "not", "again": "yes", "text": ""},
                                   {"rating": "not", "again": "perhaps", "text": "x"}])  # fmt: skip
def test_half_an_answer_is_asked_for_the_rest_and_keeps_what_was_said(client, answered, given):
    response = do(client, answered, "answer", **({"text": "灯又坏了"} | given))
    assert response.status_code == 422
    if given.get("text", "灯又坏了"):
        assert given.get("text", "灯又坏了") in words(response)
    assert fresh(answered).state == "resolved" and Entry.objects.count() == 0


def test_not_content_means_done_again(client, answered):
    sent = do(client, answered, "answer", rating="not", again="yes", text="今晚又不亮")
    assert sent.status_code == 303
    call = fresh(answered)
    assert call.state == "accepted" and call.reopened == 1
    page = words(client.get(follow_url(call)))
    assert "您说没办好，再办一次" in page and "今晚又不亮" in page


def test_the_third_time_goes_to_the_joint_meeting(client, stage, answered):
    for _ in range(2):
        do(client, answered, "answer", rating="not", again="yes", text="又坏了")
        actions.resolve(fresh(answered), "又修了", by=stage.actor("qin"))
    assert "转到小区联席会" in words(client.get(follow_url(answered)))
    do(client, answered, "answer", rating="not", again="yes", text="又坏了")
    assert fresh(answered).state == "referred"


def test_after_the_end_it_can_be_taken_up_again(client, answered):
    do(client, answered, "answer", rating="satisfied")
    assert "其实还没办好" in words(client.get(follow_url(answered)))
    assert do(client, answered, "reopen", reason="").status_code == 422
    assert do(client, answered, "reopen", reason="第二天又坏了").status_code == 303
    assert fresh(answered).state == "accepted"


def test_after_thirty_days_a_new_call_is_asked_for(client, answered, time_machine):
    do(client, answered, "answer", rating="satisfied")
    time_machine.move_to(timezone.now() + dt.timedelta(days=31))
    response = do(client, answered, "reopen", reason="又坏了")
    assert response.status_code == 409 and "又坏了" in words(response) and fresh(answered).state == "confirmed"


def test_what_came_too_late_is_shown_and_not_lost(client, stage, raise_one):
    call = raise_one()
    actions.settle(call, "办好了", "lighting", by=stage.actor("lu"))
    response = do(client, call, "say", text="我想补充这一段", key="k" * 12)
    assert response.status_code == 409 and "我想补充这一段" in words(response) and "请您看看" in words(response)


@pytest.mark.parametrize("step", ["accept", "settle", "resolve", "add_words", "nonsense", "say2"])
def test_a_forged_step_is_no_page(client, raise_one, step):
    call = raise_one()
    assert do(client, call, step, text="x", outcome="x", category="lighting").status_code == 404
    assert fresh(call).state == "raised"


@pytest.mark.parametrize("step", ["answer", "reopen"])
def test_a_step_before_its_time_is_refused_and_leaves_no_trace(client, raise_one, step):
    call = raise_one()
    response = do(client, call, step, rating="satisfied", reason="x", text="x")
    assert response.status_code == 409 and fresh(call).version == call.version and Entry.objects.count() == 0


def test_withdrawing_takes_it_off_and_keeps_the_reason(client, raise_one):
    call = raise_one()
    assert "撤回这件事" in words(client.get(follow_url(call)))
    do(client, call, "withdraw", reason="自己换好了")
    assert fresh(call).state == "withdrawn" and Entry.objects.get().text == "自己换好了"


def test_the_same_matter_can_be_named_afterwards(client, stage, raise_one):
    known = raise_one(text="x")
    actions.accept(known, "garbage", by=stage.actor("gao"), public_text="东门垃圾堆了三天没清", public=True)
    call = raise_one(text="东门垃圾好几天没清了")
    page = words(client.get(follow_url(call) + "?new=1"))
    assert "就是这件" in page
    for _ in range(2):
        assert do(client, call, "same", key=str(known.pk)).status_code == 303
    assert known.number in Entry.objects.get().text
    assert do(client, call, "same", key="999").status_code == 303 and Entry.objects.count() == 1


def test_hostile_words_in_the_address_are_left_out(client, raise_one):
    call = raise_one()
    page = client.get(
        follow_url(call), {"photo": ["<script>.big", "1.<b>", "٣.big", "2.big"], "done": "<script>", "new": "x"}
    )
    assert page.status_code == 200 and b"<script>." not in page.content and "第 2 张照片没有收" in words(page)


# --- photos by permission ------------------------------------------------------------------------------------------


@pytest.fixture
def pictured(client, raise_one):
    call = raise_one()
    do(client, call, "say", key="k" * 12, photos=[photo()])
    return call


def paths(call, name):
    key = call.photos.get().key
    if name == "caller":
        return [reverse(f"call-follow-{size}", args=[call.secret, key]) for size in ("photo", "small")]
    return [reverse(name, args=[key]) for name in ("photo", "photo-small")]


def test_the_caller_sees_their_photo(client, pictured):
    for path in paths(pictured, "caller"):
        response = client.get(path)
        assert response.status_code == 200 and response["Content-Type"] == "image/jpeg"
        assert response["X-Content-Type-Options"] == "nosniff" and response["Content-Disposition"].startswith("inline")
        assert b"".join(response).startswith(b"\xff\xd8")
        assert client.get(path, headers={"If-None-Match": response["ETag"]}).status_code == 304


def test_the_photo_of_another_call_is_not_ones_own(client, pictured, raise_one):
    other = raise_one()
    assert client.get(reverse("call-follow-photo", args=[other.secret, pictured.photos.get().key])).status_code == 404


@pytest.mark.parametrize(("who", "status"), [("lu", 200), ("gao", 200), ("zhao", 404), ("xu", 404), ("", 404)])
def test_staff_see_a_photo_when_they_see_the_call(client, stage, pictured, who, status):
    if who:
        client.force_login(stage.persons[who])
    for path in paths(pictured, "staff"):
        assert client.get(path).status_code == status


def test_everybody_sees_a_photo_only_while_it_is_shown_on_a_public_call(client, stage, pictured):
    path = paths(pictured, "public")[0]
    picture = pictured.photos.get().pk
    actions.accept(pictured, "lighting", by=stage.actor("gao"), public_text="灯不亮", public=True)
    assert client.get(path).status_code == 404
    actions.reword(pictured, "灯不亮", True, by=stage.actor("gao"), photos=[picture])
    assert client.get(path).status_code == 200
    actions.reword(pictured, "", False, by=stage.actor("gao"))
    assert client.get(path).status_code == 404


def test_a_photo_whose_file_is_gone_is_not_found(client, pictured):
    picture = pictured.photos.get()
    picture.file.storage.delete(picture.file.name)
    full, small = paths(pictured, "caller")
    assert client.get(full).status_code == 404 and client.get(small).status_code == 200

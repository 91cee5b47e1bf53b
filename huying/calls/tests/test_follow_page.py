"""The page that follows a call: what its caller reads, says and decides, through HTTP."""

import datetime as dt
import html
import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from huying.calls import actions, flood
from huying.calls.models import Call, Entry, Photo
from huying.kernel import links
from huying.people.models import Unsealing

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quiet_before(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    flood.forget()
    yield
    flood.forget()


def url(call) -> str:
    return reverse("call-follow", args=[call.secret])


def do(client, call, step: str, **given):
    return client.post(reverse("call-follow-act", args=[call.secret, step]), given)


def words(response) -> str:
    return html.unescape(response.content.decode())


def photo(size=(40, 30)) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, "JPEG")
    return SimpleUploadedFile("a.jpg", out.getvalue(), "image/jpeg")


@pytest.fixture
def answered(stage, raise_one):
    call = raise_one()
    return actions.settle(call, "灯已经换好", "lighting", by=stage.actor("lu"), public_text="三楼灯不亮", public=True)


def fresh(call) -> Call:
    return Call.objects.get(pk=call.pk)


# --- the way of a call in words ---------------------------------------------------------------------------------


def state_raised(stage, call):
    return "收到了", "楼栋长"


def state_accepted(stage, call):
    actions.accept(call, "lighting", by=stage.actor("gao"))
    return "高社工在管这件事", "之前办好"


def state_assigned(stage, call):
    state_accepted(stage, call)
    actions.assign(call, stage.unit, by=stage.actor("gao"))
    return "派给了西一路物业", "高社工盯着"


def state_underway(stage, call):
    state_assigned(stage, call)
    actions.start(call, by=stage.actor("tian"))
    return "正在办", "动手办了"


def state_parked(stage, call):
    state_accepted(stage, call)
    review = timezone.localdate() + dt.timedelta(days=20)
    actions.park(
        call, by=stage.actor("qin"), reason="等管线改造", basis="街道的函", person="秦书记", review_on=review,
        public_words="十二月一起换",
    )  # fmt: skip
    return "暂时办不了，先记着", "十二月一起换"


def state_resolved(stage, call):
    actions.settle(call, "灯已经换好", "lighting", by=stage.actor("lu"))
    return "办好了，请您看看", "灯已经换好"


def state_confirmed(stage, call):
    state_resolved(stage, call)
    actions.confirm(call, "satisfied", by=stage.resident(call))
    return "办好了，谢谢您的话", "face-good"


def state_closed(stage, call):
    state_resolved(stage, call)
    actions.close(call, "unsaid", by=stage.resident(call))
    return "这件事放下了", "您说就这样"


def state_lapsed(stage, call):
    state_resolved(stage, call)
    actions.lapse(call)
    return "这件事放下了", "没有等到您的话"


def state_declined(stage, call):
    actions.decline(call, "statutory", "去劳动仲裁，电话 029-1", by=stage.actor("gao"))
    return "这件事要到别处办", "去劳动仲裁"


def state_withdrawn(stage, call):
    actions.withdraw(call, by=stage.resident(call))
    return "您已经撤回", "您撤回了"


def state_merged(stage, call):
    from huying.calls.intake import Intake, raise_call
    from tests.cast import ANONYMOUS

    main, _new = raise_call(
        Intake(place=stage.place("entrance"), text="主件", key="main-call-key", channel="qr"), by=ANONYMOUS
    )
    actions.accept(main, "lighting", by=stage.actor("gao"), public_text="楼道灯全不亮", public=True)
    actions.merge(call, main, by=stage.actor("gao"))
    return "和同一件事合在一起办", "楼道灯全不亮"


def state_referred(stage, call):
    state_resolved(stage, call)
    for time in range(3):
        actions.reopen(call, f"第{time}次还是坏", by=stage.resident(call))
        if time < 2:
            actions.resolve(call, "又修了", by=stage.actor("qin"))
    return "转到小区联席会商量", "联席会"


STATES = {name.removeprefix("state_"): told for name, told in list(globals().items()) if name.startswith("state_")}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("state", STATES)
def test_every_state_is_told_in_words(client, stage, raise_one, state, language):
    call = raise_one()
    headline, said = STATES[state](stage, call)
    client.cookies["django_language"] = language
    page = client.get(url(call))
    assert page.status_code == 200
    if language == "zh-hans":
        assert headline in words(page) and said in words(page)
    assert page["Referrer-Policy"] == "no-referrer"
    assert page["Cache-Control"] == "private, no-store"
    assert "noindex" in page["X-Robots-Tag"]


@pytest.mark.parametrize("state", STATES)
def test_the_page_asks_a_bounded_number_of_queries(client, stage, raise_one, state, django_assert_max_num_queries):
    call = raise_one(name="吴", phone="13812345678")
    STATES[state](stage, call)
    with django_assert_max_num_queries(10):
        client.get(url(call))


def test_more_words_and_photos_do_not_mean_more_queries(client, stage, raise_one, django_assert_max_num_queries):
    call = raise_one()
    for n in range(12):
        actions.add_words(call, f"补充 {n}", by=stage.resident(call))
    with django_assert_max_num_queries(10):
        assert "补充 11" in words(client.get(url(call)))


def test_an_overdue_call_says_so(client, stage, raise_one, time_machine):
    call = raise_one()
    actions.accept(call, "lighting", by=stage.actor("gao"))
    time_machine.move_to(timezone.now() + dt.timedelta(days=9))
    assert "已经晚了" in words(client.get(url(call)))


def test_an_extension_is_told_with_its_reason(client, stage, raise_one):
    call = raise_one()
    actions.accept(call, "lighting", by=stage.actor("gao"))
    actions.ask_extension(call, 3, "等路灯所排期", by=stage.actor("gao"))
    assert "等路灯所排期" not in words(client.get(url(call)))
    actions.extend(call, by=stage.actor("qin"))
    page = words(client.get(url(call)))
    assert "等路灯所排期" in page and "多要 3 天" in page


def test_who_looked_at_the_phone_is_told(client, stage, raise_one):
    call = raise_one(name="吴", phone="13812345678")
    Unsealing.objects.create(
        identity=call.identity, by=stage.persons["gao"], role="community_worker", fields=["phone"],
        reason="上门前约时间", subject_type="call", subject_id=call.pk,
    )  # fmt: skip
    page = words(client.get(url(call)))
    assert "谁看过您的电话" in page and "社区工作者" in page and "上门前约时间" in page


def test_the_staffs_own_notes_are_not_told(client, stage, raise_one):
    call = raise_one()
    actions.accept(call, "lighting", by=stage.actor("gao"))
    actions.note(call, "这位住户常来", by=stage.actor("gao"))
    actions.contact(call, "下午来修", by=stage.actor("gao"))
    page = words(client.get(url(call)))
    assert "下午来修" in page and "高社工" in page and "常来" not in page


def test_of_a_main_call_that_is_not_public_nothing_is_shown(client, stage, raise_one):
    call, main = raise_one(), raise_one(text="主件的原话")
    actions.accept(main, "lighting", by=stage.actor("gao"))
    actions.merge(call, main, by=stage.actor("gao"))
    assert "主件的原话" not in words(client.get(url(call)))


# --- the secret -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [lambda s: s[:-1], lambda s: s + "x", lambda s: "1" + s, lambda s: s.replace(".", ""),
                                    lambda s: "%00", lambda s: "f" * 400, lambda s: s.upper(), lambda s: "灯"])  # fmt: skip
def test_a_guessed_link_opens_nothing(client, raise_one, change):
    call = raise_one()
    for path in (f"/c/{change(call.secret)}/", f"/c/{change(call.secret)}/do/withdraw/"):
        for way in ("get", "post"):
            assert getattr(client, way)(path).status_code in (404, 405)
    assert fresh(call).state == "raised"


def test_the_link_of_one_call_does_nothing_to_another(client, raise_one):
    call, other = raise_one(), raise_one()
    forged = f"{other.pk:x}.{call.secret.partition('.')[2]}"
    assert client.get(f"/c/{forged}/").status_code == 404


def test_a_link_to_a_call_that_is_gone_is_no_error(client, stage):
    assert client.get(f"/c/{links.make('call', 999_999)}/").status_code == 404


def test_the_secret_never_enters_the_log(client, raise_one, caplog, capfd):
    call = raise_one()
    client.get(url(call))
    do(client, call, "withdraw", reason="")
    client.get(url(call) + "photos/abc.jpg")
    said = capfd.readouterr()
    assert call.secret not in caplog.text + said.out + said.err


def test_the_page_can_be_taken_to_another_phone(client, raise_one):
    call = raise_one()
    code = client.get(reverse("call-follow-code", args=[call.secret]))
    assert code["Content-Type"] == "image/svg+xml" and code.content.startswith(b"<svg xmlns")
    assert code["Cache-Control"] == "private, no-store"


def test_the_page_needs_no_cookie_and_no_token(raise_one):
    call = raise_one()
    client = Client(enforce_csrf_checks=True)
    assert do(client, call, "withdraw", reason="修好了").status_code == 303
    assert fresh(call).state == "withdrawn" and "sessionid" not in client.cookies


# --- what the resident does -------------------------------------------------------------------------------------


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
    bad = SimpleUploadedFile("b.jpg", b"no", "image/jpeg")
    sent = do(client, call, "say", text="看照片", key="k" * 12, photos=[bad])
    assert "第 1 张照片没有收" in words(client.get(sent["Location"])) and Entry.objects.get().text == "看照片"


def test_only_a_bad_photo_says_why_and_writes_nothing(client, raise_one):
    call = raise_one()
    bad = SimpleUploadedFile("b.jpg", b"no", "image/jpeg")
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
    page = words(client.get(url(answered)))
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
    page = words(client.get(url(call)))
    assert "您说没办好，再办一次" in page and "今晚又不亮" in page


def test_the_third_time_goes_to_the_joint_meeting(client, stage, answered):
    for _ in range(2):
        do(client, answered, "answer", rating="not", again="yes", text="又坏了")
        actions.resolve(fresh(answered), "又修了", by=stage.actor("qin"))
    assert "转到小区联席会" in words(client.get(url(answered)))
    do(client, answered, "answer", rating="not", again="yes", text="又坏了")
    assert fresh(answered).state == "referred"


def test_after_the_end_it_can_be_taken_up_again(client, answered):
    do(client, answered, "answer", rating="satisfied")
    assert "其实还没办好" in words(client.get(url(answered)))
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
    assert "确定撤回" in words(client.get(url(call)))
    do(client, call, "withdraw", reason="自己换好了")
    assert fresh(call).state == "withdrawn" and Entry.objects.get().text == "自己换好了"


def test_the_same_matter_can_be_named_afterwards(client, stage, raise_one):
    known = raise_one(text="x")
    actions.accept(known, "garbage", by=stage.actor("gao"), public_text="东门垃圾堆了三天没清", public=True)
    call = raise_one(text="东门垃圾好几天没清了")
    page = words(client.get(url(call) + "?new=1"))
    assert "就是这件" in page
    for _ in range(2):
        assert do(client, call, "same", key=str(known.pk)).status_code == 303
    assert known.number in Entry.objects.get().text
    assert do(client, call, "same", key="999").status_code == 303 and Entry.objects.count() == 1


def test_hostile_words_in_the_address_are_left_out(client, raise_one):
    call = raise_one()
    page = client.get(url(call), {"photo": ["<script>.big", "1.<b>", "٣.big", "2.big"], "done": "<script>", "new": "x"})
    assert page.status_code == 200 and b"<script>." not in page.content and "第 2 张照片没有收" in words(page)


# --- live -------------------------------------------------------------------------------------------------------


def test_a_refresh_brings_what_changed_and_leaves_the_forms_alone(client, stage, raise_one):
    call = raise_one()
    shape = re.search(r'id="shape" name="shape" value="([^"]*)"', words(client.get(url(call)))).group(1)
    refresh = {"headers": {"HX-Request": "true"}}
    same = words(client.get(url(call), {"shape": shape}, **refresh))
    assert 'id="told"' in same and 'hx-swap-oob="true"' in same and 'id="say"' not in same and "<html" not in same
    actions.settle(call, "办好了", "lighting", by=stage.actor("lu"))
    other = words(client.get(url(call), {"shape": shape}, **refresh))
    assert 'id="ask"' in other and 'name="rating"' in other


# --- photos by permission ---------------------------------------------------------------------------------------


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

"""The page that follows a call: what its caller reads, and who else does not."""

import datetime as dt
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from huying.calls import actions
from huying.calls.models import Call
from huying.calls.tests.residents import do, follow_url, words
from huying.kernel import links
from huying.people.models import Unsealing


def fresh(call) -> Call:
    return Call.objects.get(pk=call.pk)


# --- the way of a call in words ------------------------------------------------------------------------------------


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
    page = client.get(follow_url(call))
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
        client.get(follow_url(call))


def test_more_words_and_photos_do_not_mean_more_queries(client, stage, raise_one, django_assert_max_num_queries):
    call = raise_one()
    for n in range(12):
        actions.add_words(call, f"补充 {n}", by=stage.resident(call))
    with django_assert_max_num_queries(10):
        assert "补充 11" in words(client.get(follow_url(call)))


def test_an_overdue_call_says_so(client, stage, raise_one, time_machine):
    call = raise_one()
    actions.accept(call, "lighting", by=stage.actor("gao"))
    time_machine.move_to(timezone.now() + dt.timedelta(days=9))
    assert "已经晚了" in words(client.get(follow_url(call)))


def test_a_call_that_nobody_looked_at_in_time_says_so(client, raise_one, time_machine):
    call = raise_one()
    time_machine.move_to(timezone.now() + dt.timedelta(hours=25))
    assert "比说好的慢了" in words(client.get(follow_url(call)))


def test_an_extension_is_told_with_its_reason(client, stage, raise_one):
    call = raise_one()
    actions.accept(call, "lighting", by=stage.actor("gao"))
    actions.ask_extension(call, 3, "等路灯所排期", by=stage.actor("gao"))
    assert "等路灯所排期" not in words(client.get(follow_url(call)))
    actions.extend(call, by=stage.actor("qin"))
    page = words(client.get(follow_url(call)))
    assert "等路灯所排期" in page and "多要 3 天" in page


def test_who_looked_at_the_phone_is_told(client, stage, raise_one):
    call = raise_one(name="吴", phone="13812345678")
    Unsealing.objects.create(
        identity=call.identity, by=stage.persons["gao"], role="community_worker", fields=["phone"],
        reason="上门前约时间", subject_type="call", subject_id=call.pk,
    )  # fmt: skip
    page = words(client.get(follow_url(call)))
    assert "谁看过您的电话" in page and "社区工作者" in page and "上门前约时间" in page


def test_the_staffs_own_notes_are_not_told(client, stage, raise_one):
    call = raise_one()
    actions.accept(call, "lighting", by=stage.actor("gao"))
    actions.note(call, "这位住户常来", by=stage.actor("gao"))
    actions.contact(call, "下午来修", by=stage.actor("gao"))
    page = words(client.get(follow_url(call)))
    assert "下午来修" in page and "高社工" in page and "常来" not in page


def test_of_a_main_call_that_is_not_public_nothing_is_shown(client, stage, raise_one):
    call, main = raise_one(), raise_one(text="主件的原话")
    actions.accept(main, "lighting", by=stage.actor("gao"))
    actions.merge(call, main, by=stage.actor("gao"))
    assert "主件的原话" not in words(client.get(follow_url(call)))


# --- the secret ----------------------------------------------------------------------------------------------------


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
    client.get(follow_url(call))
    do(client, call, "withdraw", reason="")
    client.get(follow_url(call) + "photos/abc.jpg")
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


# --- live ----------------------------------------------------------------------------------------------------------


def test_a_refresh_brings_what_changed_and_leaves_the_forms_alone(client, stage, raise_one):
    call = raise_one()
    shape = re.search(r'id="shape" name="shape" value="([^"]*)"', words(client.get(follow_url(call)))).group(1)
    refresh = {"headers": {"HX-Request": "true"}}
    same = words(client.get(follow_url(call), {"shape": shape}, **refresh))
    assert 'id="told"' in same and 'hx-swap-oob="true"' in same and 'id="say"' not in same and "<html" not in same
    assert client.get(follow_url(call), {"shape": shape, "version": "0"}, **refresh).status_code == 204
    actions.settle(call, "办好了", "lighting", by=stage.actor("lu"))
    other = words(client.get(follow_url(call), {"shape": shape, "version": "0"}, **refresh))
    assert 'id="ask"' in other and 'name="rating"' in other

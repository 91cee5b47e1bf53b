import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from huying.calls import actions, jobs
from huying.calls.models import Call, Entry
from huying.kernel.errors import BadInput, StalePage, StepRefused
from huying.kernel.models import Event
from huying.kernel.scopes import SYSTEM

DAY = dt.timedelta(days=1)


@pytest.fixture
def taken(stage, raise_one):
    """A call that Gao has accepted."""
    call = raise_one(at="bare_building")
    return actions.accept(call, "lighting", by=stage.actor("gao"), public_text="楼道灯不亮", public=True)


@pytest.fixture
def sent(stage, taken):
    """A call that Gao has sent to the property firm."""
    return actions.assign(taken, stage.unit, by=stage.actor("gao"))


def kinds(call):
    return list(
        Event.objects.filter(subject_type="call", subject_id=call.pk).order_by("id").values_list("kind", flat=True)
    )


def test_the_first_to_take_it_owns_it(stage, raise_one):
    call = raise_one()
    actions.accept(call, "lighting", by=stage.actor("zhi"))
    assert call.owner == stage.persons["zhi"] and call.level == "compound"
    with pytest.raises(StepRefused):
        actions.accept(call, "lighting", by=stage.actor("gao"))


def test_settling_on_the_spot_is_one_step_and_sends_nothing_up(stage, raise_one):
    call = raise_one()
    actions.settle(call, "换了灯泡", "lighting", by=stage.actor("lu"), public_text="楼道灯", public=True)
    assert (call.state, call.level, call.owner) == ("resolved", "building", stage.persons["lu"])
    assert kinds(call) == ["calls.raised", "calls.settled"]


def test_words_that_give_somebody_away_are_not_made_public(stage, raise_one):
    call = raise_one("1单元301室的王阿姨,电话13812345678")
    with pytest.raises(BadInput) as refused:
        actions.accept(call, "lighting", by=stage.actor("lu"), public_text=call.text, public=True)
    assert "public_text" in refused.value.fields
    call.refresh_from_db()
    assert call.state == "raised"


def test_a_private_call_never_becomes_public(stage, raise_one):
    call = raise_one(private=True)
    with pytest.raises(BadInput):
        actions.accept(call, "lighting", by=stage.actor("lu"), public_text="楼道灯", public=True)
    actions.accept(call, "lighting", by=stage.actor("lu"))
    assert not Call.objects.public().filter(pk=call.pk).exists()


def test_the_deadline_counts_from_dispatch_and_never_from_sign_for(stage, taken):
    due = taken.due_at
    assert due == taken.dispatched_at + 7 * DAY
    with time_machine.travel(timezone.now() + DAY, tick=False):
        actions.assign(taken, stage.unit, by=stage.actor("gao"))
        actions.start(taken, by=stage.actor("tian"))
    assert taken.due_at == due


def test_sending_it_round_wins_no_time(stage, sent):
    due = sent.due_at
    actions.return_(sent, "这是社区的灯", by=stage.actor("tian"))
    actions.assign(sent, stage.unit, by=stage.actor("gao"))
    assert sent.due_at == due


@pytest.mark.parametrize(
    ("category", "span"),
    [("danger", dt.timedelta(hours=2)), ("water", dt.timedelta(hours=24)), ("lighting", 7 * DAY), ("wages", 15 * DAY)],
)
def test_each_class_has_its_deadline(stage, raise_one, category, span):
    call = actions.accept(raise_one(), category, by=stage.actor("lu"))
    assert call.due_at - call.dispatched_at == span


def test_a_matter_that_the_community_only_assists_is_not_put_on_it_as_lead(stage, raise_one):
    from huying.directory.models import Unit

    committee = Unit.objects.create(name="广场社区居委会", kind="community", place=stage.place("community"))
    call = actions.accept(raise_one(), "noise", by=stage.actor("gao"))
    with pytest.raises(StepRefused) as refused:
        actions.assign(call, committee, by=stage.actor("jie"))
    assert refused.value.code == "duty_list" and "职责清单" in refused.value.reason
    call = actions.accept(raise_one(), "road", by=stage.actor("jie"))
    with pytest.raises(StepRefused) as refused:
        actions.send_down(call, "请社区办", by=stage.actor("jie"))
    assert refused.value.code == "duty_list"
    call = actions.accept(raise_one(), "lighting", by=stage.actor("jie"))
    actions.send_down(call, "请社区办", by=stage.actor("jie"))
    assert (call.level, call.owner_id) == ("community", None)


def test_a_unit_disputes_once_and_within_a_working_day(stage, sent):
    actions.dispute(sent, "不归我们管", "供电公司", by=stage.actor("tian"))
    assert sent.state == "assigned" and sent.dispute_open
    actions.overrule(sent, "合同里写着", by=stage.actor("gao"))
    with pytest.raises(StepRefused):
        actions.dispute(sent, "还是不归我们", "供电公司", by=stage.actor("tian"))


def test_a_late_dispute_is_refused(stage, sent):
    with time_machine.travel(timezone.now() + 12 * DAY, tick=False), pytest.raises(StepRefused) as refused:
        actions.dispute(sent, "不归我们管", "供电公司", by=stage.actor("tian"))
    assert refused.value.code == "too_late"


def test_an_upheld_dispute_comes_back_to_the_owner(stage, sent):
    actions.dispute(sent, "不归我们管", "供电公司", by=stage.actor("tian"))
    actions.uphold(sent, by=stage.actor("gao"))
    assert (sent.state, sent.unit_id, sent.owner) == ("accepted", None, stage.persons["gao"])


def test_one_extension_is_approved_by_somebody_else(stage, taken):
    actions.ask_extension(taken, 5, "要等配件", by=stage.actor("gao"))
    due = taken.due_at
    actions.extend(taken, by=stage.actor("qin"))
    assert taken.due_at == due + 5 * DAY
    with pytest.raises(StepRefused):
        actions.ask_extension(taken, 5, "还要等", by=stage.actor("gao"))


def test_escalation_goes_one_level_up_and_waits_for_a_taker(stage, taken):
    actions.escalate(taken, "要街道协调", by=stage.actor("gao"))
    assert (taken.level, taken.owner_id, taken.state) == ("street", None, "accepted")
    actions.take(taken, by=stage.actor("jie"))
    assert taken.owner == stage.persons["jie"]
    with pytest.raises(StepRefused):
        actions.take(taken, by=stage.actor("jie"))


def test_parking_needs_all_five_and_its_time_is_given_back(stage, taken):
    given = {"reason": "等改造", "basis": "改造计划", "person": "秦书记", "public_words": "已列入明年改造"}
    review = timezone.localdate() + 30 * DAY
    for name in given:
        with pytest.raises(BadInput):
            actions.park(taken, by=stage.actor("qin"), review_on=review, **{**given, name: " "})
    with pytest.raises(BadInput):
        actions.park(taken, by=stage.actor("qin"), review_on=timezone.localdate(), **given)
    actions.park(taken, by=stage.actor("qin"), review_on=review, **given)
    due = taken.due_at
    with time_machine.travel(taken.parked_at + 10 * DAY, tick=False):
        actions.unpark(taken, by=stage.actor("qin"))
    assert taken.due_at == due + 10 * DAY


def test_it_is_reopened_twice_and_then_referred(stage, taken):
    resident = stage.resident(taken)
    for _ in range(2):
        actions.resolve(taken, "修好了", by=stage.actor("gao"))
        actions.reopen(taken, "又不亮了", by=resident)
        assert taken.state == "accepted"
    actions.resolve(taken, "修好了", by=stage.actor("gao"))
    actions.reopen(taken, "还是不亮", by=resident)
    assert taken.state == "referred"


def test_a_rating_is_never_prefilled_and_silence_is_no_rating(stage, taken):
    actions.resolve(taken, "修好了", by=stage.actor("gao"))
    assert taken.rating == ""
    with pytest.raises(BadInput):
        actions.confirm(taken, "", by=stage.resident(taken))
    start = timezone.now()
    with time_machine.travel(start + 3 * DAY + dt.timedelta(minutes=1), tick=False):
        jobs.ring_alarms()
        taken.refresh_from_db()
        assert (taken.state, taken.asked) == ("resolved", 2)
        jobs.ring_alarms()
        taken.refresh_from_db()
        assert taken.asked == 2
    with time_machine.travel(start + 7 * DAY + dt.timedelta(minutes=1), tick=False):
        jobs.ring_alarms()
    taken.refresh_from_db()
    assert (taken.state, taken.rating) == ("closed", "")


def test_reminders_at_half_at_four_fifths_on_the_deadline_and_daily_after(stage, taken):
    start = taken.dispatched_at
    for days in (3.6, 5.7, 7.01, 8.01, 9.01):
        with time_machine.travel(start + days * DAY, tick=False):
            jobs.ring_alarms()
            jobs.ring_alarms()
    assert kinds(taken)[2:] == ["calls.reminded"] * 3 + ["calls.overdue"] * 2


def test_what_the_nearest_leaves_is_offered_one_level_up(stage, raise_one):
    call = raise_one()
    for hours, level in ((5, "compound"), (14, "community"), (40, "street")):
        with time_machine.travel(timezone.now() + dt.timedelta(hours=hours), tick=False):
            jobs.ring_alarms()
        call.refresh_from_db()
        assert call.level == level
    assert call.next_alarm_at is None


def test_merged_calls_follow_one_and_can_be_parted(stage, raise_one, taken):
    third = raise_one("灯还是不亮", at="bare_building")
    second = raise_one("灯坏了", at="bare_building")
    actions.merge(third, second, by=stage.actor("gao"))
    actions.merge(second, taken, by=stage.actor("gao"))
    third.refresh_from_db()
    assert third.merged_into == taken and second.merged_into == taken
    with pytest.raises(StepRefused):
        actions.merge(taken, taken, by=stage.actor("gao"))
    with pytest.raises(StepRefused):
        actions.merge(taken, second, by=stage.actor("gao"))
    actions.unmerge(third, by=stage.actor("gao"))
    assert third.state == "raised" and third.merged_into is None


def test_a_page_that_is_behind_is_told_what_happened(stage, raise_one):
    call = raise_one()
    seen = call.version
    actions.note(call, "先看看", by=stage.actor("gao"))
    with pytest.raises(StalePage) as refused:
        actions.accept(call, "lighting", by=stage.actor("lu"), version=seen)
    assert refused.value.events == ["calls.noted"]


def test_a_reminder_makes_no_page_stale(stage, taken):
    seen = taken.version
    actions.remind(taken, 0.5)
    actions.resolve(taken, "修好了", by=stage.actor("gao"), version=seen)


def test_words_added_twice_by_a_double_tap_are_there_once(stage, raise_one):
    call = raise_one()
    for _ in range(2):
        actions.add_words(call, "还有二楼", by=stage.resident(call), key="tap-0001")
    assert Entry.objects.filter(call=call).count() == 1


def test_withdrawing_takes_it_off_the_public_pages(stage, taken):
    assert Call.objects.public().filter(pk=taken.pk).exists()
    actions.withdraw(taken, by=stage.resident(taken))
    assert not Call.objects.public().filter(pk=taken.pk).exists()


def test_the_first_contact_is_the_response(stage, taken):
    actions.contact(taken, "您好,我们下午来看", by=stage.actor("gao"))
    first = taken.contacted_at
    actions.contact(taken, "已经在路上", by=stage.actor("gao"))
    assert taken.contacted_at == first


def test_the_log_holds_no_words_of_anybody(stage, taken):
    actions.contact(taken, "您好,我们下午来看", by=stage.actor("gao"))
    actions.resolve(taken, "灯已修好", by=stage.actor("gao"))
    facts = str(list(Event.objects.values_list("facts", flat=True)))
    for words in ("下午来看", "灯已修好", "楼道灯"):
        assert words not in facts


def test_a_timer_is_not_a_person(stage, taken):
    actions.remind(taken, 0.5)
    event = Event.objects.filter(kind="calls.reminded").get()
    assert (event.actor_kind, event.actor_id) == (SYSTEM.kind, None)

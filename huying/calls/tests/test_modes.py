"""Deadlines follow an emergency and come back (docs/modes.md): the rule, and that the database does the same."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from huying.calls import actions, events, jobs, rules, rules_modes
from huying.calls.actions.base import clock_of
from huying.calls.catalogue import numbers
from huying.calls.models import Call
from huying.kernel.models import Event
from huying.modes import actions as modes
from huying.modes.models import Mode
from huying.modes.tests.scene import switched

HOUR = dt.timedelta(hours=1)
NOON = dt.datetime(2026, 7, 1, 4, tzinfo=dt.UTC)
moments = st.integers(-500, 500).map(lambda n: NOON + n * HOUR)
hours = st.one_of(st.none(), st.floats(0.5, 400))


@given(due=moments, later=st.integers(0, 500), at=moments, before=hours, after=hours)
def test_the_rule(due, later, at, before, after):
    peace = due + later * HOUR
    new = rules_modes.moved(due, peace, at, before, after)
    assert due <= peace and new <= peace, "never later than in peacetime"
    if due < at:
        assert new == due, "what was missed stays missed"
    else:
        assert new >= at, "nobody is late because of the switch itself"
        if after is None:
            assert new == peace
        elif before is None or after <= before:
            assert new <= due, "stricter never gives more time"
        else:
            assert new >= due, "milder never gives less"


@given(peace=moments, at=moments, after=hours, lasts=st.integers(0, 300))
def test_on_and_off_again_is_as_if_it_had_not_been_unless_missed(peace, at, after, lasts):
    due = rules_modes.moved(peace, peace, at, None, after)
    end = at + lasts * HOUR
    back = rules_modes.moved(due, peace, end, after, None)
    assert back == (due if due < end else peace)


@given(at=moments, peace=moments, hard=st.floats(1, 50), mild=st.floats(50, 400), lasts=st.integers(0, 40))
def test_up_and_down_the_levels_never_loses_the_way_home(at, peace, hard, mild, lasts):
    due, steps = peace, [(None, mild), (mild, hard), (hard, mild), (mild, None)]
    for n, (before, after) in enumerate(steps):
        moment = at + n * lasts * HOUR
        if due < moment:
            return
        due = rules_modes.moved(due, peace, moment, before, after)
    assert due == peace


def call_of(raise_one, stage, urgency="usual", at="entrance", **more) -> Call:
    call = raise_one(at=at, **more)
    return actions.accept(call, "lighting", by=stage.actor("gao"), urgency=urgency)


def test_what_is_open_gets_its_deadline_at_once_and_the_old_one_back(stage, raise_one):
    calls = {code: call_of(raise_one, stage, code) for code in rules.CLASSES}
    before = {code: call.due_at for code, call in calls.items()}
    raised = raise_one(text="水从门缝进来了")
    mode = switched(stage, level=1)
    for code, call in calls.items():
        call.refresh_from_db()
        assert call.due_at == min(before[code], mode.starts_at + numbers()["emergency"]["1"][code] * HOUR)
        assert call.peace_due_at == before[code]
    raised.refresh_from_db()
    assert raised.due_at is None
    # What is accepted meanwhile has the hours of the emergency too, and goes home to its own deadline.
    actions.accept(raised, "lighting", by=stage.actor("gao"))
    assert raised.due_at == raised.dispatched_at + 72 * HOUR
    modes.end(mode, "雨停了", by=stage.actor("jie"))
    for code, call in calls.items():
        call.refresh_from_db()
        assert (call.due_at, call.peace_due_at) == (before[code], None)
    raised.refresh_from_db()
    assert raised.due_at == raised.dispatched_at + dt.timedelta(days=7)


def test_each_move_is_in_the_log_for_the_figures(stage, raise_one):
    call = call_of(raise_one, stage)
    mode = switched(stage)
    event = Event.objects.get(kind=events.DUE_MOVED)
    call.refresh_from_db()
    assert (event.subject_id, event.facts["mode"], event.actor_kind) == (call.pk, mode.pk, "system")
    assert dt.datetime.fromisoformat(event.facts["due"]) == call.due_at
    assert event.facts["version"] == call.version, "pages opened before the switch are not stale"


def test_other_places_keep_theirs_and_a_nested_one_its_own(stage, raise_one):
    far, near = call_of(raise_one, stage, at="community"), call_of(raise_one, stage)
    inner = switched(stage, "compound", level=1)
    near.refresh_from_db()
    of_inner = near.due_at
    outer = switched(stage, "community", level=2)
    for call in (far, near):
        call.refresh_from_db()
    assert near.due_at == of_inner and far.due_at == outer.starts_at + 96 * HOUR
    modes.end(inner, "排完水了", by=stage.actor("jie"))
    near.refresh_from_db()
    # Now the outer one counts there: milder, so no less time than before.
    assert near.due_at == max(of_inner, Mode.objects.get(pk=inner.pk).ended_at + 96 * HOUR)
    modes.end(outer, "雨停了", by=stage.actor("jie"))
    near.refresh_from_db()
    assert near.due_at == near.dispatched_at + dt.timedelta(days=7)


def test_what_was_missed_stays_missed_and_the_rest_comes_back_though_nobody_was_up(stage, raise_one):
    missed, rest = call_of(raise_one, stage, "urgent"), call_of(raise_one, stage)
    mode = switched(stage, hours=10)
    missed.refresh_from_db()
    with time_machine.travel(timezone.now() + 100 * HOUR):
        # The worker comes back long after: the first minute ends the mode before any alarm rings.
        jobs.ring_alarms()
    was = missed.due_at
    for call in (missed, rest):
        call.refresh_from_db()
    assert missed.due_at == was and rest.due_at == rest.dispatched_at + dt.timedelta(days=7)
    assert Mode.objects.get(pk=mode.pk).state == "expired"
    overdue = set(Event.objects.filter(kind=events.OVERDUE).values_list("subject_id", flat=True))
    assert rest.pk not in overdue


def test_parked_ones_stand_still_and_go_on_under_the_rule(stage, raise_one):
    call = call_of(raise_one, stage)
    due = call.due_at
    actions.park(
        call, by=stage.actor("qin"), reason="等配件", basis="合同", person="物业", public_words="配件到了就修",
        review_on=timezone.localdate() + dt.timedelta(days=5),
    )  # fmt: skip
    mode = switched(stage)
    call.refresh_from_db()
    assert call.due_at == due
    actions.unpark(call, by=stage.actor("qin"))
    assert call.due_at - timezone.now() <= 72 * HOUR and call.peace_due_at >= due
    peace = call.peace_due_at
    modes.end(mode, "雨停了", by=stage.actor("jie"))
    call.refresh_from_db()
    assert call.due_at == peace


def test_an_extension_and_another_class_keep_both_deadlines(stage, raise_one):
    call = call_of(raise_one, stage)
    switched(stage)
    call.refresh_from_db()
    actions.ask_extension(call, 2, "等专家", by=stage.actor("gao"))
    actions.extend(call, by=stage.actor("qin"))
    assert call.due_at - Mode.objects.get().starts_at == 120 * HOUR
    assert call.peace_due_at == call.dispatched_at + dt.timedelta(days=9)
    actions.classify(call, "water", by=stage.actor("gao"), urgency="urgent")
    assert call.due_at <= call.peace_due_at


STATES = st.sampled_from(["accepted", "underway", "assigned", "parked", "raised", "resolved"])
ROW = st.tuples(
    STATES, st.sampled_from(rules.CLASSES), st.integers(-400, 0), st.integers(-200, 400), st.integers(0, 300)
)


@given(
    rows=st.lists(ROW, min_size=1, max_size=12),
    before=st.sampled_from([None, 1, 2, 3, 4]),
    after=st.sampled_from([None, 1, 2, 3, 4]),
)
def check_the_database_does_as_the_rule_says(pattern, rows, before, after):
    from huying.calls.actions.modes import move
    from huying.modes.rules import Area, Standing

    at, policy = timezone.now(), numbers()
    Call.objects.exclude(pk=pattern.pk).delete()
    calls = []
    for n, (state, urgency, dispatched, due, later) in enumerate(rows):
        one = Call.objects.get(pk=pattern.pk)
        one.pk, one.intake_key, one.state, one.urgency = None, f"copy-{n}", state, urgency
        one.dispatched_at, one.due_at = at + dispatched * HOUR, max(at + due * HOUR, at + dispatched * HOUR)
        one.peace_due_at = one.due_at + later * HOUR if before else None
        if state == "raised":
            one.dispatched_at = one.due_at = one.peace_due_at = None
        if state == "resolved":
            one.resolved_at, one.outcome = at, "修好了"
        if state == "assigned":
            one.unit_id, one.assigned_at = pattern.unit_id, at
        if state == "parked":
            one.parked_at, one.parked_by_id, one.review_on = at, pattern.owner_id, at.date()
            one.parked_reason = one.parked_basis = one.parked_words = "等"
        calls.append(one)
    calls = Call.objects.bulk_create(calls)
    # The pattern stands for the unit only.
    Call.objects.filter(pk=pattern.pk).update(state="confirmed", resolved_at=at, outcome="好了")
    standing = lambda level: level and Standing(1, "emergency", level, at)  # noqa: E731
    move(Area(pattern.path, (), standing(before), standing(after)), at, 1)
    for call in calls:
        now = Call.objects.get(pk=call.pk)
        if call.state not in rules.TAKEN:
            assert (now.due_at, now.peace_due_at) == (call.due_at, call.peace_due_at)
            continue
        was, will = (rules_modes.hours_of(policy, level, call.urgency) for level in (before, after))
        peace = call.peace_due_at or call.due_at
        due = rules_modes.moved(call.due_at, peace, at, was, will)
        assert (now.due_at, now.peace_due_at) == (due, None if will is None else peace)
        if due != call.due_at:
            shares = policy["reminders"]["shares"]
            assert now.reminded == rules_modes.reminders_past(call.dispatched_at, due, at, shares)
            assert now.next_alarm_at == rules.next_alarm(clock_of(now, now.state), policy)[0]


def test_the_database_does_as_the_rule_says(stage, raise_one):
    pattern = call_of(raise_one, stage)
    actions.assign(pattern, stage.unit, by=stage.actor("gao"))
    check_the_database_does_as_the_rule_says(pattern)


def test_ten_thousand_follow_in_a_few_statements(stage, raise_one, django_assert_max_num_queries):
    pattern = call_of(raise_one, stage)
    fields = {field.attname: getattr(pattern, field.attname) for field in Call._meta.concrete_fields}
    copies = [Call(**fields | {"id": None, "intake_key": f"copy-{n}"}) for n in range(10_000)]
    Call.objects.bulk_create(copies, batch_size=1000)
    with django_assert_max_num_queries(30):
        mode = switched(stage)
    assert Call.objects.filter(due_at=mode.starts_at + 72 * HOUR).count() == 10_001
    assert Event.objects.filter(kind=events.DUE_MOVED).count() == 10_001
    modes.end(mode, "雨停了", by=stage.actor("jie"))
    assert Call.objects.filter(due_at=pattern.due_at, peace_due_at=None).count() == 10_001


@pytest.mark.django_db(transaction=True)
def test_who_accepts_in_the_very_moment_of_a_switch_is_waited_for_or_sees_it(stage, raise_one):
    """The switch locks what is not taken on yet too; a twin that locks only what is being handled misses the call."""
    import threading

    from django.db import connection, transaction

    from huying.calls.actions import modes as following

    def race(statement: str) -> Call:
        call, held, go = raise_one(text=f"进水了 {len(statement)}"), threading.Event(), threading.Event()

        def accept() -> None:
            try:
                with transaction.atomic():
                    actions.accept(Call.objects.get(pk=call.pk), "lighting", by=stage.actor("gao"))
                    held.set()
                    go.wait(10)
            finally:
                connection.close()

        def switch() -> None:
            try:
                modes_on.append(switched(stage))
            finally:
                connection.close()

        modes_on: list[Mode] = []
        before, following.MOVE = following.MOVE, statement
        try:
            first = threading.Thread(target=accept)
            first.start()
            held.wait(10)
            second = threading.Thread(target=switch)
            second.start()
            # Time for the switch to come to the call, which the other still holds.
            second.join(1.0)
            go.set()
            first.join()
            second.join()
        finally:
            following.MOVE = before
        modes.end(modes_on[0], "雨停了", by=stage.actor("jie")) if statement != before else None
        call.refresh_from_db()
        return call

    unguarded = following.MOVE.replace("state = ANY (%(open)s) AND path", "state = ANY (%(taken)s) AND path")
    assert race(unguarded).peace_due_at is None, "the race is real"
    call = race(following.MOVE)
    assert call.peace_due_at is not None and call.due_at < call.peace_due_at

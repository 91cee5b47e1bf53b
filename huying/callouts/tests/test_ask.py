"""Whom to tell: as many as the empty places need, never more often than somebody allows, and nobody in the night."""

import datetime as dt
import itertools

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from huying.callouts import jobs, rules_asking
from huying.callouts.actions.ask import ask, forget_asked, forget_private
from huying.callouts.models import Asked, Callout, Signup, Volunteer
from huying.callouts.tests.scene import a_callout, a_shift, a_volunteer, crowd, tomorrow
from huying.kernel.errors import StepRefused
from huying.kernel.models import Event


def noon(days: int = 0) -> dt.datetime:
    """A time of day at which everybody may be asked; the call-outs of the tests begin after it."""
    return tomorrow(12, days=days)


def later(stage, **more) -> Callout:
    """A call-out of the day after tomorrow, so that noon of today and tomorrow lie before it."""
    times = {"starts_at": tomorrow(6, days=3), "ends_at": tomorrow(22, days=3), "closes_at": tomorrow(5, days=3)}
    return a_callout(stage, **times | more)


def test_as_many_as_the_empty_places_need_are_asked(stage):
    callout = later(stage)
    a_shift(callout, capacity=2)
    crowd(stage, 20)
    assert ask(callout, at=noon()) == 6
    assert Asked.objects.filter(wave=1, answer="").count() == 6
    assert Volunteer.objects.filter(last_asked_at=noon()).count() == 6
    event = Event.objects.get(kind="callouts.asked")
    assert event.facts["count"] == 6 and event.facts["wave"] == 1 and event.subject_id == callout.pk
    # Nobody else as long as they are waited for.
    assert ask(callout, at=noon() + dt.timedelta(minutes=5)) == 0
    assert callout.next_alarm_at == noon() + dt.timedelta(minutes=35)


def test_each_who_declines_is_replaced_and_silence_brings_the_next_wave(stage):
    callout = later(stage)
    a_shift(callout, capacity=2)
    crowd(stage, 20)
    ask(callout, at=noon())
    first = Asked.objects.first()
    Asked.objects.filter(pk=first.pk).update(answer="cannot", answered_at=noon())
    assert ask(callout, at=noon() + dt.timedelta(minutes=1)) == 1
    assert ask(callout, at=noon() + dt.timedelta(minutes=32)) == 6
    assert set(Asked.objects.values_list("wave", flat=True)) == {1, 2, 3}


def test_who_said_yes_is_counted_on(stage):
    callout = later(stage)
    a_shift(callout, capacity=2)
    crowd(stage, 20)
    ask(callout, at=noon())
    willing = Asked.objects.order_by("pk").values_list("pk", flat=True)[:2]
    Asked.objects.filter(pk__in=list(willing)).update(answer="can", answered_at=noon())
    assert ask(callout, at=noon() + dt.timedelta(hours=2)) == 0


def test_nobody_is_asked_more_often_than_they_allow(stage):
    people = {n: a_volunteer(stage, person, asks_a_week=n) for n, person in enumerate(("lu", "wu", "xu"))}
    for day in range(3):
        callout = later(stage)
        a_shift(callout, capacity=3)
        ask(callout, at=noon(0) + dt.timedelta(hours=day))
    told = {n: Asked.objects.filter(person=one.person).count() for n, one in people.items()}
    assert told == {0: 0, 1: 1, 2: 2}
    # Whoever came by themselves was not asked.
    Asked.objects.update(wave=0)
    callout = later(stage, tell_all=True)
    a_shift(callout)
    assert ask(callout, at=noon() + dt.timedelta(hours=4)) == 2


def test_it_is_the_last_seven_days_that_count(stage):
    a_volunteer(stage, "xu", asks_a_week=1)
    old = later(stage)
    Asked.objects.create(
        callout=old, person=stage.persons["xu"], wave=1, asked_at=noon() - dt.timedelta(days=7, minutes=1)
    )
    callout = later(stage)
    a_shift(callout)
    assert ask(callout, at=noon()) == 1


def test_nobody_outside_the_reach_is_asked_and_nobody_who_left(stage):
    a_volunteer(stage, "xu", at="elsewhere")
    a_volunteer(stage, "lu", valid_to=timezone.localdate() - dt.timedelta(days=1))
    a_volunteer(stage, "wu")
    stage.persons["gao"].is_active = False
    stage.persons["gao"].save()
    a_volunteer(stage, "gao")
    for everybody in (False, True):
        callout = later(stage, tell_all=everybody)
        a_shift(callout, capacity=9)
        ask(callout, at=noon())
        assert set(Asked.objects.filter(callout=callout).values_list("person__username", flat=True)) == {"wu"}


def morning() -> list[int]:
    """A week with every day from 6 to 9 free."""
    return [0b111 << 6] * 7


@pytest.mark.parametrize(
    ("asks", "has", "fits"),
    [
        ({"skills": ["medical"]}, {}, False),
        ({"skills": ["medical"]}, {"skills": ["medical", "driving"]}, True),
        ({"body": ["lifting"]}, {"avoids": ["lifting"]}, False),
        ({"body": ["standing"]}, {"avoids": ["lifting"]}, True),
        ({"min_age": 18}, {"born": dt.date(timezone.localdate().year - 17, 1, 1), "guardian": True}, False),
        ({}, {"born": dt.date(timezone.localdate().year - 16, 1, 1)}, False),
        ({}, {"born": dt.date(timezone.localdate().year - 16, 1, 1), "guardian": True}, True),
        ({"max_age": 60}, {"born": dt.date(1940, 1, 1)}, False),
        ({"min_age": 18}, {"born": None}, False),
        ({}, {"born": None}, True),
        ({"start": 6, "hours": 3}, {"week": morning()}, True),
        ({"start": 8, "hours": 3}, {"week": morning()}, False),
        ({"risky": True}, {}, False),
        ({"risky": True, "insured": True}, {}, True),
    ],
)
def test_only_those_are_asked_whom_a_place_fits(stage, asks, has, fits):
    asks, has = dict(asks), dict(has)
    if has.pop("guardian", False):
        has["guardian_agreed_at"] = timezone.now()
    if asks.pop("insured", False):
        asks |= {"insured_at": timezone.now(), "insured_by": stage.persons["zhi"]}
    a_volunteer(stage, "xu", **has)
    callout = later(stage)
    a_shift(callout, **asks)
    assert ask(callout, at=noon()) == int(fits)


def test_who_stands_elsewhere_at_that_time_is_not_asked(stage):
    xu = a_volunteer(stage, "xu").person
    other = later(stage)
    held = a_shift(other)
    Signup.objects.create(
        shift=held,
        person=xu,
        state="confirmed",
        period=(held.starts_at, held.ends_at),
        guarded=(held.starts_at, held.ends_at),
        confirmed_at=timezone.now(),
    )
    callout = later(stage)
    a_shift(callout)
    assert ask(callout, at=noon()) == 0
    a_shift(callout, start=12)
    assert ask(callout, at=noon()) == 1


def test_the_nearest_first_then_whoever_was_asked_longest_ago(stage):
    near = crowd(stage, 3, at="compound")
    crowd(stage, 3, at="community")
    Volunteer.objects.filter(person=near[0]).update(last_asked_at=noon(-9))
    Volunteer.objects.filter(person=near[1]).update(last_asked_at=noon(-20))
    callout = later(stage)
    a_shift(callout, capacity=1)
    ask(callout, at=noon())
    assert set(Asked.objects.values_list("person", flat=True)) == {one.pk for one in near}
    callout = later(stage)
    a_shift(callout, capacity=1)
    Volunteer.objects.update(week=[0] * 7)
    ask(callout, at=noon())
    assert set(Asked.objects.filter(callout=callout).values_list("person", flat=True)) == {one.pk for one in near}


def test_nobody_is_woken_but_in_an_emergency_those_who_agreed(stage):
    crowd(stage, 3)
    awake = a_volunteer(stage, "xu", night_calls=True).person
    late, seven = tomorrow(23), tomorrow(7, days=2)
    usual = later(stage)
    a_shift(usual)
    assert ask(usual, at=late) == 0 and usual.next_alarm_at == seven
    with pytest.raises(StepRefused):
        ask(usual, at=late, by=stage.actor("zhi"), more=True)
    urgent = later(stage, emergency=True)
    a_shift(urgent)
    assert ask(urgent, at=late) == 1 and Asked.objects.get(callout=urgent).person == awake
    assert urgent.next_alarm_at == late + dt.timedelta(minutes=10)
    assert ask(urgent, at=seven) == 3
    assert ask(usual, at=seven) == 4


def test_everybody_is_told_at_once_in_one_statement(stage, django_assert_max_num_queries):
    crowd(stage, 300)
    callout = later(stage, tell_all=True)
    a_shift(callout, capacity=1)
    with django_assert_max_num_queries(16):
        assert ask(callout, at=noon()) == 300
    assert Event.objects.get(kind="callouts.asked").facts["count"] == 300


def test_telling_costs_as_many_queries_however_many_are_told(stage, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    costs = []
    for count in (5, 60):
        crowd(stage, count)
        callout = later(stage)
        for start in (6, 9, 12):
            a_shift(callout, capacity=count, start=start)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            ask(callout, at=noon())
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_a_call_out_that_takes_nobody_asks_nobody(stage):
    crowd(stage, 3)
    callout = later(stage, state="closed")
    a_shift(callout)
    with pytest.raises(StepRefused):
        ask(callout, at=noon())
    jobs.ask_more(callout=callout.pk)
    assert not Asked.objects.exists()


def test_more_are_asked_by_hand_without_waiting(stage):
    crowd(stage, 20)
    callout = later(stage)
    a_shift(callout, capacity=1)
    ask(callout, at=noon())
    assert ask(callout, at=noon(), by=stage.actor("zhi"), more=True) == 3


def test_who_was_asked_is_forgotten_after_the_end_and_when_stays(stage):
    crowd(stage, 3)
    callout = later(stage, private_sealed="门禁 4321")
    a_shift(callout)
    ask(callout, at=noon())
    end = timezone.now()
    Callout.objects.update(state="finished", ended_at=end)
    Callout.objects.update(starts_at=end - dt.timedelta(hours=2), ends_at=end, closes_at=end)
    assert forget_asked(end + dt.timedelta(days=29)) == 0 and forget_private(end + dt.timedelta(hours=20)) == 0
    assert forget_private(end + dt.timedelta(days=2)) == 1
    assert forget_asked(end + dt.timedelta(days=31)) == 3
    callout.refresh_from_db()
    assert callout.private_sealed is None
    assert Volunteer.objects.filter(last_asked_at=noon()).count() == 3


COUNTS = st.integers(0, 500)


@given(free=COUNTS, willing=COUNTS, pending=COUNTS)
@settings(max_examples=200)
def test_a_wave_asks_no_more_than_the_places_need(free, willing, pending):
    size = rules_asking.wave(free, willing, pending, 3.0, 2000)
    assert size >= 0 and size + pending <= max(pending, 3 * max(0, free - willing))
    # One who declines is replaced by one.
    if size and pending:
        assert rules_asking.wave(free, willing, pending - 1, 3.0, 2000) == size + 1


@given(hour=st.integers(0, 23), minute=st.integers(0, 59))
def test_the_night_lasts_from_ten_to_seven(hour, minute):
    at = dt.datetime(2027, 6, 23, hour, minute)
    end = rules_asking.quiet_ends(at, 22, 7)
    assert (end is None) == (7 <= hour < 22)
    if end:
        assert at < end <= at + dt.timedelta(hours=9) and end.hour == 7


@given(hours=st.integers(1, 200), turn=st.integers(0, 12))
def test_turns_cover_the_time_without_a_gap(hours, turn):
    start = dt.datetime(2027, 6, 23, 6)
    cuts = rules_asking.turns(start, start + dt.timedelta(hours=hours), turn)
    assert cuts[0][0] == start and cuts[-1][1] == start + dt.timedelta(hours=hours)
    assert all(a[1] == b[0] for a, b in itertools.pairwise(cuts))
    assert turn == 0 or all(end - begin < dt.timedelta(hours=turn) * 1.5 or hours <= turn for begin, end in cuts)


@given(start=st.integers(0, 24 * 7), hours=st.integers(1, 30))
def test_the_hours_of_a_shift_are_as_many_as_it_has(start, hours):
    begin = dt.datetime(2027, 6, 21) + dt.timedelta(hours=start)
    week = rules_asking.hours_of(begin, begin + dt.timedelta(hours=hours))
    assert sum(day.bit_count() for day in week) == hours

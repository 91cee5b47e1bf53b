"""Hours: measured and granted beside each other, shown, questioned, corrected with a reason, then counted."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from huying.callouts import rules_hours
from huying.callouts.actions import attendance as place
from huying.callouts.actions import hours
from huying.callouts.models import Attendance, Correction, Question
from huying.callouts.queries_place import hours_in, hours_of, without_hours
from huying.callouts.tests.scene import confirmed
from huying.kernel.calendar import add_working_days, is_working_day
from huying.kernel.errors import BadInput, Forbidden, StepRefused
from huying.kernel.models import Event

START = dt.datetime(2026, 6, 24, 6, tzinfo=dt.UTC)
TIMES = st.one_of(st.none(), st.integers(-600, 1200).map(lambda n: START + dt.timedelta(minutes=n, seconds=n % 60)))


@given(st.integers(1, 1440), TIMES, TIMES)
def test_measured_minutes_stay_within_the_post(length, came, left):
    window = rules_hours.Window(START, START + dt.timedelta(minutes=length))
    minutes = rules_hours.measured(window, came, left)
    assert 0 <= minutes <= window.minutes == length
    if came and left and came <= left:
        assert minutes <= (left - came).total_seconds() / 60
        later = rules_hours.measured(window, came, left + dt.timedelta(minutes=5))
        assert minutes <= later <= minutes + 5


@given(st.integers(1, 1440), st.integers(0, 1440), st.sampled_from([0.5, 0.6, 0.75, 1.0]))
def test_enough_is_a_share_of_the_post(length, minutes, share):
    window = rules_hours.Window(START, START + dt.timedelta(minutes=length))
    assert rules_hours.is_enough(window, minutes, share) == (minutes >= 1 and minutes + 1e-6 >= length * share)


pytestmark = pytest.mark.django_db


@pytest.fixture
def xu(scene):
    """Xu was at the scanning post from 6 to 9, the whole time."""
    return was_there(scene, "xu", 0, 180)


def was_there(scene, who: str, came: int, left: int | None, shift: str = "scan"):
    """A sign-up with its check-in, and check-out, in minutes from the beginning."""
    signup = confirmed(scene.shifts[shift], scene.person(who))
    start, by = signup.shift.starts_at, scene.actor("zhi")
    place.check_in(signup, by=by, how="list", at=start + dt.timedelta(minutes=came))
    if left is not None:
        place.check_out(signup, by=by, how="list", at=start + dt.timedelta(minutes=left))
    return signup


def after(signup, hours_: int = 1) -> dt.datetime:
    """Some hours after the post."""
    return signup.shift.ends_at + dt.timedelta(hours=hours_)


def test_all_as_measured_in_one_go_and_taken_back(scene, xu):
    short = was_there(scene, "lu", 100, 180)
    zhi = scene.actor("zhi")
    shown = hours.confirm(scene.callout, by=zhi, at=after(xu))
    assert shown == [xu.attendance.pk]
    xu.attendance.refresh_from_db()
    assert xu.attendance.shown_until == add_working_days(after(xu), 3)
    assert [line.state for line in hours_in(scene.callout)] == ["shown", "short"]
    assert hours.confirm(scene.callout, by=zhi, at=after(xu)) == []
    assert hours.hold_back(scene.callout, shown, by=zhi) == 1
    assert hours.hold_back(scene.callout, shown, by=zhi) == 0
    assert [line.state for line in hours_in(scene.callout)] == ["open", "short"]
    # Too little was measured: it counts only when it is granted, with a reason.
    with pytest.raises(BadInput):
        hours.grant(short, 100, "", by=zhi, at=after(short))
    hours.grant(short, 100, "帮忙搬了桌子才来签到", by=zhi, at=after(short))
    assert len(hours.confirm(scene.callout, by=zhi, at=after(short))) == 2
    line = hours_of(scene.person("lu").pk)[0]
    assert (line.measured, line.granted, line.counts) == (80, 100, False)


def test_strangers_confirm_and_grant_nothing(scene, xu):
    for who in ("xu", "lu", "zhao", "wu"):
        by = scene.actor(who)
        with pytest.raises(Forbidden):
            hours.confirm(scene.callout, by=by)
        with pytest.raises(Forbidden):
            hours.hold_back(scene.callout, [xu.attendance.pk], by=by)
        with pytest.raises(Forbidden):
            hours.grant(xu, 60, "理由", by=by, at=after(xu))
        with pytest.raises(Forbidden):
            hours.correct(xu.attendance, None, after(xu, 0), "理由", by=by, at=after(xu))


def test_hours_count_after_three_working_days(scene, xu):
    hours.confirm(scene.callout, by=scene.actor("zhi"), at=after(xu))
    xu.attendance.refresh_from_db()
    until = xu.attendance.shown_until
    assert hours.count_due(at=until - dt.timedelta(minutes=1)) == 0
    assert hours.count_due(at=until) == 1
    assert hours.count_due(at=until) == 0
    assert Event.objects.get(kind="callouts.counted").facts["minutes"] == 180
    assert hours_of(scene.person("xu").pk)[0].state == "counted"
    passed = [until.date() - dt.timedelta(days=n) for n in range(10) if until - dt.timedelta(days=n) > after(xu)]
    assert sum(map(is_working_day, passed)) >= 3


def test_this_is_not_right_stops_the_count_until_it_is_answered(scene, xu):
    zhi, own = scene.actor("zhi"), scene.actor("xu")
    hours.confirm(scene.callout, by=zhi, at=after(xu))
    attendance = Attendance.objects.get()
    with pytest.raises(Forbidden):
        hours.question(attendance, "少了", by=scene.actor("lu"))
    with pytest.raises(BadInput):
        hours.question(attendance, " ", by=own)
    asked = hours.question(attendance, "我六点不到就来了", by=own)
    assert hours.question(attendance, "我六点不到就来了", by=own) == asked
    with pytest.raises(StepRefused):
        hours.question(attendance, "还有", by=own)
    later = attendance.shown_until + dt.timedelta(days=30)
    assert hours.count_due(at=later) == 0
    assert hours_of(scene.person("xu").pk)[0].state == "asked"
    with pytest.raises(BadInput):
        hours.answer(asked, "", by=zhi)
    hours.answer(asked, "班次从六点算起，之前的不计", by=zhi)
    assert hours.count_due(at=later) == 1


def test_a_correction_takes_a_reason_stays_on_record_and_is_shown_again(scene, xu):
    zhi = scene.actor("zhi")
    hours.confirm(scene.callout, by=zhi, at=after(xu))
    attendance = Attendance.objects.get()
    hours.count_due(at=attendance.shown_until)
    later = attendance.shown_until + dt.timedelta(days=1)
    earlier = xu.shift.starts_at + dt.timedelta(minutes=150)
    with pytest.raises(BadInput) as refused:
        hours.correct(attendance, None, earlier, "", by=zhi, at=later)
    assert set(refused.value.fields) == {"reason"}
    corrected = hours.correct(attendance, None, earlier, "提前走了半小时", by=zhi, at=later)
    assert corrected.measured == 150 and corrected.counted_at is None
    assert corrected.shown_until == add_working_days(later, 3)
    row = Correction.objects.get()
    assert (row.field, row.reason, row.by_id) == ("out_at", "提前走了半小时", zhi.id)
    with pytest.raises(IntegrityError), transaction.atomic():
        row.delete()
    assert hours.count_due(at=corrected.shown_until) == 1
    assert [e.facts["minutes"] for e in Event.objects.filter(kind="callouts.counted").order_by("id")] == [180, 150]


@pytest.mark.parametrize(
    ("came", "left", "wrong"), [(60, 30, "left"), (-200, 180, "came"), (0, 500, "left"), (400, None, "came")]
)
def test_a_correction_stays_in_the_window(scene, xu, came, left, wrong):
    start, before = xu.shift.starts_at, Event.objects.count()
    with pytest.raises(BadInput) as refused:
        hours.correct(
            xu.attendance,
            start + dt.timedelta(minutes=came),
            start + dt.timedelta(minutes=left) if left is not None else None,
            "理由",
            by=scene.actor("zhi"),
            at=after(xu, 10),
        )
    assert wrong in refused.value.fields
    assert not Correction.objects.exists() and Event.objects.count() == before


@pytest.mark.parametrize("minutes", [-1, 181, None, 10**6])
def test_granted_minutes_are_never_more_than_the_post(scene, xu, minutes):
    with pytest.raises(BadInput) as refused:
        hours.grant(xu, minutes, "理由", by=scene.actor("zhi"), at=after(xu))
    assert "minutes" in refused.value.fields
    assert Attendance.objects.get().granted_minutes is None


def test_who_was_on_no_list_is_granted_hours(scene):
    signup = confirmed(scene.shifts["scan"], scene.person("wu"))
    with pytest.raises(StepRefused):
        hours.grant(signup, 90, "理由", by=scene.actor("zhi"), at=signup.shift.starts_at)
    found = hours.grant(signup, 90, "手机没电，签到没签上", by=scene.actor("zhi"), at=after(signup))
    assert found.in_at is None and found.measured == 0
    assert without_hours(scene.callout) == []
    hours.grant(signup, 60, "和本人核过，一小时", by=scene.actor("zhi"), at=after(signup))
    assert Correction.objects.get().was == "90"
    hours.confirm(scene.callout, by=scene.actor("zhi"), at=after(signup))
    found.refresh_from_db()
    assert hours.count_due(at=found.shown_until) == 1
    assert (
        Event.objects.get(kind="callouts.counted").facts | {"minutes": 0, "granted": 60}
        == Event.objects.get(kind="callouts.counted").facts
    )


def test_a_forgotten_check_out_ends_with_the_post(scene):
    signup = was_there(scene, "xu", 10, None)
    end = signup.shift.ends_at
    assert hours.end_forgotten(at=end + dt.timedelta(minutes=59)) == 0
    assert hours.end_forgotten(at=end + dt.timedelta(minutes=60)) == 1
    assert hours.end_forgotten(at=end + dt.timedelta(minutes=60)) == 0
    found = Attendance.objects.get()
    assert (found.out_at, found.how_out) == (end, "end") and hours_of(scene.person("xu").pk)[0].measured == 170


def test_what_no_organiser_confirms_is_shown_as_measured_after_a_week(scene, xu):
    was_there(scene, "lu", 100, 180)
    end = scene.callout.ends_at
    assert hours.confirm_late(at=end + dt.timedelta(days=6)) == 0
    assert hours.confirm_late(at=end + dt.timedelta(days=7)) == 1
    assert hours.confirm_late(at=end + dt.timedelta(days=8)) == 0


def test_exact_times_are_erased_and_the_minutes_stay(scene, xu):
    zhi = scene.actor("zhi")
    hours.correct(xu.attendance, None, after(xu, -1), "提前走了", by=zhi, at=after(xu))
    asked = hours.question(xu.attendance, "不对", by=scene.actor("xu"))
    hours.answer(asked, "核过了", by=zhi)
    hours.confirm(scene.callout, by=zhi, at=after(xu))
    found = Attendance.objects.get()
    late = xu.shift.ends_at + dt.timedelta(days=181)
    assert hours.forget_times(at=late) == 0  # not counted yet
    hours.count_due(at=found.shown_until)
    assert hours.forget_times(at=late - dt.timedelta(days=2)) == 0
    assert hours.forget_times(at=late) == 1
    found.refresh_from_db()
    assert found.in_at is found.out_at is found.in_by is None and found.minutes == 120
    assert not Correction.objects.exists() and not Question.objects.exists()
    line = hours_of(scene.person("xu").pk)[0]
    assert (line.state, line.measured) == ("counted", 120)
    with pytest.raises(StepRefused):
        hours.correct(found, xu.shift.starts_at, after(xu, 0), "理由", by=zhi, at=late)


def test_own_hours_are_ones_own(scene, xu):
    was_there(scene, "lu", 0, 180)
    assert [line.signup.person_id for line in hours_of(scene.person("xu").pk)] == [scene.person("xu").pk]
    assert hours_of(scene.person("wu").pk) == []


def test_the_number_of_queries_does_not_grow(scene, xu):
    from huying.callouts.queries_place import board

    def asked() -> int:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as seen:
            board(scene.callout, now=timezone.now(), day=timezone.localdate(scene.callout.starts_at))
            hours_in(scene.callout)
        return len(seen)

    few = asked()
    was_there(scene, "lu", 0, 180)
    was_there(scene, "wu", 0, 100, "order")
    assert asked() == few

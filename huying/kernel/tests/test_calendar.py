"""Chinese working days: the published ones, the operator's, and what must hold for any calendar."""

import datetime as dt
import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from huying.kernel import calendar
from huying.kernel.calendar_rules import SHANGHAI, Calendar, CalendarError
from huying.kernel.models import CalendarDay

D = dt.date


def at(text: str) -> dt.datetime:
    """A moment in Shanghai: at("2024-02-08 10:00")."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


# --- As published ---


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("day", "working", "why"),
    [
        ("2024-02-09", True, "New Year's Eve 2024 was worked"),
        ("2024-02-10", False, "Spring Festival"),
        ("2024-02-04", True, "a Sunday made up for Spring Festival"),
        ("2024-02-18", True, "a Sunday made up for Spring Festival"),
        ("2024-10-01", False, "National Day"),
        ("2024-10-12", True, "a Saturday made up"),
        ("2025-01-28", False, "New Year's Eve 2025 was off"),
        ("2024-03-09", False, "a Saturday"),
        ("2024-03-11", True, "a Monday"),
    ],
)
def test_published_days(day, working, why):
    assert calendar.is_working_day(D.fromisoformat(day)) is working, why
    assert calendar.is_certain(D.fromisoformat(day))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2024-03-11 10:00", 0, "2024-03-11 10:00"),
        ("2024-03-11 10:00", 1, "2024-03-12 10:00"),
        ("2024-03-15 16:30", 1, "2024-03-18 16:30"),  # over a weekend
        ("2024-02-08 10:00", 3, "2024-02-19 10:00"),  # over Spring Festival, with the Sunday that is made up
        ("2024-03-16 12:00", 1, "2024-03-19 09:00"),  # raised on a Saturday: counts from Monday's opening
        ("2024-03-16 12:00", 0, "2024-03-18 09:00"),
        ("2024-03-18 06:00", 1, "2024-03-19 09:00"),  # before the opening
        ("2024-03-15 23:50", 1, "2024-03-18 23:50"),  # after hours the same local time holds
    ],
)
def test_deadlines_in_working_days(start, days, due):
    assert calendar.add_working_days(at(start), days) == at(due)


@pytest.mark.django_db
def test_a_moment_in_another_time_zone_counts_by_the_day_in_shanghai():
    friday_late = dt.datetime(2024, 3, 15, 17, 0, tzinfo=dt.UTC)  # already Saturday 01:00 in Shanghai
    assert calendar.add_working_days(friday_late, 1) == at("2024-03-19 09:00")


# --- The operator's own days ---


@pytest.mark.django_db
def test_the_operator_knows_better_than_what_was_published():
    day = D(2024, 3, 11)
    CalendarDay.objects.create(day=day, working=False, name="停水一天")
    assert not calendar.is_working_day(day)
    CalendarDay.objects.get().delete()
    assert calendar.is_working_day(day)


@pytest.mark.django_db
def test_for_a_year_that_nobody_knows_weekends_rule_and_it_says_so():
    assert calendar.is_working_day(D(2040, 10, 1))
    assert not calendar.is_working_day(D(2040, 9, 29))
    assert not calendar.is_certain(D(2040, 10, 1))
    assert not calendar.covers(2040)


@pytest.mark.django_db
def test_a_year_is_known_once_its_days_off_are_there():
    one = "2040-10-01,休,国庆节\n"
    assert calendar.import_csv(one).days == 1
    assert not calendar.covers(2040), "one day is a beginning, not a year"
    assert calendar.is_certain(D(2040, 10, 1))
    whole = "日期,班休,名称\n" + "".join(f"2040-10-{day:02},休,国庆节\n" for day in range(1, 13))
    assert calendar.import_csv(whole).errors == []
    assert calendar.covers(2040)
    assert calendar.is_certain(D(2040, 1, 1))


@pytest.mark.django_db
def test_a_file_with_a_bad_line_is_not_taken_at_all():
    result = calendar.import_csv("2040-10-01,休\n2040-02-30,休\n2040-10-03,也许\n\n2040-10-01,班\n")
    assert [line for line, _words in result.errors] == [2, 3, 5]
    assert not CalendarDay.objects.exists()
    assert calendar.import_csv("").errors


@pytest.mark.django_db
def test_another_process_s_change_is_seen_after_a_while(monkeypatch):
    day = D(2024, 3, 11)
    assert calendar.is_working_day(day)
    CalendarDay.objects.bulk_create([CalendarDay(day=day, working=False)])  # sends no signal, as another process
    assert calendar.is_working_day(day)
    now = time.monotonic()
    monkeypatch.setattr("huying.kernel.calendar.time.monotonic", lambda: now + 31)
    assert not calendar.is_working_day(day)


@pytest.mark.django_db
def test_asking_often_asks_the_database_once(django_assert_num_queries):
    calendar.forget()
    with django_assert_num_queries(1):
        for n in range(50):
            calendar.is_working_day(D(2024, 1, 1) + dt.timedelta(days=n))


# --- What holds for any calendar ---

DAYS = st.dates(D(2024, 1, 1), D(2026, 12, 31))
CALENDARS = st.builds(
    Calendar,
    exceptions=st.dictionaries(DAYS, st.booleans(), max_size=120),
    opening=st.times(dt.time(0), dt.time(12)).map(lambda t: t.replace(microsecond=0)),
)
MOMENTS = st.datetimes(dt.datetime(2024, 1, 1), dt.datetime(2026, 10, 1), timezones=st.sampled_from([SHANGHAI, dt.UTC]))
SPANS = st.integers(0, 30)


@given(CALENDARS, MOMENTS, SPANS)
def test_a_deadline_never_falls_on_a_day_off_nor_before_the_opening(rules, moment, days):
    due = rules.add_working_days(moment, days)
    assert rules.is_working_day(due.date())
    assert due.tzinfo is SHANGHAI
    assert due.timetz().replace(tzinfo=None) >= rules.opening
    assert due >= moment


@given(CALENDARS, MOMENTS, SPANS, SPANS)
def test_two_spans_one_after_the_other_are_both_at_once(rules, moment, first, second):
    assert rules.add_working_days(rules.add_working_days(moment, first), second) == rules.add_working_days(
        moment, first + second
    )


@given(CALENDARS, MOMENTS, MOMENTS, SPANS)
def test_what_comes_later_is_never_due_earlier(rules, one, other, days):
    assume(one != other)
    earlier, later = sorted((one, other))
    assert rules.add_working_days(earlier, days) <= rules.add_working_days(later, days)


@given(CALENDARS, MOMENTS, st.integers(0, 29))
def test_one_day_more_is_due_later(rules, moment, days):
    assert rules.add_working_days(moment, days) < rules.add_working_days(moment, days + 1)


@given(CALENDARS, MOMENTS, SPANS)
def test_exactly_so_many_working_days_lie_between(rules, moment, days):
    start = rules.starts_counting(moment)
    due = rules.add_working_days(moment, days)
    assert rules.working_days_between(start.date(), due.date()) == days


@given(CALENDARS, DAYS)
def test_between_a_day_and_the_next_working_day_nothing_is_worked(rules, day):
    following = rules.next_working_day(day)
    assert following > day
    assert rules.working_days_between(day, following) == 1


def test_a_calendar_that_cannot_be_true_ends_in_words_and_not_in_a_loop():
    never = Calendar({D(2024, 1, 1) + dt.timedelta(days=n): False for n in range(200)})
    with pytest.raises(CalendarError, match="no working day"):
        never.add_working_days(at("2024-01-05 10:00"), 1)
    with pytest.raises(ValueError, match="negative"):
        Calendar().add_working_days(at("2024-01-05 10:00"), -1)

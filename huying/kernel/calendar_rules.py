"""Working days as pure functions: a calendar is the weekend rule with exceptions. No Django, no clock."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
_DAY = dt.timedelta(days=1)
# The longest row of days off that a calendar may hold; beyond it the data must be wrong.
LONGEST_REST = 60


class CalendarError(ValueError):
    """A calendar that cannot be true, such as one without working days."""


@dataclass(frozen=True)
class Calendar:
    """The weekend rule, with days that are otherwise: holidays, and weekend days made up for them (调休).

    exceptions: day -> whether it is worked. years: those whose exceptions are all known. opening: local time from which
    a matter counts that came before it, or on a day off.
    """

    exceptions: Mapping[dt.date, bool] = field(default_factory=dict)
    years: frozenset[int] = frozenset()
    opening: dt.time = dt.time(9)
    zone: dt.tzinfo = SHANGHAI

    def is_working_day(self, day: dt.date) -> bool:
        """Whether people work on that day."""
        return self.exceptions.get(day, day.weekday() < 5)

    def is_certain(self, day: dt.date) -> bool:
        """Whether the day's answer comes from a published calendar and not from the weekend rule alone."""
        return day.year in self.years or day in self.exceptions

    def next_working_day(self, day: dt.date) -> dt.date:
        """The first working day after `day`."""
        for step in range(1, LONGEST_REST + 1):
            if self.is_working_day(day + step * _DAY):
                return day + step * _DAY
        raise CalendarError(f"no working day in the {LONGEST_REST} days after {day}")

    def working_days_between(self, start: dt.date, end: dt.date) -> int:
        """How many working days lie in start < day <= end; 0 when end <= start."""
        return sum(self.is_working_day(start + n * _DAY) for n in range(1, (end - start).days + 1))

    def starts_counting(self, moment: dt.datetime) -> dt.datetime:
        """From when a matter of that moment counts: at once, or from the opening of the (next) working day."""
        local = moment.astimezone(self.zone)
        day = local.date()
        if not self.is_working_day(day):
            return dt.datetime.combine(self.next_working_day(day), self.opening, self.zone)
        return max(local, dt.datetime.combine(day, self.opening, self.zone))

    def add_working_days(self, moment: dt.datetime, days: int) -> dt.datetime:
        """The moment `days` >= 0 working days later, at the same local time; always within a working day.

        What comes on a day off, or before the opening, counts from the next opening; so what comes later is never due
        earlier, and two spans added one after the other are the same as both at once.
        """
        if days < 0:
            raise ValueError("days must not be negative")
        start = self.starts_counting(moment)
        day = start.date()
        for _ in range(days):
            day = self.next_working_day(day)
        return dt.datetime.combine(day, start.timetz().replace(tzinfo=None), self.zone)

"""Chinese working days, make-up days (调休) included: the published calendar, with the operator's own days over it.

For a year that neither knows, weekends rule and `is_certain` says so; `huying doctor` asks for it in good time.
"""

import csv
import datetime as dt
import io
import threading
import time
from typing import NamedTuple

import chinese_calendar
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.kernel import policy
from huying.kernel.calendar_rules import Calendar, CalendarError
from huying.kernel.models import CalendarDay

# A published year has 13 statutory days off at least; fewer in the operator's table is a year begun, not a year known.
DAYS_OFF_OF_A_YEAR = 11
_KEEP_SECONDS = 30

_lock = threading.Lock()
_cached: tuple[float, Calendar] | None = None


def _published() -> tuple[dict[dt.date, bool], set[int]]:
    exceptions = dict.fromkeys(chinese_calendar.holidays, False) | dict.fromkeys(chinese_calendar.workdays, True)
    return exceptions, {day.year for day in chinese_calendar.holidays}


def _read() -> Calendar:
    exceptions, years = _published()
    own = dict(CalendarDay.objects.values_list("day", "working"))
    days_off: dict[int, int] = {}
    for day, working in own.items():
        days_off[day.year] = days_off.get(day.year, 0) + (not working)
    years |= {year for year, count in days_off.items() if count >= DAYS_OFF_OF_A_YEAR}
    opening = dt.time.fromisoformat(policy.load("kernel")["calendar"]["opening"])
    return Calendar(exceptions | own, frozenset(years), opening, timezone.get_default_timezone())


def calendar() -> Calendar:
    """The calendar in force; another process's change is seen within half a minute."""
    global _cached
    with _lock:
        if _cached is None or time.monotonic() - _cached[0] > _KEEP_SECONDS:
            _cached = (time.monotonic(), _read())
        return _cached[1]


def forget(**kwargs) -> None:
    """Read the calendar again at the next question."""
    global _cached
    _cached = None


post_save.connect(forget, sender=CalendarDay)
post_delete.connect(forget, sender=CalendarDay)


def is_working_day(day: dt.date) -> bool:
    """Whether people work on that day in China."""
    return calendar().is_working_day(day)


def is_certain(day: dt.date) -> bool:
    """Whether the answer for that day comes from a published calendar."""
    return calendar().is_certain(day)


def covers(year: int) -> bool:
    """Whether the holidays and make-up days of a year are known."""
    return year in calendar().years


def next_working_day(day: dt.date) -> dt.date:
    """The first working day after `day`."""
    return calendar().next_working_day(day)


def working_days_between(start: dt.date, end: dt.date) -> int:
    """How many working days lie in start < day <= end."""
    return calendar().working_days_between(start, end)


def add_working_days(moment: dt.datetime, days: int) -> dt.datetime:
    """The moment `days` working days later, at the same local time; see Calendar.add_working_days."""
    return calendar().add_working_days(moment, days)


class Imported(NamedTuple):
    """What `import_csv` did: days written, and errors as (line, words)."""

    days: int
    errors: list[tuple[int, str]]


_WORDS = {"1": True, "工作": True, "上班": True, "班": True, "working": True, "yes": True, "true": True}
_WORDS |= {"0": False, "放假": False, "休息": False, "休": False, "off": False, "no": False, "false": False}


def import_csv(text: str) -> Imported:
    """Take days from lines `2027-01-01,休,元旦` (a heading line is left out); one bad line, and nothing is taken."""
    days, errors, seen = [], [], set()
    for number, row in enumerate(csv.reader(io.StringIO(text.lstrip("\ufeff"))), start=1):
        cells = [cell.strip() for cell in row] + ["", "", ""]
        if not any(cells) or (number == 1 and not cells[0][:1].isdigit()):
            continue
        try:
            day = dt.date.fromisoformat(cells[0])
        except ValueError:
            errors.append((number, _("“%s”不是日期，应写成 2027-01-31 这样。") % cells[0]))
            continue
        working = _WORDS.get(cells[1].lower())
        if working is None:
            errors.append((number, _("“%s”看不懂，应写“班”或“休”。") % cells[1]))
        elif day in seen:
            errors.append((number, _("%s 出现了两次。") % day))
        else:
            seen.add(day)
            days.append(CalendarDay(day=day, working=working, name=cells[2][:40]))
    if errors or not days:
        return Imported(0, errors or [(0, _("这里没有日期。"))])
    with transaction.atomic():
        CalendarDay.objects.bulk_create(
            days, update_conflicts=True, unique_fields=["day"], update_fields=["working", "name"]
        )
    forget()
    return Imported(len(days), [])


__all__ = [
    "CalendarError",
    "add_working_days",
    "calendar",
    "covers",
    "forget",
    "import_csv",
    "is_certain",
    "is_working_day",
    "next_working_day",
    "working_days_between",
]

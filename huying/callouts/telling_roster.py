"""A roster as a picture: week by week, a row for each time of the day, a column for each day."""

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from huying.callouts.telling_plans import Board, Column


@dataclass
class Row:
    """One time of the day in one week; a cell is None where the roster has no shift."""

    label: str
    cells: list[Column | None]


@dataclass
class Week:
    """Seven days."""

    days: list[dt.date]
    rows: list[Row]


def weeks_of(board: Board) -> list[Week]:
    """The weeks of a roster that have shifts, Monday first."""
    found: dict[dt.date, dict[str, dict[dt.date, Column]]] = {}
    for column in board.columns:
        start, end = timezone.localtime(column.shift.starts_at), timezone.localtime(column.shift.ends_at)
        label = f"{start:%H:%M}–{end:%H:%M}"
        monday = start.date() - dt.timedelta(days=start.weekday())
        found.setdefault(monday, {}).setdefault(label, {})[start.date()] = column
    weeks = []
    for monday in sorted(found):
        days = [monday + dt.timedelta(days=n) for n in range(7)]
        rows = [Row(label, [found[monday][label].get(day) for day in days]) for label in sorted(found[monday])]
        weeks.append(Week(days, rows))
    return weeks

"""The rule by which deadlines follow an emergency and come back (docs/modes.md). Pure: no Django, no clock."""

import datetime as dt
from collections.abc import Iterable, Mapping


def hours_of(policy: Mapping, level: int | None, urgency: str) -> float | None:
    """In how many hours a class is due at a level; None where the peacetime deadline stands (no mode: level None)."""
    return None if level is None else policy["emergency"][str(level)].get(urgency)


def in_emergency(peace: dt.datetime, start: dt.datetime, hours: float | None) -> dt.datetime:
    """When a call is due whose clock starts, or is set anew, at `start` while a mode is on: never later than in peacetime."""
    return peace if hours is None else min(peace, start + dt.timedelta(hours=hours))


def moved(
    due: dt.datetime, peace: dt.datetime, at: dt.datetime, before: float | None, after: float | None
) -> dt.datetime:
    """When an open call is due after a switch at `at`.

    due, peace: its deadline up to now, and the one it has in peacetime (never earlier). before, after: the hours of its
    class before and after the switch, None where none apply. What was missed stays missed; at the end the peacetime
    deadline comes back, as counted from its dispatch; stricter never gives more time, milder never less.
    """
    if due < at:
        return due
    if after is None:
        return peace
    counted = at + dt.timedelta(hours=after)
    if before is None or after <= before:
        return min(due, counted)
    return max(due, min(peace, counted))


def reminders_past(dispatched: dt.datetime, due: dt.datetime, at: dt.datetime, shares: Iterable[float]) -> int:
    """How many of the reminders of a new deadline lie in the past already: these are not sent."""
    return sum(dispatched + (due - dispatched) * share <= at for share in shares)

"""The pure rules of sites and their numbers: who plans, how a curve is stretched, who is next, about how long. No Django."""

from collections.abc import Iterable, Sequence
from math import ceil

from huying.callouts.rules import ORGANISERS

# Who plans a site; who opens a queue with numbers, and keeps it.
PLANNERS = ORGANISERS
KEEPERS = ("compound_secretary", "community_worker", "community_secretary", "street_staff")

WAITING, CALLED, DONE, MISSED, LEFT = "waiting", "called", "done", "missed", "left"
OPEN, CLOSED = "open", "closed"


def stretch(weights: Sequence[float], parts: int) -> tuple[float, ...]:
    """A curve over another number of half hours: read at the middle of each, straight lines in between."""
    if parts < 1 or not weights:
        return ()
    last = len(weights) - 1
    found = []
    for part in range(parts):
        at = min(max((part + 0.5) / parts * len(weights) - 0.5, 0), last)
        low = int(at)
        high = min(low + 1, last)
        found.append(round(weights[low] + (weights[high] - weights[low]) * (at - low), 2))
    return tuple(found)


def order(waiting: Iterable[tuple[int, bool]], streak: int, in_row: int) -> list[int]:
    """The numbers in the order in which they will be called if nobody else comes: those who go first are next, but never
    more than `in_row` of them one after the other while others wait; `streak` of them were called last."""
    first, others = [], []
    for number, goes_first in sorted(waiting):
        (first if goes_first else others).append(number)
    first.reverse()
    others.reverse()
    called = []
    while first or others:
        if first and (streak < in_row or not others):
            called.append(first.pop())
            streak += 1
        else:
            called.append(others.pop())
            streak = 0
    return called


def about(ahead: int, *, calls: int, minutes: float, lanes: int, seconds_each: float, enough: int) -> int:
    """About how many minutes until somebody is called with so many before them; at least 1.

    By the pace of the last `minutes` when there were `enough` calls in them, else by the seconds that one takes in a lane.
    """
    if calls >= enough and minutes > 0:
        each = minutes / calls
    else:
        each = seconds_each / 60 / max(1, lanes)
    return max(1, ceil(ahead * each))


def rounded(minutes: int) -> int:
    """Minutes as one says them: to the minute below 10, to five below an hour, to ten above."""
    if minutes <= 10:
        return minutes
    step = 5 if minutes <= 60 else 10
    return ceil(minutes / step) * step

"""The pure rules of hours at a place: the window of a post, what was measured in it, what may be granted. No clock."""

import datetime as dt
import math
from dataclasses import dataclass

from huying.callouts.rules import measured_minutes

EARLY, OPEN, OVER = "early", "open", "over"


@dataclass(frozen=True)
class Window:
    """The time of one post, in which hours are measured; travel lies outside of it."""

    starts_at: dt.datetime
    ends_at: dt.datetime

    @property
    def minutes(self) -> int:
        """How long the post is."""
        return measured_minutes(self.starts_at, self.ends_at)


def measured(window: Window, came: dt.datetime | None, left: dt.datetime | None) -> int:
    """Minutes from check-in to check-out that lie within the post's window; 0 when either is missing."""
    if came is None or left is None:
        return 0
    return measured_minutes(max(came, window.starts_at), min(left, window.ends_at))


def least(window: Window, share: float) -> int:
    """So many minutes at least must somebody have been there for measured hours to count by themselves."""
    return max(1, math.ceil(window.minutes * share - 1e-9))


def is_enough(window: Window, minutes: int, share: float) -> bool:
    """Whether measured minutes count by themselves."""
    return minutes >= least(window, share)


def door(window: Window, at: dt.datetime, early: int) -> str:
    """Whether one can check in at a moment: `early` minutes before the post begins until it ends."""
    if at < window.starts_at - dt.timedelta(minutes=early):
        return EARLY
    return OVER if at >= window.ends_at else OPEN


def may_leave(window: Window, at: dt.datetime, after: int) -> bool:
    """Whether a check-out is taken as one: until `after` minutes past the end, when the end itself is set."""
    return at <= window.ends_at + dt.timedelta(minutes=after)


def in_words(minutes: int) -> tuple[int, int]:
    """Whole hours and the minutes beside them."""
    return divmod(minutes, 60)

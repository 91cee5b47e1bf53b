"""The pure rules of whom to tell: how many, when nobody is woken, which hours of a week a shift needs, how a day is cut."""

import datetime as dt
import math


def wave(free: int, willing: int, pending: int, per_place: float, most: int) -> int:
    """How many to ask now: enough for the places that are still empty, less those who may still answer.

    free: empty places; willing: who said yes without a post yet; pending: who was asked and is still waited for. One who
    declines is no longer pending, and so is replaced by one; one who says yes takes a place, and nobody is asked for it.
    """
    wanted = math.ceil(max(0, free - willing) * per_place)
    return max(0, min(wanted - pending, most))


def quiet_ends(at: dt.datetime, quiet_from: int, quiet_until: int) -> dt.datetime | None:
    """The end of the quiet hours when `at` (local time) lies in them, else None. 22 to 7 goes over midnight."""
    begin, end = dt.time(quiet_from % 24), dt.time(quiet_until % 24)
    now = at.time()
    inside = begin <= now < end if begin <= end else now >= begin or now < end
    if not inside:
        return None
    day = at.date() + dt.timedelta(days=1) if begin > end and now >= begin else at.date()
    return at.combine(day, end, tzinfo=at.tzinfo)


def hours_of(start: dt.datetime, end: dt.datetime) -> list[int]:
    """The hours that a time touches as a week of days, Monday first, one bit an hour (local times)."""
    week = [0] * 7
    hour = start.replace(minute=0, second=0, microsecond=0)
    while hour < end:
        week[hour.weekday()] |= 1 << hour.hour
        hour += dt.timedelta(hours=1)
    return week


def turns(start: dt.datetime, end: dt.datetime, hours: int) -> list[tuple[dt.datetime, dt.datetime]]:
    """A time cut into shifts of so many hours, 0 for one; a rest shorter than half a shift is added to the last."""
    if hours <= 0 or end - start <= dt.timedelta(hours=hours):
        return [(start, end)]
    step, cuts, at = dt.timedelta(hours=hours), [], start
    while end - at >= step * 1.5:
        cuts.append((at, at + step))
        at += step
    return [*cuts, (at, end)]


def next_alarm(
    *, closes_at: dt.datetime, ends_at: dt.datetime, open: bool, wave_at: dt.datetime | None
) -> tuple[dt.datetime, str]:
    """When the system must look at a live call-out next, and for what: a wave, the closing time, the end."""
    times = [(ends_at, "finish")]
    if open:
        times.append((closes_at, "close"))
        if wave_at is not None:
            times.append((wave_at, "ask"))
    return min(times)

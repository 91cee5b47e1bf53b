"""The queue of a site: who comes when, how many lanes call them, how long they wait; simulated, many days at once.

People come by a curve, stand in one queue with numbers, and are called to the first free lane. A lane is a row of stations
one behind the other, one person at each and no room between: whoever is done waits until the next station is free. Those who
go first (elderly, disabled) are called next, but never more than `in_row` of them one after the other while others wait.
Times are seconds after the doors open, unless a name says minutes.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil, isfinite

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Tell = Callable[[int, int], None]

STRETCH = 1800  # seconds: a curve has a weight for each of these
GRID = 300  # seconds between two looks at the queue
PEOPLE_MOST, LANES_MOST, HOURS_MOST, STATIONS_MOST = 20_000, 100, 16, 6
SECONDS_MOST = 3600  # at one station
# So many people are simulated in all; a small site gets its many days, a large one fewer.
_WORK, _FEWEST_DAYS = 600_000, 20
_SEARCH_DAYS, _CANDIDATES = 24, 8
_LADDER_DAYS = 40


class Wrong(ValueError):
    """A site that cannot be; `fields` maps a field's name to what is wrong: (code, the number that it may have)."""

    def __init__(self, fields: dict[str, tuple[str, float]]):
        super().__init__(", ".join(f"{name}: {code} {number:g}" for name, (code, number) in fields.items()))
        self.fields = fields


@dataclass(frozen=True)
class Station:
    """A station of a lane: seconds for one person, on average and as a standard deviation (0: always the same)."""

    mean: float
    spread: float = 0.0


@dataclass(frozen=True)
class Site:
    """What is planned. `curve`: a weight for each half hour from opening to closing; `first_share`: who go first, 0 to 1."""

    people: int
    minutes: int
    curve: tuple[float, ...]
    lanes: int
    stations: tuple[Station, ...]
    first_share: float = 0.0
    in_row: int = 2

    def checked(self) -> "Site":
        """The site itself; Wrong says all that cannot be."""
        wrong: dict[str, tuple[str, float]] = {}
        for name, value, least, most in (
            ("people", self.people, 1, PEOPLE_MOST),
            ("minutes", self.minutes, 30, HOURS_MOST * 60),
            ("lanes", self.lanes, 1, LANES_MOST),
            ("in_row", self.in_row, 1, PEOPLE_MOST),
            ("first_share", self.first_share, 0, 1),
        ):
            # Written so that what is not a number is wrong too.
            if not value >= least:
                wrong[name] = ("least", least)
            elif not value <= most:
                wrong[name] = ("most", most)
        if not 1 <= len(self.stations) <= STATIONS_MOST:
            wrong["stations"] = ("most", STATIONS_MOST)
        for number, one in enumerate(self.stations):
            if not 0 < one.mean <= SECONDS_MOST:
                wrong[f"mean{number}"] = ("between", SECONDS_MOST)
            if not 0 <= one.spread <= SECONDS_MOST:
                wrong[f"spread{number}"] = ("between", SECONDS_MOST)
        if "minutes" not in wrong and len(self.curve) != self.stretches:
            wrong["curve"] = ("length", self.stretches)
        elif not all(isfinite(weight) and weight >= 0 for weight in self.curve) or not sum(self.curve) > 0:
            wrong["curve"] = ("empty", 0)
        if wrong:
            raise Wrong(wrong)
        return self

    @property
    def seconds(self) -> int:
        """From opening to closing."""
        return self.minutes * 60

    @property
    def stretches(self) -> int:
        """How many half hours there are; the last may be shorter."""
        return ceil(self.minutes * 60 / STRETCH)

    @cached_property
    def edges(self) -> Floats:
        """Where the half hours begin and end."""
        return np.minimum(np.arange(self.stretches + 1) * float(STRETCH), float(self.seconds))

    @cached_property
    def expected(self) -> Floats:
        """How many come in each half hour."""
        weights = np.asarray(self.curve, float) * np.diff(self.edges)
        return self.people * weights / weights.sum()


@dataclass(frozen=True)
class Waits:
    """Minutes until being called: on average, nine of ten wait at most, and how many people that speaks of in one day."""

    mean: float = 0.0
    ninth: float = 0.0
    people: float = 0.0


@dataclass(frozen=True)
class Moment:
    """The queue at a minute after opening: on average, and at most on nine of ten days."""

    minute: int
    mean: float
    ninth: float


@dataclass(frozen=True)
class Outcome:
    """What a site is like: waits by half hour of coming, the queue over the day, and the numbers of the day."""

    site: Site
    days: int
    everyone: Waits
    first: Waits
    others: Waits
    by_stretch: tuple[tuple[Waits, Waits, Waits], ...]  # everyone, first, others
    queue: tuple[Moment, ...]
    longest: float  # people who wait at the worst moment, at most on nine of ten days
    inside: float  # people at the place, those at the stations with them, at most on nine of ten days
    last: float  # minutes after opening when the last one leaves, at most on nine of ten days
    busy: tuple[float, ...]  # of each station, the share of the time until the last leaves
    within: float  # the share of people who wait no longer than the target
    target: float  # minutes

    @property
    def worst(self) -> int:
        """The half hour whose people wait longest."""
        return max(range(len(self.by_stretch)), key=lambda at: self.by_stretch[at][0].ninth)


@dataclass(frozen=True)
class Rung:
    """What a number of lanes would do."""

    lanes: int
    mean: float
    ninth: float
    within: float


@dataclass(frozen=True)
class Advice:
    """The least number of lanes with which so many wait no longer than the target; None when no number is enough."""

    lanes: int | None
    share: float
    target: float
    ladder: tuple[Rung, ...] = field(default=())


@dataclass(frozen=True)
class _Days:
    """Many days of one site: rows are days, columns people in the order of their coming."""

    come: Floats
    first: NDArray[np.bool_]
    work: tuple[Floats, ...]

    def cut(self, days: int, times: int = 1) -> "_Days":
        """The first days only, one after the other `times` times."""
        again = lambda rows: np.tile(rows[:days], (times, 1))  # noqa: E731
        return _Days(again(self.come), again(self.first), tuple(again(one) for one in self.work))


def days_for(people: int, most: int) -> int:
    """How many days are simulated for a site of so many people."""
    return max(min(_FEWEST_DAYS, most), min(most, _WORK // max(1, people)))


def draw(site: Site, days: int, seed: int) -> _Days:
    """Days drawn by a seed. They do not depend on the lanes, and fewer days are the first of more: plans can be compared."""
    stream = lambda number: np.random.default_rng([seed, number])  # noqa: E731
    shape = (days, site.people)
    reached = np.concatenate([[0.0], np.cumsum(site.expected)]) / site.people
    come = np.interp(np.sort(stream(0).random(shape), axis=1), reached, site.edges)
    first = stream(1).random(shape) < site.first_share
    work = tuple(_lasting(one, stream(2 + number), shape) for number, one in enumerate(site.stations))
    return _Days(come, first, work)


def _lasting(station: Station, stream: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """How long a station takes for each: a gamma distribution, which is never negative and can be exponential."""
    if station.spread == 0:
        return np.full(shape, float(station.mean))
    form = (station.mean / station.spread) ** 2
    return stream.gamma(form, station.mean / form, shape)


def _in_order(days: _Days, wanted: NDArray[np.bool_]) -> tuple[NDArray[np.intp], Floats]:
    """Of each day the people wanted, in the order of their coming, and when they come; the rest of a row never comes."""
    rows, people = days.come.shape
    who = np.argsort(~wanted, axis=1, kind="stable")
    come = np.take_along_axis(days.come, who, axis=1)
    come[np.arange(people) >= wanted.sum(axis=1)[:, None]] = np.inf
    never = np.full((rows, 1), np.inf)
    return np.hstack([who, np.zeros((rows, 1), np.intp)]), np.hstack([come, never])


def serve(days: _Days, lanes: NDArray[np.intp], in_row: int, tell: Tell | None = None) -> tuple[Floats, Floats]:
    """Call everybody, on each day by its own number of lanes: (when each is called, when each leaves).

    One step calls one person on every day at once: the lane that is free first calls whoever is next by the rule.
    """
    rows, people = days.come.shape
    most = int(lanes.max())
    # Everything lies flat, a day after the other: taking by one index is what this loop spends its time on.
    by_lane, by_person, by_next = (np.arange(rows) * wide for wide in (most, people, people + 1))
    free = [np.zeros((rows, most)) for _station in days.work]
    free[0][np.arange(most) >= lanes[:, None]] = np.inf
    flat = [one.reshape(-1) for one in free]
    work = [one.reshape(-1) for one in days.work]
    first_who, first_come = (one.reshape(-1) for one in _in_order(days, days.first))
    other_who, other_come = (one.reshape(-1) for one in _in_order(days, ~days.first))
    at_first, at_other = by_next.copy(), by_next.copy()
    streak = np.zeros(rows, np.intp)
    called = np.empty(rows * people)
    left = np.empty(rows * people)
    for step in range(people):
        lane = by_lane + free[0].argmin(axis=1)
        one, other = first_come.take(at_first), other_come.take(at_other)
        now = np.maximum(flat[0].take(lane), np.minimum(one, other))
        pick = (one <= now) & ((streak < in_row) | (other > now))
        who = by_person + np.where(pick, first_who.take(at_first), other_who.take(at_other))
        at_first += pick
        at_other += ~pick
        streak += 1
        streak *= pick
        called[who] = now
        done = now + work[0].take(who)
        for before, after, lasts in zip(flat, flat[1:], work[1:], strict=False):
            done = np.maximum(done, after.take(lane))
            before[lane] = done
            done = done + lasts.take(who)
        flat[-1][lane] = done
        left[who] = done
        if tell is not None and step % 500 == 0:
            tell(step, people)
    called, left = called.reshape(rows, people), left.reshape(rows, people)
    return called, left


def simulate(site: Site, *, target: float, most_days: int = 200, seed: int = 1, tell: Tell | None = None) -> Outcome:
    """What a site is like; target: minutes. The same seed gives the same outcome. Wrong when the site cannot be."""
    site.checked()
    count = days_for(site.people, most_days)
    days = draw(site, count, seed)
    called, left = serve(days, np.full(count, site.lanes), site.in_row, tell)
    return _seen(site, days, called, left, target)


def _waits(minutes: Floats, days: int) -> Waits:
    if not minutes.size:
        return Waits()
    return Waits(float(minutes.mean()), float(np.quantile(minutes, 0.9)), minutes.size / days)


def _ninth(values: Floats) -> float:
    return float(np.quantile(values, 0.9))


def _waiting(since: Floats, until: Floats, looks: Floats) -> Floats:
    """How many of a day are in between, at each look: rows are days."""
    until = np.sort(until, axis=1)
    return np.stack(
        [
            np.searchsorted(a, looks, side="right") - np.searchsorted(b, looks, side="right")
            for a, b in zip(since, until, strict=True)
        ]
    )


def _seen(site: Site, days: _Days, called: Floats, left: Floats, target: float) -> Outcome:
    count = len(called)
    minutes = (called - days.come) / 60
    stretch = np.minimum((days.come // STRETCH).astype(int), site.stretches - 1)
    by_stretch = []
    for at in range(site.stretches):
        here = stretch == at
        by_stretch.append(
            (
                _waits(minutes[here], count),
                _waits(minutes[here & days.first], count),
                _waits(minutes[here & ~days.first], count),
            )
        )
    last = left.max(axis=1)
    looks = np.arange(0, max(site.seconds, _ninth(last)) + GRID, GRID)
    queue = _waiting(days.come, called, looks)
    inside = _waiting(days.come, left, looks)
    open_for = np.maximum(last, site.seconds) * site.lanes
    return Outcome(
        site=site,
        days=count,
        everyone=_waits(minutes, count),
        first=_waits(minutes[days.first], count),
        others=_waits(minutes[~days.first], count),
        by_stretch=tuple(by_stretch),
        queue=tuple(
            Moment(int(look // 60), float(column.mean()), _ninth(column))
            for look, column in zip(looks, queue.T, strict=True)
        ),
        longest=_ninth(queue.max(axis=1)),
        inside=_ninth(inside.max(axis=1)),
        last=_ninth(last) / 60,
        busy=tuple(float((work.sum(axis=1) / open_for).mean()) for work in days.work),
        within=float((minutes <= target).mean()),
        target=target,
    )


def ladder(site: Site, lanes: list[int], *, target: float, days: int = _LADDER_DAYS, seed: int = 1) -> tuple[Rung, ...]:
    """What each of these numbers of lanes would do, all on the same days."""
    site.checked()
    count = days_for(site.people, days)
    drawn = draw(site, count, seed)
    wide = drawn.cut(count, len(lanes))
    called, _left = serve(wide, np.repeat(lanes, count), site.in_row)
    minutes = (called - wide.come) / 60
    return tuple(
        Rung(number, float(part.mean()), _ninth(part), float((part <= target).mean()))
        for number, part in zip(lanes, np.split(minutes, len(lanes)), strict=True)
    )


def advise(site: Site, *, target: float, share: float = 0.9, seed: int = 1, tell: Tell | None = None) -> Advice:
    """The least number of lanes with which `share` of all wait at most `target` minutes, and what lanes beside it would do.

    More lanes never wait longer, so the number is searched between what is too few for the day's work alone and enough.
    """
    site.checked()
    slowest = max(one.mean for one in site.stations)
    least = max(1, int(site.people * share * slowest / (site.seconds + target * 60)))
    if least > LANES_MOST:
        return Advice(None, share, target)
    peak = float((site.expected / np.diff(site.edges)).max())
    low, high = least, min(LANES_MOST, max(least, ceil(peak * slowest * 1.5) + 3))
    passed = 0
    while True:
        tried = sorted({round(one) for one in np.linspace(low, high, _CANDIDATES)})
        rungs = ladder(site, tried, target=target, days=_SEARCH_DAYS, seed=seed)
        passed += 1
        if tell is not None:
            tell(passed, passed + 1)
        good = next((at for at, rung in enumerate(rungs) if rung.within >= share), None)
        if good is None:
            if high >= LANES_MOST:
                return Advice(None, share, target, rungs[-3:])
            low, high = high + 1, min(LANES_MOST, high * 2)
            continue
        if good == 0 or tried[good] == tried[good - 1] + 1:
            found = tried[good]
            break
        low, high = tried[good - 1] + 1, tried[good]
    # The search looked at a few days; more days have the last word.
    beside = [number for number in range(found - 2, found + 3) if 1 <= number <= LANES_MOST]
    rungs = ladder(site, beside, target=target, seed=seed)
    enough = [rung.lanes for rung in rungs if rung.within >= share]
    return Advice(min(enough, default=None), share, target, rungs)

"""What queueing formulas say of a site, half hour by half hour, and where they do not hold: Erlang C, and a fluid beyond it.

Each half hour is taken as if it had always been like this (stationary, independent, period by period). That is right
where lanes are free most of the time, too high where they are nearly full (half an hour is too short to get there), and
senseless where more people come than can be served: there people are counted like water in a basin.
"""

from dataclasses import dataclass
from math import exp, inf, log

import numpy as np

from huying.solvers.site import Site, Station

# From this load on the stationary state is not reached within half an hour.
NEARLY_FULL = 0.92
_SAMPLES = 20_000


def erlang_b(servers: int, load: float) -> float:
    """The share of people who find all servers busy when nobody waits; load in erlangs. Stable for any size."""
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = load * blocked / (number + load * blocked)
    return blocked


def erlang_c(servers: int, load: float) -> float:
    """The share of people who must wait in M/M/c; 1 when more comes than can be served."""
    if servers < 1 or load >= servers:
        return 1.0
    blocked = erlang_b(servers, load)
    return blocked / (1 - load / servers * (1 - blocked))


@dataclass(frozen=True)
class Steady:
    """The waiting time of M/M/c, or of G/G/c by Allen and Cunneen: seconds. Infinite when more comes than is served."""

    servers: int
    rate: float  # people a second
    mean: float  # seconds for one
    variation: float = 1.0  # half the sum of the squared coefficients of variation of coming and of serving

    @property
    def load(self) -> float:
        """Erlangs."""
        return self.rate * self.mean

    @property
    def use(self) -> float:
        """The share of the time that a server is busy."""
        return self.load / self.servers

    @property
    def waits(self) -> float:
        """The share of people who wait at all."""
        return erlang_c(self.servers, self.load)

    @property
    def average(self) -> float:
        """Seconds that somebody waits on average."""
        spare = self.servers / self.mean - self.rate
        return self.variation * self.waits / spare if spare > 0 else inf

    def quantile(self, share: float) -> float:
        """Seconds that `share` of the people do not exceed."""
        spare = self.servers / self.mean - self.rate
        if spare <= 0:
            return inf
        beyond = self.waits / (1 - share)
        return self.variation * log(beyond) / spare if beyond > 1 else 0.0

    def within(self, seconds: float) -> float:
        """The share of people who wait at most so long."""
        spare = self.servers / self.mean - self.rate
        if spare <= 0:
            return 0.0
        if self.variation == 0:
            return 1.0
        return 1 - self.waits * exp(-spare * seconds / self.variation)

    def by_class(self, first_share: float) -> tuple[float, float]:
        """Average seconds of those who go first and of the others, when who goes first is always next (Cobham)."""
        if self.use >= 1:
            return (inf, inf)
        base = self.variation * self.waits * self.mean / self.servers
        ahead = self.use * first_share
        first = base / (1 - ahead)
        return first, first / (1 - self.use)


@dataclass(frozen=True)
class Pace:
    """How a lane works: seconds from one call to the next when the queue never ends, and their coefficient of variation."""

    mean: float
    variation: float


def pace(stations: tuple[Station, ...]) -> Pace:
    """The pace of a lane: its one station's, or that of all of them waiting for the slowest each time.

    For two stations without room between that is exact in a crowd; for more it is near.
    """
    if len(stations) == 1:
        return Pace(stations[0].mean, stations[0].spread / stations[0].mean)
    slowest = np.zeros(_SAMPLES)
    for number, one in enumerate(stations):
        if one.spread == 0:
            drawn = np.full(_SAMPLES, float(one.mean))
        else:
            form = (one.mean / one.spread) ** 2
            drawn = np.random.default_rng([7, number]).gamma(form, one.mean / form, _SAMPLES)
        slowest = np.maximum(slowest, drawn)
    return Pace(float(slowest.mean()), float(slowest.std() / slowest.mean()))


@dataclass(frozen=True)
class Period:
    """A half hour by formula: minutes of waiting. `holds`: steady | tight (too high) | overload | draining (both a fluid)."""

    use: float
    mean: float
    ninth: float | None
    first: float | None
    others: float | None
    backlog: float  # people who wait at its end
    holds: str


@dataclass(frozen=True)
class Formula:
    """What the formulas say of a whole day."""

    pace: Pace
    mean: float  # minutes, over all people
    periods: tuple[Period, ...]

    @property
    def honest(self) -> str:
        """'steady' when the formula can be believed all day, else the worst thing that happens to it."""
        kinds = {one.holds for one in self.periods}
        return next((kind for kind in ("overload", "draining", "tight") if kind in kinds), "steady")


def formula(site: Site) -> Formula:
    """Erlang C for each half hour; where more come than can be served, and until that is worked off, a fluid."""
    site.checked()
    lane = pace(site.stations)
    rate_out = site.lanes / lane.mean
    backlog = 0.0
    periods: list[Period] = []
    for people, seconds in zip(site.expected, np.diff(site.edges), strict=True):
        rate = float(people / seconds)
        steady = Steady(site.lanes, rate, lane.mean, (1 + lane.variation**2) / 2)
        if steady.use >= 1 or backlog > 0:
            period, backlog = _basin(steady, backlog, rate_out, float(seconds))
        else:
            first, others = steady.by_class(site.first_share)
            period = Period(
                use=steady.use,
                mean=steady.average / 60,
                ninth=steady.quantile(0.9) / 60,
                first=first / 60 if site.first_share else None,
                others=others / 60,
                backlog=0.0,
                holds="tight" if steady.use > NEARLY_FULL else "steady",
            )
        periods.append(period)
    total = sum(float(people) * one.mean for people, one in zip(site.expected, periods, strict=True))
    return Formula(lane, total / site.people, tuple(periods))


def _basin(steady: Steady, backlog: float, rate_out: float, seconds: float) -> tuple[Period, float]:
    """A half hour as a basin that fills or empties: whoever comes waits until what is in it has run out."""
    growth = steady.rate - rate_out
    end = backlog + growth * seconds
    if end >= 0:
        level = (backlog + end) / 2
    else:
        # It runs empty on the way; from then on nobody waits.
        level, end = backlog / 2 * (backlog / -growth) / seconds, 0.0
    mean = level / rate_out / 60
    holds = "overload" if growth >= 0 else "draining"
    return Period(steady.use, mean, None, None, None, end, holds), end

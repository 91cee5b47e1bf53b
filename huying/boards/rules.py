"""Rates with what they leave out, and how sure one can be of them. No Django.

The rates are those of domain.md ('Figures'). Wilson's score interval: E. B. Wilson, 'Probable inference, the law of
succession, and statistical inference', JASA 22 (1927).
"""

import datetime as dt
import math
from dataclasses import dataclass, field

# Below this many cases no order is shown, only the interval (domain.md).
FEW = 30
# Counts below this are not told to the public: they could point at somebody.
SMALL = 5
_Z = 1.959963984540054  # 95 %, two-sided


def wilson(successes: int, cases: int, z: float = _Z) -> tuple[float, float]:
    """The 95 % score interval of a share, as two shares in 0…1; (0, 1) when there are no cases."""
    if cases == 0:
        return 0.0, 1.0
    p = successes / cases
    bottom = 1 + z * z / cases
    centre = (p + z * z / (2 * cases)) / bottom
    half = z * math.sqrt(p * (1 - p) / cases + z * z / (4 * cases * cases)) / bottom
    return max(0.0, centre - half), min(1.0, centre + half)


@dataclass(frozen=True)
class Rate:
    """A share with its two counts and the counts of what was left out of it, by reason."""

    code: str
    part: int
    whole: int
    excluded: dict[str, int] = field(default_factory=dict)

    @property
    def share(self) -> float | None:
        """The share in 0…1; None when there is no case."""
        return self.part / self.whole if self.whole else None

    @property
    def few(self) -> bool:
        """Whether there are too few cases for more than an interval."""
        return self.whole < FEW

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval."""
        return wilson(self.part, self.whole)

    def public(self) -> "Rate | None":
        """The rate as the public may see it: None when a count could point at somebody; small exclusions in one heap."""
        if self.whole < SMALL or 0 < self.part < SMALL or 0 < self.whole - self.part < SMALL:
            return None
        large = {code: n for code, n in self.excluded.items() if n >= SMALL}
        rest = sum(n for n in self.excluded.values()) - sum(large.values())
        return Rate(self.code, self.part, self.whole, {**large, "few": rest} if rest >= SMALL else large)


def per_ten_thousand(calls: int, residents: int | None) -> float | None:
    """Calls per 10,000 residents; None when the number of residents is not known."""
    return calls * 10_000 / residents if residents else None


def coarse(count: int) -> int | None:
    """A count as the public may know it: none below SMALL, the others to the nearest multiple of it.

    Rounding keeps small counts from being found by taking one published number from another.
    """
    if 0 < count < SMALL:
        return None
    return (count + SMALL // 2) // SMALL * SMALL


def before(since: dt.date, until: dt.date) -> tuple[dt.date, dt.date]:
    """The period of the same length that ends the day before `since`; not before the first of all days."""
    length = until - since
    last = since - dt.timedelta(days=1)
    return last - length, last


def unit_for(since: dt.date, until: dt.date, public: bool = False) -> str:
    """How finely a period is drawn: by 'day' up to a month, by 'week' up to half a year, else by 'month'.

    For the public by 'week' at the finest, so that fewer columns are too small to be drawn.
    """
    days = (until - since).days + 1
    if days <= 31 and not public:
        return "day"
    return "week" if days <= 190 else "month"


def starts(since: dt.date, until: dt.date, unit: str) -> list[dt.date]:
    """The first days of all units that a period touches."""
    if unit == "month":
        day, out = since.replace(day=1), []
        while day <= until:
            out.append(day)
            day = (day + dt.timedelta(days=32)).replace(day=1)
        return out
    step = dt.timedelta(days=1 if unit == "day" else 7)
    day = since if unit == "day" else since - dt.timedelta(days=since.weekday())
    return [day + step * n for n in range((until - day) // step + 1)]


def classes(most: int, small: int = 1) -> list[tuple[int, int]]:
    """Four classes of equal width with round bounds for counts from 1 to `most`, as (from, to), none narrower than `small`."""
    step = max(small, math.ceil(most / 4), 1)
    size = 10 ** (len(str(step)) - 1)
    step = next(n * size for n in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if n * size >= step and n * size == int(n * size))
    return [(int(step * n) + 1, int(step * (n + 1))) for n in range(4) if n == 0 or step * n < most]

"""Rates with what they leave out, and how sure one can be of them. No Django.

The rates are those of domain.md ('Figures'). Wilson's score interval: E. B. Wilson, 'Probable inference, the law of
succession, and statistical inference', JASA 22 (1927).
"""

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

"""What a reader may see of counts and rates: staff everything, the public no small counts (rules.coarse)."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from huying.boards import figures as sums
from huying.boards import words
from huying.boards.rules import SMALL, Rate, coarse


@dataclass(frozen=True)
class Reader:
    """Somebody who looks at figures; `staff`: who handles calls at the place or above it."""

    staff: bool

    def number(self, count: int) -> int | None:
        """A count as this reader may know it; None where it is not told."""
        return count if self.staff else coarse(count)

    def count(self, count: int) -> str:
        """The same in words."""
        seen = self.number(count)
        return _("少于 %(n)d") % {"n": SMALL} if seen is None else str(seen)

    def rate(self, rate: Rate) -> Rate | None:
        """A rate as this reader may see it; None where it is not told."""
        return rate if self.staff else rate.public()

    def percent(self, rate: Rate) -> str:
        """A rate in a table: a percentage, an interval where there are few cases, or '—'."""
        seen = self.rate(rate)
        if seen is None or not seen.whole:
            return "—"
        low, high = seen.interval
        return f"{round(low * 100)}–{round(high * 100)}%" if seen.few else f"{round(seen.share * 100)}%"

    def excluded(self, rate: Rate, link=None) -> list[tuple]:
        """What a rate leaves out: (words, count, the list behind it or '')."""
        told = ((code, self.number(n)) for code, n in rate.excluded.items())
        return [(words.LEFT_OUT[code], n, link(code) if link and code in sums.COUNTS else "") for code, n in told if n]

    def stat(self, rate: Rate, earlier: Rate, link=None) -> dict:
        """A rate as the page's `stat` wants it; `earlier` is that of the period before."""
        label, note = words.RATES[rate.code]
        seen = self.rate(rate)
        if seen is None:
            hidden = dict.fromkeys(("value", "n", "low", "high", "point"))
            return {**hidden, "label": label, "note": _("件数太少，不公布。"), "excluded": [], "href": ""}
        low, high = seen.interval
        then = self.rate(earlier)
        if then is not None and then.whole and not then.few and not seen.few:
            note = _("%(note)s。上一段：%(share)s%%") % {"note": note, "share": round(then.share * 100)}
        wholes = sums.RATES[rate.code][1]
        return {
            "label": label,
            "note": note,
            "n": self.number(seen.whole),
            # With few cases the interval stands alone: a bare percentage of a handful says nothing.
            "value": None if seen.few or seen.share is None else round(seen.share * 100),
            "low": low if seen.whole else None,
            "high": high if seen.whole else None,
            "point": None if seen.few else seen.share,
            "excluded": self.excluded(seen, link),
            "href": link(wholes[0] if isinstance(wholes, tuple) else wholes) if link and seen.whole else "",
        }

    def pair(self, calls: int, done: int) -> tuple[int, int]:
        """What is drawn of a bar: to the public nothing where the count is small."""
        return (self.number(calls) or 0, min(self.number(done) or 0, self.number(calls) or 0))

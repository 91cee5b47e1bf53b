"""A site worked out: simulation, formula and advice as one plain record, which a plan keeps and every picture is drawn from."""

import threading
from dataclasses import asdict
from functools import lru_cache

from huying.callouts.site_catalogue import numbers
from huying.solvers.site import STRETCH, Advice, Outcome, Site, Waits, advise, simulate
from huying.solvers.site_formula import Formula, formula

# Computing is work for the processor alone: one after the other is no slower, and leaves the rest for pages.
_ONE = threading.Lock()


@lru_cache(maxsize=128)
def _computed(site: Site, target: int, share: float, days: int) -> tuple[Outcome, Formula, Advice]:
    with _ONE:
        return simulate(site, target=target, most_days=days), formula(site), advise(site, target=target, share=share)


def study(site: Site, target: int) -> dict:
    """What a site is like, as JSON: minutes and people, rounded. Wrong when the site cannot be."""
    site.checked()
    policy = numbers()
    seen, told, advice = _computed(site, target, policy["share"], policy["days"])
    halves = []
    for at, (three, period) in enumerate(zip(seen.by_stretch, told.periods, strict=True)):
        everyone, first, others = three
        halves.append(
            {
                "from": int(site.edges[at] // 60),
                "until": int(site.edges[at + 1] // 60),
                "people": round(float(site.expected[at]), 1),
                "everyone": _waits(everyone),
                "first": _waits(first),
                "others": _waits(others),
                "use": round(period.use, 3),
                "formula": round(period.mean, 1),
                "formula_first": _round(period.first),
                "formula_others": _round(period.others),
                "holds": period.holds,
            }
        )
    return {
        "days": seen.days,
        "target": target,
        "half": STRETCH // 60,
        "everyone": _waits(seen.everyone),
        "first": _waits(seen.first),
        "others": _waits(seen.others),
        "halves": halves,
        "worst": seen.worst,
        "queue": [[one.minute, round(one.mean, 1), round(one.ninth, 1)] for one in seen.queue],
        "longest": round(seen.longest),
        "inside": round(seen.inside),
        "last": round(seen.last, 1),
        "busy": [round(one, 3) for one in seen.busy],
        "within": round(seen.within, 4),
        "formula": {"mean": round(told.mean, 1), "honest": told.honest, "pace": round(told.pace.mean, 1)},
        "advice": {
            "lanes": advice.lanes,
            "share": advice.share,
            "ladder": [{name: _round(value, 4) for name, value in asdict(one).items()} for one in advice.ladder],
        },
    }


def _round(value: float | None, digits: int = 1) -> float | None:
    return None if value is None else round(value, digits)


def _waits(waits: Waits) -> dict:
    return {"mean": round(waits.mean, 1), "ninth": round(waits.ninth, 1), "people": round(waits.people, 1)}

"""Which resources fit a need, and which needs fit a resource, with the reasons. No Django, no clock, no tables.

One function, `fit`, looks at one want and one have; both directions are lists of it, so they can never disagree.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# A slot of the week is a day (1 = Monday) and a part of it: '6m' is Saturday morning.
DAYS = "1234567"
PARTS = ("m", "a", "e")
SLOTS = tuple(f"{day}{part}" for day in DAYS for part in PARTS)
WEEK = dt.timedelta(days=7)

# The kinds of places down to the community, by depth; what stands below says its own kind.
DIVISIONS = ("province", "city", "district", "street", "community")
# Whoever shares less than a district is too far away to be asked.
NEAREST_SHARED = DIVISIONS.index("district") + 1


@dataclass(frozen=True)
class Side:
    """A want or a have: the codes of skills and services, where, and when.

    `kinds` are the kinds of the places on the way to `path`, the province first. `slots` None: it depends, ask.
    """

    pk: int
    path: str
    kinds: tuple[str, ...]
    skills: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    slots: frozenset[str] | None = None


@dataclass(frozen=True)
class Reason:
    """Why two fit: 'skill' and 'service' with their codes, 'near' with the kind of the place shared, 'time' with slots."""

    about: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Fit:
    """A side that fits, and why; the reasons stand in the order in which they count."""

    pk: int
    reasons: tuple[Reason, ...]
    order: tuple[int, ...]


def shared_depth(one: str, other: str) -> int:
    """How many labels two paths have in common from the province down."""
    depth = 0
    for a, b in zip(one.split("."), other.split("."), strict=False):
        if a != b:
            break
        depth += 1
    return depth


def slots_of(
    since: dt.date | None, until: dt.date | None, parts: Iterable[str], today: dt.date
) -> frozenset[str] | None:
    """The slots of the week that lie between two days (both included) from today on; None when no day was named."""
    if since is None and until is None:
        return None
    first = max(since or today, today)
    last = until or since or first
    if since is not None and until is None:
        # One day only; when it is past nothing is left.
        last = since
    days = {day.isoweekday() for day in _days(first, min(last, first + WEEK))}
    wanted = tuple(parts) or PARTS
    return frozenset(f"{day}{part}" for day in days for part in wanted)


def _days(first: dt.date, last: dt.date) -> Iterable[dt.date]:
    while first <= last:
        yield first
        first += dt.timedelta(days=1)


def fit(want: Side, have: Side) -> tuple[tuple[Reason, ...], tuple[int, ...]] | None:
    """Why a have fits a want, and how it is put in order (the smaller the better); None when it does not fit.

    It fits when it brings a skill or a service that is wanted, lies in the same district, and can be at one time.
    """
    skills, services = want.skills & have.skills, want.services & have.services
    if not skills and not services:
        return None
    depth = shared_depth(want.path, have.path)
    if depth < NEAREST_SHARED:
        return None
    reasons = []
    if skills:
        reasons.append(Reason("skill", tuple(sorted(skills))))
    if services:
        reasons.append(Reason("service", tuple(sorted(services))))
    reasons.append(Reason("near", (want.kinds[depth - 1],)))
    together: frozenset[str] = frozenset()
    if want.slots is not None and have.slots is not None:
        together = want.slots & have.slots
        if not together:
            return None
        reasons.append(Reason("time", tuple(slot for slot in SLOTS if slot in together)))
    return tuple(reasons), (-len(skills), -len(services), -depth, -len(together))


def for_want(want: Side, haves: Sequence[Side]) -> list[Fit]:
    """The haves that fit a want, the best first; of equals the older one."""
    return _in_order((have.pk, fit(want, have)) for have in haves)


def for_have(have: Side, wants: Sequence[Side]) -> list[Fit]:
    """The wants that fit a have, the best first; of equals the older one."""
    return _in_order((want.pk, fit(want, have)) for want in wants)


def _in_order(found) -> list[Fit]:
    fits = [Fit(pk, *result) for pk, result in found if result is not None]
    return sorted(fits, key=lambda one: (one.order, one.pk))

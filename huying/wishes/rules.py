"""The pure rules of small wishes: states, times, who may see what when. No Django, no clock."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

COLLECTED, VERIFIED, PUBLISHED, CLAIMED, CONTACT = "collected", "verified", "published", "claimed", "contact"
FULFILLED, CONFIRMED, CLOSED = "fulfilled", "confirmed", "closed"
WITHDRAWN, DECLINED, MOVED = "withdrawn", "declined", "moved"

# Somebody still has to do something for it.
OPEN = (COLLECTED, VERIFIED, PUBLISHED, CLAIMED, CONTACT, FULFILLED)
# A leaf on the tree, which everybody sees.
SHOWN = (PUBLISHED, CLAIMED, CONTACT, FULFILLED, CONFIRMED, CLOSED)
# Somebody has it in hand: there is exactly one open claim.
HELD = (CLAIMED, CONTACT, FULFILLED)
ENDED = (CONFIRMED, CLOSED, WITHDRAWN, DECLINED, MOVED)

KINDS = ("thing", "service", "companionship", "skill")
CHANNELS = ("page", "head", "counter", "box", "call")
RATINGS = ("satisfied", "mostly", "not", "unsaid")
# How a claim can end; an open claim has none of these.
CLAIM_ENDS = ("confirmed", "closed", "released", "lapsed", "not_right", "taken_down")

# Who collects and hears the wisher's word, who verifies and publishes, who decides beside it.
COLLECTORS = ("building_head", "compound_secretary", "community_worker", "community_secretary")
KEEPERS = ("compound_secretary", "community_worker", "community_secretary")
DECIDERS = ("community_worker", "community_secretary")
# Whoever reads, below their posts, how wishes go.
SEERS = (*COLLECTORS, "street_staff", "district_staff", "city_staff")


@dataclass(frozen=True)
class Leaf:
    """A wish as everybody sees it on the tree; `slot` is given at publishing, never changes, and is its community's own."""

    pk: int
    words: str
    alias: str
    kind: str
    state: str
    smiling: bool
    slot: int


@dataclass(frozen=True)
class Clock:
    """What the alarms of a wish depend on; times are aware."""

    state: str
    offered_at: dt.datetime | None = None
    claimed_at: dt.datetime | None = None
    fulfilled_at: dt.datetime | None = None
    answer_due: bool = False  # the community was told that it must answer
    reminded: int = 0  # reminders of this claim sent so far
    asked: int = 0  # follow-up questions asked so far


def next_alarm(clock: Clock, policy: Mapping) -> tuple[dt.datetime, str] | None:
    """When the system must look at a wish next, and why: 'remind' | 'lapse' | 'answer_due' | 'ask_again' | 'expire'."""
    days = policy["days"]
    if clock.state == PUBLISHED and clock.offered_at and not clock.answer_due:
        return clock.offered_at + dt.timedelta(days=days["answer"]), "answer_due"
    if clock.state == CLAIMED and clock.claimed_at:
        if clock.reminded < 1:
            return clock.claimed_at + dt.timedelta(days=days["remind"]), "remind"
        return clock.claimed_at + dt.timedelta(days=days["contact"]), "lapse"
    if clock.state == FULFILLED and clock.fulfilled_at:
        if clock.asked < 2:
            return clock.fulfilled_at + dt.timedelta(days=days["ask_again"]), "ask_again"
        return clock.fulfilled_at + dt.timedelta(days=days["silent"]), "expire"
    return None


def open_from(offered_again_at: dt.datetime, policy: Mapping) -> dt.datetime:
    """When a wish that is offered again is open to everybody; until then those who have claimed before have it first."""
    return offered_again_at + dt.timedelta(hours=policy["hours"]["first"])


def others_like(wish_kind: str, open_wishes: Iterable[tuple[int, str, int]]) -> list[int]:
    """Of open wishes (id, kind, distance) those to offer instead, the same kind first, then the nearest, then the oldest."""
    return [pk for pk, kind, far in sorted(open_wishes, key=lambda one: (one[1] != wish_kind, one[2], one[0]))]

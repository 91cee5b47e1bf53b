"""Reads of queues by numbers: how one stands, what is before a slip, and the queue of a place or a call-out."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, F, Min
from django.utils import timezone

from huying.callouts import site_rules
from huying.callouts.models import Callout, SiteQueue, Slip
from huying.callouts.site_catalogue import numbers
from huying.kernel.ltree import ancestors_of
from huying.places.models import Place

# Whoever was called so soon after coming says nothing of how fast a crowd is served.
_WAITED = dt.timedelta(seconds=60)


@dataclass(frozen=True)
class Standing:
    """A queue as it stands: `at_lanes` maps each lane to the number that is called there, or None."""

    queue: SiteQueue
    at_lanes: dict[int, int | None]
    firsts: frozenset[int]  # of the numbers at the lanes, those who go first
    upcoming: tuple[int, ...]  # the numbers that wait, in the order in which they will be called
    calls: int  # in the last minutes, of people who had waited
    minutes: float  # that these calls took

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self.upcoming)

    @property
    def called(self) -> list[tuple[int, int]]:
        """(lane, number) of the lanes that serve somebody."""
        return [(lane, number) for lane, number in self.at_lanes.items() if number]

    def about(self, ahead: int) -> int:
        """About how many minutes until whoever has so many before them is called."""
        found = site_rules.about(
            ahead,
            calls=self.calls,
            minutes=self.minutes,
            lanes=self.queue.lanes,
            seconds_each=self.queue.seconds_each,
            enough=numbers()["queue"]["pace_calls"],
        )
        return site_rules.rounded(found)

    @property
    def wait(self) -> int:
        """About how many minutes whoever comes now will wait; 0 when nobody is before them and a lane is free."""
        free = len(self.called) < self.queue.lanes
        return 0 if free and not self.waiting else self.about(self.waiting + 1)

    def ahead_of(self, number: int) -> int | None:
        """How many will be called before a number; None when it does not wait."""
        return self.upcoming.index(number) if number in self.upcoming else None


def standing(queue: SiteQueue, now: dt.datetime | None = None) -> Standing:
    """How a queue stands: three small reads, however long the day was."""
    now = now or timezone.now()
    since = now - dt.timedelta(minutes=numbers()["queue"]["pace_minutes"])
    at = {slip.lane: slip for slip in queue.slips.filter(state=site_rules.CALLED).only("lane", "number", "first")}
    lanes = sorted({*range(1, queue.lanes + 1), *at})
    waiting = queue.slips.filter(state=site_rules.WAITING).values_list("number", "first")
    pace = queue.slips.filter(called_at__gte=since, called_at__gt=F("taken_at") + _WAITED).aggregate(
        calls=Count("id"), since=Min("called_at")
    )
    minutes = (now - pace["since"]).total_seconds() / 60 if pace["since"] else 0.0
    return Standing(
        queue=queue,
        at_lanes={lane: at[lane].number if lane in at else None for lane in lanes},
        firsts=frozenset(slip.number for slip in at.values() if slip.first),
        upcoming=tuple(site_rules.order(waiting, queue.run, queue.in_row)),
        calls=pace["calls"],
        minutes=minutes,
    )


def queue_of(place: Place | None = None, callout: Callout | None = None) -> Standing | None:
    """The open queue of a call-out, or of a place (at it or below it, else above it); None when there is none."""
    queues = SiteQueue.objects.open().order_by("-id")
    if callout is not None:
        own = queues.filter(callout=callout).first()
        place = place or (None if own else callout.place)
    else:
        own = None
    if own is None and place is not None:
        own = queues.filter(path__within=place.path).first() or queues.filter(path__in=ancestors_of(place.path)).first()
    return standing(own) if own else None


def lane_slip(queue: SiteQueue, lane: int) -> Slip | None:
    """Who is called at a lane."""
    return queue.slips.filter(lane=lane, state=site_rules.CALLED).first()


def missed(queue: SiteQueue, most: int = 30) -> list[int]:
    """Numbers that were called and not there, the latest first."""
    return list(
        queue.slips.filter(state=site_rules.MISSED).order_by("-called_as").values_list("number", flat=True)[:most]
    )


def counts(queue: SiteQueue) -> dict[str, int]:
    """How many slips are in which state."""
    return dict(queue.slips.values_list("state").annotate(n=Count("id")).order_by())

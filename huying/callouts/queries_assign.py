"""Who could be placed in a first assignment, and what speaks for whom: read for the page and for the solver."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Q
from django.utils import timezone

from huying.callouts import rules
from huying.callouts.catalogue import numbers
from huying.callouts.models import Asked, Attendance, Callout, Companion, Proof, Shift, Signup, Volunteer
from huying.kernel.ltree import ancestors_of
from huying.places.models import Place

# Service of so many days counts as recent.
RECENT = dt.timedelta(days=28)
# Where no coordinates are known: metres between two places that share so many labels of their paths fewer than all
# (the same compound, community, street, district) [convention].
APART = (0, 600, 1500, 5000, 15000)


@dataclass
class Candidate:
    """Somebody who said that they can come: when, what they can do, how near they live, how much they served of late."""

    person_id: int
    name: str
    volunteer: Volunteer | None
    any_post: bool
    words: str
    can_from: dt.datetime
    can_to: dt.datetime
    metres: float
    minutes: int = 0
    # Those that count: some only with a proof that still holds.
    skills: set[str] = field(default_factory=set)
    # Shifts on whose waiting list they stand: what they would like.
    wishes: set[int] = field(default_factory=set)
    # Times at which they stand somewhere already, here or in another call-out, the rest after it included.
    busy: list[tuple[dt.datetime, dt.datetime]] = field(default_factory=list)
    companions: set[int] = field(default_factory=set)

    def free_for(self, shift: Shift) -> bool:
        """Whether they have time for all of a shift."""
        end = shift.ends_at + dt.timedelta(minutes=shift.rest)
        return (
            self.can_from <= shift.starts_at
            and shift.ends_at <= self.can_to
            and not any(begin < end and shift.starts_at < finish for begin, finish in self.busy)
        )

    def skilled_for(self, shift: Shift) -> bool:
        """Whether they have the skills that a shift asks for."""
        return set(shift.skills) <= self.skills

    def able_for(self, shift: Shift) -> bool:
        """Whether a shift asks nothing of the body that they would rather not do."""
        return not set(shift.body) & set(self.volunteer.avoids if self.volunteer else ())

    def of_age_for(self, shift: Shift) -> bool:
        """Whether their age is within a shift's limits; an unknown age passes none."""
        if shift.min_age is None and shift.max_age is None:
            return True
        if self.volunteer is None or self.volunteer.born is None:
            return False
        age = rules.age_on(self.volunteer.born, timezone.localdate(shift.starts_at))
        return (shift.min_age or 0) <= age <= (shift.max_age or 200)


def candidates(callout: Callout) -> dict[int, Candidate]:
    """All who said that they can come to a call-out, by person: a handful of queries, however many they are."""
    said = list(
        Asked.objects.filter(callout=callout, answer="can", person__is_active=True)
        .select_related("person", "person__volunteer", "person__volunteer__place")
        .order_by("pk")
    )
    ids = [one.person_id for one in said]
    minutes, busy, wishes, friends = _recent(ids), _busy(ids, callout), _wishes(ids, callout), _companions(ids)
    at, proofs, proven = point_of(callout), _proofs(ids, callout), set(numbers()["limits"]["proven"])
    found = {}
    for one in said:
        volunteer = getattr(one.person, "volunteer", None)
        found[one.person_id] = Candidate(
            person_id=one.person_id,
            name=one.person.name,
            volunteer=volunteer,
            any_post=one.any_post,
            words=one.words,
            can_from=one.can_from or callout.starts_at,
            can_to=one.can_to or callout.ends_at,
            metres=metres_between(volunteer.place if volunteer else None, callout, at),
            minutes=minutes.get(one.person_id, 0),
            skills=set(volunteer.skills if volunteer else ()) - (proven - proofs.get(one.person_id, set())),
            wishes=wishes.get(one.person_id, set()),
            busy=busy.get(one.person_id, []),
            companions=friends.get(one.person_id, set()),
        )
    return found


def _recent(ids: list[int]) -> dict[int, int]:
    """Minutes measured in the last weeks, by person: so that the same few do not carry everything."""
    totals: dict[int, int] = defaultdict(int)
    since = timezone.now() - RECENT
    rows = Attendance.objects.filter(signup__person_id__in=ids, in_at__gte=since, out_at__isnull=False)
    for person, came, left in rows.values_list("signup__person_id", "in_at", "out_at"):
        totals[person] += rules.measured_minutes(came, left)
    return totals


def _busy(ids: list[int], callout: Callout) -> dict[int, list[tuple[dt.datetime, dt.datetime]]]:
    times: dict[int, list[tuple[dt.datetime, dt.datetime]]] = defaultdict(list)
    window = (callout.starts_at - rules.LONGEST_SHIFT, callout.ends_at + rules.LONGEST_SHIFT)
    held = Signup.objects.holding().filter(person_id__in=ids, guarded__overlap=window)
    for person, guarded in held.values_list("person_id", "guarded"):
        times[person].append((guarded.lower, guarded.upper))
    return times


def _proofs(ids: list[int], callout: Callout) -> dict[int, set[str]]:
    """The skills of which a proof holds on the day of the call-out, by person."""
    day = timezone.localdate(callout.starts_at)
    held: dict[int, set[str]] = defaultdict(set)
    rows = Proof.objects.filter(
        Q(until__isnull=True) | Q(until__gte=day), volunteer__person_id__in=ids, withdrawn_at=None
    )
    for person, skill in rows.values_list("volunteer__person_id", "skill"):
        held[person].add(skill)
    return held


def _wishes(ids: list[int], callout: Callout) -> dict[int, set[int]]:
    wanted: dict[int, set[int]] = defaultdict(set)
    waiting = Signup.objects.waiting().filter(person_id__in=ids, shift__callout=callout)
    for person, shift in waiting.values_list("person_id", "shift_id"):
        wanted[person].add(shift)
    return wanted


def _companions(ids: list[int]) -> dict[int, set[int]]:
    """Pairs who both said that they like to serve together, by person."""
    named = set(
        Companion.objects.filter(Q(volunteer__person_id__in=ids), Q(other__person_id__in=ids)).values_list(
            "volunteer__person_id", "other__person_id"
        )
    )
    both: dict[int, set[int]] = defaultdict(set)
    for one, other in named:
        if (other, one) in named:
            both[one].add(other)
    return both


def point_of(callout: Callout) -> tuple[float, float] | None:
    """Longitude and latitude of where to meet, or of the place; None when neither is known."""
    if callout.lng is not None and callout.lat is not None:
        return callout.lng, callout.lat
    place = callout.place
    return (place.lng, place.lat) if place.lng is not None and place.lat is not None else None


def metres_between(home: Place | None, callout: Callout, at: tuple[float, float] | None) -> float:
    """About how far somebody lives: by coordinates when both are known, else by how far apart the two stand in the tree."""
    if home is None:
        return APART[-1]
    if at is not None and home.lng is not None and home.lat is not None:
        # On a few kilometres the earth is flat enough.
        return float(((home.lng - at[0]) * 92_000) ** 2 + ((home.lat - at[1]) * 111_000) ** 2) ** 0.5
    shared = len({*ancestors_of(home.path), home.path} & {*ancestors_of(callout.path), callout.path})
    return APART[min(max(0, callout.path.count(".") + 1 - shared), len(APART) - 1)]


def shifts_of(callout: Callout) -> list[Shift]:
    """The posts of a call-out in the order of their time, those not yet begun that may be filled."""
    return list(callout.shifts.order_by("starts_at", "pk"))

"""What 'today' shows: the calls that wait for somebody, in sections, and for upper levels the places below them."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Case, Count, Exists, F, Func, OuterRef, Q, Subquery, Value, When
from django.utils import timezone

from huying.calls import rules
from huying.calls.models import Call, Entry, Photo
from huying.calls.queries_rows import dress, is_wide
from huying.directory.queries import unit_ids_of
from huying.kernel.ltree import LTreeField
from huying.kernel.scopes import Actor
from huying.places.models import Place

# Rows of a heap; of what nobody has taken yet more are shown than of what is in hand.
SHOWN = {"new": 15}
SHOWN_ELSE = 8
CAP = 99
SOON = dt.timedelta(hours=24)
ECHO_DAYS = 7
# Decisions on what lies at the first three levels are the community's.
_DECIDED_BY_COMMUNITY = ("building", "compound", "community")


@dataclass
class Section:
    """One heap of calls on today's page: a few rows; `total` is counted no further than CAP + 1."""

    key: str
    rows: list[Call] = field(default_factory=list)
    total: int = 0

    @property
    def many(self) -> str:
        """How many, in words: '99+' beyond what is counted."""
        return f"{CAP}+" if self.total > CAP else str(self.total)

    @property
    def more(self) -> bool:
        """Whether there are more than are shown."""
        return self.total > len(self.rows)


def mine(actor: Actor) -> Q:
    """Calls that the actor owns, or that their unit has."""
    wanted = Q(owner_id=actor.id)
    units = unit_ids_of(actor)
    return wanted | Q(unit_id__in=units) if units else wanted


def _levels(role: str, *, deciding: bool) -> tuple[str, ...]:
    own = rules.LEVEL_OF_ROLE[role]
    return _DECIDED_BY_COMMUNITY if deciding and own == "community" else (own,)


def desk(actor: Actor, roles: Iterable[str] = rules.HANDLERS, *, deciding: bool = False) -> Q:
    """Calls that lie at the actor's desks; with `deciding`, a community also decides for the levels below it."""
    wanted = Q(pk__in=[])
    for role in roles:
        paths = actor.paths([role])
        if paths:
            wanted |= Q(level__in=_levels(role, deciding=deciding), path__within_any=paths)
    return wanted


def unowned(actor: Actor) -> Q:
    """What lies at the actor's desks and nobody has taken."""
    return desk(actor) & Q(owner=None, unit=None)


def answered_for(actor: Actor) -> Q:
    """What the actor has to see to: their own; what nobody took; for a decider, everything at the desk."""
    return mine(actor) | unowned(actor) | desk(actor, rules.DECIDERS)


def wait_new(actor: Actor, now: dt.datetime) -> Q:
    """New at the desk: raised, passed on without an owner, or assigned to the actor's unit."""
    wanted = (desk(actor) & Q(state=rules.RAISED)) | (unowned(actor) & Q(state__in=(rules.ACCEPTED, rules.UNDERWAY)))
    units = unit_ids_of(actor)
    return wanted | Q(state=rules.ASSIGNED, unit_id__in=units, dispute_open=False) if units else wanted


def wait_overdue(actor: Actor, now: dt.datetime) -> Q:
    """Past its deadline."""
    return answered_for(actor) & Q(state__in=rules.TAKEN, due_at__lt=now)


def wait_due(actor: Actor, now: dt.datetime) -> Q:
    """Due within a day."""
    return answered_for(actor) & Q(state__in=rules.TAKEN, due_at__gte=now, due_at__lt=now + SOON)


def wait_decide(actor: Actor, now: dt.datetime) -> Q:
    """Waits for a decision: an assignment disputed, an extension asked for, something parked to be looked at again."""
    disputes = desk(actor, rules.DISPATCHERS, deciding=True) & Q(state=rules.ASSIGNED, dispute_open=True)
    asked = Q(state__in=rules.TAKEN, extension_days__isnull=False, extended_at=None)
    review = Q(state=rules.PARKED, review_on__lte=timezone.localdate(now))
    return disputes | (desk(actor, rules.DECIDERS, deciding=True) & (asked | review))


def wait_words(actor: Actor, now: dt.datetime) -> Q:
    """The resident spoke last."""
    last = Entry.objects.filter(call=OuterRef("pk")).order_by("-id").values("kind")[:1]
    waiting = Q(state__in=(*rules.TAKEN, rules.PARKED)) & answered_for(actor)
    return waiting & Q(
        pk__in=Call.objects.open().filter(waiting).annotate(last=Subquery(last)).filter(last="words").values("pk")
    )


def wait_going(actor: Actor, now: dt.datetime) -> Q:
    """One's own, with time left."""
    return mine(actor) & Q(state__in=rules.TAKEN) & (Q(due_at=None) | Q(due_at__gte=now + SOON))


WAITS = {
    "overdue": wait_overdue,
    "new": wait_new,
    "due": wait_due,
    "decide": wait_decide,
    "words": wait_words,
    "going": wait_going,
}
HAS_PHOTOS = Exists(Photo.objects.filter(call=OuterRef("pk")))
_URGENT_FIRST = Case(When(urgency="urgent", then=Value(0)), default=Value(1))
_ORDER = {"new": (_URGENT_FIRST, "offered_at", "id")}


def waiting(actor: Actor, key: str, now: dt.datetime | None = None):
    """The open calls of one section, in its order."""
    calls = Call.objects.open().filter(WAITS[key](actor, now or timezone.now()))
    return calls.order_by(*_ORDER.get(key, ("due_at", "id")))


def echoes(actor: Actor, now: dt.datetime):
    """Answers of the actor on which residents had their say in the last days: the smileys, newest first."""
    return Call.objects.filter(owner_id=actor.id, rated_at__gte=now - dt.timedelta(days=ECHO_DAYS)).order_by(
        "-rated_at"
    )


def sections(actor: Actor, now: dt.datetime | None = None) -> list[Section]:
    """Today's sections in their order, empty ones too; a call stands only in the first that it belongs to.

    One query of ids a section, one for all rows that are shown and two to dress them, however many there are.
    """
    now = now or timezone.now()
    found, seen = [], set()
    heaps = [(key, waiting(actor, key, now)) for key in WAITS]
    heaps.append(("echo", echoes(actor, now)))
    for key, calls in heaps:
        fresh = [pk for pk in calls.values_list("pk", flat=True)[: CAP + 1] if pk not in seen]
        seen.update(fresh)
        found.append((key, fresh))
    found = [(key, fresh, fresh[: SHOWN.get(key, SHOWN_ELSE)]) for key, fresh in found]
    shown = {pk for _key, _all, first in found for pk in first}
    rows = Call.objects.filter(pk__in=shown).select_related("owner", "unit").annotate(has_photos=HAS_PHOTOS)
    by_id = {call.pk: call for call in dress(rows, wide=is_wide(actor))}
    # A row that was read a moment later is as it is now: it may have moved on, and its buttons fit.
    return [Section(key, [by_id[pk] for pk in first if pk in by_id], len(fresh)) for key, fresh, first in found]


@dataclass
class Below:
    """A place below somebody's post and how many open calls lie in it."""

    place: Place
    open: int = 0
    new: int = 0
    overdue: int = 0


def below(actor: Actor, now: dt.datetime | None = None) -> list[tuple[Place, list[Below]]]:
    """For each post above the communities: the places right below it with their open calls, in the order of the tree."""
    now = now or timezone.now()
    wanted = {post.place_id for post in actor.posts if post.role in ("street_staff", "district_staff", "city_staff")}
    found = []
    # Outlines are long, and not drawn here.
    for place in Place.objects.filter(pk__in=wanted).defer("outline").order_by("path"):
        parts = {child.path: Below(child) for child in place.children.current().defer("outline").order_by("path")}
        counts = _counts(place, now)
        for path, (total, new, late) in counts.items():
            if path in parts:
                part = parts[path]
                part.open, part.new, part.overdue = part.open + total, part.new + new, part.overdue + late
        found.append((place, list(parts.values())))
    return found


def _counts(place: Place, now: dt.datetime) -> dict[str, tuple[int, int, int]]:
    """Open, new and overdue calls by the part of the place that they lie in; answered from an index alone."""
    depth = place.path.count(".") + 2
    rows = (
        Call.objects.open()
        .filter(community__path__within=place.path)
        .annotate(
            part=Func(F("community__path"), Value(0), Value(depth), function="subpath", output_field=LTreeField())
        )
        .values("part")
        .annotate(
            total=Count("community"),
            new=Count("community", filter=Q(state=rules.RAISED)),
            late=Count("community", filter=Q(state__in=rules.TAKEN, due_at__lt=now)),
        )
        .order_by()
    )
    return {row["part"]: (row["total"], row["new"], row["late"]) for row in rows}

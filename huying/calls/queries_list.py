"""The list of calls: whose, narrowed so that indexes answer, filtered, and paged by id."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q
from django.utils import timezone

from huying.calls import rules
from huying.calls.models import Call
from huying.calls.queries_rows import COMMUNITY_DEPTH, dress, is_wide
from huying.calls.queries_today import HAS_PHOTOS, WAITS
from huying.calls.search import search
from huying.directory.queries import unit_ids_of
from huying.kernel.scopes import Actor
from huying.places.models import Place

PAGE = 30
STREET_DEPTH = COMMUNITY_DEPTH - 1


@dataclass(frozen=True)
class Wanted:
    """What a list is narrowed to; empty values narrow nothing."""

    q: str = ""
    state: str = ""  # a state, 'open', or '' for all
    category: str = ""
    urgency: str = ""
    level: str = ""
    channel: str = ""
    place: Place | None = None
    unit: int | None = None
    owner: str = ""  # 'me' | 'nobody'
    due: str = ""  # 'overdue' | 'soon'
    wait: str = ""  # a section of today
    since: dt.date | None = None
    until: dt.date | None = None
    before: int | None = None
    after: int | None = None


@dataclass
class Page:
    """One page of a list, newest first; `earlier` and `later` are cursors, or None."""

    calls: list[Call] = field(default_factory=list)
    newer: int | None = None
    older: int | None = None


def in_scope(actor: Actor) -> Q:
    """What the actor may see by post or by unit, said so that the index by community is used where it can be."""
    wanted = lying_in(actor.paths(rules.HANDLERS))
    units = unit_ids_of(actor)
    return wanted | Q(unit_id__in=units) if units else wanted


def at(place: Place) -> Q:
    """What lies at a place or below it."""
    return lying_in([place.path])


def lying_in(paths: Iterable[str]) -> Q:
    """What lies at these paths or below them: by path above the streets, by community from the streets down.

    Where whole communities are meant nothing is said of paths: the database would take it to leave few calls, and look
    through all others first.
    """
    wide, streets, communities, inner = [], [], [], []
    for path in paths:
        depth = path.count(".") + 1
        (
            {STREET_DEPTH: streets, COMMUNITY_DEPTH: communities}.get(depth, wide if depth < STREET_DEPTH else inner)
        ).append(path)
    wanted = Q(pk__in=[])
    if wide:
        wanted |= Q(path__within_any=wide)
    if streets or communities:
        inside = Q(parent__in=list(Place.objects.filter(path__in=streets).values_list("pk", flat=True)))
        wanted |= Q(community_id__in=_communities(inside | Q(path__in=communities)))
    if streets:
        # What lies at the street itself has no community.
        wanted |= Q(community=None, path__within_any=streets)
    if inner:
        above = {".".join(path.split(".")[:COMMUNITY_DEPTH]) for path in inner}
        wanted |= Q(community_id__in=_communities(Q(path__in=above)), path__within_any=inner)
    return wanted


def _communities(wanted: Q) -> list[int]:
    """The ids of these communities; ended ones too: calls stay there."""
    return list(Place.objects.filter(wanted, kind="community").values_list("pk", flat=True))


def listed(actor: Actor, wanted: Wanted, now: dt.datetime | None = None, *, most: int = PAGE + 1):
    """The calls of a list, in no order yet; of those found by words at most so many, from the list's cursor on."""
    now = now or timezone.now()
    calls = Call.objects.filter(Q(owner_id=actor.id) if wanted.owner == "me" else in_scope(actor))
    if wanted.wait in WAITS:
        calls = calls.open().filter(WAITS[wanted.wait](actor, now))
    if wanted.state == "open":
        calls = calls.open()
    elif wanted.state:
        calls = calls.filter(state=wanted.state)
    for name in ("category", "urgency", "level", "channel"):
        if value := getattr(wanted, name):
            calls = calls.filter(**{name: value})
    if wanted.place is not None:
        calls = calls.filter(at(wanted.place))
    if wanted.unit is not None:
        calls = calls.filter(unit_id=wanted.unit)
    if wanted.owner == "nobody":
        calls = calls.open().filter(owner=None, unit=None)
    if wanted.due == "overdue":
        calls = calls.filter(state__in=rules.TAKEN, due_at__lt=now)
    elif wanted.due == "soon":
        calls = calls.filter(state__in=rules.TAKEN, due_at__gte=now, due_at__lt=now + dt.timedelta(days=1))
    if wanted.since:
        calls = calls.filter(raised_at__gte=_day(wanted.since))
    if wanted.until:
        calls = calls.filter(raised_at__lt=_day(wanted.until + dt.timedelta(days=1)))
    return _searched(calls, wanted, most)


def _day(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def _searched(calls, wanted: Wanted, most: int):
    text = wanted.q
    if not text:
        return calls
    # The number that people say on the phone is looked for as a number.
    if text.isdecimal() and len(text) < 16 and text.isascii():
        return calls.filter(pk=int(text))
    return search(calls, text, before=wanted.before, after=wanted.after, most=most)


def page(actor: Actor, wanted: Wanted) -> Page:
    """One page of rows, dressed; a cursor is the id of a call, so that pages do not shift while calls come in."""
    calls = listed(actor, wanted).select_related("owner", "unit").annotate(has_photos=HAS_PHOTOS)
    if wanted.after is not None:
        rows = list(calls.filter(pk__gt=wanted.after).order_by("pk")[: PAGE + 1])
        more, rows = len(rows) > PAGE, rows[:PAGE][::-1]
        newer, older = (rows[0].pk if more else None), (rows[-1].pk if rows else None)
    else:
        if wanted.before is not None:
            calls = calls.filter(pk__lt=wanted.before)
        rows = list(calls.order_by("-pk")[: PAGE + 1])
        more, rows = len(rows) > PAGE, rows[:PAGE]
        newer = rows[0].pk if wanted.before is not None and rows else None
        older = rows[-1].pk if more else None
    return Page(dress(rows, wide=is_wide(actor)), newer, older)


def places_to_choose(actor: Actor, chosen: Place | None) -> list[Place]:
    """The places that a list can be narrowed to: what lies below the actor's posts, and the one chosen.

    Above the communities it is the next level down; from a community on also the buildings of its compounds.
    """
    own = {post.place_id for post in actor.posts if post.role in rules.HANDLERS}
    if not own:
        return []
    standing = Place.objects.current().exclude(kind__in=("entrance", "household")).defer("outline")
    rows = list(standing.filter(parent__in=own).order_by("path")[:400])
    compounds = [row.pk for row in rows if row.kind == "compound"]
    if compounds:
        rows += standing.filter(parent__in=compounds).order_by("path")[:400]
        rows.sort(key=lambda row: row.path)
    if chosen is not None and chosen.pk not in {row.pk for row in rows}:
        rows.append(chosen)
    return rows

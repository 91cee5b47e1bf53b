"""Where somebody may post a need or offer something, in words, the likeliest first."""

import re
from collections.abc import Iterable

from django.db.models import Q

from huying.directory.queries import giving_units, membership_of
from huying.kernel.ltree import ancestors_of
from huying.kernel.scopes import Actor
from huying.places.models import Place
from huying.reportin import rules_lists as rules
from huying.reportin.models import UnitReport

_SAID = ("community", "compound", "building", "entrance")
# Whoever works above a community names compounds; nobody scrolls through a whole street's entrances.
_WIDE = ("community", "compound")
MOST = 300


def words_for(places: Iterable[Place]) -> list[tuple[int, str]]:
    """Each place with its id and the words by which people know it: '骊山新家园 17栋 1单元'. One query for all."""
    places = list(places)
    paths = {path for place in places for path in ancestors_of(place.path)}
    above = {one.path: one for one in Place.objects.filter(path__in=paths, kind__in=_SAID[1:])}
    told = []
    for place in places:
        chain = [above[path] for path in ancestors_of(place.path) if path in above]
        told.append((place.pk, " ".join(map(str, [*chain, place]))))
    return told


def dress(rows: Iterable) -> list:
    """The same needs, resources or projects, each with `where` (words): one query for all."""
    rows = list(rows)
    of = lambda row: row.need.place if hasattr(row, "need_id") else row.place  # noqa: E731
    told = dict(words_for({of(row).pk: of(row) for row in rows}.values()))
    for row in rows:
        row.where = told[of(row).pk]
    return rows


def _natural(words: str) -> list[tuple[int, int, str]]:
    parts = re.findall(r"\d+|\D+", words)
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts]


def places_for_need(actor: Actor) -> list[tuple[int, str]]:
    """The places where the actor may post a need: those of their posts first, then what lies below, in order."""
    paths = actor.paths(rules.POSTERS)
    if not paths:
        return []
    own = {post.place_id for post in actor.posts if post.role in rules.POSTERS}
    wide = any(path.count(".") < 4 for path in paths)
    found = (
        Place.objects.current()
        .filter(path__within_any=paths, kind__in=_WIDE if wide else _SAID)
        .order_by("path")[:MOST]
    )
    places = {place.pk: place for place in found}
    told = words_for(places.values())
    return sorted(told, key=lambda pair: (pair[0] not in own, places[pair[0]].path.count("."), _natural(pair[1])))


def places_for_resource(actor: Actor) -> list[tuple[int, str]]:
    """Where the actor or their units may offer something: their communities, their compounds, or all that a unit serves."""
    member, units = membership_of(actor), giving_units(actor)
    own = [post.place_id for post in actor.posts]
    own += [member.place_id] if member is not None else []
    own += list(UnitReport.objects.received().filter(unit__in=units).values_list("place_id", flat=True))
    own += [unit.place_id for unit in units]
    base = list(Place.objects.current().filter(pk__in=own))
    communities = [place.path for place in base if place.kind == "community"]
    below = Place.objects.current().filter(Q(path__within_any=communities), kind="compound").order_by("path")[:MOST]
    places = {place.pk: place for place in (*base, *below)}
    order = {pk: at for at, pk in reversed(list(enumerate(own)))}
    told = words_for(places.values())
    return sorted(told, key=lambda pair: (order.get(pair[0], len(own)), _natural(pair[1])))


def board_of(actor: Actor) -> Place | None:
    """The board that the actor opens first: of where they reported in, of their posts, of where their unit reported in."""
    ids = [one[0] for one in places_for_resource(actor)]
    places = Place.objects.current().in_bulk(ids)
    near = [places[pk] for pk in ids if pk in places]
    first = next((one for one in near if one.kind == "community"), None)
    if first is not None or not near:
        return first
    above = Place.objects.current().filter(kind="community", path__in=[near[0].path, *ancestors_of(near[0].path)])
    return above.first() or near[0]

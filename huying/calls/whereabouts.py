"""Where a call's place stands, in the words that a resident knows it by; and whom to phone there."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from huying.calls.catalogue import numbers
from huying.kernel import prepared
from huying.kernel.gather import Gather
from huying.kernel.ltree import ancestors_of
from huying.places.models import Place

# What a resident says of where they live: from the compound down. Streets and cities go without saying.
_SAID = ("compound", "building", "entrance")

_READ = ("id", "kind", "code", "name", "short_name", "parent_id", "path", "valid_from", "valid_to", "tag", "made_up")
_SELECT = f"SELECT {', '.join(f'{name}::text' if name == 'path' else name for name in _READ)} FROM places_place"  # noqa: S608
TAGGED = f"{_SELECT} WHERE tag = ANY (%(tags)s)"
# Of two places that had the same path one after the other the later comes last.
_ABOVE = f"{_SELECT} WHERE path = ANY(%(paths)s::ltree[]) ORDER BY path, valid_from"


@dataclass(frozen=True)
class Standing:
    """A place with the nearest of its ancestors: its words, its compound and its community."""

    place: Place
    line: str
    compound: Place | None
    community: Place | None

    @property
    def scope(self) -> str:
        """The path of what neighbours share: the compound, else the community, else the place itself."""
        return (self.compound or self.community or self.place).path


def tagged(tag: str) -> Place | None:
    """The place that carries a tag, without what a call has no need of (its outline is large)."""
    return _look_up(tag)


def _tagged(tags: Sequence[str]) -> list[Place | None]:
    found = {place.tag: place for place in _read(TAGGED, {"tags": list(tags)})}
    return [found.get(tag) for tag in tags]


# Whoever asks at the same moment is answered by one query.
_look_up = Gather(_tagged)


def _read(statement: str, given: dict) -> list[Place]:
    return [Place.from_db("default", _READ, row) for row in prepared.rows(statement, given)]


def standing(place: Place) -> Standing:
    """The place with its ancestors: one query."""
    return _standing(place, _read(_ABOVE, {"paths": ancestors_of(place.path)}))


def standing_at(place_id: int, path: str) -> Standing:
    """The place with this id and path, and its ancestors: one query for all."""
    rows = _read(_ABOVE, {"paths": [*ancestors_of(path), path]})
    own = next((one for one in rows if one.pk == place_id), None) or Place.objects.get(pk=place_id)
    return _standing(own, [one for one in rows if one.path != own.path])


def _standing(place: Place, above: list[Place]) -> Standing:
    chain = [*above, place]
    said = [str(one) for one in chain if one.kind in _SAID]
    by_kind = {one.kind: one for one in chain}
    return Standing(place, " ".join(said) or str(place), by_kind.get("compound"), by_kind.get("community"))


def lines(places: list[Place]) -> dict[int, str]:
    """The words for each place, as in `Standing.line`, by id: one query for all."""
    paths = {path for place in places for path in ancestors_of(place.path)}
    above = {one.path: one for one in Place.objects.filter(path__in=paths, kind__in=_SAID).order_by("valid_from")}
    told = {}
    for place in places:
        chain = [above[path] for path in ancestors_of(place.path) if path in above]
        told[place.pk] = " ".join(map(str, [*chain, place]))
    return told


def neighbours(scope: str) -> list[Place]:
    """The tagged places of a compound or community, in order of the tree: what a resident may have meant instead."""
    rows = (
        Place.objects.within(scope)
        .current()
        .filter(kind__in=_SAID, tag__isnull=False)
        .only("id", "kind", "name", "short_name", "path", "tag", "parent_id")
    )
    names = {one.path: str(one) for one in rows}
    paths = {one.path: [*ancestors_of(one.path), one.path] for one in rows}
    return sorted(rows, key=lambda one: [natural(names[path]) for path in paths[one.path] if path in names])


def natural(name: str) -> list[tuple[int, int, str]]:
    """A name as people sort it: 2栋 before 17栋."""
    parts = re.findall(r"\d+|\D+", name)
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts]


def successors(place: Place) -> list[Place]:
    """The current places that took over from one that has ended, however many hands it went through."""
    today, seen, current = timezone.localdate(), {place.pk}, []
    wave = [place.pk]
    while wave:
        found = Place.objects.filter(predecessor_links__old__in=wave).exclude(pk__in=seen).distinct()
        wave = []
        for one in found:
            seen.add(one.pk)
            if one.is_current(today):
                current.append(one)
            else:
                wave.append(one.pk)
    return current


def phone_for(place: Place) -> str:
    """The number to ring about a place: that of the smallest place around it that has one in the policy; '' for none."""
    labels = ["", *place.path.split(".")]
    rows = [row for row in numbers()["phones"].values() if row["place"] in labels]
    return max(rows, key=lambda row: labels.index(row["place"]))["number"] if rows else ""


__all__ = ["Standing", "lines", "neighbours", "phone_for", "standing", "standing_at", "successors", "tagged"]

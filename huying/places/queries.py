"""Reads that span the tree: search by name, pinyin or initials, and where a place stands, in words."""

from collections.abc import Iterable, Sequence

from django.db import connection
from django.db.models import Count
from django.utils import timezone

from huying.kernel.ltree import ancestors_of
from huying.places import names, rules, terms
from huying.places.models import Place

# Each way of looking brings at most so many candidates; the best of all of them are shown.
_CANDIDATES = 200
_WIDEST = 50
_SCOPES = 20
_LONGEST_TEXT = 100
# An address names a province, a city, a district, a street, a community and a compound at most.
_NARROWINGS = 6
_LONGEST_HEAD = 20
_WHERES = terms.any_of([f"#{kind}" for kind in (*rules.DIVISIONS, rules.COMPOUND)])
_ABOVE = terms.any_of([f"#{kind}" for kind in terms.ABOVE_COMMUNITY])
# What the lists of divisions put where a province has no city, or a city no district.
_FILLERS = ("市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划")


def search(
    text: str,
    *,
    within: Place | str | None = None,
    near: Place | str | None = None,
    kinds: Iterable[str] | None = None,
    limit: int = 20,
) -> list[Place]:
    """Current places found by name (any part), pinyin or initials, the best first; at most 50.

    `within` looks only in that place, `near` shows its city first. Several words narrow from left to right
    ('临潼 骊山'), and so does an address in one ('临潼区骊山新家园'). Households and entrances are not found by name.
    """
    limit = max(1, min(limit, _WIDEST))
    only = terms.any_of([f"#{kind}" for kind in kinds]) if kinds is not None else ""
    if kinds is not None and not only:
        return []
    scopes = [_label(within)] if within else []
    near_label = _city_label(near)
    *wheres, last = terms.plain(text[:_LONGEST_TEXT]).split() or [""]
    if wheres and (found := _find(terms.Query(text[:_LONGEST_TEXT]), scopes, near_label, only, limit)):
        return found
    for word in wheres[:_NARROWINGS]:
        scopes = [_label(place) for place in _find(terms.Query(word), scopes, "", _WHERES, _SCOPES)] or scopes
    for _step in range(_NARROWINGS):
        found = _find(terms.Query(last), scopes, near_label, only, limit)
        if found or last.isascii():
            return found
        scopes, last = _peel(last, scopes)
        if not last:
            return []
    return []


def _label(place: Place | str) -> str:
    return getattr(place, "path", place).rpartition(".")[2]


def _city_label(place: Place | str | None) -> str:
    labels = getattr(place, "path", place or "").split(".")
    return labels[min(1, len(labels) - 1)]


def _find(query: terms.Query, scopes: Sequence[str], near: str, only: str, limit: int) -> list[Place]:
    if not query.flat or not query.anywhere:
        return []
    inside = terms.all_of(only, terms.any_of([f"@{label}" for label in scopes]))
    ways = [
        terms.all_of(query.exact, inside),
        terms.all_of(query.begins, _ABOVE, inside),
        terms.all_of(query.begins, inside),
    ]
    if len(query.base) > 1 or scopes:
        # One character in the middle of a name is looked for only where one is.
        ways.append(terms.all_of(query.anywhere, inside))
    if near:
        ways.insert(0, terms.all_of(query.anywhere, terms.any_of([f"@{near}"]), inside))
    ways = [way for way in dict.fromkeys(ways) if way]
    one = "(SELECT place_id FROM places_placeterms WHERE terms @@ %s::tsquery LIMIT %s)"
    sql = f"""
        SELECT p.id, p.kind, p.name, p.short_name, p.pinyin, p.path::text
        FROM ({" UNION ".join([one] * len(ways))}) AS hit JOIN places_place p ON p.id = hit.place_id
        WHERE p.valid_from <= %s AND (p.valid_to IS NULL OR p.valid_to > %s)
    """  # noqa: S608 - only the number of parts varies
    with connection.cursor() as cursor:
        # The day on the wall here: the database's own would be yesterday until eight in the morning.
        cursor.execute(sql, [*(value for way in ways for value in (way, _CANDIDATES)), *[timezone.localdate()] * 2])
        met = (row for row in cursor.fetchall() if query.meets(row[2]))
        ranked = sorted((_rank(query, near, *row[1:]), row[0]) for row in met)
    best = [pk for _rank_, pk in ranked[:limit]]
    rows = Place.objects.in_bulk(best)
    return [rows[pk] for pk in best if pk in rows]


def _rank(query: terms.Query, near: str, kind: str, name: str, short: str, pinyin: str, path: str) -> tuple:
    """What sorts first: exact nearby, exact and large, then beginning so nearby, nearby, exact, beginning so."""
    flat_short, flat_name = terms.flat(short), terms.flat(name)
    if query.is_letters:
        syllables = pinyin.split(" ")
        spelt = ("".join(syllables), "".join([syllable[:1] for syllable in syllables]))
        own = syllables[: len(syllables) - len(short) + len(names.core_name(short, kind))]
        exact = query.flat in (*spelt, "".join(own), "".join([syllable[:1] for syllable in own]))
        begins = any(way.startswith(query.flat) for way in spelt)
    else:
        exact = bool({query.flat, query.base} & {flat_short, flat_name, terms.flat(names.core_name(short, kind))})
        begins = flat_short.startswith(query.base) or flat_name.startswith(query.base)
    nearby = bool(near) and near in path.split(".")
    depth = rules.KINDS.index(kind)
    if exact:
        tier = 0 if nearby else 1 if kind in terms.ABOVE_COMMUNITY else 4
    elif begins:
        tier = 2 if nearby else 5
    else:
        tier = 3 if nearby else 6
    return tier, depth, len(short), path


def _peel(address: str, scopes: Sequence[str]) -> tuple[list[str], str]:
    """Take the name of a place off the front of an address, the longest there is: its labels, and what is left."""
    heads = {terms.flat(address[:end]): address[end:] for end in range(2, min(len(address), _LONGEST_HEAD))}
    cores = dict.fromkeys(core for head in heads for core in terms.Query(head).cores())
    asked = terms.all_of(terms.any_of([f"={core}" for core in cores]), terms.any_of([f"@{label}" for label in scopes]))
    with connection.cursor() as cursor:
        # The planner thinks that such a query finds much and would read whole tables; the limits set it right.
        cursor.execute(
            "WITH hit AS MATERIALIZED (SELECT place_id FROM places_placeterms WHERE terms @@ %s::tsquery)"
            " SELECT p.name, p.short_name, p.kind, p.path::text FROM (SELECT place_id FROM hit LIMIT %s) AS few"
            " JOIN places_place p ON p.id = few.place_id",
            [asked, _CANDIDATES],
        )
        found: dict[str, list[str]] = {}
        for name, short, kind, path in cursor.fetchall():
            for form in {terms.flat(each) for each in (name, short, names.core_name(short, kind))} & heads.keys():
                found.setdefault(form, []).append(_label(path))
    if not found:
        return [], ""
    longest = max(found, key=len)
    return found[longest][:_SCOPES], heads[longest].strip()


def whereabouts(places: Iterable[Place]) -> dict[int, str]:
    """Where each place stands, in words from the city down ('西安市临潼区斜口街道'), by place id; one query for all."""
    places = list(places)
    paths = {path for place in places for path in ancestors_of(place.path)}
    above: dict[str, Place] = {}
    for place in Place.objects.filter(path__in=paths).only("path", "kind", "name", "short_name").order_by("valid_from"):
        above[place.path] = place
    return {place.pk: _words([above[path] for path in ancestors_of(place.path) if path in above]) for place in places}


def _words(above: list[Place]) -> str:
    if len(above) > 1 and above[1].name not in _FILLERS:
        above = above[1:]
    return "".join(place.short_name for place in above if place.name not in _FILLERS)


def address(place: Place) -> str:
    """The place's whole address from the city down, its own name last; one query."""
    return whereabouts([place])[place.pk] + str(place)


def counts(place: Place, kinds: Iterable[str]) -> dict[str, int]:
    """How many current places of each kind stand in a place; one query."""
    kinds = list(kinds)
    rows = Place.objects.within(place).current().filter(kind__in=kinds).values_list("kind").annotate(count=Count("id"))
    return dict.fromkeys(kinds, 0) | dict(rows)

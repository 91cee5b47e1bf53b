"""Reads that span the tree: search by name, pinyin or initials, and where a place stands, in words."""

from collections.abc import Iterable, Sequence

from django.db import connection

from huying.kernel.ltree import ancestors_of
from huying.places import names, rules, terms
from huying.places.models import Place

# Each way of looking brings at most so many candidates; the best of all of them are shown.
_CANDIDATES = 300
_WIDEST = 50
_SCOPES = 20


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
    *wheres, last = terms.plain(text[:200]).split() or [""]
    for word in wheres:
        scopes = _scopes_named(word, scopes) or scopes
    near_label = _city_label(near)
    found = _find(terms.Query(last), scopes, near_label, only, limit)
    if not found and not last.isascii():
        for head, rest in _cuts(last, scopes):
            found = _find(terms.Query(rest), [head], near_label, only, limit)
            if found:
                break
    return found


def _label(place: Place | str) -> str:
    return getattr(place, "path", place).rpartition(".")[2]


def _city_label(place: Place | str | None) -> str:
    labels = getattr(place, "path", place or "").split(".")
    return labels[min(1, len(labels) - 1)]


def _find(query: terms.Query, scopes: Sequence[str], near: str, only: str, limit: int) -> list[Place]:
    if not query.flat or not query.anywhere:
        return []
    inside = terms.all_of(only, terms.any_of([f"@{label}" for label in scopes]))
    above = terms.any_of([f"#{kind}" for kind in terms.ABOVE_COMMUNITY])
    ways = [
        terms.all_of(query.exact, inside),
        terms.all_of(query.begins, above, inside),
        terms.all_of(query.begins, inside),
        terms.all_of(query.anywhere, inside),
    ]
    if near:
        ways.insert(0, terms.all_of(query.anywhere, terms.any_of([f"@{near}"]), inside))
    one = "(SELECT place_id FROM places_placeterms WHERE terms @@ %s::tsquery LIMIT %s)"
    sql = f"""
        SELECT p.id, p.kind, p.name, p.short_name, p.pinyin, p.path::text
        FROM ({" UNION ".join([one] * len(ways))}) AS hit JOIN places_place p ON p.id = hit.place_id
        WHERE p.valid_from <= current_date AND (p.valid_to IS NULL OR p.valid_to > current_date)
    """  # noqa: S608 - only the number of parts varies
    with connection.cursor() as cursor:
        cursor.execute(sql, [value for way in ways for value in (way, _CANDIDATES)])
        ranked = sorted((_rank(query, near, *row[1:]), row[0]) for row in cursor.fetchall())
    best = [pk for _rank_, pk in ranked[:limit]]
    rows = Place.objects.in_bulk(best)
    return [rows[pk] for pk in best if pk in rows]


def _rank(query: terms.Query, near: str, kind: str, name: str, short: str, pinyin: str, path: str) -> tuple:
    """What sorts first: exact nearby, exact and large, then beginning so nearby, nearby, exact, beginning so."""
    flat_short, flat_name = terms.flat(short), terms.flat(name)
    if query.is_letters:
        syllables = pinyin.split(" ")
        spelt = ("".join(syllables), "".join(s if s.isdigit() else s[0] for s in syllables if s))
        exact = query.flat in spelt
        begins = any(way.startswith(query.flat) for way in spelt)
    else:
        core = terms.flat(names.core_name(short, kind))
        exact = bool({query.flat, query.base} & {flat_short, flat_name, core})
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


def _scopes_named(word: str, scopes: Sequence[str]) -> list[str]:
    """The labels of the places that a word names, large ones first: whole names, else names that begin so."""
    query = terms.Query(word)
    places = _find(query, scopes, "", "", _SCOPES)
    return [_label(place) for place in places if place.kind != rules.BUILDING]


def _cuts(address: str, scopes: Sequence[str]) -> list[tuple[str, str]]:
    """Ways to read an address as the name of a place and what is looked for in it, the longest name first."""
    heads = {terms.flat(address[:end]): address[end:] for end in range(2, len(address) - 1)}
    if not heads:
        return []
    exact = terms.any_of([f"={head}" for head in heads])
    inside = terms.any_of([f"@{label}" for label in scopes])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.name, p.short_name, p.kind, p.path::text FROM places_placeterms t"
            " JOIN places_place p ON p.id = t.place_id WHERE t.terms @@ %s::tsquery LIMIT %s",
            [terms.all_of(exact, inside), _CANDIDATES],
        )
        named = cursor.fetchall()
    cuts = []
    for name, short, kind, path in named:
        for form in {terms.flat(each) for each in (name, short, names.core_name(short, kind))}:
            if form in heads:
                cuts.append((-len(form), rules.KINDS.index(kind), path, _label(path), heads[form]))
    return [(label, rest) for _length, _depth, _path, label, rest in sorted(cuts)[:_SCOPES]]


def whereabouts(places: Iterable[Place]) -> dict[int, str]:
    """Where each place stands, in words from the city down ('西安市临潼区斜口街道'), by place id; one query for all."""
    places = list(places)
    paths = {path for place in places for path in ancestors_of(place.path)}
    above: dict[str, Place] = {}
    for place in Place.objects.filter(path__in=paths).only("path", "kind", "name", "short_name").order_by("valid_from"):
        above[place.path] = place
    return {
        place.pk: "".join(
            above[path].short_name
            for path in ancestors_of(place.path)
            if path in above and (above[path].kind != rules.PROVINCE or place.kind == rules.CITY)
        )
        for place in places
    }


def address(place: Place) -> str:
    """The place's whole address from the city down, its own name last; one query."""
    return whereabouts([place])[place.pk] + str(place)

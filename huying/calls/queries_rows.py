"""What every list of calls needs for its rows: where, and whether the owner is still there. Two queries for all rows."""

from collections.abc import Iterable

from huying.calls import rules
from huying.calls.models import Call
from huying.kernel.ltree import ancestors_of
from huying.kernel.scopes import Actor, covers
from huying.people.models import Post
from huying.places.models import Place

# A community's path has this many labels; whatever lies at it or below begins with them.
COMMUNITY_DEPTH = 5
# What stands before a place's own name, so that it is known where it is.
_NAMED = {"community", "grid", "compound", "building", "entrance"}
_ABOVE = {"district", "street"}


def dress(calls: Iterable[Call], *, wide: bool = False) -> list[Call]:
    """The same calls, each with `where` (words) and `owner_there`; with `wide`, the community is named too."""
    calls = list(calls)
    names = place_names(call.path for call in calls)
    there = _owners_there(calls)
    for call in calls:
        call.where = where(call.path, names, wide=wide)
        call.owner_there = call.pk in there
    return calls


def is_wide(actor: Actor) -> bool:
    """Whether the actor looks at several communities, so that a row has to name its own."""
    paths = actor.paths(rules.HANDLERS)
    return len(paths) != 1 or paths[0].count(".") + 1 < COMMUNITY_DEPTH


def place_names(paths: Iterable[str]) -> dict[str, tuple[str, str]]:
    """path → (kind, short name) of these places and of those above them."""
    wanted = {path for one in paths for path in (*ancestors_of(one), one)}
    if not wanted:
        return {}
    rows = Place.objects.filter(path__in=wanted).order_by("valid_from", "id")
    # An ended place and its successor may have had the same path; the newest name is the one that people know.
    return {
        path: (kind, short or name)
        for path, kind, short, name in rows.values_list("path", "kind", "short_name", "name")
    }


def where(path: str, names: dict[str, tuple[str, str]], *, wide: bool = False) -> str:
    """A place in words, the larger first: '人民大厦小区 17栋 1单元'."""
    line = [(at, *names[at]) for at in (*ancestors_of(path), path) if at in names]
    inner = [name for at, kind, name in line if kind in _NAMED and (wide or kind != "community")]
    if inner:
        return " ".join(inner)
    outer = [name for at, kind, name in line if kind in _NAMED | _ABOVE or at == path]
    return " ".join(outer[-2:])


def _owners_there(calls: list[Call]) -> set[int]:
    """The ids of the calls whose owner still holds a post over their place."""
    owners = {call.owner_id for call in calls if call.owner_id is not None}
    if not owners:
        return set()
    posts: dict[int, list[str]] = {}
    held = Post.objects.current().filter(person_id__in=owners, person__is_active=True, role__in=rules.HANDLERS)
    for person, path in held.values_list("person_id", "place__path"):
        posts.setdefault(person, []).append(path)
    return {call.pk for call in calls if any(covers(path, call.path) for path in posts.get(call.owner_id, ()))}

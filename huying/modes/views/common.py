"""What the pages of modes share: who comes in, and places to choose from."""

from huying.kernel.gate import holding
from huying.kernel.policy import load
from huying.kernel.scopes import Actor, covers
from huying.modes.rules import KINDS
from huying.people.rules import STAFF_ROLES
from huying.places.models import Place
from huying.places.rules import natural

staff = holding(*STAFF_ROLES)
# Whoever holds any post may read what is on and what came of it: volunteers are told of it too.
posted = holding(*STAFF_ROLES, "volunteer")
MOST_CHOICES = 400
_TOLD = ("compound", "building", "entrance", "household")


def switch_kinds(actor: Actor, path: str | None = None) -> list[str]:
    """What the actor may switch: an emergency, a drill, both, nothing; at a path, or anywhere."""
    who = load("modes")["who"]
    if path is not None:
        return [kind for kind in KINDS if actor.holds(who[kind], path)]
    return [kind for kind in KINDS if any(post.role in who[kind] for post in actor.posts)]


def switchable(actor: Actor, chosen: Place | None) -> list[Place]:
    """Places to choose from: those of the actor's posts and what stands directly below them and below the chosen one."""
    roles = {role for rolls in load("modes")["who"].values() for role in rolls}
    held = {post.place_id for post in actor.posts if post.role in roles}
    reach = actor.paths(roles)
    wanted = Place.objects.current().filter(kind__in=load("modes")["where"]["kinds"])
    parents = held | ({chosen.pk, chosen.parent_id} if chosen else set())
    found = list(wanted.filter(pk__in=parents - {None})) + list(
        wanted.filter(parent__in=parents - {None})[:MOST_CHOICES]
    )
    within = {place.pk: place for place in found if any(covers(path, place.path) for path in reach)}
    return in_order(within.values())


def in_order(places) -> list[Place]:
    """Parents before what stands in them, 9号楼 before 16号楼."""
    places = list(places)
    names = {place.path: natural(str(place)) for place in places}

    def key(place):
        parts = place.path.split(".")
        return [names.get(".".join(parts[: n + 1]), [(0, 0, part)]) for n, part in enumerate(parts)]

    return sorted(places, key=key)


def choices(places: list[Place]) -> list[tuple[str, str]]:
    """Places as the options of a select, set in by how deep they stand among each other."""
    told = []
    for place in places:
        depth = sum(covers(other.path, place.path) for other in places) - 1
        told.append((str(place.pk), "　" * depth + str(place)))
    return told


def by_id(places: list[Place], text: str) -> Place | None:
    """The place of that id among these."""
    return next((place for place in places if str(place.pk) == text), None)


def full_names(places: list[Place]) -> list[tuple[str, str]]:
    """Places as options with the compound before them: '骊山新家园 17栋 1单元'."""
    paths = {".".join(p.path.split(".")[:n]) for p in places for n in range(1, p.path.count(".") + 1)}
    above = {
        p.path: p
        for p in Place.objects.filter(path__in=paths, kind__in=_TOLD).only("path", "name", "short_name", "kind")
    }
    told = []
    for place in places:
        parts = place.path.split(".")
        chain = [above[path] for n in range(1, len(parts)) if (path := ".".join(parts[:n])) in above]
        told.append((str(place.pk), " ".join(map(str, [*chain, place]))))
    return told

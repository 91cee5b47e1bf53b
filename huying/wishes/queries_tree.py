"""Reads of the wish tree: its leaves on their sites, how many of each, the list beside it, and the trees of a street."""

from dataclasses import dataclass, replace
from functools import lru_cache

from django.db.models import Count, F, Max, Sum
from django.http import Http404

from huying.people.private_words import mask
from huying.places.models import Place, PlaceSuccessor
from huying.wishes import rules
from huying.wishes.models import Tree, Wish
from huying.wishes.queries import MOST_LEAVES, leaves
from huying.wishes.rules import Leaf
from huying.wishes.tree import SHAPES, Drawn, place_leaves

# Places that have a tree of their own; what stands in a compound leads to it, what is above shows many.
OWN = ("community", "compound")
BELOW = ("grid", "building", "entrance")
# A small tree has so many leaves at most; where there are more, one stands for several.
SMALL = 90
# Which states stand behind the words of the list's filter.
SHOWN_AS = {
    "open": (rules.PUBLISHED,),
    "taken": (rules.CLAIMED, rules.CONTACT, rules.FULFILLED),
    "smile": (rules.CONFIRMED,),
}


@dataclass(frozen=True)
class Standing:
    """How a tree stands: wishes of each shape, and a key that changes with anything that it shows."""

    counts: tuple[tuple[str, int], ...]
    key: tuple

    def of(self, *shapes: str) -> int:
        """How many wishes have one of these shapes; all without any."""
        return sum(count for shape, count in self.counts if not shapes or shape in shapes)


def place_by(slug: str) -> Place:
    """The place by its tag, or by its division code (the present one, where a code was given anew); 404 without one."""
    by_code = slug.isascii() and slug.isdigit()
    found = Place.objects.public().filter(code=slug) if by_code else Place.objects.public().filter(tag=slug)
    place = found.order_by(F("valid_to").desc(nulls_first=True)).first()
    if place is None:
        raise Http404
    return place


def home_of(place: Place) -> Place:
    """The place whose tree is meant: its own, or for a building, an entrance or a grid the compound's or community's."""
    if place.kind not in BELOW:
        return place
    return place.ancestors().filter(kind__in=OWN).last() or place


def successors(place: Place) -> list[Place]:
    """Who took over what an ended place had."""
    if place.is_current():
        return []
    return [link.new for link in PlaceSuccessor.objects.filter(old=place).select_related("new").order_by("new__name")]


def of_place(place: Place):
    """The wishes that hang on a place's tree."""
    wishes = Wish.objects.public()
    return wishes.filter(community=place) if place.kind == "community" else wishes.within(place.path)


def standing(place: Place) -> Standing:
    """How a place's tree stands: one query."""
    rows = list(
        of_place(place)
        .order_by()
        .values("state")
        .annotate(n=Count("pk"), versions=Sum("version"), last=Max("pk"))
        .values_list("state", "n", "versions", "last")
    )
    counts: dict[str, int] = {}
    for state, n, _versions, _last in rows:
        counts[SHAPES[state]] = counts.get(SHAPES[state], 0) + n
    return Standing(tuple(sorted(counts.items())), tuple(sorted(rows)))


@lru_cache(maxsize=16384)
def masked(text: str) -> str:
    """Words as everybody may read them. Kept, since of thousands of leaves one changes at a time."""
    return mask(text)


@lru_cache(maxsize=48)
def drawn(place: Place, key: tuple) -> tuple[tuple[Drawn, ...], int]:
    """The leaves of a place on their sites, and how many wishes found none; words are masked once more. Kept by `Standing.key`."""
    them = [replace(leaf, words=masked(leaf.words), alias=masked(leaf.alias)) for leaf in leaves(place)]
    numbers = None if place.kind == "community" else own_numbers(place)
    on_tree, _without = place_leaves(them, numbers)
    return tuple(on_tree), sum(n for _state, n, _versions, _last in key) - len(on_tree)


def own_numbers(place: Place) -> dict[int, int]:
    """slot -> number on a compound's own tree: its how-manieth wish it was, those taken down since counted along."""
    slots = Wish.objects.within(place.path).filter(slot__isnull=False).order_by("slot").values_list("slot", flat=True)
    return {slot: number for number, slot in enumerate(slots)}


def listed(place: Place, shown: str = ""):
    """The wishes of the list beside the tree, newest first; shown: 'open', 'taken', 'smile' or all."""
    wishes = of_place(place).order_by("-published_at", "-pk")
    return wishes.filter(state__in=SHOWN_AS[shown]) if shown else wishes


def as_leaf(wish: Wish) -> Leaf:
    """A wish as everybody sees it, masked once more."""
    return Leaf(
        wish.pk, masked(wish.public_text), masked(wish.alias), wish.kind, wish.state, wish.smiling, wish.slot or 0
    )


def latest_smiles(place: Place, most: int = 12) -> list[Leaf]:
    """The wishes that came true last."""
    return [as_leaf(wish) for wish in of_place(place).filter(state=rules.CONFIRMED).order_by("-rated_at", "-pk")[:most]]


def compounds_of(place: Place) -> list[Place]:
    """The compounds of a community that have wishes, by name."""
    if place.kind != "community":
        return []
    paths = of_place(place).order_by().values_list("path", flat=True).distinct()[:MOST_LEAVES]
    depth = place.path.count(".") + 2
    wanted = {".".join(str(path).split(".")[:depth]) for path in paths}
    return list(Place.objects.filter(path__in=wanted, kind="compound").order_by("name"))


def trees_of(place: Place):
    """The communities below a street, district or city that have a tree, by name."""
    return (
        Tree.objects.filter(place__path__within=place.path, leaves__gt=0)
        .select_related("place")
        .order_by("place__name")
    )


def counts_of(communities: list[int]) -> dict[int, dict[str, int]]:
    """community id -> shape -> how many wishes: one query for all."""
    found: dict[int, dict[str, int]] = {pk: {} for pk in communities}
    rows = Wish.objects.public().filter(community__in=communities).order_by().values_list("community", "state")
    for community, state, n in rows.annotate(n=Count("pk")):
        shape = SHAPES[state]
        found[community][shape] = found[community].get(shape, 0) + n
    return found


def small(counts: dict[str, int]) -> list[str]:
    """The shapes of a small tree's leaves, one for each wish, or in proportion where there are more than SMALL; well mixed."""
    total = sum(counts.values())
    size = min(total, SMALL)
    shapes: list[str] = []
    owed = dict.fromkeys(counts, 0.0)
    for _ in range(size):
        for shape, count in counts.items():
            owed[shape] += count / total
        most = max(owed, key=lambda shape: owed[shape])
        owed[most] -= 1
        shapes.append(most)
    return shapes

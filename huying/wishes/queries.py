"""Reads of wishes that span tables."""

import datetime as dt

from django.db.models import Q
from django.utils import timezone

from huying.directory.models import Unit
from huying.directory.queries import giving_units, membership_of
from huying.kernel.ltree import ancestors_of
from huying.kernel.scopes import Actor
from huying.places.models import Place
from huying.wishes import rules
from huying.wishes.models import Claim, Share, Wish
from huying.wishes.rules import Leaf

# More than a tree can carry readably; the oldest make room.
MOST_LEAVES = 2000
MOST_OTHERS = 3


def leaves(place) -> list[Leaf]:
    """The leaves of a place's tree by slot: one query. Of more than MOST_LEAVES the newest; words and alias are for everybody."""
    rows = (
        Wish.objects.public()
        .within(place.path)
        .order_by("-slot", "-pk")
        .values_list("pk", "public_text", "alias", "kind", "state", "slot")[:MOST_LEAVES]
    )
    return [
        Leaf(pk, words, alias, kind, state, state == rules.CONFIRMED, slot)
        for pk, words, alias, kind, state, slot in reversed(rows)
    ]


def open_claim(wish: Wish) -> Claim | None:
    """The claim that holds a wish now, with who made it, or None."""
    return wish.claims.open().select_related("person", "unit").first()


def last_claim(wish: Wish) -> Claim | None:
    """The latest claim of a wish, ended or not."""
    return wish.claims.select_related("person", "unit").order_by("-id").first()


def holds_claim(actor: Actor, wish: Wish) -> bool:
    """Whether the actor holds the wish's open claim, for themselves or for a unit that they speak for."""
    return actor.id is not None and Claim.objects.held_by(actor).filter(wish=wish).exists()


def took_part(actor: Actor, wish: Wish) -> bool:
    """Whether the actor gave, or gives, to this wish: by the claim that holds it or the last that did, or by a share in it."""
    claim = last_claim(wish)
    if claim is None or actor.id is None or claim.how_ended in ("released", "lapsed"):
        return False
    return Claim.objects.of(actor).filter(pk=claim.pk).exists() or claim.shares.filter(person_id=actor.id).exists()


def has_claimed_before(actor: Actor, units: list[Unit], path: str) -> bool:
    """Whether the actor, or a unit of theirs, has claimed or shared a wish in the same community before."""
    community = ".".join(path.split(".")[:5])
    own = Q(person_id=actor.id) | Q(unit__in=units)
    return (
        Claim.objects.filter(own, wish__path__within=community).exists()
        or Share.objects.filter(own, claim__wish__path__within=community).exists()
    )


def earlier_claimants(wishes: set[int]) -> dict[int, set[int]]:
    """Wish → the active persons who have claimed one in its community before: two queries."""
    communities = dict(Wish.objects.filter(pk__in=wishes).values_list("pk", "community_id"))
    found: dict[int, set[int]] = {}
    claims = Claim.objects.filter(wish__community_id__in=set(communities.values()), person__is_active=True)
    for community, person in claims.values_list("wish__community_id", "person_id").distinct():
        found.setdefault(community, set()).add(person)
    return {pk: found.get(community, set()) for pk, community in communities.items()}


def claimable(actor: Actor, now: dt.datetime | None = None):
    """The wishes that the actor could claim now: published, at places that stand, not their own, open to them already."""
    now = now or timezone.now()
    day = timezone.localdate(now)
    wishes = (
        Wish.objects.filter(state=rules.PUBLISHED)
        .filter(Q(place__valid_to__isnull=True) | Q(place__valid_to__gt=day))
        .exclude(wisher_id=actor.id if actor.id is not None else -1)
    )
    early = set()
    held_back = wishes.filter(open_at__gt=now).values_list("path", flat=True).distinct()[:200]
    units = giving_units(actor)
    for community in {".".join(path.split(".")[:5]) for path in held_back}:
        if has_claimed_before(actor, units, community):
            early.add(community)
    opened = Q(open_at__isnull=True) | Q(open_at__lte=now)
    return wishes.filter(opened | Q(path__within_any=sorted(early))) if early else wishes.filter(opened)


def home_paths(actor: Actor) -> list[str]:
    """Where the actor is at home as a giver: where they reported in, where their units stand, where they hold posts."""
    paths = [
        unit.place.path
        for unit in Unit.objects.filter(pk__in=[u.pk for u in giving_units(actor)]).select_related("place")
    ]
    member = membership_of(actor)
    return [*([member.place.path] if member else []), *paths, *actor.paths()]


def farness(path: str, homes: list[str]) -> int:
    """How many levels up one goes from a wish before a home of the giver's is met; 99 without a home."""
    labels = path.split(".")

    def shared(other: str) -> int:
        same = 0
        for a, b in zip(labels, other.split("."), strict=False):
            if a != b:
                break
            same += 1
        return same

    return len(labels) - max(map(shared, homes), default=-99)


def others_instead(wish: Wish, actor: Actor, most: int = MOST_OTHERS) -> list[Wish]:
    """Open wishes to offer to somebody who came too late: the same kind first, then the nearest to that wish."""
    near, offered = [], claimable(actor).select_related("place")
    for path in reversed([*ancestors_of(wish.path)[3:], wish.path]):
        known = [one.pk for one in near]
        rows = offered.within(path).exclude(pk__in=[wish.pk, *known])
        near += list(rows.order_by("offered_at", "pk")[:30])
        if len(near) >= 30:
            break
    by_id = {one.pk: one for one in near}
    order = rules.others_like(wish.kind, [(one.pk, one.kind, farness(one.path, [wish.path])) for one in near])
    return [by_id[pk] for pk in order[:most]]


def where_shown(path: str, names: dict[str, str]) -> str:
    """A wish's place as everybody may read it: the compound, or the community; never the building."""
    labels = path.split(".")
    for depth in range(min(len(labels), 7), 4, -1):
        name = names.get(".".join(labels[:depth]))
        if name:
            return name
    return ""


def shown_names(paths) -> dict[str, str]:
    """Path → name of the compounds and communities above some paths: one query."""
    wanted = {above for path in paths for above in [*ancestors_of(path), path]}
    rows = Place.objects.filter(path__in=wanted, kind__in=("compound", "community")).order_by("valid_from")
    return {place.path: str(place) for place in rows}

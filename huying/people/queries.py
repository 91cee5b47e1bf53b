"""Who somebody is to the rest of the system, who is where, and what may be seen of an identity."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone

from huying.kernel import scopes
from huying.kernel.scopes import ANONYMOUS, Actor
from huying.kernel.sealed import blind_indexes
from huying.people import rules
from huying.people.models import ROLE_NAMES, Identity, Person, Post, Unsealing
from huying.people.rules import Role
from huying.places.models import Place

# Nobody holds so many; a bound keeps one query one query.
MOST_POSTS = 200


def actor_for(person: Person, *, kind: str = "person") -> Actor:
    """The actor that a person is today, with their posts in term at places that stand: one query.

    A post at a place that has ended gives no rights; whoever ends a place appoints anew at its successor.
    """
    if not person.is_active:
        return ANONYMOUS
    rows = (
        Post.objects.current()
        .filter(person_id=person.pk)
        .order_by("id")
        .values_list("role", "place__path", "place_id")[:MOST_POSTS]
    )
    posts = tuple(scopes.Post(role=role, path=path, place_id=place_id) for role, path, place_id in rows)
    return Actor(id=person.pk, kind=kind, posts=posts, name=person.name)


def is_operator(actor: Actor) -> bool:
    """Whether this is the system itself, or somebody who runs it."""
    return actor.kind == "system" or any(post.role == Role.OPERATOR for post in actor.posts)


def may_appoint(actor: Actor, role: str, place) -> bool:
    """Whether the actor may give or end a post of `role` at the place: those one level up, and operators."""
    return actor.kind == "system" or actor.holds(rules.appointers_of(role), place.path)


Vouches = Callable[[Actor, Person], bool]
_vouching: list[Vouches] = []


def vouching(rule: Vouches) -> Vouches:
    """Decorator: who may reset the login of somebody without a post. The contexts above say so; people does not know them."""
    _vouching.append(rule)
    return rule


def may_manage(actor: Actor, person: Person) -> bool:
    """Whether the actor may reset a person's login: whoever may end every post that the person holds.

    Of somebody without any post, whoever vouches for all that they are besides.
    """
    if is_operator(actor):
        return True
    posts = list(Post.objects.current().filter(person=person).select_related("place"))
    if posts:
        return all(may_appoint(actor, post.role, post.place) for post in posts)
    return any(rule(actor, person) for rule in _vouching)


def appointable(actor: Actor, place) -> list[Role]:
    """The roles that the actor may give at this very place."""
    return [role for role in Role if rules.may_stand_at(role, place.kind) and may_appoint(actor, role, place)]


def masked_phone(identity: Identity | Person) -> str:
    """The number with its middle hidden, such as '138****5678'; '' when there is none. Opened only for this."""
    return rules.masked(identity.phone_sealed.open()) if identity.phone_sealed is not None else ""


def welcome_link(person: Person) -> str:
    """The address that opens a login that has no password yet: once, within settings.PASSWORD_RESET_TIMEOUT."""
    path = reverse("people:welcome", args=[person.pk, default_token_generator.make_token(person)])
    return settings.BASE_URL + path


def identities_of_phone(text: str):
    """The identities (a query set) that hold this number; ValueError when it is not a phone number.

    It finds what a caller at the counter has called for without showing a number to anybody.
    """
    return Identity.objects.filter(phone_index__in=blind_indexes(rules.phone_number(text)), erased_at__isnull=True)


def unsealings_of(subject_type: str, subject_id: int) -> list[Unsealing]:
    """Who looked at the contact held with a subject, the newest first: shown to the person on their own page."""
    return list(
        Unsealing.objects.filter(subject_type=subject_type, subject_id=subject_id).order_by("-at").select_related("by")
    )


@dataclass
class Spot:
    """A place and who stands there; `below` are the places in it where posts are usual."""

    place: Place
    posts: list[Post] = field(default_factory=list)
    # Roles that are usual at such a place and that nobody holds there.
    missing: list[Role] = field(default_factory=list)
    below: list["Spot"] = field(default_factory=list)

    @property
    def words(self) -> list:
        """The missing roles in words."""
        return [ROLE_NAMES[role] for role in self.missing]


# The role that is looked for at each kind of place, so that a gap can be seen.
USUAL = {
    "district": (Role.DISTRICT_STAFF,),
    "street": (Role.STREET_STAFF,),
    "community": (Role.COMMUNITY_SECRETARY, Role.COMMUNITY_WORKER),
    "compound": (Role.COMPOUND_SECRETARY,),
    "building": (Role.BUILDING_HEAD,),
}
# What is listed below a place: the next levels at which somebody stands.
_LISTED = {
    "city": ("district",),
    "district": ("street",),
    "street": ("community",),
    "community": ("compound", "building", "entrance"),
    "compound": ("building", "entrance"),
    "building": ("entrance",),
}
MOST_SPOTS = 2000


def who_is_where(place: Place) -> Spot:
    """Who stands at a place and right below it, gaps included: two queries however many there are."""
    day = timezone.localdate()
    listed = _LISTED.get(place.kind, ())
    places = list(
        Place.objects.within(place).current(day).filter(kind__in=(place.kind, *listed)).order_by("path")[:MOST_SPOTS]
    )
    spots = {p.path: Spot(p) for p in places if p.pk == place.pk or p.kind in listed}
    root = spots.setdefault(place.path, Spot(place))
    by_id = {spot.place.pk: spot for spot in spots.values()}
    posts = Post.objects.current(day).filter(place__path__within=place.path, place_id__in=by_id)
    for post in posts.select_related("person").order_by("role", "valid_from", "id"):
        by_id[post.place_id].posts.append(post)
    for path, spot in spots.items():
        above = path
        while spot is not root:
            above = above.rpartition(".")[0]
            if above in spots:
                spots[above].below.append(spot)
                break
    for spot in spots.values():
        # A building whose entrances have heads of their own needs none besides.
        held = {post.role for at in (spot, *(s for s in spot.below if s.place.kind == "entrance")) for post in at.posts}
        spot.missing = [role for role in USUAL.get(spot.place.kind, ()) if role not in held]
        spot.below.sort(key=lambda s: _natural(s.place.name))
    return root


def ended_today(place: Place) -> list[Post]:
    """The posts at a place or below it that ended today and that their person does not hold again: to be undone."""
    again = Post.objects.current().filter(
        person_id=OuterRef("person_id"), role=OuterRef("role"), place_id=OuterRef("place_id")
    )
    return list(
        Post.objects.filter(~Exists(again), place__path__within=place.path, valid_to=timezone.localdate())
        .filter(person__is_active=True)
        .select_related("person", "place")
        .order_by("-id")
    )


def _natural(name: str) -> list:
    """Sort key by which '9号楼' comes before '16号楼'."""
    parts, number = [], ""
    for sign in name + "\0":
        if sign.isdigit():
            number += sign
            continue
        if number:
            parts.append((0, int(number), ""))
            number = ""
        parts.append((1, 0, sign))
    return parts

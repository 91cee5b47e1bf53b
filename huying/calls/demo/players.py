"""Who plays in a story: the people who hold posts over its place, and the units that serve it."""

from huying.calls.rules import LEVEL_OF_ROLE
from huying.directory.models import Seat, Unit
from huying.directory.queries import units_for
from huying.kernel.ltree import ancestors_of
from huying.kernel.scopes import Actor
from huying.people.models import Post
from huying.people.queries import actor_for
from huying.places.models import Place

ROLES = {
    "head": "building_head",
    "secretary": "compound_secretary",
    "worker": "community_worker",
    "chief": "community_secretary",
    "street": "street_staff",
    "district": "district_staff",
}


def find_place(names: list[str]) -> Place | None:
    """A place by the names on the way to it, the community first; what does not exist is left out from there on."""
    place = Place.objects.current().filter(kind="community", short_name=names[0]).order_by("path").first()
    for name in names[1:]:
        if place is None:
            return None
        children = list(place.children.current().order_by("path"))
        # '17' is 17栋 or 17号楼, and a grid may stand between.
        inner = [*children, *Place.objects.current().filter(parent__in=[c.pk for c in children if c.kind == "grid"])]
        inside = next((child for child in inner if _named(child.name, name)), None)
        if inside is None:
            break
        place = inside
    return place


def _named(full: str, name: str) -> bool:
    rest = full.removeprefix(name)
    return full == name or (rest != full and not rest[:1].isdigit())


class Players:
    """The people and units near a place; who is missing is played by the next one up, then down."""

    def __init__(self, place: Place):
        self.place = place
        posts = (
            Post.objects.current()
            .filter(place__path__in=[*ancestors_of(place.path), place.path], role__in=LEVEL_OF_ROLE)
            .select_related("person", "place")
            .order_by("-place__path", "id")
        )
        self.posts = list(posts)
        self.units = units_for(place)
        self._seats: dict[int, Actor | None] = {}

    def actor(self, part: str) -> Actor | None:
        """Who plays a part ('head' … 'district'), or None when nobody at all is there."""
        order = list(ROLES)
        at = order.index(part)
        for name in (*order[at:], *reversed(order[:at])):
            found = next((post.person for post in self.posts if post.role == ROLES[name]), None)
            if found is not None:
                return actor_for(found)
        return None

    def judge(self, but: set[int]) -> Actor | None:
        """Somebody over the place who is none of these: who writes down what the resident said."""
        found = next((post.person for post in self.posts if post.person_id not in but), None)
        return actor_for(found) if found else None

    def unit(self, kind: str) -> Unit | None:
        """A unit of this kind that serves the place, else any that does and has somebody who answers."""
        return next((unit for unit in self.units if unit.kind == kind), None)

    def speaker(self, unit_id: int) -> Actor | None:
        """Who speaks for a unit."""
        if unit_id not in self._seats:
            seat = Seat.objects.filter(unit_id=unit_id, valid_to=None).select_related("person").order_by("id").first()
            self._seats[unit_id] = actor_for(seat.person) if seat else None
        return self._seats[unit_id]

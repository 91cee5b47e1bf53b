"""Which units somebody speaks for, and which could answer for a place."""

import weakref

from django.db.models import Q
from django.utils import timezone

from huying.directory.models import Member, Seat, Unit
from huying.kernel.ltree import ancestors_of
from huying.kernel.scopes import Actor
from huying.people.models import Person
from huying.people.queries import vouching

# Keyed by the very object: an actor lives as long as its request, and so does what is remembered of it.
_remembered: dict[int, tuple[weakref.ref, tuple[int, ...]]] = {}


def unit_ids_of(actor: Actor) -> tuple[int, ...]:
    """The units that the actor holds a seat at today, smallest id first; asked once for each actor object."""
    if actor.id is None:
        return ()
    key = id(actor)
    known = _remembered.get(key)
    if known is not None and known[0]() is actor:
        return known[1]
    day = timezone.localdate()
    ids = tuple(
        Seat.objects.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gt=day),
            person_id=actor.id,
            valid_from__lte=day,
            unit__closed_at__isnull=True,
        )
        .order_by("unit_id")
        .values_list("unit_id", flat=True)
    )
    _remembered[key] = (weakref.ref(actor, lambda _ref: _remembered.pop(key, None)), ids)
    return ids


def units_for(place, category: str = "") -> list[Unit]:
    """The open, verified units that serve a place: those standing at it or above it; the nearest first, then by name.

    With a category, the units that name it come before those that name none; those that name others are left out.
    """
    at_or_above = [*ancestors_of(place.path), place.path]
    units = list(
        Unit.objects.open().filter(place__path__in=at_or_above, verified_at__isnull=False).select_related("place")
    )
    if category:
        units = [unit for unit in units if not unit.categories or category in unit.categories]
    return sorted(
        units, key=lambda unit: (category not in unit.categories, -unit.place.path.count("."), unit.name, unit.pk)
    )


def membership_of(actor: Actor) -> Member | None:
    """Where the actor has reported in today, or None."""
    if actor.id is None:
        return None
    return Member.objects.current().filter(person_id=actor.id).select_related("place", "unit").first()


def giving_units(actor: Actor) -> list[Unit]:
    """The verified, open units for which the actor may take something on, by name."""
    return list(Unit.objects.open().filter(pk__in=unit_ids_of(actor), verified_at__isnull=False).order_by("name"))


def may_give(actor: Actor) -> bool:
    """Whether the actor may take on a wish or a need: a registered member, a volunteer, staff, or a verified unit's person."""
    return actor.is_person and bool(actor.posts or membership_of(actor) or giving_units(actor))


# Whoever keeps the list of units at or below their place.
KEEPERS = ("community_worker", "community_secretary", "street_staff", "district_staff", "city_staff", "operator")


def may_keep(actor: Actor, place) -> bool:
    """Whether the actor registers and closes units at a place, and says who speaks for them."""
    return actor.kind == "system" or actor.holds(KEEPERS, place.path)


@vouching
def keeps_all_of(actor: Actor, person: Person) -> bool:
    """Whether the actor keeps the lists of all that somebody without a post is: their registration, each unit they speak for.

    One who also speaks for a unit that others keep is theirs to help: whoever resets a login could act as its person.
    """
    day = timezone.localdate()
    members = Member.objects.current().filter(person=person).select_related("place")
    seats = Seat.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day), person=person, valid_from__lte=day)
    places = [one.place for one in members] + [one.unit.place for one in seats.select_related("unit__place")]
    return bool(places) and all(may_keep(actor, place) for place in places)


def current_seats(units: list[Unit]) -> dict[int, list[Seat]]:
    """The seats of today by unit, with their persons: one query."""
    day = timezone.localdate()
    seats: dict[int, list[Seat]] = {}
    for given in (
        Seat.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day), unit__in=units, valid_from__lte=day)
        .select_related("person")
        .order_by("id")
    ):
        seats.setdefault(given.unit_id, []).append(given)
    return seats

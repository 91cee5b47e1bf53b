"""Reads of report-in: which units one can name, who reported in where, what a community can count on."""

from collections import Counter

from django.db.models import Exists, OuterRef

from huying.directory import catalogue
from huying.directory.models import Member, Unit
from huying.kernel.ltree import ancestors_of
from huying.places.models import Kind, Place
from huying.reportin.models import UnitReport

MOST_FOUND = 10


def community_of(slug: str) -> Place | None:
    """The community of a tag or code: of itself, or of the compound, building or entrance that carries the tag."""
    if not slug.isascii() or not slug.isalnum():
        return None
    by_code = slug.isdigit()
    places = Place.objects.public().filter(code=slug) if by_code else Place.objects.public().filter(tag=slug.lower())
    place = places.order_by("-valid_from").first()
    if place is None or place.kind == Kind.COMMUNITY:
        return place
    above = Place.objects.filter(path__in=ancestors_of(place.path), kind=Kind.COMMUNITY)
    return above.order_by("-valid_from").first()


def successors(place: Place) -> list[Place]:
    """The communities that stand where an ended one stood."""
    found, ahead = [], [place.pk]
    for _step in range(5):
        nexts = list(Place.objects.filter(predecessor_links__old__in=ahead).distinct())
        found += [one for one in nexts if one.is_current()]
        ahead = [one.pk for one in nexts if not one.is_current()]
        if not ahead:
            break
    return found


def _city_path(place: Place) -> str:
    """The path of the city in which a place stands."""
    return ".".join(place.path.split(".")[:2])


def nameable_units(place: Place):
    """The units that have reported in somewhere in the city: where somebody's membership can be said to stay."""
    received = UnitReport.objects.received().filter(unit=OuterRef("pk"), place__path__within=_city_path(place))
    return Unit.objects.open().filter(Exists(received), verified_at__isnull=False)


def may_name(unit: Unit, place: Place) -> bool:
    """Whether somebody living there may say that their membership stays with the unit."""
    return nameable_units(place).filter(pk=unit.pk).exists()


def find_units(place: Place, text: str) -> list[Unit]:
    """Units to choose from by part of their name, those that begin so first."""
    text = "".join(text.replace("\x00", "").split())[:40]
    if not text:
        return []
    found = list(nameable_units(place).filter(name__icontains=text).order_by("name")[:50])
    return sorted(found, key=lambda unit: (not unit.name.startswith(text), unit.name))[:MOST_FOUND]


def tally(codes: list[list[str]], names: dict[str, str]) -> list[tuple[str, str, int]]:
    """(code, name, how many) of what people ticked, in the order of the policy; what nobody ticked is left out."""
    counted = Counter(code for row in codes for code in row)
    return [(code, names[code], counted[code]) for code in names if counted[code]]


def strength(place: Place) -> dict:
    """What a community can count on: numbers only, never a name."""
    rows = list(Member.objects.current().filter(place=place).values_list("skills", "services"))
    return {
        "members": len(rows),
        "units": UnitReport.objects.received().filter(place=place).count(),
        "skills": tally([skills for skills, _services in rows], catalogue.skills()),
        "services": tally([services for _skills, services in rows], catalogue.services()),
    }


def receipt_number(member: Member) -> str:
    """The number on a member's receipt; a new one with each registration."""
    return f"B{member.valid_from:%Y}-{member.pk:06d}"

"""A small map of a place without any map service: its outline, or the houses in it, and a point on it. Pure but for `plan_of`."""

import math
from dataclasses import dataclass

from huying.places.drawing import rings, thinned
from huying.places.models import Place

WIDE = 400
# Beside the outermost house, as a share of the whole.
MARGIN = 0.12
# Above the northernmost house a pin has room, in units.
PIN = 30
# A place without any extent is drawn as if it were so wide, in degrees of latitude: about 300 m.
LEAST = 0.0028
MOST_HOUSES = 120
FLAT, STEEP = 0.45, 1.2


@dataclass(frozen=True, slots=True)
class Spot:
    """A house on the map."""

    x: float
    y: float
    name: str


@dataclass(frozen=True)
class Plan:
    """One small map, WIDE units wide, north up: outlines as paths, houses as spots; degrees and units turn into each other."""

    west: float
    north: float
    # Units to a degree of longitude and of latitude.
    across: float
    down: float
    height: int
    outline: str
    houses: tuple[Spot, ...]

    @property
    def width(self) -> int:
        """In units, as all of them."""
        return WIDE

    def place(self, lng: float, lat: float) -> tuple[float, float]:
        """Degrees as units from the upper left corner."""
        return round((lng - self.west) * self.across, 1), round((self.north - lat) * self.down, 1)

    def degrees(self, x: float, y: float) -> tuple[float, float]:
        """Units as degrees (lng, lat)."""
        return round(self.west + x / self.across, 6), round(self.north - y / self.down, 6)

    def has(self, lng: float, lat: float) -> bool:
        """Whether a point lies on the map."""
        x, y = self.place(lng, lat)
        return 0 <= x <= WIDE and 0 <= y <= self.height


def drawn(
    outline: dict | None, houses: list[tuple[float, float, str]], middle: tuple[float, float] | None
) -> Plan | None:
    """The map of an outline and of houses at (lng, lat, name); None when nothing says where it is."""
    edges = [(x, y) for ring in rings(outline or {}) for x, y, *_rest in ring]
    points = edges or [(lng, lat) for lng, lat, _name in houses] or ([middle] if middle else [])
    if not points:
        return None
    west, east = min(x for x, _y in points), max(x for x, _y in points)
    south, north = min(y for _x, y in points), max(y for _x, y in points)
    squeeze = math.cos(math.radians((south + north) / 2))
    wide, high = max(east - west, LEAST / squeeze), max(north - south, LEAST * FLAT)
    wide = max(wide, high / STEEP / squeeze) * (1 + 2 * MARGIN)
    high = max(high * (1 + 2 * MARGIN), wide * squeeze * FLAT)
    left, top = (west + east - wide) / 2, (south + north + high) / 2
    across = WIDE / wide
    down = across / squeeze
    plan = Plan(left, top + PIN / down, across, down, math.ceil(high * down) + PIN, "", ())
    ways = [thinned([plan.place(x, y) for x, y, *_rest in ring]) for ring in rings(outline or {})]
    path = "".join("M" + "L".join(f"{x:g} {y:g}" for x, y in way) + "Z" for way in ways if len(way) > 2)
    spots = tuple(Spot(*plan.place(lng, lat), name) for lng, lat, name in houses)
    return Plan(plan.west, plan.north, plan.across, plan.down, plan.height, path, spots)


def plan_of(place: Place) -> Plan | None:
    """The map of the compound (else the community) that a place stands in; two queries, None when nothing has a position."""
    kinds = ("compound", "community")
    chain = [place, *reversed(list(place.ancestors()))]
    around = next((one for kind in kinds for one in chain if one.kind == kind), place)
    below = ("building",) if around.kind == "compound" else ("compound",)
    inside = Place.objects.current().within(around).filter(kind__in=below, lng__isnull=False, lat__isnull=False)
    houses = [(one.lng, one.lat, str(one)) for one in inside.order_by("pk")[:MOST_HOUSES]]
    middle = (around.lng, around.lat) if around.lng is not None and around.lat is not None else None
    return drawn(around.outline, houses, middle)

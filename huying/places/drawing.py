"""Outlines drawn as SVG paths, without any map service. Pure."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_WIDTH = 640
# Points closer than this, in pixels, are not worth their bytes.
_FINEST = 0.6


@dataclass(frozen=True, slots=True)
class Shape:
    """One outline: its path data, and where its name goes."""

    key: int
    path: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """All outlines on one sheet."""

    width: int
    height: int
    shapes: list[Shape]


def draw(outlines: Iterable[tuple[int, dict, tuple[float, float] | None]]) -> Drawing | None:
    """Draw (key, GeoJSON polygon, lng and lat of the name) side by side, north up; None when there is nothing to draw."""
    outlines = list(outlines)
    points = [point for _key, outline, _at in outlines for ring in rings(outline) for point in ring]
    if not points:
        return None
    west, east = min(x for x, _y in points), max(x for x, _y in points)
    south, north = min(y for _x, y in points), max(y for _x, y in points)
    # A degree of longitude is shorter than one of latitude by the cosine of the latitude.
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = _WIDTH / max((east - west) * squeeze, 1e-6)

    def place(x: float, y: float) -> tuple[float, float]:
        return round((x - west) * squeeze * scale, 1), round((north - y) * scale, 1)

    shapes = []
    for key, outline, at in outlines:
        drawn = [thinned([place(x, y) for x, y in ring]) for ring in rings(outline)]
        path = "".join("M" + "L".join(f"{x:g} {y:g}" for x, y in ring) + "Z" for ring in drawn if len(ring) > 2)
        middle = place(*at) if at else _middle(drawn)
        shapes.append(Shape(key, path, *middle))
    return Drawing(_WIDTH, max(1, math.ceil((north - south) * scale)), shapes)


def rings(outline: dict) -> list[list[Sequence[float]]]:
    """The rings of a GeoJSON Polygon or MultiPolygon; nothing for anything else."""
    coordinates = outline.get("coordinates") or []
    if outline.get("type") == "Polygon":
        return list(coordinates)
    if outline.get("type") == "MultiPolygon":
        return [ring for polygon in coordinates for ring in polygon]
    return []


def thinned(ring: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """A ring without the points that nobody would see."""
    kept = ring[:1]
    for point in ring[1:]:
        if math.dist(point, kept[-1]) >= _FINEST:
            kept.append(point)
    return kept


def _middle(drawn: list[list[tuple[float, float]]]) -> tuple[float, float]:
    largest = max(drawn, key=len)
    return round(sum(x for x, _y in largest) / len(largest), 1), round(sum(y for _x, y in largest) / len(largest), 1)

"""Outlines drawn as SVG paths, without any map service. Pure."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_WIDTH = 640
# Points closer than this, in pixels, are not worth their bytes.
_FINEST = 0.6
# A name of three characters needs so much room, in pixels.
_NAME = (54, 22)


@dataclass(frozen=True, slots=True)
class Shape:
    """One outline: its path data, where its name goes, and whether there is room for one."""

    key: int
    path: str
    x: float
    y: float
    roomy: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """All outlines on one sheet."""

    width: int
    height: int
    shapes: list[Shape]


def draw(outlines: Iterable[tuple[int, dict]]) -> Drawing | None:
    """Draw (key, GeoJSON polygon) side by side, north up, in degrees; None when there is nothing to draw."""
    outlines = list(outlines)
    points = [point for _key, outline in outlines for ring in rings(outline) for point in ring]
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
    for key, outline in outlines:
        drawn = [thinned([place(x, y) for x, y in ring]) for ring in rings(outline)]
        path = "".join("M" + "L".join(f"{x:g} {y:g}" for x, y in ring) + "Z" for ring in drawn if len(ring) > 2)
        x, y, roomy = _room(max(drawn, key=len))
        shapes.append(Shape(key, path, x, y, roomy))
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


def _room(ring: list[tuple[float, float]]) -> tuple[float, float, bool]:
    """The ring's centre of area, and whether a name fits in."""
    area = cx = cy = 0.0
    for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True):
        cross = x1 * y2 - x2 * y1
        area, cx, cy = area + cross, cx + (x1 + x2) * cross, cy + (y1 + y2) * cross
    wide = max(x for x, _y in ring) - min(x for x, _y in ring)
    high = max(y for _x, y in ring) - min(y for _x, y in ring)
    if abs(area) < 1e-9:
        return *ring[0], False
    # 1.6 times the name's own area: an outline is no rectangle.
    roomy = wide > _NAME[0] and high > _NAME[1] and abs(area) / 2 > 1.6 * _NAME[0] * _NAME[1]
    return round(cx / (3 * area), 1), round(cy / (3 * area), 1), roomy

"""Pictures that need no script: a map of the places below, bars and small columns, as plain SVG."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations
from statistics import median

from huying.boards.rules import classes
from huying.places.models import Place

WIDE = 400
# A sign of the labels and a line of them, in the units of the map.
SIGN, LINE = 13.5, 15
# Points nearer to the last one than this are left out: the whole country's outlines are finer than any screen.
FINE = 0.7
SCANS = 28

Ring = list[tuple[float, float]]


@dataclass(frozen=True)
class Shape:
    """An outline in degrees; two are the same when they are of the same place and the same size and beginning."""

    pk: int
    label: str
    size: int
    first: tuple
    rings: list = field(compare=False, repr=False)


@dataclass(frozen=True)
class Area:
    """A place on the map: its path, where its label stands, and whether the label fits in."""

    pk: int
    d: str
    x: float
    y: float
    fits: bool


@dataclass(frozen=True)
class Sheet:
    """One map: its height in units (it is WIDE wide) and its areas."""

    height: float
    areas: tuple[Area, ...]


def rings(outline: dict) -> list[list[list[float]]]:
    """The rings of a GeoJSON Polygon or MultiPolygon, outer and inner alike."""
    if outline["type"] == "Polygon":
        return outline["coordinates"]
    return [ring for polygon in outline["coordinates"] for ring in polygon]


def shape(place: Place) -> Shape:
    """The outline of a place that has one."""
    found = rings(place.outline)
    return Shape(place.pk, str(place), sum(map(len, found)), tuple(found[0][0][:2]), found)


def _box(shapes: Iterable[Shape]) -> tuple[float, float, float, float]:
    points = [point for one in shapes for ring in one.rings for point in ring]
    return (
        min(p[0] for p in points),
        min(p[1] for p in points),
        max(p[0] for p in points),
        max(p[1] for p in points),
    )


def _thin(ring: Ring) -> Ring:
    kept = ring[:1]
    for point in ring[1:-1]:
        if math.dist(kept[-1], point) >= FINE:
            kept.append(point)
    return kept


def _spans(ring: Ring, y: float) -> list[tuple[float, float]]:
    """Where a level line runs inside a ring."""
    crossings = []
    for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
        if (y1 > y) != (y2 > y):
            crossings.append(x1 + (y - y1) * (x2 - x1) / (y2 - y1))
    crossings.sort()
    return list(zip(crossings[::2], crossings[1::2], strict=True))


def _room(ring: Ring) -> tuple[float, float, float]:
    """The widest room for two lines of words inside a ring: (x, y of its middle, its width)."""
    low, high = min(p[1] for p in ring), max(p[1] for p in ring)
    best, middle = (0.0, 0.0, -1.0), (low + high) / 2
    for n in range(1, SCANS):
        y = low + (high - low) * n / SCANS
        for left, right in _spans(ring, y):
            for edge in (y - LINE, y + LINE):
                over = [(a, b) for a, b in _spans(ring, edge) if a < right and b > left]
                left, right = (max(left, over[0][0]), min(right, over[-1][1])) if over else (left, left)
            # Of two that are as wide, the one nearer to the middle.
            width = right - left - abs(y - middle) * 0.15
            if width > best[2]:
                best = ((left + right) / 2, y, width)
    if best[2] <= 0:
        y = middle
        left, right = max(_spans(ring, y), key=lambda span: span[1] - span[0])
        best = ((left + right) / 2, y, 0.0)
    return best


@lru_cache(maxsize=64)
def sheet(shapes: tuple[Shape, ...], box: tuple | None = None) -> Sheet:
    """The shapes drawn WIDE units wide, equirectangular around the middle latitude; `box` cuts out a part (degrees)."""
    west, south, east, north = box or _box(shapes)
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = WIDE / ((east - west) * squeeze)
    areas = []
    for one in shapes:
        drawn = [_thin([((p[0] - west) * squeeze * scale, (north - p[1]) * scale) for p in ring]) for ring in one.rings]
        drawn = [ring for ring in drawn if len(ring) > 2]
        if not drawn:
            continue
        d = "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in ring) + "Z" for ring in drawn)
        x, y, width = _room(max(drawn, key=len))
        areas.append(Area(one.pk, d, round(x, 1), round(y, 1), width >= SIGN * len(one.label)))
    return Sheet(round((north - south) * scale, 1), tuple(areas))


def area_map(rows: list[dict], values: list[int | None], small: int = 1) -> dict | None:
    """A map of rows of {'place', …} by a value each, None where it is small and not told; None when nothing has an outline.

    {'width', 'height', 'areas', 'inset', 'legend'}: each area has its path `d`, label position, `band` 0…4 and row. What is too
    small for its label stands larger in the inset, a map of its own.
    """
    shaped = [(row, value) for row, value in zip(rows, values, strict=True) if row["place"].outline]
    if not shaped:
        return None
    bounds = classes(max((value or 0 for _row, value in shaped), default=0), small)
    by_pk = {row["place"].pk: (row, _band(value, bounds)) for row, value in shaped}
    shapes = tuple(shape(row["place"]) for row, _value in shaped)
    whole = sheet(shapes)
    near = _enlarged(shapes, whole)
    inset = {"width": WIDE, "height": near.height, "areas": _areas(near, by_pk, set())} if near else None
    return {
        "width": WIDE,
        "height": whole.height,
        "areas": _areas(whole, by_pk, {area.pk for area in near.areas} if near else set()),
        "inset": inset,
        "legend": [{"band": 0, "low": 0, "high": 0}]
        + [{"band": n, "low": low, "high": high} for n, (low, high) in enumerate(bounds, 1)],
    }


def _enlarged(shapes: tuple[Shape, ...], whole: Sheet) -> Sheet | None:
    """A map of what is too small for its label on the whole one, or None when nothing is.

    Those farthest out are left out of it until all others have room, as long as their labels meet no other on the whole map.
    """
    at = {area.pk: area for area in whole.areas}
    drawn = [one for one in shapes if one.pk in at]
    cut = [one for one in drawn if not at[one.pk].fits]
    if not cut:
        return None
    middle = [median(at[one.pk].x for one in cut), median(at[one.pk].y for one in cut)]
    cut.sort(key=lambda one: math.dist(middle, (at[one.pk].x, at[one.pk].y)))
    while True:
        near = sheet(tuple(cut), _box(cut))
        last = cut[-1]
        stay = [one for one in drawn if one not in cut]
        if len(cut) == 1 or all(area.fits for area in near.areas) or any(_meet(last, one, at) for one in stay):
            return near
        cut.pop()


def _meet(one: Shape, other: Shape, at: dict[int, Area]) -> bool:
    """Whether two labels overlap."""
    here, there = at[one.pk], at[other.pk]
    beside = abs(here.x - there.x) >= SIGN * (len(one.label) + len(other.label)) / 2
    return not beside and abs(here.y - there.y) < 2 * LINE


def _band(value: int | None, bounds: list[tuple[int, int]]) -> int:
    if value is None:
        return 1
    return next((n for n, (low, high) in enumerate(bounds, 1) if low <= value <= high), 0)


def _areas(drawn: Sheet, by_pk: dict, bare: set[int]) -> list[dict]:
    """The areas for the template; those in `bare` are named in the inset."""
    at = _apart([area for area in drawn.areas if area.pk not in bare], by_pk)
    return [
        {
            "d": one.d,
            "x": round(at.get(one.pk, (one.x, one.y))[0], 1),
            "y": round(at.get(one.pk, (one.x, one.y))[1], 1),
            "row": by_pk[one.pk][0],
            "band": by_pk[one.pk][1],
            "bare": one.pk in bare,
        }
        for one in drawn.areas
    ]


def _apart(areas: list[Area], by_pk: dict) -> dict[int, list[float]]:
    """Where the labels stand when those that overlap were pushed apart, each by half of what they share."""
    at = {area.pk: [area.x, area.y] for area in areas}
    signs = {area.pk: len(str(by_pk[area.pk][0]["place"])) for area in areas}
    for _round in range(4):
        for a, b in combinations(at, 2):
            across = SIGN * (signs[a] + signs[b]) / 2 - abs(at[a][0] - at[b][0])
            down = 2 * LINE - abs(at[a][1] - at[b][1])
            if across > 0 and down > 0:
                axis, shared = (0, across) if across < down else (1, down)
                first, second = (a, b) if at[a][axis] <= at[b][axis] else (b, a)
                at[first][axis] -= shared / 2
                at[second][axis] += shared / 2
    return at


def bar(parts: dict[str, int], most: int) -> list[dict]:
    """The pieces of a bar as percent of the longest one: [{'part', 'x', 'width'}]."""
    at, pieces = 0.0, []
    for part, count in parts.items():
        wide = 100 * count / (most or 1)
        if wide:
            pieces.append({"part": part, "x": round(at, 2), "width": round(wide, 2)})
        at += wide
    return pieces


def columns(pairs: list[tuple[int, int]], most: int) -> dict[str, str]:
    """A small picture, 100 by 30 units: columns of (calls, done) as two paths."""
    step = 100 / max(1, len(pairs))
    wide = step * 0.78
    paths = {"calls": "", "done": ""}
    for n, pair in enumerate(pairs):
        for name, value in zip(paths, pair, strict=True):
            if value:
                high = max(0.6, 30 * value / (most or 1))
                paths[name] += f"M{n * step:.2f} 30v{-high:.2f}h{wide:.2f}v{high:.2f}z"
    return paths

"""Where everything of the wish tree stands. Pure: a leaf's site depends on its number alone; see docs/tree.md.

Units: a leaf is 100 long. The middle of the crown is (0, 0), y grows downwards, angles are degrees clockwise; a leaf of
angle 0 points to the right. The table of sites was grown once by scripts/grow_tree.py and is kept, so that no later change
of the growing moves a leaf that people know.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

TABLE = Path(__file__).parent / "data" / "tree.txt"
# Half of a leaf's length; its outline as a Bézier path, which lies within the hull of its own control points.
HALF = 50
OUTLINE = (
    (-50, 0), (-45, -29), (-18, -38), (6, -33), (25, -29), (38, -11), (50, 0),
    (38, 11), (25, 29), (6, 33), (-18, 38), (-45, 29), (-50, 0),
)  # fmt: skip
# All other shapes that a leaf takes stay within the same hull.
HULL = ((-50, 0), (-45, -29), (-18, -38), (6, -33), (25, -29), (50, 0), (25, 29), (6, 33), (-18, 38), (-45, 29))
STALK = 16

Point = tuple[float, float]


class Site(NamedTuple):
    """Where a leaf sits: the middle of its blade, where it points, and the knot of the branches that its stalk stands on."""

    x: int
    y: int
    angle: int
    knot: int


@dataclass(frozen=True)
class Camera:
    """What is looked at: a part of the tree's plane, with the ground at `ground`."""

    x: float
    y: float
    width: float
    height: float
    ground: float


@dataclass(frozen=True)
class Limb:
    """All pieces of branch that are equally thick: one path."""

    width: float
    d: str


@dataclass(frozen=True)
class Shape:
    """The whole kept table: sites by number, knots as (x, y), the knot below each (-1: the lowest of the trunk)."""

    sites: tuple[Site, ...]
    knots: tuple[tuple[int, int], ...]
    below: tuple[int, ...]


def hull_at(site: Site) -> list[Point]:
    """The convex outline within which the leaf of a site lies, whatever its shape."""
    cos, sin = math.cos(math.radians(site.angle)), math.sin(math.radians(site.angle))
    return [(site.x + x * cos - y * sin, site.y + x * sin + y * cos) for x, y in HULL]


def gap(one: list[Point], other: list[Point]) -> float:
    """How far two convex outlines are apart along the best separating line; negative when no line separates them."""
    best = -math.inf
    for ring, rest in ((one, other), (other, one)):
        for n, (x1, y1) in enumerate(ring):
            x2, y2 = ring[n - 1]
            # The outward normal of a ring that runs clockwise on a plane whose y grows downwards.
            nx, ny = y1 - y2, x2 - x1
            long = math.hypot(nx, ny)
            if long:
                best = max(best, min((x - x1) * nx + (y - y1) * ny for x, y in rest) / long)
    return best


def reach(x: float, y: float) -> float:
    """How large the crown must be to hold a point: the crown is a dome of seven clouds, flat below."""
    u, v = x / 1.12, y / (1.02 if y < 0 else 0.52)
    turn = math.atan2(v, u)
    clouds = 0.93 + 0.11 * abs(math.sin(3.5 * (turn + 0.16 * math.sin(2 * turn + 1)) + 0.5)) ** 0.7
    return math.hypot(u, v) / clouds


@lru_cache(maxsize=1)
def shape() -> Shape:
    """The kept table: a line 'T x y' for each knot of the trunk from below, then for each leaf 'x y angle below x,y …'."""
    sites, knots, below = [], [], []
    for line in TABLE.read_text(encoding="ascii").splitlines():
        words = line.split()
        if words[0] == "T":
            below.append(len(knots) - 1)
            knots.append((int(words[1]), int(words[2])))
            continue
        last = int(words[3])
        for word in words[4:]:
            x, y = word.split(",")
            below.append(last)
            last = len(knots)
            knots.append((int(x), int(y)))
        sites.append(Site(int(words[0]), int(words[1]), int(words[2]), last))
    return Shape(tuple(sites), tuple(knots), tuple(below))


def site_of(slot: int) -> int:
    """The number of the site of a slot: beyond the last site the tree begins anew where its oldest leaves were."""
    return slot % len(shape().sites)


def camera(sites: Iterable[int]) -> Camera:
    """What must be seen of a tree with these sites: it widens with the farthest leaf, and never below a young tree's size."""
    table = shape().sites
    shown = [table[n] for n in sites]
    far = max((reach(site.x, site.y) for site in shown), default=0.0)
    ground = 185 + 0.86 * far
    left = min([site.x for site in shown] + [-150]) - 70
    right = max([site.x for site in shown] + [150]) + 70
    wide = max(-left, right)
    top = min([site.y for site in shown] + [-120]) - 70 - 0.03 * far
    bottom = ground + 60 + 0.09 * far
    return Camera(-wide, top, 2 * wide, bottom - top, ground)


def limbs(sites: Iterable[int], ground: float) -> tuple[list[Limb], float]:
    """The branches that bear these sites, thick to thin, and the width of the trunk at the ground.

    A branch is as thick as the leaves above it want: its section grows a little faster than their number.
    """
    found = shape()
    bears: dict[int, int] = {}
    for n in sites:
        knot = found.sites[n].knot
        bears[knot] = bears.get(knot, 0) + 1
    for knot in range(len(found.knots) - 1, -1, -1):
        count = bears.get(knot)
        if count and found.below[knot] >= 0:
            bears[found.below[knot]] = bears.get(found.below[knot], 0) + count
    knots, pieces = found.knots, {}
    ends = {found.sites[n].knot: found.sites[n] for n in sites}
    for knot, count in bears.items():
        below = found.below[knot]
        if below < 0 or knots[below][1] > ground + 60:
            continue
        level = round(2.6 * math.log(count))
        x, y = knots[knot]
        bx, by = knots[below]
        under = found.below[below]
        if under < 0 or under not in bears:
            start = f"M{bx} {by}"
        else:
            ux, uy = knots[under]
            # From the middle of the piece below round the knot to the middle of this one: branches without a corner.
            start = f"M{(ux + bx) / 2:g} {(uy + by) / 2:g}Q{bx} {by} "
        drawn = f"{start}{(x + bx) / 2:g} {(y + by) / 2:g}" if "Q" in start else f"{start}L{(x + bx) / 2:g} {(y + by) / 2:g}"
        if knot in ends:
            site = ends[knot]
            turn = math.radians(site.angle)
            foot = f"{site.x - HALF * math.cos(turn):.0f} {site.y - HALF * math.sin(turn):.0f}"
            drawn += f"Q{x} {y} {foot}"
        pieces.setdefault(level, []).append(drawn)
    drawn_limbs = [Limb(thick(math.exp(level / 2.6)), "".join(parts)) for level, parts in sorted(pieces.items(), reverse=True)]
    return drawn_limbs, thick(sum(1 for _ in sites)) if bears else 0.0


def thick(leaves: float) -> float:
    """How thick a branch with so many leaves above it is."""
    return round(3.2 + 2.6 * leaves**0.62, 1)

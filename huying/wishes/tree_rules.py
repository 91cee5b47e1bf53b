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
# Branches come in so many widths for each e-fold of leaves.
LEVELS = 2.6

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
    """The whole kept table: sites by number, knots as (x, y), the knot below each (-1: the lowest of the trunk).

    The first `trunk` knots are the trunk's, from below.
    """

    sites: tuple[Site, ...]
    knots: tuple[tuple[int, int], ...]
    below: tuple[int, ...]
    trunk: int


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
    sites, knots, below, trunk = [], [], [], 0
    for line in TABLE.read_text(encoding="ascii").splitlines():
        words = line.split()
        if words[0] == "T":
            below.append(len(knots) - 1)
            knots.append((int(words[1]), int(words[2])))
            trunk += 1
            continue
        last = int(words[3])
        for word in words[4:]:
            x, y = word.split(",")
            below.append(last)
            last = len(knots)
            knots.append((int(x), int(y)))
        sites.append(Site(int(words[0]), int(words[1]), int(words[2]), last))
    return Shape(tuple(sites), tuple(knots), tuple(below), trunk)


def site_of(slot: int) -> int:
    """The number of the site of a slot: beyond the last site the tree begins anew where its oldest leaves were."""
    return slot % len(shape().sites)


def camera(sites: Iterable[int]) -> Camera:
    """What must be seen of a tree with these sites: it widens with the farthest leaf, and never below a young tree's size."""
    table = shape().sites
    shown = [table[n] for n in sites]
    far = max((reach(site.x, site.y) for site in shown), default=0.0)
    ground = 120 + 0.87 * far
    left = min([site.x for site in shown] + [-110]) - 58
    right = max([site.x for site in shown] + [110]) + 58
    wide = max(-left, right)
    top = min([site.y for site in shown] + [-90]) - 60 - 0.03 * far
    bottom = ground + 26 + 0.09 * far
    return Camera(-wide, top, 2 * wide, bottom - top, ground)


def limbs(numbers: Iterable[int], ground: float) -> tuple[list[Limb], float]:
    """The branches that bear these sites, thick to thin, and the width of the trunk at the ground.

    A branch is as thick as the leaves above it want: its section grows a little faster than their number.
    """
    found = shape()
    ends = {found.sites[n].knot: found.sites[n] for n in numbers}
    bears = dict.fromkeys(ends, 1)
    # Twigs came after what they stand on, so from the last knot to the first all leaves above are known.
    for knot in range(len(found.knots) - 1, 0, -1):
        if knot in bears:
            below = found.below[knot]
            bears[below] = bears.get(below, 0) + bears[knot]
    strokes: dict[int, _Stroke] = {}
    for knot in sorted(bears):
        below = found.below[knot]
        if below < 0 or found.knots[below][1] > ground + 60:
            continue
        stroke = strokes.setdefault(round(LEVELS * math.log(bears[knot])), _Stroke())
        # From the middle of the piece below, round its knot, to the middle of this piece: a branch without a corner.
        under = found.below[below]
        here, root = found.knots[knot], found.knots[below]
        if under < 0 or found.knots[under][1] > ground + 60:
            stroke.line(root, _between(root, here))
        else:
            stroke.curve(_between(found.knots[under], root), root, _between(root, here))
        if knot in ends:
            site = ends[knot]
            turn = math.radians(site.angle)
            foot = (round(site.x - HALF * math.cos(turn)), round(site.y - HALF * math.sin(turn)))
            stroke.curve(_between(root, here), here, foot)
    pieces = [Limb(thick(math.exp(level / LEVELS)), strokes[level].d) for level in sorted(strokes, reverse=True)]
    return pieces, thick(len(ends)) if ends else 0.0


class _Stroke:
    """A path that is written piece by piece; one that begins where the last ended goes on with it."""

    def __init__(self):
        self.parts: list[str] = []
        self.at: tuple[int, int] | None = None

    @property
    def d(self) -> str:
        """The path as written so far."""
        return "".join(self.parts)

    def line(self, start, end) -> None:
        """A straight piece."""
        self._begin(start)
        self.parts.append(f"l{_pairs(start, end)}")
        self.at = end

    def curve(self, start, bend, end) -> None:
        """A curved piece."""
        self._begin(start)
        self.parts.append(f"q{_pairs(start, bend, end)}")
        self.at = end

    def _begin(self, start) -> None:
        if self.at != start:
            self.parts.append(f"M{start[0]} {start[1]}")


def _pairs(start, *points) -> str:
    """Points from a start, written as short as SVG allows."""
    text = ""
    for x, y in points:
        for number in (x - start[0], y - start[1]):
            text += f"{number}" if number < 0 or not text else f" {number}"
    return text


def _between(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return (one[0] + other[0]) // 2, (one[1] + other[1]) // 2


def trunk_at(height: float) -> float:
    """Where the trunk stands at a height below the crown."""
    found = shape()
    return min(found.knots[: found.trunk], key=lambda knot: abs(knot[1] - height))[0]


def thick(leaves: float) -> float:
    """How thick a branch with so many leaves above it is."""
    return round(3.2 + 2.6 * leaves**0.62, 1)

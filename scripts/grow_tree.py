"""Grow the table of the wish tree's sites: `python -m scripts.grow_tree [--leaves N]`; see docs/tree.md.

Leaf after leaf takes the place nearest to the middle of the crown where its outline meets no other; then a twig grows to
it from where the way is short, both from the twig's foot and from the foot to the ground, and leaves its foot in the
direction in which the branch grows there. So the tree of N leaves is the beginning of the tree of N + 1.
"""

import argparse
import bisect
import math
import random
from collections import defaultdict

from tqdm import tqdm

from huying.wishes.tree_rules import HALF, STALK, TABLE, Site, gap, hull_at, reach

SEED = 20210623
LEAVES = 2400
CELL = 110
GAP = 3.0
# How much the way along the branches counts beside the way to them.
THRIFT = 0.42
STEP = 26
DEEPEST = 3600


class Tree:
    """What has grown so far."""

    def __init__(self, seed: int = SEED):
        self.random = random.Random(seed)
        self.sites: list[Site] = []
        self.cells: dict[tuple[int, int], list[int]] = defaultdict(list)
        self.hulls: list[list] = []
        self.lines: list[str] = []
        self.knots: list[tuple[int, int]] = []
        self.way: list[float] = []
        self.towards: list[tuple[float, float]] = []
        self.near: dict[tuple[int, int], list[int]] = defaultdict(list)
        self.size = 60.0
        self.waiting: list[tuple[float, float, float]] = []
        self.full = 0.0
        self._trunk()

    def _trunk(self) -> None:
        for y in range(DEEPEST, 50, -STEP):
            # It sways, and less so where it is thin.
            x = round(0.012 * y * math.sin(y / 420 + 0.4) + 9 * math.sin(y / 90))
            self._knot(x, y, len(self.knots) - 1)
            self.lines.append(f"T {x} {y}")

    def _knot(self, x: int, y: int, below: int) -> int:
        if below >= 0:
            bx, by = self.knots[below]
            long = math.dist((x, y), (bx, by)) or 1
            self.way.append(self.way[below] + long)
            self.towards.append(((x - bx) / long, (y - by) / long))
        else:
            self.way.append(0.0)
            self.towards.append((0.0, -1.0))
        self.knots.append((x, y))
        self.near[x // CELL, y // CELL].append(len(self.knots) - 1)
        return len(self.knots) - 1

    # --- sites ---

    def grow(self) -> None:
        """One leaf more."""
        site = self._site()
        number = len(self.sites)
        self.sites.append(site)
        self.hulls.append(hull_at(site))
        self.cells[site.x // CELL, site.y // CELL].append(number)
        self._twig(site)

    def _site(self) -> Site:
        while True:
            while self.waiting:
                _far, x, y = self.waiting.pop(0)
                if self._blocked(x, y):
                    continue
                for turn in (0, 28, -28, 50, -50, *((85, -85) if len(self.sites) > 60 else ())):
                    site = Site(round(x), round(y), self._angle(x, y, turn), 0)
                    if self._fits(site):
                        return site
            self._look()

    def _look(self) -> None:
        """New places to try, in a ring that widens when the one before is full."""
        inner, self.full = self.full, self.full + 26
        outer = self.full
        tries = int(700 + 9 * outer)
        for _ in range(tries):
            turn = self.random.random() * math.tau
            far = math.sqrt(inner**2 + self.random.random() * (outer**2 - inner**2))
            x, y = far * math.cos(turn) * 1.12, far * math.sin(turn)
            y *= 1.02 if y < 0 else 0.52
            # The lobes are part of the measure, so the point moves out or in to where it is `far` by it.
            own = reach(x, y) or 1
            x, y = x * far / own, y * far / own
            if not self._bare(x, y):
                bisect.insort(self.waiting, (far + self.random.random() * 14, x, y))

    @staticmethod
    def _bare(x: float, y: float) -> bool:
        """Around the trunk the crown is open from below, and the limbs are seen."""
        if y > 25 and abs(x) < 52 + 0.34 * y:
            return True
        # Here and there the sky is seen through an old crown.
        near = math.sin(x / 150 + 1.2 * math.sin(y / 210)) * math.sin(y / 125 + 1.1 * math.sin(x / 240) + 0.7)
        return near > 0.8 and math.hypot(x, 2 * max(y, 0) + min(y, 0)) > 300

    def _blocked(self, x: float, y: float) -> bool:
        return any(math.dist((x, y), self.sites[n][:2]) < 62 for n in self._around(x, y))

    def _around(self, x: float, y: float):
        cx, cy = round(x) // CELL, round(y) // CELL
        for i in (-1, 0, 1):
            for j in (-1, 0, 1):
                yield from self.cells.get((cx + i, cy + j), ())

    def _angle(self, x: float, y: float, turn: float) -> int:
        """Outwards from the trunk and a little to the light, each leaf a little otherwise."""
        away = math.degrees(math.atan2(y - 160 - 0.35 * abs(y), x * 1.1))
        if not self.sites:
            away = -68
        return round(away + turn + self.random.uniform(-16, 16)) % 360

    def _fits(self, site: Site) -> bool:
        hull = hull_at(site)
        return all(
            math.dist(site[:2], self.sites[n][:2]) > 2 * HALF + GAP or gap(hull, self.hulls[n]) >= GAP
            for n in self._around(site.x, site.y)
        )

    # --- twigs ---

    def _twig(self, site: Site) -> None:
        turn = math.radians(site.angle)
        foot = (site.x - (HALF + STALK) * math.cos(turn), site.y - (HALF + STALK) * math.sin(turn))
        start = min(self._knots_around(foot), key=lambda n: self._cost(n, foot, (math.cos(turn), math.sin(turn))))
        sx, sy = self.knots[start]
        long = math.dist((sx, sy), foot)
        dx, dy = self.towards[start]
        bend = (sx + dx * long * 0.5, sy + dy * long * 0.5)
        last, words = start, []
        pieces = max(1, round(long / STEP))
        for n in range(1, pieces + 1):
            t = n / pieces
            x = (1 - t) ** 2 * sx + 2 * t * (1 - t) * bend[0] + t * t * foot[0]
            y = (1 - t) ** 2 * sy + 2 * t * (1 - t) * bend[1] + t * t * foot[1]
            last = self._knot(round(x), round(y), last)
            words.append(f"{round(x)},{round(y)}")
        self.lines.append(" ".join([f"{site.x} {site.y} {site.angle} {start}", *words]))

    def _knots_around(self, foot):
        cx, cy = round(foot[0]) // CELL, round(foot[1]) // CELL
        wide = 3
        found: list[int] = []
        while not found:
            found = [
                n
                for i in range(-wide, wide + 1)
                for j in range(-wide, wide + 1)
                for n in self.near.get((cx + i, cy + j), ())
            ]
            wide += 3
        return found

    def _cost(self, knot: int, foot, points) -> float:
        x, y = self.knots[knot]
        long = math.dist((x, y), foot)
        dx, dy = self.towards[knot]
        # Twigs leave a branch forwards, hardly ever backwards.
        back = 1 - ((foot[0] - x) * dx + (foot[1] - y) * dy) / (long or 1)
        # Nor does a leaf look back to where its twig comes from.
        turned = 1 - ((foot[0] - x) * points[0] + (foot[1] - y) * points[1]) / (long or 1)
        return long * (1 + 0.45 * back + 0.4 * turned) + THRIFT * self.way[knot]


def grow(leaves: int, seed: int = SEED, progress=lambda them: them) -> list[str]:
    """The lines of the table for so many leaves."""
    tree = Tree(seed)
    for _ in progress(range(leaves)):
        tree.grow()
    return tree.lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leaves", type=int, default=LEAVES)
    given = parser.parse_args()
    lines = grow(given.leaves, progress=lambda them: tqdm(them, desc="leaves", disable=None))
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text("\n".join(lines) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()

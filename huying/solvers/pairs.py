"""Who may stand at which post, and at what effort: the hard rules and the cost as columns, and the pairs near each other."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from huying.solvers.flow import COST_LIMIT, Edges

# Candidates looked at in one go; some 40 bytes each.
CHUNK = 2_000_000


@dataclass(frozen=True)
class Weights:
    """What the cost is made of, in metres of walking that it is worth; all ≥ 0. together: to spare two friends from being parted."""

    load_per_hour: int = 50
    load_at_most: int = 5000
    helps: int = 1000
    wish: int = 1500
    second: int = 3000
    together: int = 1000

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not 0 <= value <= COST_LIMIT // 10:
                raise ValueError(f"the weight of {name} is outside of 0 to {COST_LIMIT // 10:,}: {value}")


# What a column holds, and what stands for 'no limit'.
KINDS = {
    "skills": (np.uint64, 0), "helps": (np.uint64, 0), "body": (np.uint64, 0), "avoids": (np.uint64, 0), "age": (np.int16, -1),
    "load": (np.int64, 0), "free": (np.uint64, np.iinfo(np.uint64).max), "window": (np.uint64, 0), "min_age": (np.int16, 0),
    "max_age": (np.int16, 999), "reach": (np.float64, np.inf),
}  # fmt: skip


class _Columns:
    """Columns of one length; those not given hold what excludes nobody."""

    def __post_init__(self) -> None:
        for name, given in list(vars(self).items()):
            kind, empty = KINDS.get(name, (np.float64, 0))
            column = np.full(len(self.x), empty, kind) if given is None else np.asarray(given)
            if column.dtype.kind == "f" and np.isnan(column).any():
                raise ValueError(f"{name} of number {int(np.argmax(np.isnan(column)))} is not a number")
            if len(column) != len(self.x):
                raise ValueError(f"{name} has {len(column)} entries, x has {len(self.x)}")
            object.__setattr__(self, name, column.astype(kind, copy=False))
        if not (np.isfinite(self.x).all() and np.isfinite(self.y).all()):
            raise ValueError("a place lies nowhere: x or y is infinite")

    def __len__(self) -> int:
        return len(self.x)


@dataclass(frozen=True)
class People(_Columns):
    """People by position: metres on a plane, bits of skills and of what they cannot do, age (-1 unknown), minutes served of late, bits of free time."""

    x: np.ndarray
    y: np.ndarray
    skills: np.ndarray | None = None
    avoids: np.ndarray | None = None
    age: np.ndarray | None = None
    load: np.ndarray | None = None
    free: np.ndarray | None = None


@dataclass(frozen=True)
class Posts(_Columns):
    """Posts by position: metres, bits of skills needed and of skills that help, of what the body must bear, ages, metres that people may live away, bits of its hours."""

    x: np.ndarray
    y: np.ndarray
    skills: np.ndarray | None = None
    helps: np.ndarray | None = None
    body: np.ndarray | None = None
    min_age: np.ndarray | None = None
    max_age: np.ndarray | None = None
    reach: np.ndarray | None = None
    window: np.ndarray | None = None


def refused(people: People, who, posts: Posts, at) -> Iterator[tuple[str, np.ndarray]]:
    """Rule after rule with the mask of pairs (who, at) that it excludes. An unknown age passes no limit of age."""
    yield "time", (people.free[who] & posts.window[at]) != posts.window[at]
    yield "skill", (people.skills[who] & posts.skills[at]) != posts.skills[at]
    yield "body", (people.avoids[who] & posts.body[at]) != 0
    age, least, most = people.age[who], posts.min_age[at], posts.max_age[at]
    yield "age", ((age < least) | (age > most)) & ((least > 0) | (most < 999))
    yield "far", distance(people, who, posts, at) > posts.reach[at]


def distance(people: People, who, posts: Posts, at) -> np.ndarray:
    """Metres between each of the pairs."""
    return np.hypot(people.x[who] - posts.x[at], people.y[who] - posts.y[at])


def effort(people: People, who, posts: Posts, at, weights: Weights, wished) -> np.ndarray:
    """Cost of each pair in whole metres: the way, recent hours, no skill that helps, no wish for it. Never below 0."""
    load = np.minimum(people.load[who] * weights.load_per_hour // 60, weights.load_at_most)
    unhelpful = (posts.helps[at] != 0) & ((people.skills[who] & posts.helps[at]) == 0)
    way = np.minimum(np.rint(distance(people, who, posts, at)), COST_LIMIT // 2).astype(np.int64)
    return way + load + unhelpful * weights.helps + ~np.asarray(wished, bool) * weights.wish


def feasible_pairs(people: People, posts: Posts, weights: Weights = Weights()) -> Edges:
    """All pairs that the rules allow, grouped by post, with their cost; people are found through a grid as wide as the reach.

    For whole districts in which all said yes. Who said yes to what is the caller's: `Edges.only`, or `assign` for one call-out.
    """
    near: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    for who, at in _candidates(people, posts):
        keep = np.ones(len(who), bool)
        for _, out in refused(people, who, posts, at):
            keep &= ~out
        who, at = who[keep], at[keep]
        near.append((who.astype(np.int32), at.astype(np.int32), effort(people, who, posts, at, weights, True)))
    if not near:
        return Edges.of([], [], [], len(people), len(posts))
    person, post, cost = (np.concatenate(column) for column in zip(*near, strict=True))
    return Edges.of(person, post, cost, len(people), len(posts))


def _candidates(people: People, posts: Posts) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pairs in cells that touch the square around a post, post after post, in chunks."""
    if not len(people) or not len(posts):
        return
    left, low = people.x.min(), people.y.min()
    wide = max(np.ptp(people.x), np.ptp(people.y), 1.0)
    finite = posts.reach[np.isfinite(posts.reach)]
    cell = max(float(np.median(finite)) / 2 if len(finite) else wide, wide / 1000, 1.0)
    side = int(wide // cell) + 1
    column = ((people.x - left) // cell).astype(np.int64)
    row = ((people.y - low) // cell).astype(np.int64)
    number = row * side + column
    order = np.argsort(number, kind="stable")
    starts = np.searchsorted(number[order], np.arange(side * side + 1))
    reach = np.minimum(posts.reach, 4 * wide + np.abs(posts.x - left) + np.abs(posts.y - low))
    first, last = (np.floor((posts.x + sign * reach - left) / cell).astype(np.int64) for sign in (-1, 1))
    bottom, top = (np.floor((posts.y + sign * reach - low) / cell).astype(np.int64) for sign in (-1, 1))
    first, last, bottom, top = np.maximum(first, 0), np.minimum(last, side - 1), np.maximum(bottom, 0), np.minimum(top, side - 1)  # fmt: skip
    rows = np.where(first <= last, np.maximum(top - bottom + 1, 0), 0)
    at = np.repeat(np.arange(len(posts)), rows)
    line = bottom[at] + np.arange(len(at)) - np.repeat(np.cumsum(rows) - rows, rows)
    begin, end = starts[line * side + first[at]], starts[line * side + last[at] + 1]
    count = end - begin
    cuts = np.searchsorted(np.cumsum(count), np.arange(CHUNK, int(count.sum()) + CHUNK, CHUNK)) + 1
    for piece in np.split(np.arange(len(at)), np.unique(cuts[cuts < len(at)])):
        many = count[piece]
        inner = np.arange(int(many.sum())) - np.repeat(np.cumsum(many) - many, many)
        yield order[np.repeat(begin[piece], many) + inner], np.repeat(at[piece], many)

"""People and posts of one call-out laid out as columns, and each rule as a mask over all people."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from huying.solvers import pairs
from huying.solvers.flow import Edges

if TYPE_CHECKING:
    from huying.solvers.assignment import Person, Post

MOST = 50
RULES = ("yes", "forbidden", "time", "busy", "hours", "skill", "body", "age", "far")


def overlapping(one: "Post", other: "Post") -> bool:
    """Whether nobody can take both, each with the rest after it."""
    return one.starts < other.ends + other.rest and other.starts < one.ends + one.rest


def bits(rows: list[frozenset[str]], codes: dict[str, int]) -> np.ndarray:
    """Sets of codes as bits; codes that no post asks for do not count."""
    return np.array([sum(1 << codes[code] for code in row if code in codes) for row in rows], np.uint64)


def numbered(rows: Iterable[frozenset[str]]) -> dict[str, int]:
    """A bit for each code; ValueError beyond 63."""
    codes = sorted({code for row in rows for code in row})
    if len(codes) > 63:
        raise ValueError(f"the posts name {len(codes)} different codes, 63 can be told apart")
    return {code: number for number, code in enumerate(codes)}


class Table:
    """The columns. people and posts keep an order of their own: posts by id, people shuffled by the seed."""

    def __init__(
        self, people: Iterable["Person"], posts: Iterable["Post"], weights: pairs.Weights, forbidden, seed: int
    ):
        self.posts = sorted(posts, key=lambda post: post.id)
        ranged = sorted(people, key=lambda person: person.id)
        self.people = [ranged[n] for n in np.random.default_rng(seed).permutation(len(ranged))]
        self.at = {person.id: n for n, person in enumerate(self.people)}
        self.post_at = {post.id: n for n, post in enumerate(self.posts)}
        self.weights = weights
        self._check()
        self.capacity = np.array([min(post.capacity, len(self.people)) for post in self.posts], np.int64)
        self.minutes = [post.ends - post.starts for post in self.posts]
        skills, body = numbered(p.skills | p.helps for p in self.posts), numbered(p.body for p in self.posts)
        self.who = pairs.People(
            np.array([p.x for p in self.people]), np.array([p.y for p in self.people]),
            skills=bits([p.skills for p in self.people], skills), avoids=bits([p.avoids for p in self.people], body),
            age=np.array([-1 if p.age is None else p.age for p in self.people], np.int16),
            load=np.array([p.load_minutes for p in self.people], np.int64),
        )  # fmt: skip
        self.where = pairs.Posts(
            np.array([p.x for p in self.posts]), np.array([p.y for p in self.posts]),
            skills=bits([p.skills for p in self.posts], skills), helps=bits([p.helps for p in self.posts], skills),
            body=bits([p.body for p in self.posts], body),
            min_age=np.array([p.min_age or 0 for p in self.posts], np.int16),
            max_age=np.array([999 if p.max_age is None else p.max_age for p in self.posts], np.int16),
            reach=np.array([np.inf if p.reach is None else p.reach for p in self.posts]),
        )  # fmt: skip
        self.any_post = np.array([p.any_post for p in self.people], bool)
        self.left = np.array([np.inf if p.minutes_left is None else p.minutes_left for p in self.people])
        self.said, self.wished, self.out = {}, {}, {}
        for n, person in enumerate(self.people):
            for given, into in ((person.yes, self.said), (person.wishes, self.wished)):
                for post in given:
                    into.setdefault(post, []).append(n)
        for one, post in forbidden:
            if one in self.at:
                self.out.setdefault(post, []).append(self.at[one])
        self.always = np.array([p.free is None for p in self.people], bool)
        self.free = self._times([p.free or () for p in self.people])
        self.busy = self._times([p.busy for p in self.people])
        self._in_time: dict[tuple[int, int], tuple[np.ndarray, np.ndarray]] = {}
        self.block = self._blocks()
        self.masks = [self._masks(q) for q in range(len(self.posts))]
        self.fits = [~np.logical_or.reduce([mask for _, mask in masks]) for masks in self.masks]
        self.costs = [self._efforts(q) for q in range(len(self.posts))]
        self.most = self._most()

    def _check(self) -> None:
        """ValueError in words for what cannot be."""
        if len(self.at) != len(self.people) or len(self.post_at) != len(self.posts):
            raise ValueError("a person or a post is given twice")
        for kind, rows in (("person", self.people), ("post", self.posts)):
            for row in rows:
                if not (np.isfinite(row.x) and np.isfinite(row.y) and max(abs(row.x), abs(row.y)) < 1e8):
                    raise ValueError(f"the place of {kind} {row.id} is not a number of metres")
        for person in self.people:
            if person.load_minutes < 0 or not 1 <= person.most <= MOST:
                raise ValueError(f"person {person.id}: load below 0, or most outside of 1 to {MOST}")
            if person.age is not None and not 0 <= person.age <= 150:
                raise ValueError(f"person {person.id}: an age of {person.age}")
        for post in self.posts:
            if not 0 <= post.capacity <= 1e9 or post.capacity != int(post.capacity):
                raise ValueError(f"post {post.id}: {post.capacity} places")
            if post.ends <= post.starts or post.rest < 0:
                raise ValueError(f"post {post.id} ends before it starts, or rests less than nothing")
            if post.reach is not None and not post.reach >= 0:
                raise ValueError(f"post {post.id}: a reach of {post.reach}")

    @staticmethod
    def _times(rows) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        flat = [(n, a, b) for n, row in enumerate(rows) for a, b in row]
        person, start, end = np.array(flat, np.int64).reshape(-1, 3).T
        return person, start, end

    def _blocks(self) -> np.ndarray:
        """A number for each post: posts whose times touch, directly or through others, share one, and a person takes one of them."""
        block = np.zeros(len(self.posts), np.int64)
        number, until = -1, -np.inf
        for q in sorted(range(len(self.posts)), key=lambda q: self.posts[q].starts):
            post = self.posts[q]
            if post.starts >= until:
                number += 1
            block[q] = max(number, 0)
            until = max(until, post.ends + post.rest)
        return block

    def _masks(self, q: int) -> list[tuple[str, np.ndarray]]:
        """Rule after rule with the mask of people that it keeps from the post."""
        post, count = self.posts[q], len(self.people)
        silent = ~self.any_post
        silent[self.said.get(post.id, [])] = False
        banned = np.zeros(count, bool)
        banned[self.out.get(post.id, [])] = True
        late, busy = self._clock(post)
        rules = dict(pairs.refused(self.who, slice(None), self.where, q))
        rules |= {"yes": silent, "forbidden": banned, "time": late, "busy": busy, "hours": self.left < self.minutes[q]}
        return [(code, rules[code]) for code in RULES]

    def _clock(self, post: "Post") -> tuple[np.ndarray, np.ndarray]:
        """Who cannot come at that time, and who stands elsewhere then; kept for posts at the same time."""
        key = (post.starts, post.ends, post.rest)
        if key not in self._in_time:
            can = self.always.copy()
            person, start, end = self.free
            can[person[(start <= post.starts) & (post.ends <= end)]] = True
            busy = np.zeros(len(self.people), bool)
            person, start, end = self.busy
            busy[person[(start < post.ends + post.rest) & (post.starts < end)]] = True
            self._in_time[key] = (~can, busy)
        return self._in_time[key]

    def _efforts(self, q: int) -> np.ndarray:
        wished = np.zeros(len(self.people), bool)
        wished[self.wished.get(self.posts[q].id, [])] = True
        return pairs.effort(self.who, slice(None), self.where, q, self.weights, wished)

    def _most(self) -> np.ndarray:
        """Shifts at most: no more than the longest that a person could get would still leave within their minutes."""
        most = np.array([person.most for person in self.people], np.int64)
        for n in np.flatnonzero((most > 1) & np.isfinite(self.left)):
            longest: dict[int, int] = {}
            for q in range(len(self.posts)):
                if self.fits[q][n]:
                    longest[self.block[q]] = max(longest.get(self.block[q], 0), self.minutes[q])
            total = np.cumsum(sorted(longest.values(), reverse=True))
            most[n] = min(most[n], max(1, int((total <= self.left[n]).sum())))
        return most

    def edges(self, locked: np.ndarray) -> Edges:
        """Feasible pairs, without what the locked pairs take: the person's block of time, all of one whose shifts are given."""
        given = np.bincount(locked[:, 0], minlength=len(self.people))
        done = (given > 0) & (given >= self.most)
        blocks = {(i, int(self.block[q])) for i, q in locked.tolist()}
        person, post, cost = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for q in range(len(self.posts)):
            fit = self.fits[q] & ~done
            fit[[i for i, block in blocks if block == self.block[q]]] = False
            who = np.flatnonzero(fit)
            person.append(who)
            post.append(np.full(len(who), q))
            cost.append(self.costs[q][who])
        return Edges.of(
            np.concatenate(person), np.concatenate(post), np.concatenate(cost), len(self.people), len(self.posts)
        )

    def code(self, i: int, q: int) -> str:
        """The first rule that keeps a person from a post, or nothing."""
        return next((code for code, mask in self.masks[q] if mask[i]), "")

    def why(self, q: int, here: list[int]) -> tuple[str, dict[str, int]]:
        """The rule after which nobody is left for a post, and how many each rule keeps away; `here` stand there already."""
        remain = np.ones(len(self.people), bool)
        remain[here] = False
        counts: dict[str, int] = {}
        why = "" if remain.any() else "all_here" if len(self.people) else "nobody"
        for code, mask in self.masks[q]:
            out = int((remain & mask).sum())
            if out:
                counts[code] = out
            remain &= ~mask
            if not why and not remain.any():
                why = code
        if remain.any():
            counts["elsewhere"] = int(remain.sum())
        return why or "elsewhere", counts

    def effort(self, i: int, q: int) -> int:
        """What one pair counts for."""
        return int(self.costs[q][i])

    def distance(self, i: int, q: int) -> int:
        """Metres of one pair."""
        return round(float(np.hypot(self.who.x[i] - self.where.x[q], self.who.y[i] - self.where.y[q])))

    def next_best(self, taken: list[tuple[int, int]]) -> dict[tuple[int, int], int]:
        """The least effort of another post for each placed person, missing where none fits."""
        people = sorted({i for i, _ in taken})
        if not people:
            return {}
        held: dict[int, set[int]] = {}
        for i, q in taken:
            held.setdefault(i, set()).add(q)
        cost = np.array([np.where(self.fits[q][people], self.costs[q][people], -1) for q in range(len(self.posts))])
        column = {i: n for n, i in enumerate(people)}
        least = {}
        for i in people:
            values = cost[:, column[i]].copy()
            values[list(held[i])] = -1
            if (values >= 0).any():
                for q in held[i]:
                    least[i, q] = int(values[values >= 0].min())
        return least

"""The numbers of one assignment: the flow with what is fixed, and the search that keeps companions together."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from huying.solvers import flow
from huying.solvers.flow import Edges

# Solves that the search for companions may take; a number and not a time, so that the same input gives the same plan.
TRIES = 300
POSTS_TRIED = 3


@dataclass(frozen=True)
class Answer:
    """Chosen edges by position, places left empty, cost with what parted companions and further shifts add, and a bound.

    forced: edges that had to be taken; out: people who had to stay at home. price, dear: as in `flow.prices`.
    """

    chosen: np.ndarray
    forced: tuple[int, ...]
    empty: int
    cost: int
    bound: int
    price: np.ndarray | None = None
    dear: int = 0
    out: frozenset[int] = frozenset()

    @property
    def key(self) -> tuple[int, int]:
        """Less is better: first filled places, then the effort."""
        return self.empty, self.cost


@dataclass
class Model:
    """Edges and places without the locked pairs; most: further shifts a person may take; pairs: companions by position."""

    edges: Edges
    room: np.ndarray
    most: np.ndarray
    block: np.ndarray
    locked: np.ndarray
    pairs: list[tuple[int, int]]
    second: int
    together: int
    base: Answer = field(init=False)

    def __post_init__(self) -> None:
        self.most = np.maximum(self.most, 0)
        self.held = np.bincount(self.locked[:, 0], minlength=self.edges.people)
        able = np.unique(self.edges.person)
        self.often = bool((self.most[able] + self.held[able] > 1).any())
        self.room = flow.capped(self.edges, self.room)
        friends = np.zeros(self.edges.people, bool)
        friends[[i for pair in self.pairs for i in pair]] = True
        self.mine: dict[int, dict[int, int]] = {}
        for number in np.flatnonzero(friends[self.edges.person]).tolist():
            self.mine.setdefault(int(self.edges.person[number]), {})[int(self.edges.post[number])] = number

    def solve(
        self,
        go_on: Callable[..., bool] = lambda *_: True,
        forced: tuple[int, ...] = (),
        out: frozenset[int] = frozenset(),
    ) -> Answer:
        """The best plan that takes the forced edges without those who are out; with no time for it, one made at once."""
        edges, room, held, most = self.edges, self.room, self.held, self.most
        must = np.array(forced, np.int64)
        gone = most[edges.person] <= 0
        if out:
            gone |= np.isin(edges.person, list(out))
        if forced:
            count = np.bincount(edges.person[must], minlength=edges.people)
            room = room - np.bincount(edges.post[must], minlength=edges.posts)
            held, most = held + count, most - count
            gone |= most[edges.person] <= 0
            for n in forced:
                gone |= (edges.person == edges.person[n]) & (self.block[edges.post] == self.block[edges.post[n]])
        where = np.flatnonzero(~gone)
        part = edges.only(where)
        room = flow.capped(part, room)
        price, dear, least = None, 0, None
        if not go_on():
            quick = flow.at_once(part, room)
            chosen, least = quick.chosen, quick.bound
        elif self.often:
            # Prices are asked of the first plan only, and only where companions need them.
            dear = flow.big(part, self.second * int(self.most.max())) if self.pairs and not (forced or out) else 0
            chosen, price = flow.often(part, room, most, held, self.block, self.second, dear)
        else:
            best = flow.place(part, room, go_on=go_on)
            chosen, price, least, dear = best.chosen, best.price, best.bound, best.dear
        chosen = np.concatenate([where[chosen], must])
        cost = self.cost(chosen)
        if least is None:
            least = cost - self.parted(chosen) * self.together
        empty = int(self.room.sum()) - len(chosen)
        return Answer(chosen, forced, empty, cost, min(cost, least), price, dear, out)

    def cost(self, chosen: np.ndarray) -> int:
        """Effort, further shifts and parted companions; the effort of locked pairs is not in it."""
        count = self.held + np.bincount(self.edges.person[chosen], minlength=self.edges.people)
        return (
            int(self.edges.cost[chosen].sum()) + flow.further(count, self.second) + self.parted(chosen) * self.together
        )

    def posts_of(self, chosen: np.ndarray) -> dict[int, set[int]]:
        """The posts of each companion, those of locked pairs too."""
        found: dict[int, set[int]] = {i: set() for pair in self.pairs for i in pair}
        for i, q in self.locked.tolist():
            if i in found:
                found[i].add(q)
        for i, q in zip(self.edges.person[chosen].tolist(), self.edges.post[chosen].tolist(), strict=True):
            if i in found:
                found[i].add(q)
        return found

    def parted(self, chosen: np.ndarray) -> int:
        """Pairs of whom somebody is placed, but not both at one post."""
        at = self.posts_of(chosen)
        return sum(bool(at[a] | at[b]) and not at[a] & at[b] for a, b in self.pairs)

    def are_together(self, answer: Answer, a: int, b: int) -> bool:
        """Whether two companions stand at one post."""
        at = self.posts_of(answer.chosen)
        return bool(at[a] & at[b])

    def taken(self, answer: Answer) -> list[tuple[int, int]]:
        """All pairs (person, post) of a plan by position."""
        edges = self.edges
        pairs = zip(edges.person[answer.chosen].tolist(), edges.post[answer.chosen].tolist(), strict=True)
        return sorted([*map(tuple, self.locked.tolist()), *pairs])

    # Companions

    def value(self, i: int, must: int | None = None) -> int:
        """The least that a companion's own choice comes to at the prices of the base plan, 0 for staying at home; must: a post of it."""
        mine = self._worths.get(i)
        if mine is None:
            mine = self._worths[i] = {
                q: int(self.edges.cost[n] + self.base.price[q]) - self.base.dear
                for q, n in self.mine.get(i, {}).items()
            }
            self._blocks[i] = {}
            for q, worth in mine.items():
                block = int(self.block[q])
                self._blocks[i][block] = min(worth, self._blocks[i].get(block, 0))
        best = dict(self._blocks[i])
        total, turn = 0, int(self.held[i])
        most = turn + int(self.most[i])
        if must is not None:
            best.pop(int(self.block[must]), None)
            total = mine[must] + turn * self.second
            turn += 1
        for worth in sorted(best.values()):
            if turn >= most or worth + turn * self.second >= 0:
                break
            total, turn = total + worth + turn * self.second, turn + 1
        return total

    def losses(self, i: int) -> dict[int, int]:
        """What each post costs a companion beyond their best choice: proven at the prices of the base plan, guessed without."""
        given = {q: 0 for who, q in self.locked.tolist() if who == i}
        mine = self.mine.get(i, {})
        if self.base.price is None:
            cost = {q: int(self.edges.cost[n]) for q, n in mine.items()}
            return {q: c - min(cost.values()) for q, c in cost.items()} | given
        best = self.value(i)
        return {q: self.value(i, q) - best for q in mine} | given

    def common(self, a: int, b: int) -> list[tuple[int, int]]:
        """(least loss, post) at which both could stand, the cheapest first."""
        if (a, b) not in self._common:
            one, other = self.losses(a), self.losses(b)
            at = [int((self.locked[:, 1] == q).sum()) for q in range(self.edges.posts)]
            self._common[a, b] = sorted(
                (one[q] + other[q], q) for q in one.keys() & other.keys() if self.room[q] + at[q] > 1
            )
        return self._common[a, b]

    def loss(self, a: int, b: int) -> int | None:
        """What being together costs at least, None when no post fits both; 0 where there are no prices to prove more."""
        found = self.common(a, b)
        return (0 if self.base.price is None else found[0][0]) if found else None

    def tries(self, a: int, b: int) -> list[int]:
        """Posts at which two could be together, the cheapest first, without those that are proven to cost more than it is worth."""
        found = self.common(a, b)
        return [q for loss, q in found if self.base.price is None or loss < self.together][:POSTS_TRIED]

    def force(self, answer: Answer, a: int, b: int, q: int) -> tuple[int, ...] | None:
        """The forced edges of a plan with two more, or nothing when the post has no room for them."""
        edges = self.edges
        rest = tuple(n for n in answer.forced if edges.person[n] not in (a, b) or edges.post[n] == q)
        new = tuple(self.mine[i][q] for i in (a, b) if q in self.mine.get(i, {}))
        all_ = tuple(sorted({*rest, *new}))
        over = np.bincount(edges.post[list(all_)], minlength=edges.posts) > self.room
        return None if not all_ or over.any() else all_

    def improve(self, answer: Answer, go_on, tell) -> tuple[Answer, bool]:
        """Put companions together where the others lose less by it than it is worth: all at once, then pair by pair.

        Each try solves the flow anew with the pair fixed, so the rest is always the best for it. Returns the plan and
        whether the search ended by itself.
        """
        self.base = answer
        self._common, self._worths, self._blocks = {}, {}, {}
        if not self.pairs or not self.together or not go_on():
            return answer, go_on()
        bound = self.bound(answer)
        best, tries = self._all_at_once(answer), 1
        moved = True
        while moved and tries < TRIES and best.cost > bound:
            moved = False
            for n, (a, b) in enumerate(self.pairs):
                for forced, out in self._moves(best, a, b):
                    if tries >= TRIES:
                        break
                    if not go_on():
                        return replace(best, bound=min(best.cost, bound)), False
                    tries += 1
                    trial = self.solve(forced=forced, out=out)
                    if trial.key < best.key:
                        best, moved = trial, True
                tell((n + 1) / len(self.pairs))
        if best.empty < answer.empty:
            bound = 0
        return replace(best, bound=min(best.cost, bound)), True

    def _all_at_once(self, answer: Answer) -> Answer:
        """Every parted pair at its cheapest post that still has room, if that is better."""
        forced: tuple[int, ...] = ()
        for a, b in self.pairs:
            if self.are_together(answer, a, b):
                continue
            for q in self.tries(a, b):
                more = self.force(replace(answer, forced=forced), a, b, q)
                if more and set(forced) <= set(more):
                    forced = more
                    break
        trial = self.solve(forced=forced) if forced else answer
        return min(answer, trial, key=lambda one: one.key)

    def _moves(self, best: Answer, a: int, b: int) -> list[tuple[tuple[int, ...], frozenset[int]]]:
        """(forced, out) of what could be done about one pair: set free again, together at a cheap post, others in their stead."""
        loose, back = tuple(n for n in best.forced if self.edges.person[n] not in (a, b)), best.out - {a, b}
        moves = [(loose, back)] if (loose, back) != (best.forced, best.out) else []
        at = self.posts_of(best.chosen)
        if (at[a] | at[b]) and not at[a] & at[b]:
            for q in self.tries(a, b):
                if (forced := self.force(best, a, b, q)) and forced != best.forced:
                    moves.append((forced, back))
            moves.append((loose, best.out | {a, b}))
        return moves

    def bound(self, answer: Answer) -> int:
        """What no plan that fills as many places can be below, companions counted (Lagrange; each person in one pair)."""
        if answer.price is None:
            return answer.bound
        low = answer.bound
        if not self.often:
            least = flow.reduced(self.edges, answer.price, answer.dear)[1]
            low = flow.lower_bound(least, self.room, answer.price, answer.dear) - answer.dear * answer.empty
        seen: set[int] = set()
        for a, b in self.pairs:
            if a in seen or b in seen:
                continue
            seen |= {a, b}
            ways = [self.together]
            if not self.held[a] and not self.held[b]:
                ways.append(-self.value(a) - self.value(b))
            low += min(ways + [loss for loss, _ in self.common(a, b)[:1]])
        return max(low, answer.bound)

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
    """Chosen edges by position, places left empty, cost with what parted companions and further shifts add, and a bound."""

    chosen: np.ndarray
    forced: tuple[int, ...]
    empty: int
    cost: int
    bound: int
    price: np.ndarray | None = None

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
    base: Answer | None = field(default=None, init=False)

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

    def solve(self, go_on: Callable[..., bool] = lambda *_: True, forced: tuple[int, ...] = ()) -> Answer:
        """The best plan that takes the forced edges; without time for it, one that is made at once."""
        edges, room, held, most = self.edges, self.room, self.held, self.most
        must = np.array(forced, np.int64)
        keep = np.ones(len(edges), bool)
        if len(must):
            room = room - np.bincount(edges.post[must], minlength=edges.posts)
            held = held + np.bincount(edges.person[must], minlength=edges.people)
            most = most - np.bincount(edges.person[must], minlength=edges.people)
            gone = np.isin(edges.person, edges.person[must[most[edges.person[must]] <= 0]])
            taken = {(int(edges.person[n]), int(self.block[edges.post[n]])) for n in forced}
            for person, block in taken:
                gone |= (edges.person == person) & (self.block[edges.post] == block)
            keep = ~gone
        where = np.flatnonzero(keep & (most[edges.person] > 0))
        part = edges.only(where)
        room = flow.capped(part, room)
        price, least = None, None
        if not go_on():
            quick = flow.at_once(part, room)
            chosen, least = quick.chosen, quick.bound
        elif self.often:
            chosen = flow.often(part, room, most, held, self.block, self.second)
        else:
            best = flow.place(part, room, go_on=go_on)
            chosen, price = best.chosen, best.price
            least = best.bound
        chosen = np.concatenate([where[chosen], must])
        cost = self.cost(chosen)
        if least is None:
            least = cost - self.parted(chosen) * self.together
        return Answer(chosen, forced, int(self.room.sum()) - len(chosen), cost, min(cost, least), price)

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

    def worth(self, i: int) -> dict[int, int]:
        """What each post costs a companion beyond their best choice: at the prices of the base plan, where it has any, a lower bound."""
        if self.held[i] and not self.most[i]:
            return {q: 0 for who, q in self.locked.tolist() if who == i}
        mine = self.mine.get(i, {})
        price = self.base.price if self.base else None
        if price is None:
            cost = {q: int(self.edges.cost[n]) for q, n in mine.items()}
            return {q: c - min(cost.values()) for q, c in cost.items()}
        dear = flow.big(self.edges)
        cost = {q: int(self.edges.cost[n] + price[q]) - dear for q, n in mine.items()}
        best = min([0, *cost.values()])
        return {q: c - best for q, c in cost.items()}

    def common(self, a: int, b: int) -> list[tuple[int, int]]:
        """(least loss, post) at which both could stand, the cheapest first."""
        one, other = self.worth(a), self.worth(b)
        return sorted(
            (one[q] + other[q], q) for q in one.keys() & other.keys() if self.room[q] + self._locked_at(q) > 1
        )

    def _locked_at(self, q: int) -> int:
        return int((self.locked[:, 1] == q).sum())

    def loss(self, a: int, b: int) -> int | None:
        """What being together costs at least, None when no post fits both; 0 where there are no prices to prove more."""
        found = self.common(a, b)
        proven = self.base is not None and self.base.price is not None
        return (found[0][0] if proven else 0) if found else None

    def tries(self, a: int, b: int) -> list[int]:
        """Posts at which two could be together, the cheapest first, without those that are proven to cost more than it is worth."""
        found = self.common(a, b)
        if self.base is not None and self.base.price is not None:
            found = [(loss, q) for loss, q in found if loss < self.together]
        return [q for _, q in found[:POSTS_TRIED]]

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
        if not self.pairs or not self.together or not go_on():
            return answer, go_on()
        bound = self.bound(answer)
        best, tries = self._all_at_once(answer), 1
        moved = True
        while moved and tries < TRIES and best.cost > bound:
            moved = False
            for n, (a, b) in enumerate(self.pairs):
                for forced in self._moves(best, a, b):
                    if tries >= TRIES:
                        break
                    if not go_on():
                        return replace(best, bound=min(best.cost, bound)), False
                    tries += 1
                    trial = self.solve(forced=forced)
                    if trial.key < best.key:
                        best, moved = trial, True
                tell(min(1.0, tries / TRIES) if moved else (n + 1) / len(self.pairs))
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

    def _moves(self, best: Answer, a: int, b: int) -> list[tuple[int, ...]]:
        """What could be done about one pair: together at a cheap post, or set free again."""
        loose = tuple(n for n in best.forced if self.edges.person[n] not in (a, b))
        moves = [loose] if loose != best.forced else []
        if not self.are_together(best, a, b):
            for q in self.tries(a, b):
                if (forced := self.force(best, a, b, q)) and forced != best.forced:
                    moves.append(forced)
        return moves

    def bound(self, answer: Answer) -> int:
        """What no plan that fills as many places can be below, companions counted (Lagrange; each person in one pair)."""
        if answer.price is None:
            return answer.bound
        dear, more, seen = flow.big(self.edges), 0, set()
        for a, b in self.pairs:
            if a in seen or b in seen:
                continue
            seen |= {a, b}
            one, other = self.options(a, answer.price, dear), self.options(b, answer.price, dear)
            apart = min(x + y + self.together * (p is not None or q is not None) for p, x in one for q, y in other)
            there = dict(other)
            both = [x + there[p] for p, x in one if p is not None and p in there]
            more += min([apart, *both]) - min(x for _, x in one) - min(y for _, y in other)
        return answer.bound + more

    def options(self, i: int, price: np.ndarray, dear: int) -> list[tuple[int | None, int]]:
        """What a companion may do and what it costs at given prices: each post, or (None) staying at home."""
        if self.held[i]:
            return [(q, 0) for who, q in self.locked.tolist() if who == i]
        found = [(q, int(self.edges.cost[n] + price[q]) - dear) for q, n in self.mine.get(i, {}).items()]
        return [(None, 0), *found]

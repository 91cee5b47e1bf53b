"""First assignment: who goes to which post of a call-out, with reasons; a proposal that people then accept or decline.

Times are whole minutes from any common start, places are metres on a plane (`plane` makes them from degrees). Nobody is placed
at a post they did not say yes to, nor against a limit; as many places as possible are filled, and among all such plans the
one with the least effort is found: see `pairs.effort` and docs/adr/0020-solvers.md. Companions are one thing that the flow
cannot know: being parted costs `weights.together`, a search tries to spare it, and the gap says what that leaves unproven.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from huying.solvers.flow import gap
from huying.solvers.model import Model
from huying.solvers.pairs import Weights
from huying.solvers.table import Table, overlapping


@dataclass(frozen=True)
class Person:
    """One who answered. yes: posts they said yes to; any_post: yes to all. wishes: posts they asked for themselves.

    free: times (from, to) in which they can come, None for always. busy: times taken elsewhere, rest included.
    load_minutes: served of late. minutes_left: until the limit of their day or week, None for no limit. most: shifts at most.
    avoids: codes of what their body cannot bear. age None: unknown, which passes no limit of age.
    """

    id: int
    x: float
    y: float
    yes: frozenset[int] = frozenset()
    any_post: bool = False
    wishes: frozenset[int] = frozenset()
    skills: frozenset[str] = frozenset()
    avoids: frozenset[str] = frozenset()
    age: int | None = None
    free: tuple[tuple[int, int], ...] | None = None
    busy: tuple[tuple[int, int], ...] = ()
    load_minutes: int = 0
    minutes_left: int | None = None
    most: int = 1


@dataclass(frozen=True)
class Post:
    """One post in one time window. capacity: places still to fill; skills: all are needed; helps: any of them is welcome.

    rest: minutes after it in which a person takes no other shift. reach: metres that people may live away, None for any.
    """

    id: int
    x: float
    y: float
    capacity: int
    starts: int = 0
    ends: int = 60
    rest: int = 0
    skills: frozenset[str] = frozenset()
    helps: frozenset[str] = frozenset()
    body: frozenset[str] = frozenset()
    min_age: int | None = None
    max_age: int | None = None
    reach: float | None = None


@dataclass(frozen=True)
class Reason:
    """Why this person is here, in codes and figures. effort: metres it counts for, the sum that was made least.

    next_best: how much more effort their best other post would be, full or not (below 0: it would be less), None without any.
    together: companions at the same post. turn: 1 for their first shift of this plan, 2 for the second.
    """

    distance_m: int
    load_minutes: int
    skills: tuple[str, ...]
    helps: tuple[str, ...]
    wished: bool
    together: tuple[int, ...]
    turn: int
    locked: bool
    effort: int
    next_best: int | None

    @property
    def codes(self) -> tuple[str, ...]:
        """What speaks for the choice, the strongest first: locked, wished, skill, helps, together, only, nearest."""
        found = [
            ("locked", self.locked), ("wished", self.wished), ("skill", self.skills), ("helps", self.helps),
            ("together", self.together), ("only", self.next_best is None), ("nearest", (self.next_best or 0) > 0),
        ]  # fmt: skip
        return tuple(code for code, true in found if true)


@dataclass(frozen=True)
class Placed:
    """One person at one post."""

    person: int
    post: int
    reason: Reason


@dataclass(frozen=True)
class Unfilled:
    """A post with empty places. why: the rule after which nobody was left, 'elsewhere' when all who fit are needed there,
    'all_here' when everybody stands here already, 'nobody' when there are no people.

    counts: people by the first rule that keeps them away: yes, forbidden, time, busy, hours, skill, body, age, far; 'elsewhere'.
    """

    post: int
    missing: int
    why: str
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Pair:
    """Companions: at one post or not. costs: metres of effort that putting them together would add at least, None if no post fits both."""

    a: int
    b: int
    together: bool
    costs: int | None = None


@dataclass(frozen=True)
class Plan:
    """A proposal. objective: metres of effort in all; no plan that fills as many places is below `bound`; gap in percent.

    status: 'optimal' (proven), 'bounded' (within the gap), 'stopped' (told to stop, or out of time). left: without a post.
    """

    placed: tuple[Placed, ...]
    unfilled: tuple[Unfilled, ...]
    left: tuple[int, ...]
    pairs: tuple[Pair, ...]
    objective: int
    bound: int
    status: str
    seed: int
    seconds: float = field(compare=False)

    @property
    def gap(self) -> float:
        """Percent by which the best plan could be cheaper, at most."""
        return gap(self.objective, self.bound)


class BadLock(ValueError):
    """A fixed pair that a rule forbids. code: as in Unfilled.counts, or 'overlap', 'most', 'full'."""

    def __init__(self, person: int, post: int, code: str):
        super().__init__(f"person {person} cannot be fixed at post {post}: {code}")
        self.person, self.post, self.code = person, post, code


def plane(lng: float, lat: float, lng0: float, lat0: float) -> tuple[float, float]:
    """Metres east and north of an origin; good to a thousandth within a city."""
    return (lng - lng0) * 111_320.0 * float(np.cos(np.radians(lat0))), (lat - lat0) * 110_950.0


def assign(
    people: Iterable[Person],
    posts: Iterable[Post],
    *,
    companions: Iterable[tuple[int, int]] = (),
    fixed: Iterable[tuple[int, int]] = (),
    forbidden: Iterable[tuple[int, int]] = (),
    weights: Weights = Weights(),
    seed: int = 0,
    time_limit: float | None = None,
    progress: Callable[[str, float], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Plan:
    """The best plan. companions: pairs who want to be together. fixed, forbidden: (person, post) that a person decided.

    progress(stage, share) is told of 'pairs', 'flow', 'together', 'reasons'. stop() and time_limit (seconds) are asked between solves: what
    was found by then is the plan. The same input and seed give the same plan, unless the time limit cut the search short;
    the seed decides between people who are equal in everything, so that it is not always the oldest number that goes.
    ValueError for figures that make no sense, BadLock for a fixed pair that a rule forbids.
    """
    began = time.perf_counter()
    tell = progress or (lambda stage, share: None)

    def go_on(*_) -> bool:
        return not (stop and stop()) and (time_limit is None or time.perf_counter() - began < time_limit)

    tell("pairs", 0.0)
    table = Table(people, posts, weights, forbidden, seed)
    locked = _locks(table, fixed)
    friends = sorted({(min(a, b), max(a, b)) for a, b in companions if a != b and a in table.at and b in table.at})
    model = Model(
        edges=table.edges(locked), room=table.capacity - np.bincount(locked[:, 1], minlength=len(table.posts)),
        most=table.most - np.bincount(locked[:, 0], minlength=len(table.people)), block=table.block, locked=locked,
        pairs=[(table.at[a], table.at[b]) for a, b in friends], second=weights.second, together=weights.together,
    )  # fmt: skip
    tell("flow", 0.1)
    answer = model.solve(go_on)
    answer, searched = model.improve(answer, go_on, lambda share: tell("together", 0.4 + 0.5 * share))
    tell("reasons", 0.9)
    base = sum(table.effort(person, post) for person, post in locked.tolist())
    status = "optimal" if answer.bound >= answer.cost else "bounded" if searched else "stopped"
    taken = [(table.people[i].id, table.posts[q].id) for i, q in model.taken(answer)]
    plan = Plan(
        placed=_reasons(table, model, answer, friends),
        unfilled=_unfilled(table, taken),
        left=tuple(sorted(set(table.at) - {person for person, _ in taken})),
        pairs=tuple(
            Pair(a, b, model.are_together(answer, table.at[a], table.at[b]), model.loss(table.at[a], table.at[b]))
            for a, b in friends
        ),
        objective=answer.cost + base, bound=answer.bound + base, status=status, seed=seed, seconds=time.perf_counter() - began,
    )  # fmt: skip
    tell("reasons", 1.0)
    return plan


def _locks(table: Table, fixed: Iterable[tuple[int, int]]) -> np.ndarray:
    """Fixed pairs by position, each looked at: a person's decision does not lift a rule."""
    rows: list[tuple[int, int]] = []
    for person, post in sorted(set(fixed)):
        if person not in table.at or post not in table.post_at:
            raise ValueError(f"a fixed pair names a person or post that is not there: {person}, {post}")
        i, q = table.at[person], table.post_at[post]
        code = table.code(i, q)
        mine = [other for who, other in rows if who == i]
        if not code and any(overlapping(table.posts[other], table.posts[q]) for other in mine):
            code = "overlap"
        if not code and len(mine) >= table.people[i].most:
            code = "most"
        left = table.people[i].minutes_left
        if not code and left is not None and sum(table.minutes[other] for other in [*mine, q]) > left:
            code = "hours"
        if not code and sum(other == q for _, other in rows) >= table.capacity[q]:
            code = "full"
        if code:
            raise BadLock(person, post, code)
        rows.append((i, q))
    return np.array(rows, np.int64).reshape(-1, 2)


def _reasons(table: Table, model: Model, answer, friends: list[tuple[int, int]]) -> tuple[Placed, ...]:
    """Each placed person with what spoke for it, ordered by post and person."""
    taken = model.taken(answer)
    here: dict[int, set[int]] = {}
    shifts: dict[int, list[int]] = {}
    for i, q in taken:
        here.setdefault(q, set()).add(table.people[i].id)
        shifts.setdefault(i, []).append(q)
    company: dict[int, set[int]] = {}
    for a, b in friends:
        company.setdefault(a, set()).add(b)
        company.setdefault(b, set()).add(a)
    locked = {tuple(row) for row in model.locked.tolist()}
    other = table.next_best(taken)
    placed = []
    for i, q in taken:
        person, post, effort = table.people[i], table.posts[q], table.effort(i, q)
        placed.append(
            Placed(
                person.id,
                post.id,
                Reason(
                    distance_m=table.distance(i, q),
                    load_minutes=person.load_minutes,
                    skills=tuple(sorted(post.skills)),
                    helps=tuple(sorted(post.helps & person.skills)),
                    wished=post.id in person.wishes,
                    together=tuple(sorted(company.get(person.id, set()) & here[q])),
                    turn=1 + sum(table.posts[one].starts < post.starts for one in shifts[i]),
                    locked=(i, q) in locked,
                    effort=effort,
                    next_best=None if other.get((i, q)) is None else other[i, q] - effort,
                ),
            )
        )
    return tuple(sorted(placed, key=lambda one: (one.post, one.person)))


def _unfilled(table: Table, taken: list[tuple[int, int]]) -> tuple[Unfilled, ...]:
    """Posts with empty places and the rule that keeps people from them."""
    found = []
    for q, post in enumerate(table.posts):
        here = [table.at[person] for person, at in taken if at == post.id]
        missing = int(post.capacity) - len(here)
        if missing:
            why, counts = table.why(q, here)
            found.append(Unfilled(post.id, missing, why, counts))
    return tuple(found)

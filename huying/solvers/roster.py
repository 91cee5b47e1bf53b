"""Standing rosters: who takes which shifts over weeks, so that nobody is in two places, everybody rests, and load is shared.

Times are whole minutes from the Monday 0:00 on which the roster begins. The plan is a proposal that people then accept or
decline. Two ways: a sweep that fills all shifts around one moment at a time by an exact flow, the rest fixed, and improves
until nothing changes; then CP-SAT from there on, for all shifts at once or, when they are many, for some days at a time. The
bound is that of a flow over all shifts (roster_flow.py), or CP-SAT's own. See docs/adr/0020-solvers.md.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from huying.solvers import assignment
from huying.solvers.flow import Edges, gap, place
from huying.solvers.roster_flow import relaxed
from huying.solvers.table import Table, overlapping

DAY, WEEK = 24 * 60, 7 * 24 * 60
# Feasible pairs up to which the whole roster is searched at once, to its proof if time allows.
EXACT = 6_000
# Beyond: days of a window that is searched with the others fixed, and seconds for it at most.
WINDOW, SECONDS = 4, 3.0
# Rounds of the sweep; it mostly ends by itself after three or four.
ROUNDS = 12


@dataclass(frozen=True)
class Weights:
    """What a plan is made of, in minutes of unfairness that it is worth. empty: per minute of a place that nobody takes."""

    empty: int = 20
    unwished: int = 60  # for each shift that its person did not ask for
    over: int = 1  # per minute above a person's share

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not 0 <= value <= 1000:
                raise ValueError(f"the weight of {name} is outside of 0 to 1,000: {value}")


@dataclass(frozen=True)
class Person:
    """One who takes part. offered: minutes a week that they are willing to serve; a_day: at most on one day.

    free: times in which they can, None for always; busy: times taken elsewhere, rest included. wishes: shifts they asked for.
    """

    id: int
    offered: int
    a_day: int = DAY
    free: tuple[tuple[int, int], ...] | None = None
    busy: tuple[tuple[int, int], ...] = ()
    wishes: frozenset[int] = frozenset()
    skills: frozenset[str] = frozenset()
    avoids: frozenset[str] = frozenset()
    age: int | None = None


@dataclass(frozen=True)
class Shift:
    """One shift. capacity: places; rest: minutes after it in which its people take no other."""

    id: int
    starts: int
    ends: int
    capacity: int = 1
    rest: int = 0
    skills: frozenset[str] = frozenset()
    body: frozenset[str] = frozenset()
    min_age: int | None = None
    max_age: int | None = None


@dataclass(frozen=True)
class Reason:
    """Why a person has a shift. others: how many more could take it by the rules of the pair; minutes, share: theirs in all weeks."""

    locked: bool
    wished: bool
    skills: tuple[str, ...]
    others: int
    minutes: int
    share: int

    @property
    def codes(self) -> tuple[str, ...]:
        """What speaks for the choice, the strongest first: locked, wished, skill, only (nobody else could), share (within theirs)."""
        found = [
            ("locked", self.locked), ("wished", self.wished), ("skill", self.skills), ("only", not self.others),
            ("share", self.minutes <= self.share),
        ]  # fmt: skip
        return tuple(code for code, true in found if true)


@dataclass(frozen=True)
class Unfilled:
    """A shift with empty places. why, counts: as in `assignment.Unfilled`; 'elsewhere': those who fit rest or serve elsewhere."""

    shift: int
    missing: int
    why: str
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """placed: (shift, person), by shift. No plan is below `bound`; gap in percent. status: 'optimal', 'bounded', 'stopped'."""

    placed: tuple[tuple[int, int], ...]
    unfilled: tuple[Unfilled, ...]
    minutes: dict[int, int]
    objective: int
    bound: int
    status: str
    seconds: float = field(compare=False)
    reasons: dict[tuple[int, int], Reason] = field(default_factory=dict)

    @property
    def gap(self) -> float:
        """Percent by which the best plan could be cheaper, at most."""
        return gap(self.objective, self.bound)


class Model:
    """The roster laid out: feasible pairs, who clashes with what, limits of days and weeks, shares."""

    def __init__(self, people: Iterable[Person], shifts: Iterable[Shift], weights: Weights, forbidden, seed: int):
        given = list(people)
        self.weights = weights
        self.offers = {person.id: person for person in given}
        for person in given:
            if not 0 < person.offered <= WEEK or not 0 < person.a_day <= DAY:
                raise ValueError(f"person {person.id} offers {person.offered} minutes a week, {person.a_day} a day")
        self.table = Table(
            [
                assignment.Person(
                    one.id, 0.0, 0.0, any_post=True, wishes=one.wishes, skills=one.skills, avoids=one.avoids, age=one.age,
                    free=one.free, busy=one.busy,
                )
                for one in given
            ],
            [
                assignment.Post(
                    one.id, 0.0, 0.0, one.capacity, one.starts, one.ends, one.rest, one.skills, frozenset(), one.body,
                    one.min_age, one.max_age,
                )
                for one in shifts
            ],
            assignment.Weights(), forbidden, seed,
        )  # fmt: skip
        self.people = [self.offers[person.id] for person in self.table.people]
        self.shifts = self.table.posts
        self.minutes = np.array(self.table.minutes, np.int64)
        self.room = self.table.capacity
        self.wished = np.zeros((len(self.people), len(self.shifts)), bool)
        for q, shift in enumerate(self.shifts):
            self.wished[self.table.wished.get(shift.id, []), q] = True
        weeks = max((shift.ends for shift in self.shifts), default=0) / WEEK
        total = int((self.minutes * self.room).sum())
        offered = np.array([person.offered for person in self.people], np.float64)
        # What each would serve if all served the same part of what they offered; nobody's share is above their offer.
        share = offered * min(1.0, total / max(1.0, offered.sum() * max(weeks, 1 / 7)))
        self.share = np.floor(share * max(weeks, 1 / 7)).astype(np.int64)
        self.week = np.array([shift.starts // WEEK for shift in self.shifts], np.int64)
        self.day = np.array([shift.starts // DAY for shift in self.shifts], np.int64)
        self.clashes = [
            {r for r, other in enumerate(self.shifts) if r != q and overlapping(shift, other)}
            for q, shift in enumerate(self.shifts)
        ]

    def groups(self) -> list[list[int]]:
        """Shifts that pairwise clash, around the beginning of each: of one group a person takes one."""
        found = {}
        for shift in self.shifts:
            at = tuple(
                q for q, other in enumerate(self.shifts) if other.starts <= shift.starts < other.ends + other.rest
            )
            found[at] = None
        return [list(at) for at in found]

    def cost(self, chosen: np.ndarray) -> int:
        """What a plan (people × shifts, bool) costs."""
        empty = self.room - chosen.sum(0)
        over = np.maximum(chosen.astype(np.int64) @ self.minutes - self.share, 0)
        return int(
            self.weights.empty * (empty * self.minutes).sum()
            + self.weights.unwished * (chosen & ~self.wished).sum()
            + self.weights.over * over.sum()
        )

    def least(self) -> int:
        """A bound without any proof by search: each shift has its cheapest people, as if nobody were needed elsewhere."""
        total = 0
        for q in range(len(self.shifts)):
            fit = self.table.fits[q]
            wished = min(int((fit & self.wished[:, q]).sum()), int(self.room[q]))
            others = min(int(fit.sum()) - wished, int(self.room[q]) - wished)
            missing = int(self.room[q]) - wished - others
            dear = self.weights.empty * int(self.minutes[q])
            total += others * min(self.weights.unwished, dear) + missing * dear
        return total


def solve(
    people: Iterable[Person],
    shifts: Iterable[Shift],
    *,
    fixed: Iterable[tuple[int, int]] = (),
    forbidden: Iterable[tuple[int, int]] = (),
    weights: Weights = Weights(),
    seed: int = 0,
    time_limit: float = 30.0,
    exact: bool = True,
    progress: Callable[[str, float], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Plan:
    """The roster. fixed, forbidden: (person, shift) that a person decided; a fixed pair that a rule forbids is a ValueError.

    stop() and time_limit (seconds) are asked all the time: what was found by then is the plan. The sweep is the same for the
    same input and seed; what the proof finds within a time limit may differ from run to run, and is never worse.
    """
    began = time.perf_counter()
    tell = progress or (lambda stage, share: None)

    def left() -> float:
        return 0.0 if stop and stop() else time_limit - (time.perf_counter() - began)

    model = Model(people, shifts, weights, forbidden, seed)
    held = _held(model, fixed)
    tell("sweep", 0.0)
    first, low = relaxed(model, held) if model.shifts and model.people else (held, 0)
    chosen = _sweep(model, held, _kept(model, held, first), left, lambda share: tell("sweep", 0.3 * share))
    bound, proven = max(model.least(), low), False
    if exact and bound < model.cost(chosen) and left() > 0.5:
        chosen, low = _search(model, held, chosen, bound, left, seed, lambda share: tell("proof", 0.3 + 0.7 * share))
        bound, proven = max(bound, low), True
    objective = model.cost(chosen)
    reasons = _reasons(model, held, chosen)
    tell("proof", 1.0)
    return Plan(
        placed=tuple(reasons),
        unfilled=_unfilled(model, chosen),
        minutes={
            person.id: int(total)
            for person, total in zip(model.people, chosen.astype(np.int64) @ model.minutes, strict=True)
        },
        objective=objective,
        bound=min(bound, objective),
        status="optimal" if bound >= objective else "bounded" if proven or left() > 0 else "stopped",
        seconds=time.perf_counter() - began,
        reasons=reasons,
    )


def _held(model: Model, fixed: Iterable[tuple[int, int]]) -> np.ndarray:
    """Fixed pairs as a plan; ValueError for one that a rule forbids."""
    held = np.zeros((len(model.people), len(model.shifts)), bool)
    for person, shift in sorted(set(fixed)):
        if person not in model.table.at or shift not in model.table.post_at:
            raise ValueError(f"a fixed pair names a person or shift that is not there: {person}, {shift}")
        i, q = model.table.at[person], model.table.post_at[shift]
        code = model.table.code(i, q) or ("" if allowed(model, held)[i, q] else "overlap or hours")
        if not code and held[:, q].sum() >= model.room[q]:
            code = "full"
        if code:
            raise ValueError(f"person {person} cannot be fixed at shift {shift}: {code}")
        held[i, q] = True
    return held


def allowed(model: Model, chosen: np.ndarray) -> np.ndarray:
    """People × shifts: who could take a shift beside what they have, by clashes and by the hours of its day and week."""
    may = np.stack(model.table.fits, 1) if model.shifts else np.zeros((len(model.people), 0), bool)
    served = chosen.astype(np.int64)
    offered = np.array([person.offered for person in model.people], np.int64)
    a_day = np.array([person.a_day for person in model.people], np.int64)
    for of, most in ((model.week, offered), (model.day, a_day)):
        for number in np.unique(of):
            at = np.flatnonzero(of == number)
            used = served[:, at] @ model.minutes[at]
            may[:, at] &= used[:, None] + model.minutes[at][None, :] <= most[:, None]
    for q, others in enumerate(model.clashes):
        if others:
            may[:, q] &= ~chosen[:, sorted(others)].any(1)
    return may & ~chosen


def _kept(model: Model, held: np.ndarray, first: np.ndarray) -> np.ndarray:
    """What can be kept of a plan that knew neither all rests nor the limits of days and weeks."""
    chosen = held.copy()
    for q in np.argsort([shift.starts for shift in model.shifts], kind="stable"):
        may = allowed(model, chosen)[:, q] & first[:, q]
        chosen[np.flatnonzero(may)[: int(model.room[q] - chosen[:, q].sum())], q] = True
    return chosen


def _sweep(model: Model, held: np.ndarray, chosen: np.ndarray, left, tell) -> np.ndarray:
    """Fill all shifts around one moment by an exact flow, the others fixed; again and again until nothing is won."""
    groups = model.groups()
    best = None
    for turn in range(ROUNDS):
        for number, at in enumerate(groups):
            if left() <= 0:
                return chosen
            _refill(model, chosen, held, at)
            tell((turn + (number + 1) / len(groups)) / ROUNDS)
        cost = model.cost(chosen)
        if best is not None and cost >= best:
            break
        best = cost
    return chosen


def _refill(model: Model, chosen: np.ndarray, held: np.ndarray, at: list[int]) -> None:
    """Empty the shifts of one group, but for what is fixed, and fill them anew as cheaply as the others let us."""
    before = chosen[:, at].copy()
    was = model.cost(chosen)
    chosen[:, at] = held[:, at]
    may = allowed(model, chosen)[:, at]
    served = chosen.astype(np.int64) @ model.minutes
    over = lambda total: np.maximum(total - model.share[:, None], 0)  # noqa: E731
    total = served[:, None] + model.minutes[at][None, :]
    price = model.weights.over * (over(total) - over(served[:, None])) + model.weights.unwished * ~model.wished[:, at]
    dear = model.weights.empty * model.minutes[at]
    who, where = np.nonzero(may & (price < dear[None, :]))
    if len(who):
        room = model.room[at] - chosen[:, at].sum(0)
        edges = Edges.of(who, where, price[who, where], len(model.people), len(at))
        found = place(edges, room).chosen
        chosen[who[found], np.array(at)[where[found]]] = True
    if model.cost(chosen) > was:
        chosen[:, at] = before


def _search(model: Model, held, chosen, bound: int, left, seed: int, tell) -> tuple[np.ndarray, int]:
    """(the plan, a bound): CP-SAT over all when there are few pairs, else window after window of a few days, the others fixed."""
    from huying.solvers.roster_proof import prove

    if sum(int(mask.sum()) for mask in model.table.fits) <= EXACT:
        found, low = prove(model, held, chosen, left, seed)
        if found is not None and model.cost(found) <= model.cost(chosen):
            chosen = found
        return chosen, low
    days = np.unique(model.day)
    whole, quiet, turn = left(), 0, 0
    # A whole tour of windows without a gain ends it; each window is a little later than the one before.
    while quiet < len(days) and left() > 0.5 and model.cost(chosen) > bound:
        first = days[(turn * 2) % len(days)]
        window = (model.day >= first) & (model.day < first + WINDOW)
        share = min(left(), SECONDS)
        end = time.perf_counter() + share
        found, _low = prove(
            model, held, chosen, lambda end=end: min(left(), end - time.perf_counter()), seed + turn, window
        )
        gained = found is not None and model.cost(found) < model.cost(chosen)
        chosen, quiet, turn = (found, 0, turn + 1) if gained else (chosen, quiet + 2, turn + 1)
        tell(1 - max(0.0, left()) / whole)
    return chosen, 0


def _reasons(model: Model, held: np.ndarray, chosen: np.ndarray) -> dict[tuple[int, int], Reason]:
    """What speaks for each (shift, person), ordered by shift and person."""
    total = chosen.astype(np.int64) @ model.minutes
    able = [int(mask.sum()) for mask in model.table.fits]
    found = {}
    for i, q in zip(*(side.tolist() for side in np.nonzero(chosen)), strict=True):
        shift = model.shifts[q]
        found[shift.id, model.people[i].id] = Reason(
            bool(held[i, q]), bool(model.wished[i, q]), tuple(sorted(shift.skills)), able[q] - 1, int(total[i]), int(model.share[i])
        )  # fmt: skip
    return dict(sorted(found.items()))


def _unfilled(model: Model, chosen: np.ndarray) -> tuple[Unfilled, ...]:
    """Shifts with empty places and the rule that keeps people from them."""
    found = []
    for q, shift in enumerate(model.shifts):
        missing = int(shift.capacity - chosen[:, q].sum())
        if missing:
            found.append(Unfilled(shift.id, missing, *model.table.why(q, list(np.flatnonzero(chosen[:, q])))))
    return tuple(found)

"""Rosters: against brute force when small, against the bound when large, and every rule by an independent checker."""

import threading
import time
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huying.solvers import roster
from huying.solvers.roster import DAY, Person, Plan, Shift, Weights
from huying.solvers.roster_checks import check, objective

HOUR = 60


def shift(number, start, hours=4, **more):
    return Shift(number, start * HOUR, (start + hours) * HOUR, **more)


def town(people=40, days=14, seed=3):
    """A duty room with two posts in three shifts a day; everybody has two hours in five free and offers one to three shifts a week."""
    r = np.random.default_rng(seed)
    blocks = [(d * DAY + b * 8 * HOUR, d * DAY + (b + 1) * 8 * HOUR) for d in range(days) for b in range(3)]
    shifts = [Shift(n * 2 + p, a, b, 1, rest=11 * HOUR) for n, (a, b) in enumerate(blocks) for p in range(2)]
    crowd = [
        Person(
            n,
            int(r.choice([8, 16, 24])) * HOUR,
            a_day=12 * HOUR,
            free=tuple(block for block in blocks if r.random() < 0.4),
            wishes=frozenset(int(x) for x in r.choice(len(shifts), 6)),
        )
        for n in range(people)
    ]
    return crowd, shifts


def brute(people, shifts):
    """The least cost over all rosters that break no rule."""
    best = None
    choices = []
    for one in shifts:
        fits = [p.id for p in people]
        choices.append([c for n in range(min(one.capacity, len(fits)) + 1) for c in combinations(fits, n)])
    for pick in product(*choices):
        placed = {(one.id, person) for one, chosen in zip(shifts, pick, strict=True) for person in chosen}
        cost = objective(people, shifts, placed, Weights())
        if (best is None or cost < best) and not check(people, shifts, _plan(sorted(placed), cost)):
            best = cost
    return best


def _plan(placed, cost):
    return Plan(tuple(placed), (), {}, cost, 0, "bounded", 0.0)


times = st.integers(0, 30)
persons = st.lists(
    st.builds(
        lambda offered, free, wishes, skill, avoid: (offered * HOUR, free, wishes, skill, avoid),
        st.sampled_from([4, 8, 12]),
        st.none() | st.tuples(times, st.integers(4, 30)),
        st.frozensets(st.integers(0, 3), max_size=2),
        st.booleans(),
        st.booleans(),
    ),
    min_size=1,
    max_size=3,
)
works = st.lists(
    st.tuples(times, st.sampled_from([2, 4]), st.integers(1, 2), st.sampled_from([0, 60, 240]), st.booleans(), st.booleans()),
    min_size=1,
    max_size=4,
)  # fmt: skip


@settings(max_examples=60)
@given(persons, works)
def test_small_rosters_are_the_best_there_are(crowd, posts):
    people = [
        Person(
            n,
            offered,
            free=None if free is None else ((free[0] * HOUR, (free[0] + free[1]) * HOUR),),
            wishes=wishes,
            skills=frozenset({"scan"} if skill else ()),
            avoids=frozenset({"lifting"} if avoid else ()),
        )
        for n, (offered, free, wishes, skill, avoid) in enumerate(crowd)
    ]
    shifts = [
        shift(n, at, hours, capacity=room, rest=rest,
              skills=frozenset({"scan"} if skill else ()), body=frozenset({"lifting"} if body else ()))
        for n, (at, hours, room, rest, skill, body) in enumerate(posts)
    ]  # fmt: skip
    plan = roster.solve(people, shifts, time_limit=5)
    assert check(people, shifts, plan) == []
    assert plan.status == "optimal" and plan.objective == brute(people, shifts)


def test_a_large_roster_keeps_every_rule_and_is_near_its_bound():
    people, shifts = town(60)
    plan = roster.solve(people, shifts, exact=False)
    assert check(people, shifts, plan) == []
    assert 0 < plan.bound <= plan.objective and plan.gap < 25


def test_the_bound_of_the_flow_is_below_what_is_proven():
    people, shifts = town(9, days=4)
    quick, proven = roster.solve(people, shifts, exact=False), roster.solve(people, shifts, time_limit=20)
    assert proven.status == "optimal" and quick.bound <= proven.objective <= quick.objective


def test_load_follows_what_each_offered():
    shifts = [shift(n, 24 * n) for n in range(6)]
    people = [Person(1, 8 * HOUR), Person(2, 16 * HOUR)]
    plan = roster.solve(people, shifts)
    assert plan.minutes == {1: 8 * HOUR, 2: 16 * HOUR} and plan.status == "optimal"


def test_rest_and_hours_leave_places_empty_and_say_so():
    shifts = [shift(1, 0, rest=11 * HOUR), shift(2, 8)]
    plan = roster.solve([Person(1, 40 * HOUR)], shifts)
    assert len(plan.placed) == 1 and [one.why for one in plan.unfilled] == ["elsewhere"]
    none = roster.solve([Person(1, 40 * HOUR, free=())], shifts)
    assert none.placed == () and {one.why for one in none.unfilled} == {"time"}


def test_what_a_person_decided_stays():
    shifts = [shift(1, 0), shift(2, 0)]
    people = [Person(1, 8 * HOUR, wishes=frozenset({1})), Person(2, 8 * HOUR, wishes=frozenset({2}))]
    assert roster.solve(people, shifts).placed == ((1, 1), (2, 2))
    assert roster.solve(people, shifts, fixed=[(1, 2)]).placed == ((1, 2), (2, 1))
    assert (1, 1) not in roster.solve(people, shifts, forbidden=[(1, 1)]).placed
    with pytest.raises(ValueError, match="overlap"):
        roster.solve(people, shifts, fixed=[(1, 1), (1, 2)])
    with pytest.raises(ValueError, match="not there"):
        roster.solve(people, shifts, fixed=[(7, 1)])


@pytest.mark.parametrize("person", [Person(1, 0), Person(1, 8 * DAY), Person(1, 60, a_day=0)])
def test_an_offer_that_makes_no_sense_is_refused(person):
    with pytest.raises(ValueError, match="offers"):
        roster.solve([person], [shift(1, 0)])


def test_nobody_and_nothing():
    assert roster.solve([], []).placed == ()
    assert roster.solve([Person(1, 60)], []).placed == ()
    empty = roster.solve([], [shift(1, 0)])
    assert empty.placed == () and empty.objective == 0
    assert [(one.missing, one.why) for one in empty.unfilled] == [(1, "nobody")]
    crowd = roster.solve([Person(1, 40 * HOUR)], [shift(1, 0, capacity=1_000_000)])
    assert [(one.missing, one.why) for one in crowd.unfilled] == [(999_999, "all_here")]


def test_each_choice_has_its_reason():
    people = [
        Person(1, 8 * HOUR, skills=frozenset({"scan"})),
        Person(2, 8 * HOUR, wishes=frozenset({2})),
        Person(3, 8 * HOUR),
    ]
    plan = roster.solve(people, [shift(1, 0, skills=frozenset({"scan"})), shift(2, 0), shift(3, 0)], fixed=[(3, 3)])
    assert {pair: reason.codes for pair, reason in plan.reasons.items()} == {
        (1, 1): ("skill", "only"), (2, 2): ("wished",), (3, 3): ("locked",)
    }  # fmt: skip
    assert plan.reasons[3, 3].minutes == 4 * HOUR > plan.reasons[3, 3].share and plan.reasons[3, 3].others == 2


@pytest.mark.parametrize("weights", [{"empty": -1}, {"over": 10**6}])
def test_weights_that_make_no_sense_are_refused(weights):
    with pytest.raises(ValueError, match="weight"):
        Weights(**weights)


def test_a_search_is_stopped_from_outside_and_asks_on_the_thread_of_its_caller():
    people, shifts = town(40)
    asked, began = set(), time.perf_counter()

    def stop():
        asked.add(threading.get_ident())
        return time.perf_counter() - began > 2

    plan = roster.solve(people, shifts, time_limit=60, stop=stop)
    assert check(people, shifts, plan) == []
    assert asked == {threading.get_ident()}


def test_the_sweep_is_the_same_each_time_and_stops_when_told():
    people, shifts = town(30)
    one, other = (roster.solve(people, shifts, exact=False, seed=5) for _ in range(2))
    assert one == other
    stopped = roster.solve(people, shifts, stop=lambda: True)
    assert check(people, shifts, stopped) == [] and stopped.status in ("stopped", "optimal")

"""The flow on columns: pricing against the whole, bounds on large ones, pairs through the grid, input that makes no sense."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huying.solvers import flow, pairs
from huying.solvers.flow import Edges


def town(seed: int, people: int, posts: int, wide: float = 3000):
    """Columns of people and posts at random places with some limits."""
    rng = np.random.default_rng(seed)
    who = pairs.People(
        *rng.uniform(0, wide, (2, people)), skills=rng.integers(0, 4, people), avoids=rng.integers(0, 2, people),
        age=rng.integers(-1, 80, people), load=rng.integers(0, 2000, people), free=rng.integers(0, 4, people),
    )  # fmt: skip
    where = pairs.Posts(
        *rng.uniform(-500, wide + 500, (2, posts)), skills=rng.integers(0, 4, posts), helps=rng.integers(0, 4, posts),
        body=rng.integers(0, 2, posts), min_age=rng.choice([0, 18], posts), max_age=rng.choice([70, 999], posts),
        reach=rng.choice([100, 500, 1000, np.inf], posts), window=rng.integers(0, 3, posts),
    )  # fmt: skip
    return who, where, rng.integers(0, 4, posts)


def allowed(who, where, i: int, q: int) -> bool:
    return bool(
        who.skills[i] & where.skills[q] == where.skills[q] and not who.avoids[i] & where.body[q]
        and who.free[i] & where.window[q] == where.window[q]
        and (where.min_age[q] == 0 or who.age[i] >= where.min_age[q])
        and (where.max_age[q] == 999 or 0 <= who.age[i] <= where.max_age[q])
        and np.hypot(who.x[i] - where.x[q], who.y[i] - where.y[q]) <= where.reach[q]
    )  # fmt: skip


@given(st.integers(0, 10**6), st.integers(0, 25), st.integers(0, 10))
@settings(max_examples=80, deadline=None)
def test_the_grid_finds_what_the_rules_allow_and_pricing_what_the_whole_flow_finds(seed, people, posts):
    who, where, places = town(seed, people, posts)
    edges = pairs.feasible_pairs(who, where)
    wanted = {(i, q) for i in range(people) for q in range(posts) if allowed(who, where, i, q)}
    found = list(zip(edges.person.tolist(), edges.post.tolist(), strict=True))
    assert set(found) == wanted and len(found) == len(wanted) and sorted(edges.post.tolist()) == edges.post.tolist()
    priced, whole = flow.place(edges, places, few=0), flow.place(edges, places, few=10**6)
    assert (priced.empty, priced.cost, priced.gap) == (whole.empty, whole.cost, 0)
    quick = flow.at_once(edges, places)
    assert (quick.empty, quick.cost) >= (whole.empty, whole.cost) and quick.bound <= quick.cost


@pytest.mark.parametrize("places", [1, 12])
def test_a_large_one_is_proven_by_its_prices(places):
    who, where, _ = town(5, 6000, 80, wide=2000)
    edges = pairs.feasible_pairs(who, where)
    room = np.full(80, places)
    best = flow.place(edges, room)
    assert best.rounds >= 1 and best.bound == best.cost and len(edges) > flow.FEW_EDGES
    counts = np.bincount(edges.post[best.chosen], minlength=80)
    assert (counts <= room).all() and np.bincount(edges.person[best.chosen]).max() == 1
    cut = flow.place(edges, room, rounds=1)
    assert cut.bound <= best.cost <= cut.cost
    other = edges.only(np.random.default_rng(0).permutation(len(edges)))
    assert flow.place(other, room).cost == best.cost
    # No prices at all prove more than the best plan costs.
    dear, room = flow.big(edges), flow.capped(edges, room)
    for seed in range(20):
        price = np.random.default_rng(seed).integers(0, dear, 80)
        least = flow.reduced(edges, price, dear)[1]
        assert flow.lower_bound(least, room, price, dear) <= best.cost + dear * best.empty


def test_posts_without_room_and_people_whom_nobody_needs():
    edges = Edges.of([0, 0, 1, 2], [0, 1, 1, 1], [5.4, 1, 2, 3], 4, 2)
    assert flow.place(edges, [0, 1]).cost == 1 and flow.place(edges, [0, 0]).empty == 0
    both = flow.place(edges, [1, 10**9])
    assert (both.cost, both.empty) == (1 + 2 + 3, 1)
    assert flow.place(Edges.of([], [], [], 0, 0), []).cost == 0
    assert flow.gap(0, 0) == 0 and flow.gap(200, 100) == 50


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (([0], [0], [np.nan]), "not a number"),
        (([0], [0], [-1]), "outside"),
        (([0], [0], [10**8]), "outside"),
        (([1], [0], [1]), "person that does not exist"),
        (([0], [-1], [1]), "post that does not exist"),
        (([0], [0], [1, 2]), "equally many"),
    ],
)
def test_edges_that_make_no_sense(columns, words):
    with pytest.raises(ValueError, match=words):
        Edges.of(*columns, 1, 1)


def test_places_and_columns_that_make_no_sense():
    edges = Edges.of([0], [0], [1], 1, 1)
    for places in ([-1], [np.nan], [1, 2], []):
        with pytest.raises(ValueError, match="number of places"):
            flow.place(edges, places)
    one = np.zeros(1)
    with pytest.raises(ValueError, match="age of number 0"):
        pairs.People(one, one, age=np.array([np.nan]))
    with pytest.raises(ValueError, match="x of number 0"):
        pairs.Posts(one * np.nan, one)
    with pytest.raises(ValueError, match="infinite"):
        pairs.Posts(one + np.inf, one)
    with pytest.raises(ValueError, match="skills has 2"):
        pairs.People(one, one, skills=np.zeros(2))

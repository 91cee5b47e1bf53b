"""First assignment against brute force, against the rules, and with figures that make no sense."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huying.solvers.assignment import BadLock, Person, Post, Weights, assign, plane
from huying.solvers.checks import allowed, broken, check, objective
from huying.solvers.table import overlapping

SKILLS = ("first_aid", "dialect", "lifting")
TIMES = ((0, 60), (0, 60), (60, 120), (120, 180))


@st.composite
def scenes(draw, most: int = 1, people: int = 5, posts: int = 3):
    """A few people and posts in a small square, with all the limits there are."""
    whole = st.integers(0, 1000)
    some = st.frozensets(st.sampled_from(SKILLS), max_size=2)
    at = {}
    for number in range(draw(st.integers(0, posts))):
        start, end = draw(st.sampled_from(TIMES))
        at[number] = Post(
            number, draw(whole), draw(whole), draw(st.integers(0, 3)), start, end, rest=0,
            skills=draw(st.frozensets(st.sampled_from(SKILLS), max_size=1)), helps=draw(some),
            body=draw(st.sampled_from([frozenset(), frozenset({"stand"})])), min_age=draw(st.sampled_from([None, 18])),
            max_age=draw(st.sampled_from([None, 70])), reach=draw(st.sampled_from([None, 700.0])),
        )  # fmt: skip
    ids = list(at)
    yes = st.frozensets(st.sampled_from(ids)) if ids else st.just(frozenset())
    who = [
        Person(
            100 + number, draw(whole), draw(whole), yes=draw(yes), any_post=draw(st.booleans()), wishes=draw(yes),
            skills=draw(some), avoids=draw(st.sampled_from([frozenset(), frozenset({"stand"})])),
            age=draw(st.sampled_from([None, 16, 30, 80])), load_minutes=draw(st.sampled_from([0, 90, 900])),
            free=draw(st.sampled_from([None, ((0, 120),)])), busy=draw(st.sampled_from([(), ((150, 200),)])),
            minutes_left=draw(st.sampled_from([None, 60, 120])), most=draw(st.integers(1, most)),
        )
        for number in range(draw(st.integers(0, people)))
    ]  # fmt: skip
    return who, list(at.values())


def brute(people, posts, companions=(), fixed=(), forbidden=(), weights=Weights()) -> tuple[int, int]:
    """Most filled places and the least effort with them, by trying every plan."""
    who, where = {p.id: p for p in people}, {q.id: q for q in posts}
    choices = []
    for person in people:
        fit = [q for q in posts if allowed(person, q) and (person.id, q.id) not in forbidden]
        sets = [()]
        for count in range(1, person.most + 1):
            for some in itertools.combinations(fit, count):
                if not any(overlapping(a, b) for a, b in itertools.combinations(some, 2)):
                    sets.append(tuple((person.id, q.id) for q in some))
        choices.append(sets)
    best = (math.inf, math.inf)
    for plan in itertools.product(*choices):
        pairs = [pair for some in plan for pair in some]
        if not broken(who, where, pairs, fixed, forbidden):
            best = min(best, (-len(pairs), objective(who, where, pairs, companions, weights)))
    return -best[0], best[1]


@given(scenes())
@settings(max_examples=150, deadline=None)
def test_one_shift_each_is_the_best_there_is(scene):
    people, posts = scene
    plan = assign(people, posts)
    assert check(plan, people, posts) == []
    assert (len(plan.placed), plan.objective) == brute(people, posts)
    assert plan.status == "optimal" and plan.gap == 0 and plan.bound == plan.objective


@given(scenes(most=3, people=4, posts=4))
@settings(max_examples=100, deadline=None)
def test_several_shifts_each_are_the_best_there_is_where_all_last_as_long(scene):
    people, posts = scene
    plan = assign(people, posts)
    assert check(plan, people, posts) == []
    assert (len(plan.placed), plan.objective) == brute(people, posts)
    assert plan.status == "optimal"


@given(scenes(), st.sets(st.tuples(st.integers(100, 104), st.integers(100, 104)), max_size=3))
@settings(max_examples=150, deadline=None)
def test_companions_never_cost_a_place_and_the_bound_holds(scene, companions):
    people, posts = scene
    plan = assign(people, posts, companions=companions)
    assert check(plan, people, posts, companions=companions) == []
    placed, least = brute(people, posts, companions)
    assert len(plan.placed) == placed
    assert plan.bound <= least <= plan.objective
    assert plan.status != "optimal" or plan.objective == least


@given(scenes(most=2), st.data())
@settings(max_examples=100, deadline=None)
def test_locks_are_kept_and_the_rest_is_the_best(scene, data):
    people, posts = scene
    free = assign(people, posts)
    pairs = [(one.person, one.post) for one in free.placed]
    fixed = data.draw(st.sets(st.sampled_from(pairs), max_size=2)) if pairs else set()
    all_ = [(p.id, q.id) for p in people for q in posts]
    forbidden = (data.draw(st.sets(st.sampled_from(all_), max_size=3)) if all_ else set()) - fixed
    plan = assign(people, posts, fixed=fixed, forbidden=forbidden)
    assert check(plan, people, posts, fixed=fixed, forbidden=forbidden) == []
    assert (len(plan.placed), plan.objective) == brute(people, posts, (), fixed, forbidden)


def line(count: int, **more) -> list[Person]:
    return [Person(n, 10.0 * n, 0, any_post=True, **more) for n in range(count)]


def test_nobody_nowhere_and_a_million_places():
    assert assign([], []).placed == ()
    assert assign(line(3), []).left == (0, 1, 2)
    assert [(u.missing, u.why) for u in assign([], [Post(1, 0, 0, 5)]).unfilled] == [(5, "nobody")]
    plan = assign(line(3), [Post(1, 0, 0, 0), Post(2, 0, 0, 1_000_000)])
    assert len(plan.placed) == 3 and [(u.post, u.missing, u.why) for u in plan.unfilled] == [(2, 999_997, "all_here")]


@pytest.mark.parametrize(
    ("person", "post", "words"),
    [
        ({"x": math.nan}, {}, "place of person 0"),
        ({"y": math.inf}, {}, "place of person 0"),
        ({}, {"x": math.nan}, "place of post 1"),
        ({}, {"capacity": -1}, "places"),
        ({}, {"capacity": 1.5}, "places"),
        ({}, {"capacity": math.nan}, "places"),
        ({}, {"starts": 60, "ends": 60}, "ends before it starts"),
        ({}, {"reach": math.nan}, "reach"),
        ({"load_minutes": -1}, {}, "load below 0"),
        ({"most": 0}, {}, "most"),
        ({"age": 1000}, {}, "age"),
    ],
)
def test_figures_that_make_no_sense_are_named(person, post, words):
    with pytest.raises(ValueError, match=words):
        assign([replace(line(1)[0], **person)], [replace(Post(1, 0, 0, 1), **post)])


def test_what_is_given_twice_or_weighs_less_than_nothing():
    with pytest.raises(ValueError, match="twice"):
        assign([*line(1), *line(1)], [])
    with pytest.raises(ValueError, match="wish"):
        Weights(wish=-1)
    with pytest.raises(ValueError, match="63"):
        assign(line(1), [Post(1, 0, 0, 1, helps=frozenset(map(str, range(64))))])


@pytest.mark.parametrize(
    ("person", "post", "code"),
    [
        ({"any_post": False}, {}, "yes"),
        ({"free": ((0, 30),)}, {}, "time"),
        ({"busy": ((59, 90),)}, {}, "busy"),
        ({"busy": ((70, 90),)}, {"rest": 30}, "busy"),
        ({"minutes_left": 30}, {}, "hours"),
        ({}, {"skills": frozenset({"first_aid"})}, "skill"),
        ({"avoids": frozenset({"lift"})}, {"body": frozenset({"lift"})}, "body"),
        ({"age": 16}, {"min_age": 18}, "age"),
        ({}, {"max_age": 70}, "age"),
        ({"x": 5000}, {"reach": 1000}, "far"),
    ],
)
def test_each_rule_keeps_away_says_so_and_cannot_be_locked_away(person, post, code):
    people, posts = [replace(line(1)[0], **person)], [replace(Post(1, 0, 0, 1), **post)]
    plan = assign(people, posts)
    assert not plan.placed and plan.unfilled[0].why == code and plan.unfilled[0].counts == {code: 1}
    with pytest.raises(BadLock) as caught:
        assign(people, posts, fixed=[(0, 1)])
    assert caught.value.code == code


def test_locks_against_each_other():
    posts = [Post(1, 0, 0, 1), Post(2, 0, 0, 1), Post(3, 0, 0, 1, 60, 120)]
    for people, fixed, code in (
        (line(2), [(0, 1), (1, 1)], "full"), (line(1, most=2), [(0, 1), (0, 2)], "overlap"), (line(1), [(0, 1), (0, 3)], "most"),
        (line(1, most=2, minutes_left=90), [(0, 1), (0, 3)], "hours"),
    ):  # fmt: skip
        with pytest.raises(BadLock) as caught:
            assign(people, posts, fixed=fixed)
        assert caught.value.code == code
    with pytest.raises(ValueError, match="not there"):
        assign(line(1), posts, fixed=[(9, 1)])


def test_those_who_served_much_of_late_stay_at_home_and_a_second_shift_goes_to_nobody_while_others_wait():
    tired, fresh = Person(1, 0, 0, any_post=True, load_minutes=1200), Person(2, 300, 0, any_post=True)
    assert [one.person for one in assign([tired, fresh], [Post(1, 0, 0, 1)]).placed] == [2]
    posts = [Post(1, 0, 0, 1), Post(2, 0, 0, 1, 60, 120)]
    near, far = Person(1, 0, 0, any_post=True, most=2), Person(2, 2500, 0, any_post=True, most=2)
    plan = assign([near, far], posts)
    assert sorted(one.person for one in plan.placed) == [1, 2]
    alone = assign([near], posts)
    assert [one.reason.turn for one in alone.placed] == [1, 2] and alone.objective == 2 * 1500 + 3000


def test_a_skill_is_kept_for_the_post_that_needs_it_and_reasons_say_why():
    nurse = Person(1, 0, 0, any_post=True, skills=frozenset({"first_aid"}), wishes=frozenset({1}))
    other = Person(2, 900, 0, any_post=True)
    plan = assign([nurse, other], [Post(1, 0, 0, 1), Post(2, 0, 0, 1, skills=frozenset({"first_aid"}))])
    assert [(one.person, one.post) for one in plan.placed] == [(2, 1), (1, 2)]
    assert plan.placed[0].reason.codes == ("only",) and plan.placed[1].reason.codes == ("skill",)
    assert plan.placed[1].reason.next_best == -1500


def test_companions_come_together_when_it_is_worth_it():
    people = [Person(1, 0, 0, any_post=True), Person(2, 1000, 0, any_post=True), Person(3, 10, 0, any_post=True)]
    posts = [Post(1, 0, 0, 2), Post(2, 1000, 0, 1)]
    apart = assign(people, posts)
    assert {one.person for one in apart.placed if one.post == 1} == {1, 3}
    plan = assign(people, posts, companions=[(2, 1)], weights=Weights(together=5000))
    assert plan.pairs[0].together and {one.person for one in plan.placed if one.post == 1} == {1, 2}
    assert next(one for one in plan.placed if one.person == 1).reason.together == (2,)
    small = assign(people, posts, companions=[(1, 2)], weights=Weights(together=100))
    assert not small.pairs[0].together and small.pairs[0].costs >= 1000 and small.status == "optimal"
    assert assign(people, posts, companions=[(1, 1), (1, 99)]).pairs == ()


@given(scenes(most=2, people=4), st.sets(st.tuples(st.integers(100, 103), st.integers(100, 103)), max_size=2))
@settings(max_examples=60, deadline=None)
def test_companions_with_several_shifts_keep_every_rule_and_the_bound_holds(scene, companions):
    people, posts = scene
    plan = assign(people, posts, companions=companions)
    assert check(plan, people, posts, companions=companions) == []
    placed, least = brute(people, posts, companions)
    assert len(plan.placed) == placed and plan.bound <= least <= plan.objective


@given(scenes(), st.sampled_from([(100, 101), (101, 102)]))
@settings(max_examples=60, deadline=None)
def test_what_being_together_costs_at_least_is_never_more_than_it_costs(scene, friends):
    people, posts = scene
    plan = assign(people, posts, companions=[friends], weights=Weights(together=0))
    if not plan.pairs or plan.pairs[0].costs is None or plan.pairs[0].together:
        return
    alone = assign(people, posts).objective
    for post in posts:
        try:
            forced = assign(people, posts, fixed=[(friend, post.id) for friend in friends])
        except BadLock:
            continue
        if len(forced.placed) == len(plan.placed):
            assert forced.objective - alone >= plan.pairs[0].costs


def many(count: int, posts: int, seed: int = 3):
    rng = np.random.default_rng(seed)
    who = [
        Person(n, *rng.uniform(0, 3000, 2), any_post=True, load_minutes=int(rng.integers(0, 900))) for n in range(count)
    ]
    return who, [Post(n, *rng.uniform(0, 3000, 2), int(rng.integers(1, 5))) for n in range(posts)]


def test_the_same_input_gives_the_same_plan_in_any_order_and_the_seed_decides_between_equals():
    people, posts = many(120, 30)
    friends = [(n, n + 1) for n in range(0, 40, 2)]
    plan = assign(people, posts, companions=friends, seed=7)
    assert check(plan, people, posts, companions=friends) == []
    assert plan == assign(people[::-1], posts[::-1], companions=friends[::-1], seed=7)
    same = [Person(n, 0, 0, any_post=True) for n in range(20)]
    first = {assign(same, [Post(1, 0, 0, 1)], seed=seed).placed[0].person for seed in range(12)}
    assert len(first) > 3


def test_stopped_at_once_or_in_the_middle_there_is_a_plan_and_a_bound():
    people, posts = many(200, 40)
    friends = [(n, n + 1) for n in range(0, 80, 2)]
    best = assign(people, posts, companions=friends)
    at_once = assign(people, posts, companions=friends, stop=lambda: True)
    assert check(at_once, people, posts, companions=friends) == [] and at_once.status == "stopped"
    assert at_once.bound <= best.objective <= at_once.objective and len(at_once.placed) == len(best.placed)
    none = assign(people, posts, companions=friends, time_limit=0)
    assert none == at_once
    told = []
    asked = iter(range(10_000))
    later = assign(
        people, posts, companions=friends, stop=lambda: next(asked) > 4, progress=lambda *step: told.append(step)
    )
    assert check(later, people, posts, companions=friends) == [] and later.status == "stopped"
    assert later.bound <= best.objective <= later.objective <= at_once.objective
    assert [stage for stage, _ in told][:2] == ["pairs", "flow"] and told[-1] == ("reasons", 1.0)


@pytest.mark.parametrize("most", [1, 3])
def test_with_many_companions_the_plan_is_near_its_bound(most):
    rng = np.random.default_rng(0)
    people = [Person(n, rng.uniform(0, 3000), 0, any_post=True, most=most) for n in range(150)]
    posts = [Post(n, 0, 0, int(rng.integers(1, 8)), 120 * (n % 4), 120 * (n % 4) + 120) for n in range(8)]
    friends = [(2 * n, 2 * n + 1) for n in range(20)]
    plan = assign(people, posts, companions=friends)
    assert check(plan, people, posts, companions=friends) == [] and plan.gap < 5
    assert plan.objective <= assign(people, posts, companions=friends, stop=lambda: True).objective


def test_degrees_become_metres():
    x, y = plane(109.22, 34.38, 109.21, 34.37)
    assert 910 < x < 925 and 1100 < y < 1120

"""Matching: the same both ways, no reason that is not true, and an order that does not depend on how one asks."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from huying.reportin.rules_match import DIVISIONS, PARTS, SLOTS, Side, fit, for_have, for_want, shared_depth, slots_of

SKILLS, SERVICES = ("repair", "haircut", "teaching"), ("elderly", "children", "clean")
BELOW = ("compound", "building", "entrance")
TODAY = dt.date(2026, 11, 24)  # a Tuesday


@st.composite
def sides(draw) -> Side:
    """A side somewhere in a small country."""
    depth = draw(st.integers(1, 8))
    labels = [draw(st.sampled_from("ab")) for _ in range(depth)]
    kinds = (*DIVISIONS, *BELOW)[:depth]
    codes = lambda known: draw(st.frozensets(st.sampled_from(known), max_size=3))  # noqa: E731
    slots = draw(st.none() | st.frozensets(st.sampled_from(SLOTS), max_size=6))
    return Side(draw(st.integers(1, 50)), ".".join(labels), kinds, codes(SKILLS), codes(SERVICES), slots)


several = st.lists(sides(), max_size=12, unique_by=lambda side: side.pk)


@given(several, several)
def test_both_ways_agree_and_give_the_same_reasons(wants, haves):
    there = {(want.pk, one.pk): one.reasons for want in wants for one in for_want(want, haves)}
    back = {(one.pk, have.pk): one.reasons for have in haves for one in for_have(have, wants)}
    assert there == back


@given(sides(), sides())
def test_no_reason_is_given_that_is_not_true(want, have):
    found = fit(want, have)
    if found is None:
        return
    told = {reason.about: reason.codes for reason in found[0]}
    assert "skill" in told or "service" in told
    assert set(told.get("skill", ())) == want.skills & have.skills or "skill" not in told
    assert set(told.get("service", ())) == want.services & have.services or "service" not in told
    depth = shared_depth(want.path, have.path)
    assert want.path.split(".")[:depth] == have.path.split(".")[:depth]
    assert told["near"] == (want.kinds[depth - 1],) == (have.kinds[depth - 1],)
    for slot in told.get("time", ()):
        assert slot in want.slots and slot in have.slots


@given(sides(), sides())
def test_nothing_fits_that_shares_no_skill_no_district_or_no_hour(want, have):
    if fit(want, have) is not None:
        return
    shares = (want.skills & have.skills) | (want.services & have.services)
    far = shared_depth(want.path, have.path) < 3
    never = want.slots is not None and have.slots is not None and not want.slots & have.slots
    assert not shares or far or never


@given(sides(), several, st.randoms())
def test_the_order_does_not_depend_on_how_they_came(want, haves, random):
    shuffled = list(haves)
    random.shuffle(shuffled)
    assert for_want(want, haves) == for_want(want, shuffled)


def test_what_is_nearer_comes_first_and_says_so():
    street = ("a.b.c.d", DIVISIONS[:4])
    compound = ("a.b.c.d.e.p7", (*DIVISIONS, "compound"))
    want = Side(1, compound[0] + ".p8", (*compound[1], "building"), frozenset({"repair"}))
    haves = [Side(1, *street, frozenset({"repair"})), Side(2, *compound, frozenset({"repair"}))]
    assert [(one.pk, one.reasons[1].codes) for one in for_want(want, haves)] == [(2, ("compound",)), (1, ("street",))]


def test_the_hours_of_a_need_are_those_of_the_days_that_are_left():
    saturday = dt.date(2026, 11, 28)
    assert slots_of(None, None, (), TODAY) is None
    assert slots_of(saturday, saturday, ("m",), TODAY) == {"6m"}
    assert slots_of(saturday, None, (), TODAY) == {"6m", "6a", "6e"}
    assert slots_of(dt.date(2026, 11, 1), dt.date(2026, 11, 25), ("e",), TODAY) == {"2e", "3e"}
    assert slots_of(None, dt.date(2027, 1, 1), PARTS, TODAY) == set(SLOTS)
    assert slots_of(dt.date(2026, 11, 1), dt.date(2026, 11, 2), (), TODAY) == frozenset()

"""The wish tree's geometry: no two leaves meet, none ever moves, every shape stays within its leaf, all of it is looked at."""

import itertools
import math
import re
from collections import defaultdict
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huying.wishes import rules, tree
from huying.wishes.rules import Leaf
from huying.wishes.tree_rules import (
    HULL,
    OUTLINE,
    camera,
    gap,
    hull_at,
    limbs,
    shape,
    site_of,
    thick,
)
from huying.wishes.tree_symbols import BLADE, DAY, PETAL, PETAL_AT, in_file, land, meadow, symbols
from scripts.grow_tree import grow

MOST = 2000
SLOTS = st.sets(st.integers(0, MOST - 1), min_size=1, max_size=60)


def exact(ring) -> list[tuple[Fraction, Fraction]]:
    """The corners of an outline, with nothing rounded from here on."""
    return [(Fraction(x), Fraction(y)) for x, y in ring]


def apart(one, other) -> bool:
    """Whether a line separates two convex outlines: decided in fractions, without rounding."""
    for ring, rest in ((one, other), (other, one)):
        for n, (x1, y1) in enumerate(ring):
            x2, y2 = ring[n - 1]
            nx, ny = y1 - y2, x2 - x1
            if all((x - x1) * nx + (y - y1) * ny > 0 for x, y in rest):
                return True
    return False


def pairs_that_may_meet(sites):
    """All pairs of leaves whose middles are nearer than two leaves are long; others cannot meet."""
    cells = defaultdict(list)
    for n, site in enumerate(sites):
        cells[site.x // 101, site.y // 101].append(n)
    for n, site in enumerate(sites):
        for i in (-1, 0, 1):
            for j in (-1, 0, 1):
                for other in cells[site.x // 101 + i, site.y // 101 + j]:
                    if other > n and math.dist(site[:2], sites[other][:2]) <= 101:
                        yield n, other


def leaf(slot: int, state: str = rules.PUBLISHED, words: str = "夏天到了，我想要一个风扇") -> Leaf:
    return Leaf(slot + 100, words, "一位奶奶", "thing", state, state == rules.CONFIRMED, slot)


def test_there_is_room_for_two_thousand_leaves_and_no_two_of_them_meet():
    sites = shape().sites
    assert len(sites) >= MOST
    hulls = [hull_at(site) for site in sites]
    rings = [exact(hull) for hull in hulls]
    met = [pair for pair in pairs_that_may_meet(sites) if not apart(rings[pair[0]], rings[pair[1]])]
    assert not met


def test_between_leaves_a_gap_is_left_that_no_rounding_can_close():
    sites = shape().sites
    hulls = [hull_at(site) for site in sites]
    assert min(gap(hulls[a], hulls[b]) for a, b in pairs_that_may_meet(sites)) > 2.5


def test_the_hull_is_convex_and_holds_the_outline_of_a_leaf():
    for n, (x1, y1) in enumerate(HULL):
        x2, y2 = HULL[n - 1]
        for x, y in OUTLINE:
            assert (x - x1) * (y1 - y2) + (y - y1) * (x2 - x1) <= 1e-9, (HULL[n], (x, y))


def corners_of(d: str):
    """All corners and control points of a path of M, C, Q, L and Z: the curve lies in their hull."""
    numbers = [float(number) for number in re.findall(r"-?\d*\.?\d+", d)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


@pytest.mark.parametrize("letter", ["g", "k", "s", "r"])
def test_what_a_leaf_turns_into_stays_within_its_hull(letter):
    found = re.search(rf'<g id="{letter}0">(.*?)</g>', symbols(in_file))[1]
    outline = re.search(r'd="([^"]+)"', found)[1]
    for x, y in corners_of(outline):
        for n, (x1, y1) in enumerate(HULL):
            x2, y2 = HULL[n - 1]
            assert (x - x1) * (y1 - y2) + (y - y1) * (x2 - x1) <= 1e-9, (letter, x, y)


def test_a_flower_stays_within_the_hull_of_a_leaf():
    farthest = PETAL_AT + PETAL + 0.8  # with its line
    within = min(
        abs(x1 * (y1 - y2) + y1 * (x2 - x1)) / math.hypot(x1 - x2, y1 - y2)
        for (x1, y1), (x2, y2) in zip(HULL, [HULL[-1], *HULL[:-1]], strict=True)
    )
    assert farthest <= within


def test_the_blade_that_is_drawn_is_the_outline_that_is_reckoned_with():
    assert set(corners_of(BLADE)) == {(float(x), float(y)) for x, y in OUTLINE}


@given(SLOTS, SLOTS)
def test_a_leaf_stays_where_it_is_whatever_comes_or_goes(before, after):
    at = {one.leaf.slot: one.site for one in tree.place_leaves(map(leaf, sorted(before)))[0]}
    then = {one.leaf.slot: one.site for one in tree.place_leaves(map(leaf, sorted(before | after)))[0]}
    assert all(then[slot] == site for slot, site in at.items())


@given(SLOTS)
def test_a_leafs_link_stands_on_its_site_with_its_turn(slots):
    drawn, without = tree.place_leaves(map(leaf, slots))
    assert not without
    made = tree.picture(drawn, lambda one: f"/wishes/leaf/{one.pk}/")
    for one in drawn:
        mark = re.search(
            rf'<a id="w{one.leaf.pk}"[^>]*transform="translate\(([^)]*)\)"><use [^>]*rotate\((\d+)\)', made.leaves
        )
        assert mark[1] == f"{one.site.x} {one.site.y}" and int(mark[2]) == one.site.angle


@given(SLOTS, SLOTS)
def test_the_camera_only_widens_and_holds_all_leaves(some, more):
    near, far = camera(some), camera(some | more)
    assert far.width >= near.width and far.y <= near.y and far.ground >= near.ground
    for n in some | more:
        for x, y in hull_at(shape().sites[n]):
            assert far.x < x < far.x + far.width and far.y < y < far.ground


@given(SLOTS)
def test_every_leaf_hangs_on_a_branch_that_leads_to_the_trunk(slots):
    found = shape()
    for n in slots:
        knot, seen = found.sites[n].knot, 0
        while found.below[knot] >= 0:
            assert found.below[knot] < knot
            knot, seen = found.below[knot], seen + 1
        assert knot == 0 and seen > 1
    pieces, trunk = limbs(sorted(slots), camera(slots).ground)
    assert trunk == thick(len(slots)) and pieces[0].width <= trunk * 1.25
    assert [one.width for one in pieces] == sorted((one.width for one in pieces), reverse=True)


def test_branches_grow_thicker_with_the_leaves_above_them():
    assert thick(1) < thick(2) < thick(30) < thick(2000)


def test_the_kept_table_is_what_the_growing_grows():
    kept = shape()
    again = grow(120)
    lines = [line.split() for line in again if not line.startswith("T")]
    assert [tuple(map(int, line[:3])) for line in lines] == [site[:3] for site in kept.sites[:120]]


def test_beyond_the_last_site_the_tree_begins_anew_and_the_newer_leaf_hangs_there():
    size = len(shape().sites)
    old, new, other = leaf(3), leaf(size + 3), leaf(4)
    drawn, without = tree.place_leaves([old, new, other])
    assert [one.leaf for one in drawn] == [new, other] and without == [old]
    assert tree.place_leaves([new, old])[1] == [old]
    assert site_of(size + 3) == site_of(3) == 3


def test_a_compounds_tree_counts_by_itself():
    drawn, _ = tree.place_leaves([leaf(1800), leaf(1900)], {1800: 0, 1900: 1})
    assert [one.number for one in drawn] == [0, 1]


@pytest.mark.parametrize("count", [1, 5, 30, 200, MOST])
def test_the_picture_is_small_and_whole(count):
    import gzip

    states = (rules.PUBLISHED, rules.CLAIMED, rules.FULFILLED, rules.CONFIRMED, rules.CLOSED)
    drawn, _ = tree.place_leaves(leaf(n, states[n % 5]) for n in range(count))
    made = tree.picture(drawn, lambda one: f"/wishes/leaf/{one.pk}/")
    assert made.leaves.count("<a ") == count
    assert len(gzip.compress((made.leaves + made.wood).encode())) < 12_000 + 60 * count
    if count == MOST:
        assert len(gzip.compress((made.leaves + made.wood).encode())) < 110_000


def test_states_are_told_apart_by_shape():
    marks = {
        state: tree.leaf_mark(tree.place_leaves([leaf(0, state)])[0][0], "#", words=False) for state in rules.SHOWN
    }
    used = {
        state: tuple(re.findall(r'href="#([a-z]+)', mark)[1:] or re.findall(r"#([a-z])", mark))
        for state, mark in marks.items()
    }
    assert "face" in marks[rules.CONFIRMED] and all("face" not in marks[s] for s in rules.SHOWN if s != rules.CONFIRMED)
    assert len({re.search(r'<use href="#([a-z])', mark)[1] for mark in marks.values()}) == 5, used


@given(st.text("夏天到了，我想要一个风扇abc 。！？", max_size=60), st.integers(0, 359), st.booleans())
def test_words_on_a_leaf_stay_on_it(words, angle, face):
    laid = tree.lay(words, angle, face)
    for y, line in laid.lines:
        high = laid.size * 1.22
        low = y - 0.77 * high
        assert tree.wide(line) * laid.size <= tree.room(angle, low + 1, low + high - 2) + laid.size * 0.7
    said = "".join(line for _y, line in laid.lines)
    plain = "".join(words.split())
    assert "".join(said.split()) == plain or (said.endswith("…") or not said)
    for (_y, above), (_low, line) in itertools.pairwise(laid.lines):
        assert line[0] not in tree.CLOSING or line == "…" or above[-1] in tree.CLOSING


def test_the_fan_stands_on_every_leaf_in_full():
    for site in shape().sites[:400]:
        laid = tree.lay("夏天到了，我想要一个风扇", site.angle)
        assert "".join(line for _y, line in laid.lines) == "夏天到了，我想要一个风扇", site


def test_words_cannot_break_out_of_the_picture():
    wish = leaf(0, words='<script>alert("1")</script>&"\'')
    made = tree.picture(tree.place_leaves([wish])[0], lambda one: "#")
    assert "<script" not in made.leaves


def test_a_file_that_stands_alone_needs_nothing_else():
    drawn, _ = tree.place_leaves(leaf(n, rules.CONFIRMED if n % 3 else rules.PUBLISHED) for n in range(40))
    text = tree.as_file(drawn, "广场社区心愿树", "40 个心愿 <&>")
    import xml.etree.ElementTree as ET

    ET.fromstring(text)
    assert (
        "var(--" not in text and "<style" not in text and "http" not in text.replace("http://www.w3.org/2000/svg", "")
    )
    assert set(DAY) and "#face" in text and land(in_file) and meadow(in_file)

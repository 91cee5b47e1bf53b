"""Codes, levels, paths and tags."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huying.kernel.ltree import ancestors_of, is_path
from huying.places import rules

CODES = st.sampled_from(sorted(rules.KIND_OF_LENGTH)).flatmap(
    lambda length: st.text("0123456789", min_size=length, max_size=length)
)


def test_the_length_of_a_code_names_its_level():
    assert [rules.kind_of_code("9" * n) for n in (2, 4, 6, 9, 12)] == list(rules.DIVISIONS)


@pytest.mark.parametrize(
    "code", ["", "6", "610", "61011", "6101150", "6101150050", "61 01", "六十一", "61a1", "６１", "٦١"]
)
def test_what_is_no_code_names_no_level(code):
    assert rules.kind_of_code(code) is None
    with pytest.raises(ValueError):
        rules.parent_code(code)
    with pytest.raises(ValueError):
        rules.path_of_code(code)


@settings(deadline=None)
@given(CODES)
def test_a_path_ends_in_its_code_and_climbs_by_parents(code):
    path = rules.path_of_code(code)
    assert is_path(path)
    labels = path.split(".")
    assert labels[-1] == code and len(labels) == rules.DIVISIONS.index(rules.kind_of_code(code)) + 1
    assert rules.parent_code(code) == (labels[-2] if len(labels) > 1 else None)
    assert ancestors_of(path) == [rules.path_of_code(label) for label in labels[:-1]]


@settings(deadline=None)
@given(st.text(max_size=20))
def test_no_text_breaks_the_reading_of_a_code(text):
    assert rules.kind_of_code(text) in (None, *rules.DIVISIONS)


def test_a_kind_stands_only_in_kinds_above_it():
    for kind, parents in rules.MAY_STAND_IN.items():
        for parent in parents:
            assert rules.KINDS.index(parent) < rules.KINDS.index(kind)
    assert rules.may_stand_in("province", None)
    assert not rules.may_stand_in("city", None)
    assert not rules.may_stand_in("household", "community")


def test_tags_are_short_and_cannot_be_misread():
    tags = {rules.new_tag() for _ in range(500)}
    assert len(tags) == 500
    for tag in tags:
        assert len(tag) == rules.TAG_LENGTH and not set(tag) & set("0o1lieau")
        assert rules.tag_from(f" {tag[:4].upper()}-{tag[4:]} ") == tag


@settings(deadline=None)
@given(st.text(max_size=12))
def test_what_is_typed_off_a_poster_is_a_tag_or_nothing(text):
    tag = rules.tag_from(text)
    assert tag is None or set(tag) <= set(rules.TAG_ALPHABET)

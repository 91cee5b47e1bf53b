"""Numbers that know when they were mistyped, weeks of hours, masked names."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huying.callouts import rules_volunteers as rules

BODIES = st.text(rules.ALPHABET, min_size=1, max_size=30)
WEEKS = st.lists(st.integers(0, rules.WHOLE_DAY), min_size=7, max_size=7)


@given(BODIES, st.data())
def test_one_wrong_sign_is_always_found_out(body, data):
    number = rules.with_check(body)
    at = data.draw(st.integers(0, len(number) - 1))
    other = data.draw(st.sampled_from([sign for sign in rules.ALPHABET if sign != number[at]]))
    wrong = number[:at] + other + number[at + 1 :]
    assert rules.is_whole(number, len(body))
    assert not rules.is_whole(wrong, len(body))


@given(BODIES, st.data())
def test_two_exchanged_signs_are_always_found_out(body, data):
    number = rules.with_check(body)
    a, b = (data.draw(st.integers(0, len(number) - 1)) for _which in range(2))
    signs = list(number)
    signs[a], signs[b] = signs[b], signs[a]
    assert rules.is_whole("".join(signs), len(body)) == (number[a] == number[b])


@given(st.integers(0, (1 << 75) - 1))
def test_a_number_is_read_however_it_is_typed(random):
    number = rules.number_of(random, rules.OF_CERTIFICATE)
    typed = rules.grouped(number).lower().replace("0", "o").replace("1", "l").replace("-", " － ")
    assert rules.plain(typed) == number
    assert rules.is_whole(rules.plain(typed), rules.OF_CERTIFICATE)


@pytest.mark.parametrize("text", ["", "K7M2", "张三的证明", "K7M29QXAU", "../../etc", "0" * 400])
def test_what_is_no_number_is_none(text):
    assert not rules.is_whole(rules.plain(text), rules.OF_VOLUNTEER)


def test_a_body_is_neither_empty_nor_endless():
    for body in ("", "0" * 31):
        with pytest.raises(ValueError, match="1 to 30"):
            rules.with_check(body)


@given(WEEKS)
def test_a_week_is_its_ticks(week):
    assert rules.week_from(rules.ticks_of(week)) == week


@given(st.integers(0, rules.WHOLE_DAY))
def test_a_day_is_its_spans(bits):
    spans = rules.spans_of(bits)
    assert sum(1 << hour for start, end in spans for hour in range(start, end)) == bits
    assert all(one[1] < other[0] for one, other in pairwise(spans))


def test_there_is_no_eighth_day():
    for tick in ((7, 0), (0, 24), (-1, 3)):
        with pytest.raises(ValueError, match="no such hour"):
            rules.week_from([tick])


def test_a_night_goes_over_midnight():
    assert rules.spans_of(rules.hours_between(22, 6)) == [(0, 6), (22, 24)]


def test_of_a_name_the_first_sign_is_shown():
    assert [rules.masked(name) for name in ("徐小强", " 徐", "Xu", "")] == ["徐*", "徐*", "X*", "*"]

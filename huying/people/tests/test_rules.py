"""Phone numbers, reasons, and the words for roles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huying.people.models import ROLE_NAMES
from huying.people.rules import Role, masked, phone_number, reason_of


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("13812345678", "13812345678"),
        ("138 1234 5678", "13812345678"),
        ("138-1234-5678", "13812345678"),
        ("+86 138 1234 5678", "13812345678"),
        ("0086-13812345678", "13812345678"),
        ("8613812345678", "13812345678"),
        ("13812345678", "13812345678"),
        (" (029)8888 1234 ", "02988881234"),
        ("029-88881234", "02988881234"),
        ("+86 29 8888 1234", "02988881234"),
        ("010 6555 0000", "01065550000"),
        ("0913-2345678", "09132345678"),
        ("19912345678", "19912345678"),
    ],
)
def test_a_number_is_read_however_it_is_written(text, number):
    assert phone_number(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12812345678",
        "1381234567",
        "138123456789",
        "88881234",
        "029-1888123",
        "110",
        "abc",
        "+1 2025550123",
        "1381234567a",
        "١٣٨١٢٣٤٥٦٧٨",
        "138\x0012345678",
        "𝟏𝟑𝟖12345678x",
    ],
)
def test_what_is_no_number_is_refused(text):
    with pytest.raises(ValueError, match="phone"):
        phone_number(text)


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_refused(text):
    try:
        number = phone_number(text)
    except ValueError:
        return
    assert number.isascii() and number.isdigit() and 10 <= len(number) <= 12
    assert phone_number(number) == number
    assert number not in masked(number)


def test_masked_shows_head_and_tail_only():
    assert masked("13812345678") == "138****5678"
    assert masked("02988881234") == "029****1234"
    assert masked("123") == "****"


@pytest.mark.parametrize("text", ["", "    ", "看看", "aaaaaaaa", "……!!??..", "1111 1111"])
def test_a_reason_must_say_something(text):
    with pytest.raises(ValueError, match="reason"):
        reason_of(text)


def test_a_reason_is_kept_in_one_line():
    assert reason_of("  要上门\n修灯，先约时间 ") == "要上门 修灯，先约时间"


def test_every_role_has_a_name():
    assert set(ROLE_NAMES) == set(Role)

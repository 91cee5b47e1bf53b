"""Numbers with a check, weeks of hours, masked names: the pure rules of volunteers. No Django, no clock."""

import unicodedata
from collections.abc import Iterable

# Without I, L, O and U, which are misread or read as words.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans({"I": "1", "L": "1", "O": "0"})
# Of a volunteer: 40 random bits and the check; of a certificate: 75, which nobody finds by trying.
OF_VOLUNTEER, OF_CERTIFICATE = 8, 15
HOURS, DAYS = 24, 7
WHOLE_DAY = (1 << HOURS) - 1


def _powers() -> tuple[int, ...]:
    """The powers of a generator of GF(32), x⁵ + x² + 1: 31 different weights."""
    found, value = [], 1
    for _step in range(31):
        found.append(value)
        value <<= 1
        if value & 32:
            value ^= 0b100101
    return tuple(found)


_POWERS = _powers()
_LOGS = {value: power for power, value in enumerate(_POWERS)}


def _sum(digits: Iterable[int]) -> int:
    """The weighted sum in GF(32), the last but one digit weighed by the generator, the one before by its square …"""
    total = 0
    for place, digit in enumerate(digits, start=1):
        if digit:
            total ^= _POWERS[(_LOGS[digit] + place) % 31]
    return total


def with_check(body: str) -> str:
    """A body of at most 30 signs with its check sign: any one wrong sign and any two exchanged are found out."""
    if not 1 <= len(body) <= 30:
        raise ValueError("a number has 1 to 30 signs")
    return body + ALPHABET[_sum(ALPHABET.index(sign) for sign in reversed(body))]


def number_of(random: int, length: int) -> str:
    """A number of `length` signs and a check from as many random bits as it takes (5 a sign)."""
    signs = [ALPHABET[random >> 5 * place & 31] for place in range(length)]
    return with_check("".join(signs))


def plain(text: str) -> str:
    """A number as it is kept, however it was typed: full-width, in small letters, with spaces and dashes, O for 0."""
    folded = unicodedata.normalize("NFKC", text).upper().translate(_MISREAD)
    return "".join(sign for sign in folded if sign not in " -‐‑–—_.·\t\n\r")


def is_whole(number: str, length: int) -> bool:
    """Whether a plain number has so many signs and the check that belongs to them."""
    if len(number) != length + 1 or any(sign not in ALPHABET for sign in number):
        return False
    return with_check(number[:-1]) == number


def grouped(number: str) -> str:
    """A number in groups of four for the eye: 'K7M2-9QXA-3'."""
    return "-".join(number[start : start + 4] for start in range(0, len(number), 4))


def masked(name: str) -> str:
    """A name of which only the first sign can be read: '徐*'."""
    shown = name.strip()[:1]
    return f"{shown}*" if shown else "*"


def hours_between(start: int, end: int) -> int:
    """The bits of the hours from `start` to `end`, over midnight too."""
    span = range(start, end) if start < end else (*range(start, HOURS), *range(end))
    return sum(1 << hour for hour in span)


def week_from(ticks: Iterable[tuple[int, int]]) -> list[int]:
    """Seven days of bits from (day, hour); ValueError beyond a week."""
    week = [0] * DAYS
    for day, hour in ticks:
        if not (0 <= day < DAYS and 0 <= hour < HOURS):
            raise ValueError("there is no such hour in a week")
        week[day] |= 1 << hour
    return week


def ticks_of(week: Iterable[int]) -> list[tuple[int, int]]:
    """The (day, hour) of a week's bits."""
    return [(day, hour) for day, bits in enumerate(week) for hour in range(HOURS) if bits >> hour & 1]


def spans_of(bits: int) -> list[tuple[int, int]]:
    """The free hours of a day as spans (from, to), to be said in words."""
    spans, start = [], None
    for hour in range(HOURS + 1):
        free = hour < HOURS and bits >> hour & 1
        if free and start is None:
            start = hour
        elif not free and start is not None:
            spans.append((start, hour))
            start = None
    return spans

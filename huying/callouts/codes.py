"""The code at the place that changes every 30 seconds (TOTP, RFC 6238), and its picture, which a page draws without network.

A QR code of a fixed size, level and mask is linear: the picture of any six digits is the picture of 000000 with, for each
bit of a digit that is set, the difference that this bit makes. So 25 pictures are enough for every code there will ever be.
"""

import datetime as dt
import hmac
from dataclasses import dataclass
from functools import lru_cache

import pyotp
import segno
from django.utils.safestring import SafeString, mark_safe

STEP = 30
DIGITS = 6
# Of a digit in ASCII (0x30 to 0x39) only the low four bits differ.
BITS = 4
LEVEL = "m"


def new_secret() -> str:
    """A fresh secret: 160 bits in base32."""
    return pyotp.random_base32(32)


def step_of(at: dt.datetime) -> int:
    """The number of the 30 seconds in which a moment lies."""
    return int(at.timestamp()) // STEP


def begins(step: int) -> dt.datetime:
    """When those 30 seconds begin."""
    return dt.datetime.fromtimestamp(step * STEP, dt.UTC)


def code(secret: str, step: int) -> str:
    """The six digits of a step."""
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP).generate_otp(step)


def cleaned(typed: str) -> str:
    """The digits of what was typed or scanned, full-width ones as plain ones; '' when they are not six."""
    digits = "".join(str(int(sign)) for sign in typed.replace(" ", "") if sign.isdecimal())
    return digits if len(digits) == DIGITS and len(typed) <= 3 * DIGITS else ""


def match(secret: str, typed: str, at: dt.datetime, back: int) -> int | None:
    """The step whose code it is, from the one of `at` to `back` steps before it; None when it is none of them."""
    now = step_of(at)
    found = None
    for step in range(now, now - back - 1, -1):
        # All are compared, so that the time it takes says nothing.
        if hmac.compare_digest(code(secret, step), typed) and found is None:
            found = step
    return found


def ahead(secret: str, first: int, count: int) -> str:
    """The codes of so many steps from `first` on, one after the other without a gap."""
    return "".join(code(secret, step) for step in range(first, first + count))


@dataclass(frozen=True)
class Pictures:
    """Pictures as bits in hexadecimal, row by row from the upper left: `base` of 000000, `parts` what each bit changes.

    Part 4 × d + b belongs to bit b (1, 2, 4, 8) of digit d.
    """

    size: int
    base: str
    parts: tuple[str, ...]


def _make(address: str, digits: str, **how):
    return segno.make_qr(address.replace("{code}", digits), mode="byte", error=LEVEL, boost_error=False, **how)


def _bits(code) -> int:
    return int("".join("1" if cell else "0" for row in code.matrix for cell in row), 2)


@lru_cache(maxsize=64)
def pictures(address: str) -> Pictures:
    """The pictures behind an address with `{code}` in it."""
    zero = _make(address, "0" * DIGITS)
    how = {"version": zero.version, "mask": zero.mask}
    base = _bits(zero)
    parts = []
    for place in range(DIGITS):
        for bit in range(BITS):
            # 0x3a to 0x3f are no digits; as bits they are as good as any.
            sign = chr(ord("0") ^ (1 << bit))
            digits = "0" * place + sign + "0" * (DIGITS - place - 1)
            parts.append(f"{_bits(_make(address, digits, **how)) ^ base:x}")
    return Pictures(len(zero.matrix), f"{base:x}", tuple(parts))


def svg(address: str, digits: str) -> SafeString:
    """The code of now as an inline SVG, for a page without a script."""
    zero = _make(address, "0" * DIGITS)
    drawn = _make(address, digits, version=zero.version, mask=zero.mask)
    return mark_safe(drawn.svg_inline(border=4, omitsize=True, dark="#000", light="#fff"))  # noqa: S308 (our own SVG)

"""Which role stands at which kind of place, who appoints whom, and how a Chinese phone number is read. No Django."""

import datetime as dt
import re
import unicodedata
from collections.abc import Collection
from enum import StrEnum


class Role(StrEnum):
    """A post's role. The words for it are in `models.ROLE_NAMES`."""

    BUILDING_HEAD = "building_head"
    COMPOUND_SECRETARY = "compound_secretary"
    COMMUNITY_WORKER = "community_worker"
    COMMUNITY_SECRETARY = "community_secretary"
    STREET_STAFF = "street_staff"
    DISTRICT_STAFF = "district_staff"
    CITY_STAFF = "city_staff"
    VOLUNTEER = "volunteer"
    OPERATOR = "operator"


# The kinds of place that a role may stand at. An operator runs an installation, which is a district's or a city's.
STANDS_AT: dict[Role, tuple[str, ...]] = {
    Role.BUILDING_HEAD: ("building", "entrance"),
    Role.COMPOUND_SECRETARY: ("compound",),
    Role.COMMUNITY_WORKER: ("community",),
    Role.COMMUNITY_SECRETARY: ("community",),
    Role.STREET_STAFF: ("street",),
    Role.DISTRICT_STAFF: ("district",),
    Role.CITY_STAFF: ("city",),
    Role.VOLUNTEER: ("community", "compound"),
    Role.OPERATOR: ("province", "city", "district"),
}

_IN_THE_COMMUNITY = (Role.BUILDING_HEAD, Role.COMPOUND_SECRETARY, Role.VOLUNTEER)
# Whoever holds the role on the left appoints, at or below the place where they hold it, the roles on the right.
APPOINTS: dict[Role, tuple[Role, ...]] = {
    Role.COMMUNITY_WORKER: _IN_THE_COMMUNITY,
    Role.COMMUNITY_SECRETARY: _IN_THE_COMMUNITY,
    Role.STREET_STAFF: (Role.COMMUNITY_WORKER, Role.COMMUNITY_SECRETARY),
    Role.DISTRICT_STAFF: (Role.STREET_STAFF,),
    Role.CITY_STAFF: (Role.DISTRICT_STAFF,),
    Role.OPERATOR: tuple(Role),
}

# The levels whose screens show many communities at once; policy asks them for a second factor.
STAFF_ROLES = tuple(role for role in Role if role != Role.VOLUNTEER)


def may_stand_at(role: str, kind: str) -> bool:
    """Whether `role` may be held at a place of this kind; False for an unknown role."""
    return kind in STANDS_AT.get(role, ())


def appointers_of(role: str) -> tuple[Role, ...]:
    """The roles that may give or end a post of `role`."""
    return tuple(giver for giver, given in APPOINTS.items() if role in given)


def in_term(valid_from: dt.date, valid_to: dt.date | None, on: dt.date) -> bool:
    """Whether a half-open term [valid_from, valid_to) holds on that day."""
    return valid_from <= on and (valid_to is None or on < valid_to)


_MOBILE = re.compile(r"1[3-9]\d{9}")
# Area codes are 010, 02x (three digits, then eight) or 0[3-9]xx (four digits, then seven or eight).
_LANDLINE = re.compile(r"(?:010|02\d)[2-9]\d{7}|0[3-9]\d{2}[2-9]\d{6,7}")
_BETWEEN = re.compile(r"[\s\-‐‑–—()().·]+")


def phone_number(text: str) -> str:
    """The digits of a mainland mobile or landline number, as they are dialled at home ('13812345678', '02988881234').

    Takes full-width digits, spaces, dashes, brackets, +86 and 0086. Raises ValueError when it is not such a number.
    """
    plain = _BETWEEN.sub("", unicodedata.normalize("NFKC", text))
    for prefix in ("+86", "0086"):
        if plain.startswith(prefix):
            plain = plain.removeprefix(prefix)
            # Abroad a landline is written without the 0 of its area code.
            if not _MOBILE.fullmatch(plain) and not plain.startswith("0"):
                plain = "0" + plain
            break
    else:
        if len(plain) == 13 and plain.startswith("86"):
            plain = plain.removeprefix("86")
    if not plain.isascii() or not (_MOBILE.fullmatch(plain) or _LANDLINE.fullmatch(plain)):
        raise ValueError("not a mainland phone number")
    return plain


def masked(phone: str) -> str:
    """A number of which only the head and tail can be read: '138****5678', '029****1234'."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 10 else "****"


def reason_of(text: str, least: int = 5) -> str:
    """The reason, trimmed; ValueError when it has fewer than `least` characters that say something."""
    plain = " ".join("".join(c for c in text if unicodedata.category(c)[0] != "C" or c.isspace()).split())
    if sum(c.isalnum() for c in plain) < least or len(set(plain)) < 3:
        raise ValueError("no reason given")
    return plain


def gaps(buildings: Collection[int], held: Collection[int]) -> list[int]:
    """The buildings, in their own order, at which nobody holds a post."""
    taken = set(held)
    return [building for building in buildings if building not in taken]

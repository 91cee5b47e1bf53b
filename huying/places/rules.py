"""What a place may be: kinds, which may stand in which, codes and their levels. Pure, no database."""

import re
import secrets
import unicodedata
from itertools import pairwise

PROVINCE, CITY, DISTRICT, STREET, COMMUNITY = "province", "city", "district", "street", "community"
GRID, COMPOUND, BUILDING, ENTRANCE, HOUSEHOLD = "grid", "compound", "building", "entrance", "household"

DIVISIONS = (PROVINCE, CITY, DISTRICT, STREET, COMMUNITY)
KINDS = (*DIVISIONS, GRID, COMPOUND, BUILDING, ENTRANCE, HOUSEHOLD)

# Length of a division's statistical code, in digits.
CODE_LENGTH = {PROVINCE: 2, CITY: 4, DISTRICT: 6, STREET: 9, COMMUNITY: 12}
KIND_OF_LENGTH = {length: kind for kind, length in CODE_LENGTH.items()}
_PARENT_LENGTH = dict(pairwise([*reversed(KIND_OF_LENGTH), 0]))

# A village has houses without compounds and compounds without entrances, so the lower floors may be skipped.
MAY_STAND_IN: dict[str, tuple[str, ...]] = {
    PROVINCE: (),
    CITY: (PROVINCE,),
    DISTRICT: (CITY,),
    STREET: (DISTRICT,),
    COMMUNITY: (STREET,),
    GRID: (COMMUNITY,),
    COMPOUND: (COMMUNITY, GRID),
    BUILDING: (COMMUNITY, GRID, COMPOUND),
    ENTRANCE: (BUILDING,),
    HOUSEHOLD: (COMPOUND, BUILDING, ENTRANCE),
}

# Places that carry a QR code; those below the community get their tag when they are made.
TAGGED = (COMMUNITY, COMPOUND, BUILDING, ENTRANCE)
TAGGED_AT_ONCE = (COMPOUND, BUILDING, ENTRANCE)

# Nothing that is taken for something else (0 o, 1 l i) and no vowels, so that no tag spells a word.
TAG_ALPHABET = "23456789bcdfghjkmnpqrstvwxyz"
TAG_LENGTH = 8


def kind_of_code(code: str) -> str | None:
    """The kind of division that a code names by its length; None when it names none."""
    return KIND_OF_LENGTH.get(len(code)) if code.isascii() and code.isdigit() else None


def parent_code(code: str) -> str | None:
    """The code one level up ('610115' → '6101'); None for a province; ValueError when it is no code."""
    if kind_of_code(code) is None:
        raise ValueError(f"not a division code: {code!r}")
    shorter = _PARENT_LENGTH[len(code)]
    return code[:shorter] if shorter else None


def path_of_code(code: str) -> str:
    """The path of a division ('610115' → '61.6101.610115'); ValueError when it is no code."""
    if kind_of_code(code) is None:
        raise ValueError(f"not a division code: {code!r}")
    return ".".join([code[:length] for length in KIND_OF_LENGTH if length <= len(code)])


def may_stand_in(kind: str, parent_kind: str | None) -> bool:
    """Whether a place of this kind may stand directly in one of that kind (None = at the top)."""
    return kind == PROVINCE if parent_kind is None else parent_kind in MAY_STAND_IN[kind]


def label_of(kind: str, code: str | None, place_id: int) -> str:
    """The last label of a place's path: its code for a division, p<id> below."""
    return code if kind in DIVISIONS and code else f"p{place_id}"


def new_tag() -> str:
    """A random tag for a QR link, 28^8 possibilities; the unique index has the last word."""
    return "".join(secrets.choice(TAG_ALPHABET) for _ in range(TAG_LENGTH))


def tag_from(text: str) -> str | None:
    """The tag in what somebody typed off a poster (case and blanks forgiven); None when it cannot be one."""
    tag = re.sub(r"[\s\-]", "", text).lower()
    return tag if len(tag) == TAG_LENGTH and set(tag) <= set(TAG_ALPHABET) else None


# Whoever holds one of these at a place or above it may bring in its buildings and households.
IMPORTERS = ("compound_secretary", "community_worker", "community_secretary", "operator")
# Whoever knows the doors puts up the posters.
PRINTERS = ("compound_secretary", "community_worker", "community_secretary")
# Ending and splitting is for those who answer for the whole tree.
KEEPERS = ("district_staff", "city_staff", "operator")

_SUFFIXES = {
    BUILDING: re.compile(r"(?:号楼|号栋|栋|幢|楼|座|号|#楼|#)$"),
    ENTRANCE: re.compile(r"(?:单元|号门|门洞|门|梯|号|#)$"),
    HOUSEHOLD: re.compile(r"(?:号房|室|户|房|号)$"),
}
_USUAL = {BUILDING: "栋", ENTRANCE: "单元", HOUSEHOLD: ""}
_DIGITS = {char: str(number) for number, char in enumerate("零一二三四五六七八九")} | {"〇": "0", "两": "2"}


def _arabic(text: str) -> str:
    """'十七' → '17', '二十' → '20'; anything else as it is."""
    tens, ten, ones = text.partition("十")
    if not ten:
        return "".join(_DIGITS[char] for char in text) if text and all(char in _DIGITS for char in text) else text
    if len(tens) > 1 or len(ones) > 1 or not all(char in _DIGITS for char in tens + ones):
        return text
    return (_DIGITS[tens] if tens else "1") + (_DIGITS[ones] if ones else "0")


def numbered(kind: str, text: str) -> tuple[str, str]:
    """How a building, entrance or household is called, and a key that is the same however its number was written.

    '17', '17栋', '17#', '第十七号楼' are one building; what was written with a word of its own keeps it ('17号楼').
    """
    words = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).lstrip("第")
    found = _SUFFIXES[kind].search(words)
    suffix = found[0] if found else ""
    core = _arabic(words.removesuffix(suffix) if suffix else words) or words
    key = core.upper().lstrip("0") or core
    if not re.fullmatch(r"[0-9A-Za-z\-甲乙丙丁]+", core):
        return words, key
    if kind == HOUSEHOLD:
        return core, key
    number = core.lstrip("0") or core
    keeps = suffix if suffix in ("号楼", "栋", "幢", "楼", "座", "单元", "门") else _USUAL[kind]
    return number + keeps, key


def natural(name: str) -> list[tuple[int, int, str]]:
    """A sort key by which 2栋 stands before 17栋."""
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"([0-9]+)", name) if part]

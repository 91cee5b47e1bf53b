"""Words that may give a person away: found, so that somebody rewords them, and masked, so that nobody reads them. No Django."""

import re
import unicodedata
from collections.abc import Iterator

_COUNT = r"[0-9一二三四五六七八九十]{1,4}"
_PATTERNS = (
    ("phone", re.compile(r"(?<![0-9])1[3-9][0-9][- ]?[0-9]{4}[- ]?[0-9]{4}(?![0-9])|(?<![0-9])0[0-9]{2,3}-?[0-9]{7,8}(?![0-9])")),
    ("id_number", re.compile(r"(?<![0-9])[1-9][0-9]{16}[0-9Xx](?![0-9A-Za-z])")),
    ("bank_card", re.compile(r"(?<![0-9])[3-6][0-9]{15,18}(?![0-9])")),
    ("door", re.compile(rf"(?:[0-9一二三四五六七八九十]{{1,3}}\s*(?:号?楼|栋|幢)\s*)?[0-9一二三四五六七八九十]{{1,3}}\s*(?:单元|门)\s*[0-9]{{2,5}}(?:室|号|户)?|(?<![0-9])[0-9]{{3,4}}\s*(?:室|户)|{_COUNT}\s*(?:号?楼|栋|幢)\s*[-—]?\s*[0-9]{{3,4}}(?![0-9])")),
    ("plate", re.compile(r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][·\s]?[A-Z0-9]{5,6}")),
)  # fmt: skip
# Where somebody lives, without the door: harmless in a call about the lift, but on a wish it says who wishes.
_HOME = re.compile(rf"{_COUNT}\s*(?:号?楼|栋|幢|单元|号院)")
MASK = "＊"


def _folded(text: str) -> tuple[str, list[int]]:
    """The text in half-width signs, and for each of them the place of the sign that it came from."""
    signs, origin = [], []
    for at, sign in enumerate(text):
        plain = unicodedata.normalize("NFKC", sign)
        signs.append(plain)
        origin.extend([at] * len(plain))
    return "".join(signs), origin


def _found(text: str, home: bool) -> Iterator[tuple[str, int, int]]:
    folded, origin = _folded(text)
    patterns = (*_PATTERNS, ("home", _HOME)) if home else _PATTERNS
    for kind, pattern in patterns:
        for found in pattern.finditer(folded):
            yield kind, origin[found.start()], origin[found.end() - 1] + 1


def private_words(text: str, *, home: bool = False) -> list[tuple[str, str]]:
    """What in a text may give a person away: (kind, the words as written). `home`: the building they live in, too."""
    return [(kind, text[start:end]) for kind, start, end in _found(text, home)]


def _replaced(text: str, home: bool, sign: str, each: bool) -> str:
    hidden = [False] * len(text)
    for _kind, start, end in _found(text, home):
        hidden[start:end] = [True] * (end - start)
    shown = []
    for at, letter in enumerate(text):
        if not hidden[at]:
            shown.append(letter)
        elif each or at == 0 or not hidden[at - 1]:
            shown.append(sign)
    return "".join(shown)


def nameless(text: str) -> str:
    """A text with '…' where it may give a person away."""
    return _replaced(text, False, "…", each=False)


def mask(text: str, *, home: bool = True) -> str:
    """A text with ＊ for each sign of a phone, a door, a building, a plate or another number that gives somebody away."""
    return _replaced(text, home, MASK, each=True)

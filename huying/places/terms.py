"""The terms under which a place is found, and the query that finds it: one inverted index answers it all. Pure.

A place's terms are pairs of characters of its name (any part), its pinyin and initials from each syllable on (any
part, typed as far as one likes), and marked ones: '^' how the name begins, '=' the whole name, '@' each place that it
stands in, '#' its kind. So scope, kind, prefix and exactness are all answered by the same index, in a few milliseconds
over the whole country, and rows are only read to be shown.
"""

import re
from functools import lru_cache

from huying.kernel.grams import grams, plain
from huying.places import names, rules

# Longer terms are cut; a longer query is cut alike, and what it finds is checked again on the names themselves.
_PINYIN, _INITIALS = 9, 6
# Of longer names only the characters are indexed to the end.
_SYLLABLES = 12
# One or two letters find names that begin so; anywhere in a name they would find a good part of the country.
_FREE_LETTERS = 3
_LONGEST_QUERY = 40

FOUND_BY_NAME = tuple(kind for kind in rules.KINDS if kind not in (rules.ENTRANCE, rules.HOUSEHOLD))
ABOVE_COMMUNITY = rules.DIVISIONS[:-1]


def flat(text: str) -> str:
    """The text as one word: plain, and only its letters, digits and characters."""
    return re.sub(r"[\W_]", "", plain(text))


@lru_cache(maxsize=50_000)
def _anywhere(base: str) -> tuple[str, ...]:
    found = dict.fromkeys(grams(base))
    syllables = names.syllables(base)[:_SYLLABLES]
    for start in range(len(syllables)):
        rest = syllables[start:]
        found["".join(rest)[:_PINYIN]] = None
        found["".join(syllable[0] for syllable in rest)[:_INITIALS]] = None
    return tuple(found)


@lru_cache(maxsize=50_000)
def _beginnings(name: str) -> tuple[str, ...]:
    syllables = names.syllables(name)[:_SYLLABLES]
    pinyin, initials = "".join(syllables), "".join(syllable[0] for syllable in syllables)
    starts = {flat(name)[:2]}
    for letters, most in ((pinyin, _PINYIN), (initials, _INITIALS)):
        starts |= {letters[:1], letters[:2], letters[:most]}
    return tuple(f"^{start}" for start in starts if start)


def terms(kind: str, name: str, short: str, path: str, *, building_of: str = "") -> list[str]:
    """All terms of a place; `building_of` is the name of a building's compound, under which it is found as well."""
    base = names.base_name(name)
    found = dict.fromkeys(_anywhere(base))
    found.update(dict.fromkeys(_beginnings(short)))
    if base != short:
        found.update(dict.fromkeys(_beginnings(base)))
    found.update(dict.fromkeys(f"={flat(each)}" for each in (name, base, short, names.core_name(short, kind))))
    if building_of:
        found.update(dict.fromkeys(_anywhere(names.base_name(building_of))))
    found.update(dict.fromkeys(f"@{label}" for label in path.split(".")))
    found[f"#{kind}"] = None
    return list(found)


def _quoted(term: str) -> str:
    return "'" + term.replace("\\", "").replace("'", "") + "'"


def any_of(marked: list[str]) -> str:
    """A tsquery of one or the other term; '' when there is none."""
    return f"({'|'.join(map(_quoted, marked))})" if marked else ""


def all_of(*parts: str) -> str:
    """A tsquery of all the parts that are not empty."""
    return " & ".join(part for part in parts if part)


class Query:
    """What somebody typed, as tsqueries: `anywhere`, `begins`, `exact`; each '' when there is nothing to look for."""

    def __init__(self, text: str):
        self.text = plain(text)[:_LONGEST_QUERY].strip()
        self.flat = flat(self.text)
        # '骊山新家园社区居委会' must find what is indexed as '骊山新家园社区'.
        self.base = flat(names.base_name(self.text))
        self.anywhere = all_of(*map(self._anywhere, grams(self.base)))
        self.begins = self._begins()
        self.exact = any_of([f"={each}" for each in dict.fromkeys((self.flat, self.base))]) if self.flat else ""

    @property
    def is_letters(self) -> bool:
        """Whether pinyin or initials were typed."""
        return self.flat.isascii()

    @staticmethod
    def _anywhere(term: str) -> str:
        if term.isascii() and term.isalpha():
            if len(term) < _FREE_LETTERS:
                return _quoted(f"^{term}")
            return _cut(term)
        return _quoted(term) + (":*" if len(term) == 1 or term.isdigit() else "")

    def _begins(self) -> str:
        if not self.flat:
            return ""
        if self.is_letters:
            if len(self.flat) < _FREE_LETTERS:
                return _quoted(f"^{self.flat}")
            return _cut(self.flat, "^")
        return all_of(_quoted(f"^{self.base[:2]}") + ("" if len(self.base) > 1 else ":*"), self.anywhere)


def _cut(letters: str, mark: str = "") -> str:
    # As pinyin or as initials; whichever term is shorter than the query must be met whole.
    choices = [_quoted(mark + letters[:_PINYIN]) + ":*"]
    if len(letters) > _INITIALS:
        choices.append(_quoted(mark + letters[:_INITIALS]))
    return f"({'|'.join(choices)})"

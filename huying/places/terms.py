"""The terms under which a place is found, and the query that finds it: one inverted index answers it all. Pure.

A place's terms are pairs of characters of its name (any part), its pinyin and initials from each syllable on (any
part, typed as far as one likes), and marked ones: '^' how the name begins, '=' the whole name, '@' each place that it
stands in, '#' its kind. So scope, kind, prefix and exactness are all answered by the same index, in a few milliseconds
over the whole country, and rows are only read to be shown.
"""

import re

from huying.kernel.grams import grams, plain
from huying.places import names, rules

# Longer terms are cut; a longer query is cut alike, and what it finds is checked again on the names themselves.
PINYIN, INITIALS = 8, 6
# Of longer names only the characters are indexed to the end.
_SYLLABLES = 12
# One or two letters find names that begin so; anywhere in a name they would find a good part of the country.
_FREE_LETTERS = 3
_LONGEST_QUERY = 40
_NOT_IN_WORDS = re.compile(r"[\W_]")

FOUND_BY_NAME = tuple(kind for kind in rules.KINDS if kind not in (rules.ENTRANCE, rules.HOUSEHOLD))
ABOVE_COMMUNITY = rules.DIVISIONS[:-1]


def flat(text: str) -> str:
    """The text as one word: plain, and only its letters, digits and characters."""
    word = plain(text)
    return word if word.isalnum() else _NOT_IN_WORDS.sub("", word)


def _anywhere(base: str, core: str, syllables: tuple[str, ...]) -> list[str]:
    found = grams(base)
    pinyin, initials = "".join(syllables), "".join([syllable[0] for syllable in syllables])
    # Nobody looks for what half of all names end in: letters are indexed from each syllable of the core on.
    at = 0
    for number in range(max(1, len(syllables) - len(base) + len(core))):
        found += (pinyin[at : at + PINYIN], initials[number : number + INITIALS])
        at += len(syllables[number]) if syllables else 0
    return found


def _beginnings(name: str, syllables: tuple[str, ...]) -> list[str]:
    pinyin, initials = "".join(syllables), "".join([syllable[0] for syllable in syllables[:INITIALS]])
    starts = (flat(name)[:2], pinyin[:1], pinyin[:2], pinyin[:PINYIN], initials[:2], initials)
    return [f"^{start}" for start in starts if start]


def of_name(kind: str, name: str, short: str) -> list[str]:
    """The terms that the name gives, each once."""
    base, core = names.base_name(name), names.core_name(short, kind)
    syllables = names.syllables(base)[:_SYLLABLES]
    found = [f"#{kind}", f"={flat(core)}", *_beginnings(base, syllables)]
    if base == short:
        found += _anywhere(base, core, syllables)
    else:
        whole = names.core_name(base, kind)
        found += _anywhere(base, whole, syllables)
        found += (f"={flat(whole)}", *_beginnings(short, names.syllables(short)[:_SYLLABLES]))
    if kind in ABOVE_COMMUNITY:
        own = names.syllables(core)
        found += ("=" + "".join(own), "=" + "".join([syllable[0] for syllable in own]))
    return list(filter(None, dict.fromkeys(found)))


def scopes(kind: str, path: str) -> list[str]:
    """The terms that say where a place stands: its path's labels."""
    labels = path.split(".")
    if kind == rules.COMMUNITY:
        # Whoever looks within a community is not looking for it, and 600,000 terms used once are not worth their room.
        labels.pop()
    return [f"@{label}" for label in labels]


def terms(kind: str, name: str, short: str, path: str, *, building_of: str = "") -> list[str]:
    """All terms of a place; `building_of` is the name of a building's compound, under which it is found as well."""
    found = [*of_name(kind, name, short), *scopes(kind, path)]
    if building_of:
        base = names.base_name(building_of)
        found += _anywhere(base, base, names.syllables(base)[:_SYLLABLES])
    return found


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
        bare = names.base_name(self.text)
        self.base = flat(bare)
        self.anywhere = all_of(*map(self._anywhere, grams(bare)))
        self.begins = self._begins()
        self.exact = any_of([f"={core}" for core in self.cores()])

    @property
    def is_letters(self) -> bool:
        """Whether pinyin or initials were typed."""
        return self.flat.isascii()

    def cores(self) -> list[str]:
        """What is typed without the words for a kind of place, whichever kind it may be."""
        kinds = (*rules.DIVISIONS, rules.COMPOUND)
        found = dict.fromkeys(flat(names.core_name(names.base_name(self.text), kind)) for kind in kinds)
        return [core for core in (*found, self.flat) if core]

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

    def meets(self, name: str) -> bool:
        """Whether a name holds letters that are too many for the index."""
        if not self.is_letters or len(self.flat) <= INITIALS:
            return True
        syllables = names.syllables(names.base_name(name))
        spelt = ("".join(syllables), "".join(syllable[0] for syllable in syllables))
        return all(any(flat(word) in way for way in spelt) for word in self.text.split())


def _cut(letters: str, mark: str = "") -> str:
    # As pinyin or as initials: a name's initials are a term of at most so many letters.
    choices = [_quoted(mark + letters[:PINYIN]) + ":*"]
    if len(letters) > INITIALS:
        choices.append(_quoted(mark + letters[:INITIALS]))
    return f"({'|'.join(choices)})"

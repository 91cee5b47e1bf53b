"""Pairs of characters, so that Chinese text is found by any two characters in a row without a dictionary."""

import re
import unicodedata

WORD = re.compile(r"[^\W_]+")
LETTERS = re.compile(r"[a-z0-9]+|[^a-z0-9]+")


def plain(text: str) -> str:
    """The text as it is searched: full width made half width, lower case, NUL and other controls gone."""
    folded = unicodedata.normalize("NFKC", text).lower()
    if folded.isprintable():
        return folded
    return "".join(" " if unicodedata.category(char).startswith("C") else char for char in folded)


def grams(text: str) -> list[str]:
    """The distinct search terms of a text, in order: pairs of characters, and runs of letters or digits whole.

    A character that stands alone is a term of its own: '17栋' → ['17', '栋'], '骊山新家园' → ['骊山', '山新', …].
    """
    terms: dict[str, None] = {}
    for word in WORD.findall(plain(text)):
        for run in LETTERS.findall(word):
            if run[0].isascii() or len(run) == 1:
                terms[run] = None
            else:
                terms.update(dict.fromkeys([run[i : i + 2] for i in range(len(run) - 1)]))
    return list(terms)

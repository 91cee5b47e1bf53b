"""Full text without a dictionary: a text as PostgreSQL's tsvector, and what somebody looks for as a tsquery.

Terms are pairs of characters, and runs of letters or digits whole (see grams.py), each with its place in the text, so
that a word of any length is found as a phrase of its pairs. The last character of a run is a term too, and then every
single character is the beginning of some term.
"""

from itertools import pairwise

from huying.kernel.grams import LETTERS, WORD, plain

LONGEST = 100  # characters of what is looked for
MOST_WORDS = 8


def words(text: str) -> list[str]:
    """The words that somebody looks for, as they are compared; at most eight."""
    return list(dict.fromkeys(WORD.findall(plain(text[: LONGEST * 4])[:LONGEST])))[:MOST_WORDS]


def vector(text: str) -> str:
    """A text as a tsvector literal; '' for a text without a word."""
    terms: list[str] = []
    at = 0
    for word in WORD.findall(plain(text)):
        for run in LETTERS.findall(word):
            at += 1
            if run[0].isascii():
                terms.append(f"'{run}':{at}")
                continue
            terms += [f"'{run[i : i + 2]}':{at + i}" for i in range(len(run) - 1)]
            at += len(run) - 1
            terms.append(f"'{run[-1]}':{at}")
        # No phrase reaches over what stands between two words.
        at += 1
    return " ".join(terms)


def query(text: str) -> str:
    """What somebody looks for as a tsquery literal: all its words, each as it stands; '' when there is no word in it."""
    return " & ".join(_phrase(word) for word in words(text))


def _phrase(word: str) -> str:
    runs = LETTERS.findall(word)
    found: list[tuple[str, int]] = []
    at = 0
    for run in runs:
        if run[0].isascii():
            # Letters and digits are found by their beginning, unless something follows: '2 栋' is not '21 栋'.
            open_end = run is runs[-1] and len(run) > 1
            found.append((f"'{run}'{':*' if open_end else ''}", at))
            at += 1
        elif len(run) == 1:
            found.append((f"'{run}':*", at))
            at += 1
        else:
            found += [(f"'{run[i : i + 2]}'", at + i) for i in range(len(run) - 1)]
            at += len(run)
    phrase = found[0][0]
    for (_, before), (term, place) in pairwise(found):
        phrase += f" <{place - before}> {term}"
    return f"({phrase})"

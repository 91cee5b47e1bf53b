"""Finding calls by words in Chinese text, newest first: quick for words in half of the calls, in three, and in none.

Words are looked up in `calls_search`, which a reader of the log keeps; what it has not read yet is few and new, and is
compared letter by letter. In a small scope (a community) the database finds the best way by itself. In a large one no
single way is good for common and for rare words, so that we look through the newest calls first and then through ever
longer stretches, until there are enough: a common word is found in the first stretch, and a rare one is rare.
"""

import json
from collections.abc import Iterator

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from huying.kernel import phrases

MOST = 200  # calls found at once in a large scope
SMALL = 20_000  # rows of a scope that the database may look through
FIRST, GROWTH = 4_096, 4  # ids of the first stretch, and by how much each is longer than the one before
# Ids are given out before the commit: one that is missing among the last so many may only be late.
LATE = 500

_FOUND = """
SELECT call_id FROM calls_search WHERE words @@ %s::tsquery AND call_id BETWEEN %s AND %s
UNION ALL
SELECT id FROM calls_call WHERE id > %s AND id BETWEEN %s AND %s AND text ILIKE ALL (%s)
"""


def search(calls: QuerySet, text: str, *, before: int | None = None, after: int | None = None, most: int = MOST):
    """Those of `calls` whose text has all the words, as a query set.

    before, after: ids between which to look. In a large scope at most `most` are found: the newest, or with only
    `after` given the oldest after it.
    """
    query = phrases.query(text)
    if not query:
        return calls.none()
    kept, newest = edges()
    low, high = (after or 0) + 1, min(newest, (before or newest + 1) - 1)
    words = [f"%{escaped(word)}%" for word in phrases.words(text)]

    def among(first: int, last: int) -> QuerySet:
        found = RawSQL(_FOUND, [query, first, last, kept - LATE, first, last, words])  # noqa: S611 (all by parameters)
        return calls.filter(pk__gte=first, pk__lte=last, pk__in=found)

    if estimate(calls) <= SMALL:
        return among(low, high)
    upwards = after is not None and before is None
    ids: list[int] = []
    for first, last in stretches(low, high, upwards=upwards):
        rows = among(first, last).order_by("pk" if upwards else "-pk").values_list("pk", flat=True)
        ids += rows[: most - len(ids)]
        if len(ids) >= most:
            break
    return calls.filter(pk__in=ids)


def stretches(low: int, high: int, *, upwards: bool = False) -> Iterator[tuple[int, int]]:
    """The ids from `low` to `high` in ever longer stretches (first, last), from the newest down or from the oldest up."""
    length = FIRST
    while low <= high:
        if upwards:
            yield low, min(high, low + length - 1)
            low += length
        else:
            yield max(low, high - length + 1), high
            high -= length
        length *= GROWTH


def edges() -> tuple[int, int]:
    """The newest call whose words are kept, and the newest call."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce((SELECT max(call_id) FROM calls_search), 0), coalesce((SELECT max(id) FROM calls_call), 0)"
        )
        return cursor.fetchone()


def estimate(calls: QuerySet) -> int:
    """How many rows the database expects."""
    plan = calls.order_by().explain(format="json")
    found = json.loads(plan) if isinstance(plan, str) else plan
    return int(found[0]["Plan"]["Plan Rows"])


def escaped(word: str) -> str:
    """A word for LIKE; a word has no sign that means something there but the underscore."""
    return word.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")

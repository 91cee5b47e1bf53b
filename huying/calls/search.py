"""Finding calls by words in Chinese text, newest first: quick for words in half of the calls, in three, and in none.

Words are looked up in `calls_search`, which a reader of the log keeps; what it has not read yet is few and new, and is
compared letter by letter. Ids are found first, and the query set is of these: all that the caller asks for besides is
cheap then. In a small scope (a community, a street) its calls are read and their words looked at one by one, which takes
as long as the scope is large, whatever the words; left to itself the database guesses how many calls have several words
in a row, and guesses wrong. In a large one no single way is good for common and for rare words, so that we look through
the newest calls first and then through ever longer stretches, until there are enough: a common word is found in the
first stretch, and a rare one is rare.
"""

import json
from collections.abc import Iterator
from functools import partial

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from huying.kernel import phrases

MOST = 200  # calls found at once in a large scope
SMALL = 20_000  # rows of a scope that are looked at one by one
FIRST, GROWTH = 16_384, 8  # ids of the first stretch, and by how much each is longer than the one before
# Ids are given out before the commit: one that is missing among the last so many may only be late.
LATE = 500

_KEPT = "SELECT call_id FROM calls_search WHERE words @@ %s::tsquery AND call_id BETWEEN %s AND %s"
_ONE_BY_ONE = """
WITH here (id) AS MATERIALIZED ({here})
SELECT id FROM (SELECT id FROM here ORDER BY id {order}) AS one CROSS JOIN LATERAL
    (SELECT FROM calls_search WHERE call_id = one.id AND words @@ %s::tsquery OFFSET 0) AS kept
ORDER BY id {order} LIMIT %s
"""


def search(calls: QuerySet, text: str, *, before: int | None = None, after: int | None = None, most: int = MOST):
    """Those of `calls` whose text has all the words, as a query set: the newest, at most `most`.

    before, after: ids between which to look. With only `after` given it is the oldest that are found.
    """
    query = phrases.query(text)
    if not query:
        return calls.none()
    kept, newest = edges()
    low, high = (after or 0) + 1, min(newest, (before or newest + 1) - 1)
    upwards = after is not None and before is None

    def best(found: QuerySet) -> list[int]:
        return list(found.order_by("pk" if upwards else "-pk").values_list("pk", flat=True)[:most])

    def read(first: int, last: int) -> list[int]:
        words = RawSQL(_KEPT, [query, first, last])  # noqa: S611 (all by parameters)
        return best(calls.filter(pk__gte=first, pk__lte=last, pk__in=words))

    def one_by_one() -> list[int]:
        here, params = calls.filter(pk__gte=low, pk__lte=top).order_by().values_list("pk").query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute(_ONE_BY_ONE.format(here=here, order="ASC" if upwards else "DESC"), [*params, query, most])
            return [pk for (pk,) in cursor.fetchall()]

    def unread() -> list[int]:
        found = calls.filter(pk__gte=max(low, kept - LATE), pk__lte=high)
        for word in phrases.words(text):
            found = found.filter(text__icontains=word)
        return best(found)

    top = min(high, kept)
    rows = estimate(calls)
    if rows is None:
        return calls.none()
    small = rows <= SMALL
    looking = [one_by_one] if small else [partial(read, *look) for look in stretches(low, top, upwards=upwards)]
    ids: set[int] = set()
    for look in [*looking, unread] if upwards else [unread, *looking]:
        ids.update(look())
        if len(ids) >= most:
            break
    return calls.filter(pk__in=sorted(ids, reverse=not upwards)[:most])


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


def estimate(calls: QuerySet) -> int | None:
    """How many rows the database expects; None when the conditions leave nothing to ask it for."""
    plan = calls.order_by().explain(format="json")
    if not plan:
        return None
    found = json.loads(plan) if isinstance(plan, str) else plan
    return int(found[0]["Plan"]["Plan Rows"])

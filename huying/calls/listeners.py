"""What calls do when something happened, apart from whoever made it happen."""

from collections.abc import Iterable

from django.db import connection

from huying.calls import events, rules
from huying.calls.models import Call
from huying.kernel import phrases
from huying.kernel.models import Event
from huying.kernel.readers import reader
from huying.people.identity import held_while

_KEEP = """
INSERT INTO calls_search (call_id, words)
SELECT * FROM unnest(%s::bigint[], %s::tsvector[]) ON CONFLICT (call_id) DO UPDATE SET words = EXCLUDED.words
"""


@reader("calls.search", kinds=(events.RAISED,), whole=True)
def find_by_words(happened: list[Event]) -> None:
    """Have new calls found by their words; see search.py."""
    keep_words(event.subject_id for event in happened if event.subject_type == "call")


def keep_words(ids: Iterable[int]) -> None:
    """Write the words of these calls for searching, anew where they are there already."""
    rows = list(Call.objects.filter(pk__in=list(ids)).order_by("pk").values_list("pk", "text"))
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [[pk for pk, _ in rows], [phrases.vector(text) for _, text in rows]])


@held_while
def callers_still_to_be_answered(ids: list[int]) -> Iterable[int]:
    """Whoever waits for an answer, or may still say that it is none, can be called back, however long it takes."""
    waiting = Call.objects.filter(identity__in=ids, state__in=(*rules.OPEN, rules.RESOLVED))
    return waiting.values_list("identity_id", flat=True)

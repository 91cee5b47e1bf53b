"""The append-only event log: `record` writes a fact, in the same transaction as the rows that it speaks of."""

import datetime as dt
import json

from django.db import connection

from huying.kernel.models import Event
from huying.kernel.scopes import Actor

_INSERT = """
INSERT INTO kernel_event (at, kind, subject_type, subject_id, actor_kind, actor_id, place_id, facts)
VALUES (coalesce(%s, clock_timestamp()), %s, %s, %s, %s, %s, %s, %s::jsonb) RETURNING id
"""


def subject_type(subject) -> str:
    """How the log names the kind of a row: its model's name in lower case."""
    return subject._meta.model_name


def record(kind: str, subject, *, by: Actor, place: int | None = None, at: dt.datetime | None = None, **facts) -> int:
    """Write one event and return its id; raises RuntimeError outside a transaction.

    kind: 'context.past_participle'. subject: a saved row. place: a place's id. facts: ids and codes only.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("an event is recorded in the transaction that makes it true")
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            [at, kind, subject_type(subject), subject.pk, by.kind, by.id, place, json.dumps(facts)],
        )
        return cursor.fetchone()[0]


def events_of(subject, *, since_version: int | None = None) -> list[str]:
    """The kinds of what happened to a row, oldest first; since a version of the row when one is given."""
    events = Event.objects.filter(subject_type=subject_type(subject), subject_id=subject.pk)
    if since_version is not None:
        events = events.filter(facts__version__gt=since_version)
    return list(events.order_by("id").values_list("kind", flat=True))

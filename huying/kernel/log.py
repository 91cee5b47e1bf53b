"""The append-only event log: `record` writes a fact, in the same transaction as the rows that it speaks of."""

import datetime as dt
import json
import re
from collections.abc import Iterable
from typing import NamedTuple

from django.db import connection

from huying.kernel.models import Event
from huying.kernel.scopes import Actor

_INSERT = """
INSERT INTO kernel_event (at, kind, subject_type, subject_id, actor_kind, actor_id, place_id, facts)
VALUES (coalesce(%s, clock_timestamp()), %s, %s, %s, %s, %s, %s, %s::jsonb) RETURNING id
"""


# A code is short and plain; a phone number would pass for one, so it is named.
_CODE = re.compile(r"(?!.*1[3-9]\d{9})[\x20-\x7e]{0,200}")


def _refuse_words(name: str, value) -> None:
    """Names and free text do not belong in the log: it is never edited, so they could never be erased."""
    if isinstance(value, str):
        if not _CODE.fullmatch(value):
            raise ValueError(f"the fact {name!r} is not a code; the log holds ids and codes only")
    elif isinstance(value, dict):
        for key, item in value.items():
            _refuse_words(name, key)
            _refuse_words(name, item)
    elif isinstance(value, list | tuple):
        for item in value:
            _refuse_words(name, item)


def subject_type(subject) -> str:
    """How the log names the kind of a row: its model's name in lower case."""
    return subject._meta.model_name


def record(kind: str, subject, *, by: Actor, place: int | None = None, at: dt.datetime | None = None, **facts) -> int:
    """Write one event and return its id; raises RuntimeError outside a transaction.

    kind: 'context.past_participle'. subject: a saved row. place: a place's id. facts: ids and codes only (ValueError for
    words or a phone number).
    """
    if not connection.in_atomic_block:
        raise RuntimeError("an event is recorded in the transaction that makes it true")
    for name, value in facts.items():
        _refuse_words(name, value)
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


class Cursor(NamedTuple):
    """A place in the log: everything up to and with this event has been read. Order: (txid, id)."""

    txid: int
    id: int


START = Cursor(0, 0)
# Who listens on this channel hears that there is something new; the worker rings it, never the writer (docs/adr/0007).
CHANNEL = "huying_log"

# An event of a transaction at or after the oldest one that still runs may yet be preceded by another, so readers stop
# before it. Ids alone are not commit order: a transaction can take a low id and commit late.
SETTLED = "txid < pg_snapshot_xmin(pg_current_snapshot())"


def head() -> Cursor:
    """The last settled event of the log."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT txid, id FROM kernel_event WHERE {SETTLED} ORDER BY txid DESC, id DESC LIMIT 1")  # noqa: S608
        row = cursor.fetchone()
    return Cursor(int(row[0]), row[1]) if row else START


def patterns(kinds: Iterable[str]) -> list[str]:
    """Kinds ('calls.raised', 'calls.*', '*') as LIKE patterns."""
    quoted = (kind.replace("\\", r"\\").replace("_", r"\_").replace("%", r"\%") for kind in kinds)
    return [kind[:-1] + "%" if kind.endswith("*") else kind for kind in quoted]


def since(
    cursor: Cursor, kinds: Iterable[str] = ("*",), *, limit: int = 500, settled: str = SETTLED
) -> tuple[list[Event], Cursor]:
    """The next settled events of some kinds after a cursor, at most `limit`, and the cursor behind what was looked at.

    The cursor also moves past events of other kinds; it stays where it is when there is nothing new.
    """
    likes = patterns(kinds)
    # Rare kinds are looked for in a longer stretch, so that a new reader does not crawl through a long log.
    stretch = limit if likes == ["%"] else limit * 20
    with connection.cursor() as db:
        db.execute(
            f"""SELECT txid, id FROM (
                    SELECT txid, id FROM kernel_event
                    WHERE (txid, id) > (%s::text::xid8, %s) AND {settled} ORDER BY txid, id LIMIT %s
                ) stretch ORDER BY txid DESC, id DESC LIMIT 1""",  # noqa: S608
            [str(cursor.txid), cursor.id, stretch],
        )
        row = db.fetchone()
    if row is None:
        return [], cursor
    end = Cursor(int(row[0]), row[1])
    events = list(
        Event.objects.raw(
            """SELECT * FROM kernel_event
               WHERE (txid, id) > (%s::text::xid8, %s) AND (txid, id) <= (%s::text::xid8, %s) AND kind LIKE ANY (%s)
               ORDER BY txid, id LIMIT %s""",
            [str(cursor.txid), cursor.id, str(end.txid), end.id, likes, limit],
        )
    )
    if len(events) == limit:
        end = Cursor(events[-1].txid, events[-1].id)
    return events, end

"""Sealing the log: every few seconds the new events are closed under a Merkle root, chained to the seal before.

An event's line is the text form that COPY gives of (id, txid, microseconds since 1970, kind, subject_type, subject_id,
actor_kind, actor_id, place_id, facts), tab-separated, \\N for null; the same on every server and in every time zone.
Whoever rewrites an event must rewrite every seal after it, and then the newest root no longer is the one that was
printed, published, or kept in the witness file outside of the database.
"""

import datetime as dt
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from huying.kernel import merkle
from huying.kernel.log import SETTLED, START, Cursor
from huying.kernel.models import Seal

logger = structlog.get_logger(__name__)

EVERY_SECONDS = 5
GENESIS = bytes(32)
_AT_ONCE = 100_000
_LOCK = 0x68797365616C  # "hyseal"
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

_LINES = """COPY (
    SELECT id, txid, (extract(epoch FROM at) * 1000000)::bigint, kind, subject_type, subject_id, actor_kind, actor_id,
           place_id, facts
    FROM kernel_event WHERE (txid, id) > (%s::text::xid8, %s) AND {until} ORDER BY txid, id LIMIT {limit}
) TO STDOUT"""


def lines(after: Cursor, until: Cursor | None, limit: int | None = None) -> Iterator[bytes]:
    """The canonical lines of the events after a cursor, up to another (None: what is settled), in commit order."""
    sql = _LINES.format(
        until=SETTLED if until is None else "(txid, id) <= (%s::text::xid8, %s)",
        limit="ALL" if limit is None else limit,
    )
    bounds = [str(after.txid), after.id] + ([] if until is None else [str(until.txid), until.id])
    # The driver's own cursor: Django's, where queries are counted for debugging, takes no values here.
    with connection.cursor() as cursor, cursor.cursor.copy(sql, bounds) as copy:
        for row in copy:
            yield bytes(row)


def microseconds(moment: dt.datetime) -> int:
    """Whole microseconds since 1970, exactly."""
    return (moment - _EPOCH) // dt.timedelta(microseconds=1)


def chain(before: bytes, seal: Seal) -> bytes:
    """The chain value that a seal must have after `before`."""
    return merkle.link(
        before, seal.number, microseconds(seal.at), seal.last_txid, seal.last_id, seal.count, root=bytes(seal.root)
    )


def seal(limit: int = _AT_ONCE) -> Seal | None:
    """Close the settled events that no seal covers yet; None when there are none, or another process is at it."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
            if not cursor.fetchone()[0]:
                return None
        last = Seal.objects.order_by("-number").defer("leaves").first()
        after = Cursor(last.last_txid, last.last_id) if last else START
        leaves, index, row = [], bytearray(), b""
        for row in lines(after, None, limit):
            hashed = merkle.leaf(row)
            leaves.append(hashed)
            index += int(row.split(b"\t", 1)[0]).to_bytes(8, "big") + hashed[:8]
        if not leaves:
            return None
        last_id, last_txid, _rest = row.split(b"\t", 2)
        new = Seal(
            number=last.number + 1 if last else 1,
            at=timezone.now(),
            last_txid=int(last_txid),
            last_id=int(last_id),
            count=len(leaves),
            root=merkle.root(leaves),
            leaves=bytes(index),
        )
        new.chain = chain(bytes(last.chain) if last else GENESIS, new)
        new.save(force_insert=True)
    _witness(new)
    return new


class Root(NamedTuple):
    """The newest root: whoever keeps it can later prove that nothing before it was touched."""

    number: int
    chain: str
    at: dt.datetime

    def __str__(self):
        return f"{self.number}:{self.chain}"


def newest_root() -> Root | None:
    """The newest root, to be printed or published; `str()` gives what `verify` takes."""
    last = Seal.objects.order_by("-number").defer("leaves").first()
    return Root(last.number, bytes(last.chain).hex(), last.at) if last else None


def parse_root(text: str) -> tuple[int, str]:
    """Number and chain of a printed root; ValueError when it is none."""
    number, colon, digest = text.strip().partition(":")
    if not colon or not number.isdigit() or len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise ValueError(f"{text!r} is not a root; it looks like 12:9f86d081… with 64 hexadecimal digits")
    return int(number), digest


def witness_file() -> Path:
    """Where the newest root is kept outside of the database, so that a log cut short is noticed."""
    return Path(settings.HUYING_DATA) / "newest-seal.json"


def _witness(new: Seal) -> None:
    target = witness_file()
    draft = target.with_suffix(f".{os.getpid()}.{threading.get_ident()}")
    draft.write_text(json.dumps({"number": new.number, "chain": new.chain.hex(), "at": new.at.isoformat()}) + "\n")
    draft.replace(target)


def read_witness() -> tuple[int, str] | None:
    """Number and chain in the witness file, or None when there is none."""
    try:
        kept = json.loads(witness_file().read_text())
        return int(kept["number"]), str(kept["chain"])
    except FileNotFoundError:
        return None


def run(stop: threading.Event) -> None:
    """Seal the log every few seconds until `stop` is set: the worker's part."""
    while not stop.is_set():
        try:
            while (new := seal()) is not None and new.count == _AT_ONCE and not stop.is_set():
                pass
        except Exception:
            logger.exception("the log could not be sealed; trying again")
            connection.close()
        stop.wait(EVERY_SECONDS)
    connection.close()

"""Readers of the event log: each follows it with a cursor of its own, in the order (txid, id), behind the writers.

A batch is digested and the cursor moved in one transaction: what a reader writes into this database happens exactly
once; what it does elsewhere (a message sent) at least once, so that must be idempotent on the event's id. A reader is
quick: its transaction holds back all others while it runs, so slow work is enqueued as a job.

An event that a reader cannot digest is undone (savepoint), set aside and tried again with back-off; the others go on.
So after a failure the order per subject is lost: a late event must be read against the row's present state.
"""

import datetime as dt
import random
import traceback
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from django.db import connection, transaction
from django.db.models import Count, Q
from django.utils import timezone

from huying.kernel import log
from huying.kernel.log import Cursor
from huying.kernel.models import Event, Reader, SetAside

# 2 s, 8 s, 32 s … at most an hour; after the eighth attempt (about two hours) an operator is asked.
ATTEMPTS = 8
_LONGEST_WAIT = 3600
# "hyrd": the first half of the advisory lock's key; the second is the reader's name.
_LOCK_SPACE = 0x68797264
_LAST_ID = 2**63 - 1


@dataclass(frozen=True)
class ReaderSpec:
    """What a reader wants: `kinds` as patterns ('calls.*'), `batch` events at most at a time."""

    name: str
    function: Callable
    kinds: tuple[str, ...] = ("*",)
    batch: int = 500
    whole: bool = False
    since: str = "beginning"

    def digest(self, events: list[Event]) -> None:
        """Call the function for each event, or once for all."""
        if self.whole:
            self.function(events)
        else:
            for event in events:
                self.function(event)

    def wants(self, kind: str) -> bool:
        """Whether events of that kind concern this reader."""
        return any(kind == k or (k.endswith("*") and kind.startswith(k[:-1])) for k in self.kinds)


READERS: dict[str, ReaderSpec] = {}


def reader(name: str, *, kinds: Iterable[str] = ("*",), batch: int = 500, whole: bool = False, since="beginning"):
    """Register a function of one event (with whole=True, of a list of events) as a reader of the log.

    kinds: exact kinds, or prefixes as 'calls.*'. since: 'beginning', or 'now' for a reader that must not see the past.
    """
    if since not in ("beginning", "now"):
        raise ValueError("since is 'beginning' or 'now'")

    def wrap(function: Callable) -> Callable:
        if name in READERS:
            raise ValueError(f"there are two readers named {name}")
        READERS[name] = ReaderSpec(name, function, tuple(kinds), batch, whole, since)
        return function

    return wrap


def listen(kind: str, handler: Callable) -> None:
    """Wire a listener to an event of another context: `listen("rounds.hazard_found", calls.listeners.open_call)`."""
    module = handler.__module__.removeprefix("huying.").removesuffix(".listeners")
    reader(f"{module}.{handler.__name__}<{kind}", kinds=(kind,))(handler)


def _hold(name: str) -> bool:
    """Be the only one who moves this reader until the transaction ends; False when another process is at it.

    An advisory lock rather than a row lock: asking for it takes no transaction id, so an idle reader writes nothing.
    """
    with connection.cursor() as cursor:
        second = zlib.crc32(name.encode()) - 2**31
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_LOCK_SPACE, second])
        return cursor.fetchone()[0]


def _cursor_of(spec: ReaderSpec) -> Cursor:
    row = Reader.objects.filter(name=spec.name).first()
    if row is not None:
        return Cursor(row.txid, row.event_id)
    start = log.START
    if spec.since == "now":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())")
            start = Cursor(int(cursor.fetchone()[0]) - 1, _LAST_ID)
    Reader.objects.create(name=spec.name, txid=start.txid, event_id=start.id, moved_at=timezone.now())
    return start


def advance(spec: ReaderSpec, *, strict: bool = False, settled: str = log.SETTLED) -> int:
    """Read and digest one batch; returns how far the cursor moved (0: nothing new), -1 when another process is at it.

    strict: let a handler's error through instead of setting the event aside.
    """
    with transaction.atomic():
        if not _hold(spec.name):
            return -1
        before = _cursor_of(spec)
        events, end = log.since(before, spec.kinds, limit=spec.batch, settled=settled)
        if end == before:
            return 0
        if strict:
            spec.digest(events)
        else:
            _digest(spec, events)
        Reader.objects.filter(name=spec.name).update(txid=end.txid, event_id=end.id, moved_at=timezone.now())
    return max(1, len(events))


def _digest(spec: ReaderSpec, events: list[Event]) -> None:
    """All at once if possible; when somebody chokes, one by one, and what cannot be digested is set aside."""
    if not events:
        return
    try:
        with transaction.atomic():
            spec.digest(events)
        return
    except Exception as error:
        if not connection.is_usable():
            raise
        if len(events) == 1:
            _set_aside(spec, events[0], error)
            return
    for event in events:
        try:
            with transaction.atomic():
                spec.digest([event])
        except Exception as error:
            if not connection.is_usable():
                raise
            _set_aside(spec, event, error)


def _wait(attempts: int) -> dt.timedelta:
    return dt.timedelta(seconds=min(_LONGEST_WAIT, 2 * 4 ** (attempts - 1)) * random.uniform(0.9, 1.1))  # noqa: S311


def _words(error: Exception) -> str:
    """What went wrong and where. Not the values at hand: an error report must not become a second store of them."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {str(error)[:300]} ({Path(last.filename).name}:{last.lineno})"


def _set_aside(spec: ReaderSpec, event: Event, error: Exception, aside: SetAside | None = None) -> None:
    aside = aside or SetAside(reader=spec.name, event=event, attempts=0)
    aside.attempts += 1
    aside.error = _words(error)
    aside.next_try_at = timezone.now() + _wait(aside.attempts) if aside.attempts < ATTEMPTS else None
    aside.save()


def retry_due(spec: ReaderSpec, *, limit: int = 100) -> int:
    """Try again what is due among the events set aside; returns how many were digested."""
    digested = 0
    due = SetAside.objects.filter(reader=spec.name, next_try_at__lte=timezone.now()).order_by("event_id")
    for pk in list(due.values_list("pk", flat=True)[:limit]):
        with transaction.atomic():
            if not _hold(spec.name):
                return digested
            aside = due.filter(pk=pk).select_related("event").first()
            if aside is None:
                continue
            try:
                with transaction.atomic():
                    spec.digest([aside.event])
            except Exception as error:
                if not connection.is_usable():
                    raise
                _set_aside(spec, aside.event, error, aside)
            else:
                aside.delete()
                digested += 1
    return digested


def resend(pks: Iterable[int]) -> int:
    """An operator's order: try these set-aside events again from the first attempt on; returns how many."""
    return SetAside.objects.filter(pk__in=list(pks)).update(next_try_at=timezone.now(), attempts=0)


def drain(*names: str) -> int:
    """For tests: run all readers (or those named) until there is nothing new, in this thread; errors come through.

    Events of the test's own, still open transaction are read too, and no other transaction is waited for.
    """
    specs = [READERS[name] for name in names] if names else list(READERS.values())
    total = 0
    while moved := sum(max(0, advance(spec, strict=True, settled="true")) for spec in specs):
        total += moved
    return total


@dataclass(frozen=True)
class ReaderState:
    """How a reader fares: events still before it (counted up to 10,001), set aside, and waiting for an operator."""

    name: str
    behind: int
    aside: int
    given_up: int
    moved_at: dt.datetime | None
    known: bool


def _behind(row: Reader | None, spec: ReaderSpec | None) -> int:
    if row is None and spec and spec.since == "now":
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT count(*) FROM (SELECT 1 FROM kernel_event
               WHERE (txid, id) > (%s::text::xid8, %s) AND kind LIKE ANY (%s) LIMIT 10001) behind""",
            [str(row.txid if row else 0), row.event_id if row else 0, log.patterns(spec.kinds if spec else ("*",))],
        )
        return cursor.fetchone()[0]


def states() -> list[ReaderState]:
    """Every reader's state, those included that the code has no more (known=False)."""
    rows = {row.name: row for row in Reader.objects.all()}
    asides = {
        row["reader"]: row
        for row in SetAside.objects.values("reader").annotate(
            all=Count("pk"), given_up=Count("pk", filter=Q(next_try_at=None))
        )
    }
    nothing = {"all": 0, "given_up": 0}
    return [
        ReaderState(
            name,
            _behind(rows.get(name), READERS.get(name)),
            asides.get(name, nothing)["all"],
            asides.get(name, nothing)["given_up"],
            rows[name].moved_at if name in rows else None,
            name in READERS,
        )
        for name in sorted(READERS.keys() | rows.keys())
    ]

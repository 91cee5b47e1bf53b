"""The loop that keeps the readers of the log going: a pulse looks for what is new, a few threads move the readers.

Writers ring no bell (docs/adr/0007-no-notify-by-writers.md): the pulse asks the log ten times a second, and rings for
those who LISTEN. Several workers may run; an advisory lock lets only one of them move a reader at a time.
"""

import threading
import time

import structlog
from django.db import connection
from django.utils import timezone

from huying.kernel import log, readers
from huying.kernel.models import SetAside

logger = structlog.get_logger(__name__)

PULSE_SECONDS = 0.1
# How often every reader is looked at, new events or not: moves cursors past what does not concern them, and takes over
# from a worker that has died.
_SWEEP_SECONDS = 5
_RETRY_SECONDS = 1


class Follower:
    """Moves all registered readers until `stop` is set; `run` is to be called in a thread of its own."""

    def __init__(self, stop: threading.Event, *, threads: int = 2):
        self.stop = stop
        self.threads = threads
        self._changed = threading.Condition()
        self._dirty: dict[str, None] = {}  # in the order of arrival, so that none is starved
        self._due: set[str] = set()
        self._busy: set[str] = set()

    def run(self) -> None:
        """Until `stop`: feel the pulse and move the readers."""
        movers = [threading.Thread(target=self._move, name=f"reader-{n}", daemon=True) for n in range(self.threads)]
        for mover in movers:
            mover.start()
        try:
            self._feel()
        finally:
            with self._changed:
                self._changed.notify_all()
            for mover in movers:
                mover.join()
            connection.close()

    def wake(self, names) -> None:
        """Have these readers looked at."""
        with self._changed:
            self._dirty.update(dict.fromkeys(names))
            self._changed.notify_all()

    def _feel(self) -> None:
        head, swept, retried = None, 0.0, 0.0
        while not self.stop.is_set():
            try:
                now = time.monotonic()
                seen = log.head()
                if head is None or now - swept > _SWEEP_SECONDS:
                    self.wake(readers.READERS)
                    swept = now
                elif seen > head:
                    kinds = _kinds_between(head, seen)
                    self.wake(name for name, spec in readers.READERS.items() if any(map(spec.wants, kinds)))
                if head is not None and seen > head:
                    _ring()
                if now - retried > _RETRY_SECONDS:
                    self._wake_due()
                    retried = now
                head = seen
            except Exception:
                logger.exception("the log cannot be read; trying again")
                connection.close()
                self.stop.wait(1)
            self.stop.wait(PULSE_SECONDS)

    def _wake_due(self) -> None:
        due = set(SetAside.objects.filter(next_try_at__lte=timezone.now()).values_list("reader", flat=True).distinct())
        due &= readers.READERS.keys()
        if due:
            self._due |= due
            self.wake(due)

    def _next(self) -> str | None:
        """A reader that waits and that no other thread is at; None when it is time to stop."""
        with self._changed:
            while not self.stop.is_set():
                for name in self._dirty:
                    if name not in self._busy:
                        del self._dirty[name]
                        self._busy.add(name)
                        return name
                self._changed.wait(1)
        return None

    def _move(self) -> None:
        while (name := self._next()) is not None:
            again = False
            try:
                spec = readers.READERS[name]
                if name in self._due:
                    self._due.discard(name)
                    readers.retry_due(spec)
                again = readers.advance(spec) > 0
            except Exception:
                logger.exception("a reader stumbled; trying again", reader=name)
                connection.close()
                self.stop.wait(1)
                again = True
            with self._changed:
                self._busy.discard(name)
                if again:
                    self._dirty[name] = None
                self._changed.notify_all()
        connection.close()


def _kinds_between(after: log.Cursor, until: log.Cursor) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT DISTINCT kind FROM kernel_event
               WHERE (txid, id) > (%s::text::xid8, %s) AND (txid, id) <= (%s::text::xid8, %s)""",
            [str(after.txid), after.id, str(until.txid), until.id],
        )
        return [row[0] for row in cursor.fetchall()]


def _ring() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [log.CHANNEL])


def run(stop: threading.Event) -> None:
    """Follow the log with every registered reader until `stop` is set: the worker's part."""
    Follower(stop).run()

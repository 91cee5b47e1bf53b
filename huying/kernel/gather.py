"""Group commit: what many threads want of the database at the same moment becomes one statement and one commit."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.db import DatabaseError, InterfaceError, OperationalError, connection

_NOTHING = object()


class _Wish:
    """One item on its way, and the thread that waits for it."""

    __slots__ = ("error", "item", "leads", "outcome", "woken")

    def __init__(self, item):
        self.item = item
        self.outcome: Any = _NOTHING
        self.error: Exception | None = None
        self.leads = False
        # Held by the one who waits until somebody lets go of it: cheaper than an Event, at each request.
        self.woken = threading.Lock()
        self.woken.acquire()


class Gather:
    """Calls `write(items) -> outcomes` (or a read) once for all that came while the statement before was under way.

    The first to come writes at once, so nobody waits when there is no crowd; those who come meanwhile wait, and the
    first of them writes for all. There is no thread and no connection of its own. `write` must commit before it
    returns, and be safe to repeat: when a batch is refused each item is written alone, so that a bad one fails alone.
    """

    def __init__(self, write: Callable[[Sequence[Any]], Sequence[Any]], *, most: int = 100):
        self._write = write
        self._most = most
        self._lock = threading.Lock()
        self._waiting: list[_Wish] = []
        self._led = False

    def __call__(self, item: Any) -> Any:
        """The outcome of one item, once it is committed; raises what writing it raised.

        In a transaction of the caller's the item is written in it, alone.
        """
        if connection.in_atomic_block:
            return self._write([item])[0]
        own = _Wish(item)
        with self._lock:
            self._waiting.append(own)
            own.leads, self._led = not self._led, True
        if not own.leads:
            own.woken.acquire()
        if own.leads:
            self._lead(own)
        if own.error is not None:
            raise own.error
        return own.outcome

    def _lead(self, own: _Wish) -> None:
        """Write for all who wait, wake them, and have the next one lead."""
        with self._lock:
            wishes, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
        try:
            self._settle(wishes)
        finally:
            with self._lock:
                heir = self._waiting[0] if self._waiting else None
                if heir is not None:
                    heir.leads = True
                self._led = heir is not None
            for wish in wishes:
                if wish.outcome is _NOTHING and wish.error is None:
                    wish.error = OperationalError("the one who wrote for all was interrupted")
                if wish is not own:
                    wish.woken.release()
            if heir is not None:
                heir.woken.release()

    def _settle(self, wishes: list[_Wish]) -> None:
        try:
            self._try(wishes)
        except (OperationalError, InterfaceError) as error:
            # The connection broke or the server was busy with itself: once more, on a fresh connection.
            connection.close()
            try:
                self._try(wishes)
            except Exception as again:
                for wish in wishes:
                    wish.error = again
                again.__context__ = error
        except Exception as error:
            self._one_by_one(wishes, error)

    def _try(self, wishes: list[_Wish]) -> None:
        for wish, outcome in zip(wishes, self._write([wish.item for wish in wishes]), strict=True):
            wish.outcome = outcome

    def _one_by_one(self, wishes: list[_Wish], error: Exception) -> None:
        if len(wishes) == 1 or not isinstance(error, DatabaseError):
            for wish in wishes:
                wish.error = error
            return
        for wish in wishes:
            try:
                self._try([wish])
            except Exception as own_error:
                wish.error = own_error

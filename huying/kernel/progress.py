"""How far a long job has come: written by the job, shown by a bar on a page, stopped from there.

row = progress.start("places.import", by=actor, total=9000)     # in the view, then enqueue the job with row.pk
with progress.running(pk) as bar:                               # in the job
    for n, item in enumerate(items):
        …
        bar(n + 1)
    bar.result = {"href": "/places/", "words": "9,000"}
"""

import datetime as dt
import threading
import time

import structlog
from django.db import DatabaseError, connection
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.kernel.jobs import periodic
from huying.kernel.models import Progress
from huying.kernel.scopes import Actor

logger = structlog.get_logger(__name__)

_FLUSH_SECONDS = 0.4
# A job says this often that it is alive, even while it counts nothing; without a sign it is given up.
_ALIVE_SECONDS = 5
_ABANDONED = dt.timedelta(minutes=5)


class Stopped(Exception):
    """Whoever started the job has stopped it; what it did in its open transaction is undone."""


def start(job: str, *, by: Actor, total: int | None = None, title: str = "") -> Progress:
    """A row that a page can show at once, before a worker takes up the job."""
    return Progress.objects.create(job=job, by_id=by.id, total=total, title=title)


def request_stop(row: Progress) -> None:
    """Ask the job to stop at its next step."""
    Progress.objects.filter(pk=row.pk, state=Progress.State.RUNNING).update(stop_requested=True)


class Bar:
    """Called with (done, total, what) like every progress callback here; raises Stopped once that was asked for.

    It writes from a thread with a connection of its own, for the job may be in one long transaction that nobody sees
    into before it ends.
    """

    def __init__(self, pk: int):
        self.pk = pk
        self.done = 0
        self.total: int | None = None
        self.result: dict = {}
        self._stop = threading.Event()
        self._over = threading.Event()

    def __call__(self, done: int, total: int | None = None, what: str = "") -> None:
        self.done = done
        if total is not None:
            self.total = total
        if self._stop.is_set():
            raise Stopped

    def advance(self, by: int = 1) -> None:
        """Count further."""
        self(self.done + by)

    def _write(self) -> None:
        shown, told = None, 0.0
        try:
            while not self._over.wait(_FLUSH_SECONDS):
                seen = (self.done, self.total)
                if seen == shown and time.monotonic() - told < _ALIVE_SECONDS and not self._asks():
                    continue
                shown, told = seen, time.monotonic()
                values = {"done": seen[0], "moved_at": timezone.now()}
                if seen[1] is not None:
                    values["total"] = seen[1]
                Progress.objects.filter(pk=self.pk, state=Progress.State.RUNNING).update(**values)
                self._asks()
        except DatabaseError:
            logger.exception("progress cannot be written", progress=self.pk)
        finally:
            connection.close()

    def _asks(self) -> bool:
        if Progress.objects.filter(pk=self.pk, stop_requested=True).exists():
            self._stop.set()
        return self._stop.is_set()

    def __enter__(self):
        self._thread = threading.Thread(target=self._write, name=f"progress-{self.pk}", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind, error, trace):
        self._over.set()
        self._thread.join()
        values = {"done": self.done, "ended_at": timezone.now(), "moved_at": timezone.now()}
        if self.total is not None:
            values["total"] = self.total
        if error is None:
            values |= {"state": Progress.State.FINISHED, "result": self.result}
        elif isinstance(error, Stopped):
            values |= {"state": Progress.State.STOPPED, "result": self.result}
        else:
            # A refusal has words for the user; anything else is a fault of ours, and its words are for the log.
            words = getattr(error, "reason", "") or _("系统出了问题，已经记下。请过一会儿再试，或联系管理员。")
            values |= {"state": Progress.State.FAILED, "error": str(words)}
        Progress.objects.filter(pk=self.pk, state=Progress.State.RUNNING).update(**values)
        return isinstance(error, Stopped)


def running(pk: int) -> Bar:
    """The bar of a job that runs now; leaving the `with` block ends it: finished, stopped, or failed with words."""
    return Bar(pk)


@periodic("*/5 * * * *")
def end_abandoned() -> int:
    """Give up the jobs without a sign of life (their worker was killed); returns how many.

    One that is still waiting for a worker has not begun, and is left alone while no worker is there.
    """
    return Progress.objects.filter(
        state=Progress.State.RUNNING, moved_at__lt=timezone.now() - _ABANDONED, done__gt=0
    ).update(
        state=Progress.State.FAILED,
        ended_at=timezone.now(),
        error=_("这件事中途断了。没有做完的部分没有写入，可以重新开始。"),
    )

"""Timers, periodic and long jobs: our own small face before procrastinate.

A job is a plain function of JSON values. `enqueue` writes it in the caller's transaction, so it is neither lost nor run
for something that was rolled back. A job may run twice (a worker can die after its work), so it is idempotent.
"""

import asyncio
import datetime as dt
import functools
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import croniter
import procrastinate
import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import DjangoApp
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Status
from procrastinate.periodic import PeriodicTask


@dataclass(frozen=True)
class Job:
    """A registered job; `cron` is set for a periodic one."""

    name: str
    function: Callable
    queue: str
    retries: int
    cron: str = ""

    def __call__(self, *args, **kwargs):
        return self.function(*args, **kwargs)


logger = structlog.get_logger(__name__)

_POLL_SECONDS = 0.5
# A worker says every 10 s that it lives; one that is silent for so long was killed, and its jobs are taken up again.
_SILENT_SECONDS = 60
_RESCUE_SECONDS = 20
# A job that was begun so often without an end probably kills its workers; it is left for an operator.
_BEGUN_AT_MOST = 8

JOBS: dict[str, Job] = {}
_app: procrastinate.App | None = None


class _LocalPeriodicTask(PeriodicTask):
    """A periodic task whose cron line is read in the installation's time zone instead of UTC."""

    @functools.cached_property
    def croniter(self) -> croniter.croniter:
        return croniter.croniter(self.cron, start_time=timezone.localtime())


def _bind(app: procrastinate.App, job: Job) -> None:
    retry = procrastinate.RetryStrategy(max_attempts=job.retries, exponential_wait=3) if job.retries else False
    if not job.cron:
        app.task(name=job.name, queue=job.queue, retry=retry)(job.function)
        return

    def tick(timestamp: int) -> None:
        job.function()

    # One run at a time, and one that waits at most: a run that is late is not followed by a heap of others.
    lock = f"periodic:{job.name}"
    task = app.task(name=job.name, queue=job.queue, retry=retry, lock=lock, queueing_lock=lock)(tick)
    app.periodic_registry.periodic_tasks[(job.name, "")] = _LocalPeriodicTask(
        task=task, cron=job.cron, periodic_id="", configure_kwargs={}
    )


def _register(function: Callable, queue: str, retry: int, cron: str = "") -> Job:
    module = function.__module__.removeprefix("huying.").removesuffix(".jobs")
    job = Job(f"{module}.{function.__name__}", function, queue, retry, cron)
    if job.name in JOBS:
        raise ValueError(f"there are two jobs named {job.name}")
    JOBS[job.name] = job
    if _app is not None:
        _bind(_app, job)
    return job


def job(function: Callable | None = None, *, queue: str = "default", retry: int = 5):
    """Register a function as a job; `retry` is how often a failing run is tried again (after 3, 9, 27 … seconds)."""
    if function is None:
        return lambda function: _register(function, queue, retry)
    return _register(function, queue, retry)


def periodic(cron: str, *, queue: str = "default", retry: int = 0):
    """Register a function without arguments to run by a cron line, read in the installation's time zone."""
    return lambda function: _register(function, queue, retry, cron)


def on_app_ready(app: procrastinate.App) -> None:
    """Called by procrastinate once Django is set up: bind what is registered, now and from now on."""
    global _app
    _app = app
    for job in JOBS.values():
        _bind(app, job)


def _bound() -> procrastinate.App:
    if _app is None:
        raise RuntimeError("Django is not set up")
    return _app


def enqueue(job: Job, *, at: dt.datetime | None = None, key: str | None = None, **kwargs: Any) -> int | None:
    """Put a job in the queue within the caller's transaction; returns its id.

    at: not before that moment. key: None is returned when a job of that key is waiting already.
    """
    deferrer = _bound().configure_task(job.name, schedule_at=at, queueing_lock=key)
    if key is None:
        return deferrer.defer(**kwargs)
    try:
        # A savepoint, so that the refusal does not take the caller's transaction with it.
        with transaction.atomic():
            return deferrer.defer(**kwargs)
    except AlreadyEnqueued:
        return None


def _worker_app() -> procrastinate.App:
    """The jobs once more, on a connector that can wait for them.

    An app of its own: were the connector of the one that enqueues replaced meanwhile, jobs and readers in this process
    would enqueue outside of their transactions.
    """
    app = DjangoApp(connector=_bound().connector.get_worker_connector())
    for job in JOBS.values():
        _bind(app, job)
    return app


async def _rescue(app: procrastinate.App) -> None:
    """Take up the jobs of workers that were killed."""
    for stalled in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=_SILENT_SECONDS):
        if stalled.id is None:
            continue
        try:
            if stalled.attempts + 1 < _BEGUN_AT_MOST:
                await app.job_manager.retry_job(stalled)
            else:
                await app.job_manager.finish_job_by_id_async(stalled.id, Status.FAILED, delete_job=False)
        except ConnectorException:
            continue  # another worker was quicker


def run_worker(stop: threading.Event, *, concurrency: int = 4, wait: bool = True) -> None:
    """Run jobs until `stop` is set (or, with wait=False, until the queue is empty)."""
    app = _worker_app()

    async def watch(worker: asyncio.Task) -> None:
        while not stop.is_set() and not worker.done():
            await asyncio.sleep(0.2)
        worker.cancel()

    async def rescue() -> None:
        while True:
            try:
                await _rescue(app)
            except ConnectorException:
                logger.warning("stalled jobs cannot be looked for; trying again", exc_info=True)
            await asyncio.sleep(_RESCUE_SECONDS)

    async def main() -> None:
        async with app.open_async():
            await _rescue(app)
            worker = asyncio.create_task(
                app.run_worker_async(
                    concurrency=concurrency,
                    wait=wait,
                    install_signal_handlers=False,
                    # Nobody notifies of a new job, so the queue is asked; see docs/adr/0007-no-notify-by-writers.md.
                    listen_notify=False,
                    fetch_job_polling_interval=_POLL_SECONDS,
                    shutdown_graceful_timeout=getattr(settings, "JOBS_GRACE", 20),
                    delete_jobs="successful",
                )
            )
            beside = [asyncio.create_task(watch(worker)), asyncio.create_task(rescue())]
            try:
                await worker
            except asyncio.CancelledError:
                if not stop.is_set():
                    raise
            finally:
                for task in beside:
                    task.cancel()

    asyncio.run(main())


@dataclass(frozen=True)
class FailedJob:
    """A job that was given up, for the operator's page."""

    id: int
    name: str
    attempts: int
    at: dt.datetime


def failed(limit: int = 100) -> list[FailedJob]:
    """The jobs that were given up, newest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT j.id, j.task_name, j.attempts, max(e.at) FROM procrastinate_jobs j
               JOIN procrastinate_events e ON e.job_id = j.id
               WHERE j.status = 'failed' GROUP BY j.id ORDER BY max(e.at) DESC LIMIT %s""",
            [limit],
        )
        return [FailedJob(*row) for row in cursor.fetchall()]


def again(pks: Iterable[int]) -> int:
    """An operator's order: do these jobs once more; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT procrastinate_retry_job_v2(id, now(), NULL, NULL, NULL) FROM procrastinate_jobs
               WHERE id = ANY (%s) AND status = 'failed'""",
            [list(pks)],
        )
        return cursor.rowcount

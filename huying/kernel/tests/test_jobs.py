"""Jobs: written with what they are for, run once it is committed, tried again when they fail."""

import datetime as dt
import threading
import time
from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from django.utils import timezone

from huying.kernel import heartbeat, jobs
from huying.kernel.jobs import JOBS, enqueue
from huying.kernel.tests.conftest import eventually

RAN = []


@jobs.job(retry=0)
def note(what):
    """Remember that it ran."""
    RAN.append(what)


@jobs.job(retry=1)
def stumble(what):
    """Fail at first."""
    RAN.append(what)
    if len(RAN) == 1:
        raise ValueError("at first")


@jobs.job(retry=0)
def fail_once(what):
    """The same, and nobody tries again."""
    stumble(what)


@jobs.job(retry=0)
def pass_on(what, fail):
    """Enqueue another job in a transaction."""
    with transaction.atomic():
        enqueue(note, what=what)
        if fail:
            raise ValueError("rolled back")


@pytest.fixture(autouse=True)
def nothing_ran(request, monkeypatch):
    RAN.clear()
    if "transactional_db" in request.fixturenames:
        # The worker would also put in what is due by the clock.
        monkeypatch.setattr(jobs, "JOBS", {name: job for name, job in JOBS.items() if not job.cron})


def waiting() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


@contextmanager
def working():
    """A worker in a thread of its own."""
    stop = threading.Event()
    worker = threading.Thread(target=jobs.run_worker, args=[stop])
    worker.start()
    try:
        yield worker
    finally:
        stop.set()
        worker.join(30)


def work_off():
    """Run what waits, in a worker as in production."""
    errors = []

    def work():
        try:
            jobs.run_worker(threading.Event(), wait=False)
        except Exception as error:
            errors.append(error)

    worker = threading.Thread(target=work)
    worker.start()
    worker.join(30)
    assert not worker.is_alive()
    assert not errors


def test_a_job_is_named_after_where_it_stands():
    assert note.name == "kernel.tests.test_jobs.note"
    assert JOBS["people.erase_due_identities"].cron == "17 3 * * *"
    with pytest.raises(ValueError, match="two jobs"):
        jobs.job(note.function)


def test_a_job_called_directly_is_a_plain_function():
    note("directly")
    assert RAN == ["directly"]


@pytest.mark.django_db
def test_a_job_stands_or_falls_with_the_transaction(transactional_db):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        enqueue(note, what="undone")
        raise ZeroDivisionError
    with transaction.atomic():
        enqueue(note, what="done")
    assert waiting() == [note.name]
    work_off()
    assert RAN == ["done"]


@pytest.mark.django_db
def test_of_one_key_only_one_waits_and_the_transaction_survives():
    first = enqueue(note, key="toy:1", what="a")
    assert first
    assert enqueue(note, key="toy:1", what="b") is None
    assert enqueue(note, key="toy:2", what="c") > first
    assert len(waiting()) == 2


def test_a_job_for_later_waits(transactional_db):
    enqueue(note, at=timezone.now() + dt.timedelta(hours=1), what="later")
    work_off()
    assert RAN == []
    assert waiting() == [note.name]


def test_a_job_that_fails_waits_for_its_next_try(transactional_db):
    enqueue(stumble, what="x")
    work_off()
    assert RAN == ["x"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT scheduled_at - now() FROM procrastinate_jobs WHERE status = 'todo'")
        wait = cursor.fetchone()[0]
        assert dt.timedelta(0) < wait < dt.timedelta(seconds=5)
        cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = now()")
    work_off()
    assert RAN == ["x", "x"]
    assert waiting() == []


def test_the_worker_stops_when_told(transactional_db):
    with working() as worker:
        enqueue(note, what="seen")
        assert eventually(lambda: RAN == ["seen"], 60)
        began = time.monotonic()
    assert not worker.is_alive()
    assert time.monotonic() - began < 15


def test_in_the_worker_s_own_process_jobs_are_enqueued_in_the_transaction(transactional_db):
    with working():
        enqueue(pass_on, what="undone", fail=True)
        enqueue(pass_on, what="done", fail=False)
        assert eventually(lambda: RAN == ["done"], 60)
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            enqueue(note, what="undone")
            time.sleep(1.5)
            raise ZeroDivisionError
        time.sleep(1)
    assert RAN == ["done"]


@pytest.mark.parametrize(("attempts", "runs"), [(0, ["cut off"]), (7, [])])
def test_a_job_whose_worker_was_killed_is_taken_up_again_but_not_for_ever(transactional_db, attempts, runs):
    pk = enqueue(note, what="cut off")
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH dead AS (
                   INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '2 minutes') RETURNING id
               ) UPDATE procrastinate_jobs SET status = 'doing', attempts = %s, worker_id = (SELECT id FROM dead)""",
            [attempts],
        )
    work_off()
    assert runs == RAN
    assert [job.id for job in jobs.failed()] == ([] if runs else [pk])


def test_a_job_of_a_worker_that_lives_is_left_alone(transactional_db):
    enqueue(note, what="under way")
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH busy AS (INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now()) RETURNING id)
               UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT id FROM busy)"""
        )
    work_off()
    assert RAN == []
    assert jobs.failed() == []


def test_a_job_that_was_given_up_is_seen_and_can_be_done_again(transactional_db):
    pk = enqueue(fail_once, what="x")
    work_off()
    given_up = jobs.failed()
    assert [(job.id, job.name) for job in given_up] == [(pk, fail_once.name)]
    assert jobs.again([pk, 0]) == 1
    assert jobs.failed() == []
    work_off()
    assert RAN == ["x", "x"]


def test_enqueueing_notifies_nobody(transactional_db):
    """A NOTIFY would make all commits queue up; see docs/adr/0007."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgenabled FROM pg_trigger WHERE tgname = 'procrastinate_jobs_notify_queue_job_inserted_v1'"
        )
        assert cursor.fetchone()[0] == "D"


def test_a_cron_line_means_local_time():
    app = jobs._app
    task = app.periodic_registry.periodic_tasks[("people.erase_due_identities", "")]
    noon = dt.datetime(2026, 6, 1, 12, tzinfo=timezone.get_default_timezone())
    at = dt.datetime.fromtimestamp(task.croniter.get_next(ret_type=float, start_time=noon.timestamp()), dt.UTC)
    assert timezone.localtime(at) == dt.datetime(2026, 6, 2, 3, 17, tzinfo=timezone.get_default_timezone())


@pytest.mark.django_db
def test_a_part_without_a_sign_of_life_is_not_alive():
    assert not heartbeat.alive("worker")
    heartbeat.beat("worker")
    heartbeat.beat("worker")
    assert heartbeat.alive("worker")
    assert not heartbeat.alive("worker", within=dt.timedelta(0))

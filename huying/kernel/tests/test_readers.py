"""Readers of the log: every event, in order, exactly once in the database, whatever goes wrong."""

import datetime as dt
import itertools
import threading
import time

import psycopg
import pytest
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django.utils import connector_params

from huying.kernel import following, log, readers
from huying.kernel.log import record
from huying.kernel.models import Event, Reader, SetAside
from huying.kernel.readers import READERS, advance, drain, listen, reader, resend, retry_due, states
from huying.kernel.scopes import SYSTEM
from huying.kernel.tests.conftest import Gate, eventually
from huying.kernel.tests.toy import Toy


def made(kind="toys.made", **facts):
    """A toy with an event, committed unless the test is one transaction."""
    with transaction.atomic():
        toy = Toy.objects.create()
        return record(kind, toy, by=SYSTEM, **facts)


def test_a_reader_gets_each_event_once_and_in_order(toys):
    seen = []
    reader("seen", kinds=("toys.*",), batch=3)(lambda event: seen.append(event.id))
    ids = [made() for _ in range(10)]
    made("other.kind")
    drain()
    drain()
    assert seen == ids


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (("*",), ["toys.made", "toys.sold_out", "toysXmade", "wishes.made"]),
        (("toys.*",), ["toys.made", "toys.sold_out"]),
        (("toys.sold_out", "wishes.*"), ["toys.sold_out", "wishes.made"]),
        (("toys.sold%out",), []),
    ],
)
def test_a_pattern_means_what_it_says(toys, kinds, expected):
    seen = []
    reader("seen", kinds=kinds)(lambda event: seen.append(event.kind))
    for kind in ["toys.made", "toys.sold_out", "toysXmade", "wishes.made"]:
        made(kind)
    drain()
    assert seen == expected
    assert [k for k in ["toys.made", "toys.sold_out", "toysXmade", "wishes.made"] if READERS["seen"].wants(k)] == seen


def test_a_reader_of_rare_events_passes_long_stretches_of_others(toys):
    seen = []
    reader("rare", kinds=("rare.*",), batch=2)(lambda event: seen.append(event.kind))
    for n in range(120):
        made("rare.one" if n % 50 == 49 else "toys.made")
    drain()
    assert seen == ["rare.one"] * 2
    assert states()[0].behind == 0


def test_whole_batches_go_to_a_reader_that_wants_them(toys):
    sizes = []
    reader("batches", batch=4, whole=True)(lambda events: sizes.append(len(events)))
    for _ in range(10):
        made()
    drain()
    assert sizes == [4, 4, 2]


def test_a_reader_of_now_does_not_see_the_past(real_toys):
    seen, read = [], []
    reader("news", since="now")(lambda event: seen.append(event.id))
    reader("olds")(lambda event: read.append(event.id))
    past = made()
    # It is past once no older transaction runs in the whole cluster, those of other tests included.
    assert eventually(lambda: advance(READERS["olds"]) == 0 and past in read)
    assert advance(READERS["news"]) == 0
    later = made()
    assert eventually(lambda: advance(READERS["news"]) == 0 and seen == [later])


def test_an_event_that_cannot_be_digested_is_set_aside_and_the_others_go_on(toys):
    digested = []

    @reader("choosy")
    def choosy(event):
        Toy.objects.filter(pk=event.subject_id).update(plays=1)
        if event.facts.get("bad"):
            raise ValueError("too hot")
        digested.append(event.id)

    first, bad, last = made(), made(bad=True), made()
    advance(READERS["choosy"], settled="true")
    aside = SetAside.objects.get()
    assert (aside.event_id, aside.attempts) == (bad, 1)
    assert aside.error.startswith("ValueError: too hot (test_readers.py:")
    assert dt.timedelta(seconds=1) < aside.next_try_at - timezone.now() < dt.timedelta(seconds=3)
    # What the bad one did before it failed is undone; the good ones count once, though they were tried twice.
    played = dict(Toy.objects.values_list("id", "plays"))
    events = {event.id: event.subject_id for event in Event.objects.all()}
    assert [played[events[pk]] for pk in (first, bad, last)] == [1, 0, 1]
    assert digested == [first, first, last]
    assert [(s.behind, s.aside, s.given_up) for s in states()] == [(0, 1, 0)]


def test_set_aside_events_are_retried_with_back_off_until_an_operator_is_asked(toys):
    hot = True

    @reader("choosy")
    def choosy(event):
        if hot:
            raise ValueError("too hot")

    made()
    advance(READERS["choosy"], settled="true")
    waits = []
    while (aside := SetAside.objects.get()).next_try_at:
        waits.append((aside.next_try_at - timezone.now()).total_seconds())
        SetAside.objects.update(next_try_at=timezone.now())
        assert retry_due(READERS["choosy"]) == 0
    assert aside.attempts == readers.ATTEMPTS == len(waits) + 1
    assert all(later > earlier * 2 for earlier, later in itertools.pairwise(waits[:5]))
    assert max(waits) < 4000
    assert states()[0].given_up == 1
    assert retry_due(READERS["choosy"]) == 0, "given up: nobody tries until told"

    hot = False
    assert resend([aside.pk]) == 1
    assert retry_due(READERS["choosy"]) == 1
    assert not SetAside.objects.exists()


def test_a_database_error_in_a_handler_does_not_take_the_batch_with_it(toys):
    @reader("clumsy")
    def clumsy(event):
        if event.facts.get("bad"):
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1/0")

    made(), made(bad=True), made()
    advance(READERS["clumsy"], settled="true")
    assert SetAside.objects.count() == 1


def test_drain_lets_errors_through(toys):
    @reader("bad")
    def bad(event):
        raise ValueError("too hot")

    made()
    with pytest.raises(ValueError, match="too hot"):
        drain()


def test_a_listener_is_a_reader_named_after_what_it_does(toys):
    def open_call(event):
        open_call.heard = event.kind

    open_call.__module__ = "huying.calls.listeners"
    listen("rounds.hazard_found", open_call)
    made("rounds.hazard_found")
    drain("calls.open_call<rounds.hazard_found")
    assert open_call.heard == "rounds.hazard_found"
    with pytest.raises(ValueError, match="two readers"):
        listen("rounds.hazard_found", open_call)


def test_what_a_reader_does_and_its_cursor_stand_or_fall_together(real_toys, monkeypatch):
    class PowerCut(BaseException):
        pass

    @reader("counting")
    def counting(event):
        Toy.objects.filter(pk=event.subject_id).update(plays=1)

    made()
    assert eventually(lambda: log.head() != log.START)
    digest = readers._digest

    def digest_then_die(spec, events):
        digest(spec, events)
        raise PowerCut

    with monkeypatch.context() as patch, pytest.raises(PowerCut):
        patch.setattr(readers, "_digest", digest_then_die)
        advance(READERS["counting"])
    assert Toy.objects.get().plays == 0
    assert not Reader.objects.exists()
    advance(READERS["counting"])
    assert Toy.objects.get().plays == 1


# --- Concurrency ---


def late_commit(gate: Gate):
    """A transaction that takes its event's id first and commits last."""
    with transaction.atomic():
        event = record("toys.late", Toy.objects.create(), by=SYSTEM)
        gate.open("late has its id")
        gate.wait("reader has read")
    return event


def test_no_reader_is_skipped_past_an_event_that_commits_late(real_toys, threads):
    seen, gate = [], Gate()
    reader("careful")(lambda event: seen.append(event.id))

    def others():
        gate.wait("late has its id")
        early = made()
        advance(READERS["careful"])
        gate.open("reader has read")
        return early

    late, early = threads(lambda: late_commit(gate), others)
    assert late < early
    assert eventually(lambda: advance(READERS["careful"]) == 0 and len(seen) == 2)
    assert sorted(seen) == [late, early]


def test_twin_a_cursor_of_ids_is_skipped_past_it(real_toys, threads):
    """Proves that the danger is real: the same race, read by id."""
    seen, gate = [], Gate()
    cursor = 0

    def read_by_id():
        nonlocal cursor
        for pk in Event.objects.filter(id__gt=cursor).order_by("id").values_list("id", flat=True):
            seen.append(pk)
            cursor = pk

    def others():
        gate.wait("late has its id")
        early = made()
        read_by_id()
        gate.open("reader has read")
        return early

    late, early = threads(lambda: late_commit(gate), others)
    read_by_id()
    assert seen == [early]
    assert late not in seen, "if this fails, the careful reader guards against nothing"


def test_two_workers_do_not_move_one_reader_at_once(real_toys, threads):
    gate, seen = Gate(), []

    @reader("slow")
    def slow(event):
        gate.open("first is at it")
        gate.wait("second was refused")
        seen.append(event.id)

    event = made()
    assert eventually(lambda: log.head().id == event)

    def second():
        gate.wait("first is at it")
        result = advance(READERS["slow"])
        gate.open("second was refused")
        return result

    assert threads(lambda: advance(READERS["slow"]), second) == [1, -1]
    assert seen == [event]


def test_the_follower_keeps_up_with_writers_skips_nothing_and_retries(real_toys, threads):
    seen, failed_once, stop = [], set(), threading.Event()

    @reader("all", kinds=("toys.*",))
    def everything(event):
        if event.facts.get("n") == 7 and event.id not in failed_once:
            failed_once.add(event.id)
            raise ValueError("once")
        seen.append(event.id)

    follower = threading.Thread(target=following.run, args=[stop])
    follower.start()
    try:
        written = threads(*([lambda: [made(n=n) for n in range(25)]] * 4))
        ids = {pk for part in written for pk in part}
        # `once` makes its batch go twice, so what is seen may repeat; what counts is that nothing is lost.
        assert eventually(lambda: set(seen) == ids, 20)
        assert eventually(lambda: not SetAside.objects.exists())
        assert eventually(lambda: states()[0].behind == 0)
    finally:
        stop.set()
        follower.join(10)
    assert not follower.is_alive()


def test_the_follower_rings_for_those_who_listen(real_toys):
    stop = threading.Event()
    follower = threading.Thread(target=following.run, args=[stop])
    with psycopg.connect(**connector_params(), autocommit=True) as listening:
        listening.execute(f"LISTEN {log.CHANNEL}")
        follower.start()
        try:
            time.sleep(0.3)
            made()
            assert [n.channel for n in listening.notifies(timeout=10, stop_after=1)] == [log.CHANNEL]
        finally:
            stop.set()
            follower.join(10)

"""Seals: whatever is altered, removed or inserted is found and named, even by somebody who rules the database."""

import json
from contextlib import contextmanager
from hashlib import sha256

import pytest
from django.db import DatabaseError, connection, transaction

from huying.kernel import log, merkle, readers, seals
from huying.kernel.log import Cursor, record
from huying.kernel.log_health import advance_ids, ids_behind, log_health
from huying.kernel.log_verify import verify
from huying.kernel.models import Event, Seal
from huying.kernel.scopes import SYSTEM
from huying.kernel.tests.conftest import Gate, eventually
from huying.kernel.tests.toy import Toy


@pytest.fixture(autouse=True)
def own_data(settings, tmp_path):
    settings.HUYING_DATA = tmp_path


def events(count: int) -> list[int]:
    """Events, each in a transaction of its own."""
    ids = []
    for n in range(count):
        with transaction.atomic():
            ids.append(record("toys.made", Toy.objects.create(), by=SYSTEM, n=n, code='a "b\\c'))
    return ids


def sealed_once(count: int) -> list[int]:
    """Events under one seal."""
    ids = events(count)
    assert eventually(lambda: log.head().id == ids[-1])
    seals.seal()
    return ids


def sealed(*counts: int) -> list[int]:
    """A log with one seal over each of these numbers of events."""
    ids = []
    for count in counts:
        ids += sealed_once(count)
    assert [seal.count for seal in Seal.objects.order_by("number")] == list(counts)
    return ids


def tamper(*statements: str) -> None:
    """As somebody who owns the tables and has switched the guards off."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table in ("kernel_event", "kernel_seal"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            cursor.execute(statement)
        for table in ("kernel_event", "kernel_seal"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


@contextmanager
def undone():
    """Whatever is done inside is rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def flaws(**kwargs):
    return [(flaw.what, flaw.event or flaw.seal) for flaw in verify(**kwargs).flaws]


def test_the_tree_is_that_of_rfc_6962():
    # Known values for the inputs of the RFC's reference tests (the first three leaves).
    entries = [b"", b"\x00", b"\x10"]
    leaves = [merkle.leaf(entry) for entry in entries]
    assert leaves[0].hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert merkle.root(leaves[:2]).hex() == "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
    assert merkle.root(leaves).hex() == "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"
    assert merkle.root([]) == sha256(b"").digest()


def test_the_tree_splits_at_the_largest_power_of_two():
    def by_definition(leaves):
        if len(leaves) == 1:
            return leaves[0]
        split = 1 << (len(leaves) - 1).bit_length() - 1
        return sha256(b"\x01" + by_definition(leaves[:split]) + by_definition(leaves[split:])).digest()

    for count in range(1, 40):
        leaves = [merkle.leaf(str(n).encode()) for n in range(count)]
        assert merkle.root(leaves) == by_definition(leaves)


def test_a_whole_log_is_proved_and_counted(real_toys):
    sealed(5, 1, 3)
    events(2)
    told = []
    report = verify(lambda done, total: told.append((done, total)))
    assert report.ok, report
    assert (report.events, report.seals, report.unsealed) == (9, 3, 2)
    assert told[-1] == (9, 9)
    assert report.root == str(seals.newest_root())
    assert "The log is whole" in str(report)


def test_the_log_is_sealed_while_queries_are_counted_too(real_toys):
    events(2)
    connection.force_debug_cursor = True
    try:
        seals.seal()
        assert verify().ok
    finally:
        connection.force_debug_cursor = False


def test_an_empty_log_is_whole(real_toys):
    assert verify().ok
    assert seals.seal() is None
    assert seals.newest_root() is None


def test_the_lines_do_not_depend_on_time_zone_or_date_style(real_toys):
    sealed_once(3)
    end = Cursor(2**62, 0)
    usual = list(seals.lines(log.START, end))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL TIME ZONE 'America/New_York'")
        cursor.execute("SET LOCAL DateStyle = 'German'")
        cursor.execute("SET LOCAL IntervalStyle = 'sql_standard'")
        cursor.execute("SET LOCAL extra_float_digits = 0")
        assert list(seals.lines(log.START, end)) == usual
    assert len(usual) == 3


def test_an_altered_event_is_named(real_toys):
    ids = sealed(3, 4, 2)
    for change in (
        "kind = 'toys.sold'",
        "at = at + interval '1 microsecond'",
        "subject_id = subject_id + 1",
        "subject_type = 'call'",
        "actor_kind = 'person'",
        "actor_id = 1",
        "place_id = 0",
        "facts = '{}'",
        """facts = facts || '{"n": 99}'""",
    ):
        with undone():
            tamper(f"UPDATE kernel_event SET {change} WHERE id = {ids[5]}")
            assert flaws() == [("altered", ids[5])], change
            assert f"event {ids[5]} was altered" in str(verify())
    assert verify().ok


def test_a_removed_event_is_named(real_toys):
    ids = sealed(3, 4, 2)
    tamper(f"DELETE FROM kernel_event WHERE id IN ({ids[0]}, {ids[6]})")
    assert flaws() == [("removed", ids[0]), ("removed", ids[6])]


def test_an_inserted_event_is_named(real_toys):
    ids = sealed(3, 4)
    txid = Event.objects.get(pk=ids[1]).txid
    tamper(
        f"""INSERT INTO kernel_event (id, txid, kind, subject_type, subject_id, actor_kind)
            VALUES (999999, '{txid}', 'toys.made', 'toy', 1, 'system')"""
    )
    assert flaws() == [("inserted", 999999)]


def test_a_moved_event_is_named_once(real_toys):
    ids = sealed(3, 4)
    txid = Event.objects.get(pk=ids[5]).txid
    tamper(f"UPDATE kernel_event SET txid = '{txid}' WHERE id = {ids[0]}")
    assert flaws() == [("moved", ids[0])]


def test_two_events_that_changed_places_are_named(real_toys):
    ids = sealed(4)
    tamper(
        f"UPDATE kernel_event SET id = -1 WHERE id = {ids[0]}",
        f"UPDATE kernel_event SET id = {ids[0]} WHERE id = {ids[1]}",
        f"UPDATE kernel_event SET id = {ids[1]} WHERE id = -1",
    )
    assert {flaw[1] for flaw in flaws()} >= {ids[0], ids[1]}


def test_an_altered_seal_is_named_and_nothing_else_is_blamed(real_toys):
    sealed(3, 4, 2)
    for change in (
        "root = sha256('x')",
        "chain = sha256('x')",
        "count = count + 1",
        "at = at + interval '1 second'",
        "last_id = last_id - 1, last_txid = (last_txid::text::bigint - 1)::text::xid8",
        "last_id = -1",
    ):
        for number in (1, 2, 3):
            with undone():
                tamper(f"UPDATE kernel_seal SET {change} WHERE number = {number}")
                found = flaws()
                assert [where for what, where in found if what == "seal altered"] == [number], change
                # The newest chain is also that of the witness.
                assert {what for what, _ in found} <= {"seal altered", "root"}, (change, found)


def test_a_removed_seal_is_named_and_its_events_are_not_blamed(real_toys):
    sealed(3, 4, 2)
    for number in (1, 2):
        with undone():
            tamper(f"DELETE FROM kernel_seal WHERE number = {number}")
            assert flaws() == [("seal missing", number)]


def test_a_log_cut_short_is_noticed_by_the_witness_outside(real_toys):
    ids = sealed(3, 4, 2)
    tamper(f"DELETE FROM kernel_event WHERE id >= {ids[7]}", "DELETE FROM kernel_seal WHERE number = 3")
    assert flaws() == [("root", 3)]
    assert "was cut off" in str(verify())
    seals.witness_file().unlink()
    assert verify().ok, "without a witness nobody can know"


def test_a_printed_root_must_hold(real_toys):
    sealed(3)
    printed = str(seals.newest_root())
    ids = sealed_once(4)
    assert verify(roots=[printed]).ok
    # Somebody rewrites history thoroughly: the event, its seal, and every seal after it.
    tamper(f"UPDATE kernel_event SET kind = 'toys.sold' WHERE id = {ids[0] - 1}", "DELETE FROM kernel_seal")
    seals.witness_file().unlink()
    while seals.seal():
        pass
    assert verify().ok
    assert flaws(roots=[printed]) == [("root", 1)]
    with pytest.raises(ValueError, match="is not a root"):
        verify(roots=["12:xyz"])


def test_an_unreadable_witness_is_a_flaw_and_no_crash(real_toys):
    sealed(1)
    seals.witness_file().write_text("{")
    assert [what for what, _ in flaws()] == ["unreadable"]
    seals.witness_file().write_text(json.dumps({"number": 1}))
    assert [what for what, _ in flaws()] == ["unreadable"]


def test_seals_refuse_change(real_toys):
    sealed(1)
    for statement in ("UPDATE kernel_seal SET count = 2", "DELETE FROM kernel_seal", "TRUNCATE kernel_seal"):
        with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
            cursor.execute(statement)
    with pytest.raises(DatabaseError):
        Seal.objects.filter(number=1).delete()


def test_sealers_at_the_same_time_make_one_chain(real_toys, threads):
    def busy_sealer():
        return [seals.seal(limit=7) for _ in range(30)]

    threads(lambda: events(40), lambda: events(40), busy_sealer, busy_sealer)
    eventually(lambda: log.head().id == Event.objects.latest("id").id)
    while seals.seal(limit=7):
        pass
    report = verify()
    assert report.ok, report
    assert report.events == 80
    assert report.seals == Seal.objects.latest("number").number


def test_a_seal_does_not_close_over_a_transaction_that_still_runs(real_toys, threads):
    gate = Gate()

    def late():
        with transaction.atomic():
            record("toys.late", Toy.objects.create(), by=SYSTEM)
            gate.open("late has its id")
            gate.wait("sealed")

    def others():
        gate.wait("late has its id")
        events(1)
        first = seals.seal()
        gate.open("sealed")
        return first

    assert threads(late, others)[1] is None
    assert eventually(lambda: seals.seal() is not None)
    assert verify().ok


def test_a_log_loaded_into_a_younger_server_is_noticed_and_mended(real_toys):
    ids = sealed(2)
    ahead = Event.objects.get(pk=ids[1]).txid + 30_000
    tamper(f"UPDATE kernel_event SET txid = '{ahead}' WHERE id = {ids[1]}")
    trouble = [t for t in log_health() if "transaction counter" in t.words]
    assert trouble and "audit advance-ids" in trouble[0].mend
    seen = []
    readers.reader("all")(lambda event: seen.append(event.id))
    readers.advance(readers.READERS["all"])
    assert seen == ids[:1]
    assert 0 < ids_behind() <= 30_000
    advance_ids()
    assert ids_behind() == 0
    assert eventually(lambda: readers.advance(readers.READERS["all"]) == 0 and seen == ids)


def test_a_guard_that_was_switched_off_is_noticed(real_toys):
    assert not [t for t in log_health() if "guard" in t.words]
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE kernel_event DISABLE TRIGGER kernel_event_append_only")
        try:
            assert [t for t in log_health() if "guard of kernel_event" in t.words]
        finally:
            cursor.execute("ALTER TABLE kernel_event ENABLE TRIGGER kernel_event_append_only")

"""What can be wrong with the log besides tampering: for the doctor. Each trouble comes with its mend, in words."""

from typing import NamedTuple

from django.db import connection

GUARDS = {
    "kernel_event": "kernel_event_append_only",
    "kernel_seal": "kernel_seal_append_only",
}
_LONG = 60  # seconds after which an open transaction counts as holding the readers back


class Trouble(NamedTuple):
    """What is wrong and how to mend it."""

    words: str
    mend: str


def log_health() -> list[Trouble]:
    """Troubles of the log: transaction ids out of step, guards switched off, a transaction that holds readers back."""
    return [*_transaction_ids(), *_guards(), *_holding_back()]


def ids_behind() -> int:
    """By how many transaction ids the server is behind the log; 0 when all is well.

    A log loaded from a dump into another server carries transaction ids of the old one. While the new server's counter
    is lower, readers would wait for the old ids to pass, and new events would be sorted before what was read.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT greatest(
                   coalesce((SELECT txid::text::numeric FROM kernel_event ORDER BY txid DESC LIMIT 1), 0),
                   coalesce((SELECT max(txid::text::numeric) FROM kernel_reader), 0)
               ) + 1 - pg_snapshot_xmax(pg_current_snapshot())::text::numeric"""
        )
        return max(0, int(cursor.fetchone()[0]))


def _transaction_ids():
    behind = ids_behind()
    if behind:
        yield Trouble(
            f"the log was loaded into a server whose transaction counter is {behind:,} behind it: readers stand still",
            "stop web and worker, then: huying audit advance-ids"
            if behind <= ADVANCE_AT_MOST
            else "stop the server and set its counter with pg_resetwal; see docs/operations.md, 'After a restore'",
        )


ADVANCE_AT_MOST = 200_000_000
_STEP = 100_000


def advance_ids(progress=None) -> int:
    """Use up transaction ids until the server is past the log; returns how many. Some 100,000 a second.

    Not inside a transaction. progress: called with (done, total).
    """
    total = ids_behind()
    while (behind := ids_behind()) > 0:
        with connection.cursor() as cursor:
            # Nothing is written, so nothing needs to wait for the disk.
            cursor.execute("SET synchronous_commit = off")
            cursor.execute(_USE_UP.format(count=min(behind, _STEP)))
            cursor.execute("RESET synchronous_commit")
        if progress:
            progress(total - ids_behind(), total)
    return total


_USE_UP = """
DO $$
BEGIN
    FOR n IN 1..{count} LOOP
        PERFORM pg_current_xact_id();
        COMMIT;
    END LOOP;
END
$$
"""


def _guards():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgname = ANY (%s) AND tgenabled IN ('O', 'A') AND NOT tgisinternal",
            [list(GUARDS.values())],
        )
        present = {row[0] for row in cursor.fetchall()}
    for table, trigger in GUARDS.items():
        if trigger not in present:
            yield Trouble(
                f"the guard of {table} is gone or switched off: its rows could be changed",
                f"ALTER TABLE {table} ENABLE TRIGGER {trigger}; then find out who did it, and run: huying audit verify",
            )


def _holding_back():
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT pid, coalesce(datname, ''), coalesce(application_name, ''),
                      extract(epoch FROM clock_timestamp() - xact_start)::int
               FROM pg_stat_activity
               WHERE backend_xid IS NOT NULL AND xact_start < clock_timestamp() - make_interval(secs => %s)
               ORDER BY xact_start""",
            [_LONG],
        )
        for pid, database, name, seconds in cursor.fetchall():
            yield Trouble(
                f"a transaction open for {seconds} s (process {pid}, {database} {name}) holds back all readers of the log",
                f"wait for it, or end it: SELECT pg_terminate_backend({pid})",
            )
        cursor.execute("SELECT gid, database FROM pg_prepared_xacts")
        for gid, database in cursor.fetchall():
            yield Trouble(
                f"the prepared transaction {gid!r} of {database} holds back all readers of the log",
                f"COMMIT PREPARED or ROLLBACK PREPARED '{gid}'",
            )

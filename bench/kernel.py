"""The event log and the workflow: proving the log, following it behind writers at full speed, and what a step costs."""

import multiprocessing
import time
from statistics import median

from bench.common import Context, Figure, at_least, set_up_django, tps

EVENT = """INSERT INTO kernel_event (kind, subject_type, subject_id, actor_kind, place_id, facts)
VALUES ('calls.raised', 'call', :client_id + 1, 'anonymous', 12345, '{"channel": "qr", "version": 1}');
"""
# Takes its id and its transaction id early and commits late: what a careless reader would skip.
LATE_EVENT = f"""BEGIN;
{EVENT}
\\set wait random(5, 150)
\\sleep :wait ms
COMMIT;
"""
READERS = 3


def figures(ctx: Context) -> list[Figure]:
    """All figures of the kernel."""
    return [*proof(ctx), *following(ctx), *notify(ctx), *steps(ctx)]


def proof(ctx: Context) -> list[Figure]:
    """Events a second that `audit verify` proves, against reading the same lines and doing nothing with them."""
    from django.db import connection, transaction

    from huying.kernel import seals
    from huying.kernel.log import START, Cursor
    from huying.kernel.log_verify import verify

    count, at_once = ctx.scaled(1_000_000), 5_000
    for _ in range(count // at_once):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                """INSERT INTO kernel_event (kind, subject_type, subject_id, actor_kind, actor_id, place_id, facts)
                   SELECT 'calls.resolved', 'call', n, 'person', mod(n, 977), mod(n, 3223),
                          jsonb_build_object('version', mod(n, 9), 'class', 'usual', 'category', 'lighting')
                   FROM generate_series(1, %s) n""",
                [at_once],
            )
    began = time.perf_counter()
    while seals.seal(limit=at_once * 2):
        pass
    sealing = count / (time.perf_counter() - began)
    reading, proving = [], []
    for _ in range(3):
        began = time.perf_counter()
        lines = sum(1 for _line in seals.lines(START, Cursor(2**62, 0)))
        reading.append(lines / (time.perf_counter() - began))
        report = verify()
        if not report.ok or report.events != count:
            raise RuntimeError(f"the log was not proved: {report}")
        proving.append(report.events / report.seconds)
    return [
        at_least(
            "log: verification",
            median(proving),
            "events/s",
            50_000,
            reference="reading the same lines with COPY",
            ratio=median(proving) / median(reading),
        ),
        Figure("log: sealing", sealing, "events/s"),
    ]


def _follow(stop) -> None:
    """A worker process with readers that write down what they saw."""
    import threading

    set_up_django()
    from django.db import connection

    from huying.kernel import following, readers

    readers.READERS.clear()
    for number in range(READERS):

        @readers.reader(f"bench{number}", kinds=("calls.*",), since="now", whole=True)
        def note(events, number=number):
            with connection.cursor() as cursor:
                ids = [event.id for event in events]
                cursor.execute("INSERT INTO bench_seen SELECT %s, unnest(%s::bigint[])", [number, ids])

    over = threading.Event()
    threading.Thread(target=lambda: (stop.wait(), over.set()), daemon=True).start()
    following.run(over)


def following(ctx: Context) -> list[Figure]:
    """Readers behind 32 writers at full speed, some of which commit late: how far behind, and whether any is skipped."""
    seconds, clients = ctx.scaled(10), 32
    ctx.psql(
        "CREATE TABLE bench_seen (reader int, event bigint); CREATE TABLE bench_start AS SELECT max(id) FROM kernel_event"
    )
    alone = ctx.pgbench({EVENT: 40, LATE_EVENT: 1}, clients=clients, seconds=max(3, seconds // 2))
    before = int(ctx.psql("SELECT max(id) FROM kernel_event"))
    spawn = multiprocessing.get_context("spawn")
    stop = spawn.Event()
    worker = spawn.Process(target=_follow, args=(stop,))
    worker.start()
    try:
        _wait(lambda: ctx.psql("SELECT count(*) FROM kernel_reader WHERE name LIKE 'bench%'") == str(READERS), 60)
        writers = ctx.start_pgbench({EVENT: 40, LATE_EVENT: 1}, clients=clients, seconds=seconds)
        out, _errors = writers.communicate()
        ended = time.perf_counter()
        written = int(ctx.psql(f"SELECT count(*) FROM kernel_event WHERE id > {before}"))
        seen = int(ctx.psql("SELECT count(*) FROM bench_seen WHERE reader = 0"))
        _wait(lambda: int(ctx.psql("SELECT count(*) FROM bench_seen")) >= written * READERS, 120)
        catching_up = time.perf_counter() - ended
    finally:
        stop.set()
        worker.join(30)
    wrong = int(
        ctx.psql(
            f"""SELECT count(*) FROM (
                SELECT r, e.id FROM generate_series(0, {READERS - 1}) r, kernel_event e WHERE e.id > {before}
            ) wanted FULL JOIN bench_seen s ON (s.reader, s.event) = (wanted.r, wanted.id)
            WHERE wanted.id IS NULL OR s.event IS NULL"""
        )
    ) + abs(int(ctx.psql("SELECT count(*) - count(DISTINCT (reader, event)) FROM bench_seen")))
    rate = tps(out)
    behind = (written - seen) / rate
    return [
        Figure(
            "log: 32 writers while 3 readers follow",
            rate,
            "events/s",
            reference=f"the writers alone, {alone:,.0f}/s",
            ratio=rate / alone,
        ),
        Figure("log: readers behind when the writers stop", behind, "s", target="≤ 2", ok=behind <= 2),
        Figure("log: then caught up in", catching_up, "s", target="≤ 5", ok=catching_up <= 5),
        Figure(f"log: events skipped or doubled of {written:,}", wrong, "", target="0", ok=wrong == 0),
    ]


def _wait(condition, seconds: float) -> None:
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise RuntimeError("the readers did not get there")
        time.sleep(0.05)


def notify(ctx: Context) -> list[Figure]:
    """What it would cost if writers rang the bell themselves (docs/adr/0007): rounds of both, in turn."""
    ctx.psql(
        """CREATE FUNCTION bench_bell() RETURNS trigger LANGUAGE plpgsql AS $$
           BEGIN PERFORM pg_notify('bench_log', ''); RETURN NULL; END $$;
           CREATE TRIGGER bench_bell AFTER INSERT ON kernel_event
           FOR EACH STATEMENT EXECUTE FUNCTION bench_bell()"""
    )
    rates: dict[str, list[float]] = {"DISABLE": [], "ENABLE": []}
    for _round in range(3):
        for mode, found in rates.items():
            ctx.psql(f"ALTER TABLE kernel_event {mode} TRIGGER bench_bell")
            found.append(ctx.pgbench(EVENT, seconds=max(2, ctx.scaled(4))))
    ctx.psql("DROP TRIGGER bench_bell ON kernel_event; DROP FUNCTION bench_bell()")
    quiet, ringing = median(rates["DISABLE"]), median(rates["ENABLE"])
    return [
        Figure(
            "log: 32 writers, nobody rings",
            quiet,
            "events/s",
            reference=f"NOTIFY in a trigger, {ringing:,.0f}/s",
            ratio=quiet / ringing,
        )
    ]


def steps(ctx: Context) -> list[Figure]:
    """A workflow step against the same statements written by hand, one client, each committed to disk."""
    from django.db import connection, transaction

    from huying.kernel.scopes import link_holder
    from huying.kernel.tests.toy import TOY, Toy

    with connection.schema_editor() as editor:
        editor.create_model(Toy)
    toy = Toy.objects.create(state="sold")
    owner = link_holder("toy", toy.pk)
    count = ctx.scaled(2000)

    def by_workflow():
        with TOY.step("play", toy, by=owner) as locked:
            locked.plays += 1

    def by_hand():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT state, version, plays, place_id FROM toy_toy WHERE id = %s FOR UPDATE", [toy.pk])
            _state, version, plays, place = cursor.fetchone()
            cursor.execute(
                "UPDATE toy_toy SET plays = %s, version = %s WHERE id = %s", [plays + 1, version + 1, toy.pk]
            )
            cursor.execute(
                """INSERT INTO kernel_event (kind, subject_type, subject_id, actor_kind, place_id, facts)
                   VALUES ('toys.played', 'toy', %s, 'link', %s, '{"version": 2}') RETURNING id""",
                [toy.pk, place],
            )

    rates: dict[str, list[float]] = {"workflow": [], "hand": []}
    for _round in range(4):
        for name, function in (("workflow", by_workflow), ("hand", by_hand)):
            began = time.perf_counter()
            for _ in range(count // 4):
                function()
            rates[name].append(count / 4 / (time.perf_counter() - began))
    ours, hand = median(rates["workflow"]), median(rates["hand"])
    return [
        Figure(
            "workflow: steps one after another",
            ours,
            "steps/s",
            reference=f"the same SQL by hand, {hand:,.0f}/s",
            ratio=ours / hand,
            target="ratio ≥ 0.4",
            ok=ours / hand >= 0.4,
        )
    ]

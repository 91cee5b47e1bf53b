"""A made-up city on Xi'an's real divisions: compounds, people with posts, and a million calls with their events.

Everything is written by the database itself, so that it takes minutes and not hours. Words are drawn from lists with
the frequencies of real speech (few words in half of the calls, many in a handful), states and dates as a usual year has
them: 4 in 100 calls are open, and the calls crowd in some communities.
"""

import contextlib
import secrets
from collections.abc import Iterator
from pathlib import Path

from django.db import connection
from tqdm import tqdm

BATCH = 50_000
# One list a line; the first of a list are drawn most often.
WORDS = Path(__file__).with_name("words.txt")


# Six workers in a community, one person at each desk above; a compound or a building in three has somebody.
PEOPLE = """
INSERT INTO people_person (username, password, name, is_active, joined_at, language, session_round, made_up)
SELECT 'bench-' || p.id || '-' || k, '!', left(p.short_name, 30) || '社工', true, now(), '', 0, true
FROM places_place p CROSS JOIN LATERAL generate_series(1, CASE kind WHEN 'community' THEN 6 ELSE 1 END) k
WHERE kind IN ('city', 'district', 'street', 'community') OR (kind IN ('compound', 'building') AND id % 3 = 0)
"""
POSTS = """
INSERT INTO people_post (person_id, role, place_id, valid_from)
SELECT o.id, CASE p.kind WHEN 'city' THEN 'city_staff' WHEN 'district' THEN 'district_staff' WHEN 'street' THEN 'street_staff'
    WHEN 'community' THEN 'community_worker' WHEN 'compound' THEN 'compound_secretary' ELSE 'building_head' END,
    p.id, '2024-01-01'::date
FROM people_person o JOIN places_place p ON p.id = split_part(o.username, '-', 2)::bigint
"""

# The tag of a place below the communities, from its id.
TAG = "lpad(translate({id}::text, '01', 'xy'), 8, 'w')"
# One row a place below the communities: `times` children to each parent of a kind.
BELOW = f"""
WITH parent AS (SELECT id, path FROM places_place WHERE kind = %(parent)s),
made AS (
    SELECT nextval('places_place_id_seq') AS id, parent.id AS parent_id, parent.path, n
    FROM parent CROSS JOIN generate_series(1, %(times)s) n
)
INSERT INTO places_place (id, kind, name, short_name, pinyin, initials, parent_id, path, valid_from, tag, made_up)
SELECT id, %(kind)s, n || %(name)s, n || %(name)s, '', '', parent_id, path || ('p' || id)::text, '2020-01-01'::date,
    {TAG.format(id="id")}, true
FROM made
"""

# The first of a list is drawn most often: the position is that of a squared random number.
PICK = """
CREATE FUNCTION pg_temp.pick(list text[], dice float8) RETURNS text LANGUAGE sql IMMUTABLE
AS 'SELECT list[1 + floor(cardinality(list) * dice ^ 2)::int]'
"""

CALLS = """
INSERT INTO calls_call (
    state, version, intake_key, channel, text, place_id, path, community_id, wants_private, raised_at, category, urgency,
    level, offered_at, owner_id, accepted_at, accepted_by_id, contacted_at, public_text, is_public, dispatched_at,
    assigned_at, due_at, outcome, resolved_at, resolved_by_id, rating, rated_at, ended_at, dispute_open, extension_reason,
    parked_reason, parked_basis, parked_person, parked_words, reopened, asked, guided, guided_to, reminded, next_alarm_at, made_up)
SELECT state, 4, %(run)s || n, CASE WHEN n %% 9 = 0 THEN 'phone' WHEN n %% 7 = 0 THEN 'head' ELSE 'qr' END, words, place_id,
    path, community_id, private, at, category, 'usual', 'community', at,
    CASE WHEN state <> 'raised' THEN worker END, CASE WHEN state <> 'raised' THEN at + interval '3 hours' END,
    CASE WHEN state <> 'raised' THEN worker END, CASE WHEN state <> 'raised' THEN at + interval '4 hours' END,
    CASE WHEN state <> 'raised' AND NOT private THEN words ELSE '' END, state <> 'raised' AND NOT private,
    CASE WHEN state <> 'raised' THEN at + interval '3 hours' END, CASE WHEN state <> 'raised' THEN at + interval '3 hours' END,
    CASE WHEN state <> 'raised' THEN at + interval '7 days' END,
    CASE WHEN answered THEN '已经修好，请再看看。' ELSE '' END, CASE WHEN answered THEN at + interval '2 days' END,
    CASE WHEN answered THEN worker END, CASE WHEN state = 'confirmed' THEN 'satisfied' ELSE '' END,
    CASE WHEN state = 'confirmed' THEN at + interval '3 days' END, CASE WHEN answered THEN at + interval '3 days' END,
    false, '', '', '', '', '', 0, 0, '', '', 0, CASE WHEN NOT answered THEN now() + interval '1 day' END, true
FROM (
    SELECT drawn.n, at, state, state IN ('confirmed', 'closed', 'resolved') AS answered, r[1] < 0.05 AS private,
        place.n, place_id, path, community_id, workers[1 + drawn.n %% 6], pg_temp.pick(%(category)s::text[], r[2]) AS category,
        pg_temp.pick(%(where)s::text[], r[3]) || '的'
        || CASE WHEN extract(month FROM at) IN (11, 12, 1, 2, 3) AND r[4] < 0.25 THEN '暖气'
                ELSE pg_temp.pick(%(thing)s::text[], r[5]) END
        || pg_temp.pick(%(trouble)s::text[], r[6])
        || CASE WHEN r[7] < 0.6 THEN '，' || pg_temp.pick(%(since)s::text[], r[8]) ELSE '' END
        || CASE WHEN r[9] < 0.5 THEN '，' || pg_temp.pick(%(who)s::text[], r[10])
            || pg_temp.pick(%(effect)s::text[], r[11]) ELSE '' END
        || CASE WHEN r[12] < 0.5 THEN '，' || pg_temp.pick(%(ask)s::text[], r[13]) ELSE '' END
        || CASE WHEN r[14] < 0.3 THEN '。' || (SELECT string_agg(chr(19968 + floor(3000 * ((r[15] * k * 7919)::numeric %% 1)::float8 ^ 2)::int), '')
            FROM generate_series(1, 8) k) ELSE '' END
        || CASE WHEN drawn.n %% 100000 = 77 THEN '。鹦鹉飞走了' ELSE '' END || '。' AS words
    FROM (
        SELECT n, now() - interval '1 minute' * ((%(total)s - n)::float8 / %(total)s * 525600) AS at, r,
            CASE WHEN r[16] < 0.85 THEN 'confirmed' WHEN r[16] < 0.94 THEN 'closed' WHEN r[16] < 0.96 THEN 'resolved'
                WHEN r[16] < 0.97 THEN 'raised' WHEN r[16] < 0.985 THEN 'accepted' ELSE 'underway' END AS state,
            1 + floor((SELECT max(n) FROM bench_place) * r[17] ^ 1.5)::int AS number
        FROM generate_series(%(first)s, %(last)s) n
        CROSS JOIN LATERAL (SELECT array_agg(random()) AS r FROM generate_series(1, 17 + 0 * n)) dice
    ) drawn JOIN bench_place place ON place.n = drawn.number
) made (n, at, state, answered, private, number, place_id, path, community_id, worker, category, words)
"""

EVENTS = """
INSERT INTO kernel_event (at, kind, subject_type, subject_id, actor_kind, actor_id, place_id, facts)
SELECT at, kind, 'call', id, CASE WHEN who IS NULL THEN 'anonymous' ELSE 'person' END, who, place_id, facts
FROM (
    SELECT raised_at AS at, 'calls.raised' AS kind, id, NULL::bigint AS who, place_id,
        jsonb_build_object('version', 0, 'channel', channel, 'level', level, 'category', category) AS facts, 1 AS turn
    FROM calls_call WHERE id BETWEEN %(first)s AND %(last)s
    UNION ALL
    SELECT accepted_at, 'calls.accepted', id, owner_id, place_id,
        jsonb_build_object('version', 1, 'category', category, 'urgency', urgency, 'due', due_at), 2
    FROM calls_call WHERE id BETWEEN %(first)s AND %(last)s AND accepted_at IS NOT NULL
    UNION ALL
    SELECT resolved_at, 'calls.resolved', id, owner_id, place_id, '{"version": 2}', 3
    FROM calls_call WHERE id BETWEEN %(first)s AND %(last)s AND resolved_at IS NOT NULL
    UNION ALL
    SELECT rated_at, 'calls.confirmed', id, NULL, place_id, '{"version": 3, "rating": "satisfied"}', 4
    FROM calls_call WHERE id BETWEEN %(first)s AND %(last)s AND rated_at IS NOT NULL
) happened ORDER BY id, turn
"""


def places() -> None:
    """Xi'an's divisions with three compounds each, their buildings and entrances, and somebody at every desk."""
    from huying.places.divisions import load_xian

    load_xian()
    with connection.cursor() as cursor:
        for parent, kind, name, times in (
            ("community", "compound", "号小区", 3),
            ("compound", "building", "栋", 4),
            ("building", "entrance", "单元", 2),
        ):
            cursor.execute(BELOW, {"parent": parent, "kind": kind, "name": name, "times": times})
        cursor.execute(PEOPLE)
        cursor.execute(POSTS)
        cursor.execute("ANALYZE places_place, people_person, people_post")


def write_calls(total: int) -> None:
    """A year's calls, oldest first, and what the log says of them; then what the readers of the log make of it."""
    run = f"bench-{secrets.token_hex(4)}-"
    lists = dict(line.split(": ") for line in WORDS.read_text(encoding="utf-8").splitlines())
    lists = {name: words.split() for name, words in lists.items()}
    with connection.cursor() as cursor, tqdm(total=total, desc="calls", unit="call", disable=None) as bar:
        cursor.execute(PICK)
        # Communities in a random order: the first are crowded, a compound's entrances stand together.
        cursor.execute("""
            CREATE TEMP TABLE bench_place AS
            SELECT row_number() OVER (ORDER BY md5(c.id::text), e.id) AS n, e.id AS place_id, e.path, c.id AS community_id,
                (SELECT array_agg(o.person_id) FROM people_post o WHERE o.place_id = c.id AND o.role = 'community_worker') AS workers
            FROM places_place e JOIN places_place c ON c.kind = 'community' AND c.path = subpath(e.path, 0, 5)
            WHERE e.kind = 'entrance'
        """)
        cursor.execute("CREATE UNIQUE INDEX ON bench_place (n)")
        cursor.execute("ANALYZE bench_place")
        with bare(cursor, "calls_call", "kernel_event"):
            for first in range(1, total + 1, BATCH):
                last = min(total, first + BATCH - 1)
                cursor.execute(CALLS, {**lists, "run": run, "first": first, "last": last, "total": total})
                cursor.execute("SELECT max(id) FROM calls_call")
                newest = cursor.fetchone()[0]
                cursor.execute(EVENTS, {"first": newest - (last - first), "last": newest})
                bar.update(last - first + 1)
        cursor.execute("DROP TABLE bench_place")
        cursor.execute("VACUUM (ANALYZE) calls_call, kernel_event")


def write_words() -> None:
    """The words of all calls, as the reader of the log keeps them."""
    from huying.calls.listeners import keep_words

    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM calls_call")
        newest = cursor.fetchone()[0]
        with bare(cursor, "calls_search"):
            for first in tqdm(range(0, newest + 1, 5000), desc="words", unit_scale=5000, unit="call", disable=None):
                keep_words(range(first, first + 5000))
        cursor.execute("VACUUM (ANALYZE) calls_search")


@contextlib.contextmanager
def bare(cursor, *tables: str) -> Iterator[None]:
    """Tables without their secondary indexes and foreign keys while they are filled; both are made again afterwards."""
    later = []
    for table in tables:
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'",
            [table],
        )
        for name, definition in cursor.fetchall():
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
            later.append(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
        cursor.execute(
            """SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s AND NOT EXISTS
               (SELECT FROM pg_constraint WHERE conname = indexname)""",
            [table],
        )
        for name, definition in cursor.fetchall():
            cursor.execute(f'DROP INDEX "{name}"')
            later.append(definition)
    yield
    for statement in tqdm(later[::-1], desc="indexes", disable=None):
        cursor.execute(statement)


def read_up() -> None:
    """Set every reader of the log to its end: what they would have made of it is not what is measured."""
    from django.utils import timezone

    from huying.kernel import log, readers
    from huying.kernel.models import Reader

    head = log.head()
    for name in readers.READERS:
        Reader.objects.update_or_create(
            name=name, defaults={"txid": head.txid, "event_id": head.id, "moved_at": timezone.now()}
        )


def tags(kind: str) -> list[str]:
    """The tags of all places of a kind."""
    from huying.places.models import Place

    return list(Place.objects.filter(kind=kind).order_by("pk").values_list("tag", flat=True))


def busiest():
    """The community with the most calls."""
    return _community(0)


def usual():
    """A community in the middle."""
    return _community(0.5)


def _community(share: float):
    from huying.places.models import Place

    with connection.cursor() as cursor:
        cursor.execute("SELECT community_id FROM calls_call GROUP BY 1 ORDER BY count(*) DESC, 1")
        found = [row[0] for row in cursor.fetchall()]
    return Place.objects.select_related("parent__parent__parent").get(pk=found[int(len(found) * share)])


def holder(role: str, place):
    """Somebody who holds a post there."""
    from huying.people.models import Person

    return Person.objects.filter(posts__role=role, posts__place=place).order_by("pk").first()


def token() -> str:
    """A token of a city's programs, that may raise calls."""
    from huying.people.models import Person
    from huying.people.tokens import create_token

    person = Person.objects.filter(posts__role="city_staff").first()
    return create_token(person, ["calls:write", "calls:read"], "bench")

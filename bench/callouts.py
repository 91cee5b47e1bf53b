"""The rush: 250,000 people sign up for 20,000 posts over HTTP, beside pgbench that signs up one at a time; the hottest post."""

import contextlib
import datetime as dt
import os
import random
import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from statistics import median

from bench import load
from bench.common import Context, Figure, at_most
from bench.serving import free_port, megabytes, served

PEOPLE, CALLOUTS, POSTS_EACH, PLACES = 250_000, 500, 40, 12
HOT_PEOPLE, HOT_PLACES = 20_000, 50
# Phones that wait for an answer at the same moment; pgbench's clients, each with a connection of its own.
CLIENTS, BARE_CLIENTS = 256, 32
ROUNDS, BARE_SECONDS = 4, 6
FIRST_ASKED = 1_000_000

# One sign-up at a time as planning.md has it, by one statement: a place if there is one, else the line, and the event.
# All constraints, indexes and triggers of the tables are at work; the rules that the application adds are not asked.
BARE = """\\set post random_zipfian({first}, {last}, 1.001)
\\set number :number + 1
\\set person {person} + :client_id * {share} + :number
WITH place AS (
    UPDATE callouts_shift SET taken = taken + 1 WHERE id = :post AND taken < capacity RETURNING id
), made AS (
    INSERT INTO callouts_signup (
        shift_id, person_id, state, version, how, period, guarded, made_at, confirmed_at, made_up)
    SELECT s.id, :person, CASE WHEN p.id IS NULL THEN 'waiting' ELSE 'confirmed' END, 0, 'self',
        tstzrange(s.starts_at, s.ends_at), tstzrange(s.starts_at, s.ends_at + s.rest * interval '1 minute'), now(),
        CASE WHEN p.id IS NOT NULL THEN now() END, true
    FROM callouts_shift s LEFT JOIN place p ON p.id = s.id WHERE s.id = :post
    RETURNING id, shift_id, person_id, state
)
INSERT INTO kernel_event (at, kind, subject_type, subject_id, actor_kind, actor_id, place_id, facts)
SELECT now(), CASE state WHEN 'waiting' THEN 'callouts.queued' ELSE 'callouts.signed_up' END, 'signup', id, 'link', NULL,
    {place}, jsonb_build_object('version', 0, 'callout', 0, 'shift', shift_id, 'person', person_id)
FROM made;
"""

PEOPLE_ROWS = """
INSERT INTO people_person (username, password, name, is_active, joined_at, language, session_round, made_up)
SELECT 'rush' || n, '!', '志愿者', true, now(), '', 0, true FROM generate_series(1, %(count)s) n
"""
VOLUNTEERS = """
INSERT INTO callouts_volunteer (person_id, number, place_id, path, born, skills, avoids, week, asks_a_week, night_calls,
    calendar_key, valid_from, made_up, created_at)
SELECT id, 'V' || id, %(place)s, (%(path)s || '.p' || (900000 + id %% 500))::ltree, '1990-05-01', '{}', '{}', '{0,0,0,0,0,0,0}', 3, false, md5(id::text), '2024-01-01',
    true, now()
FROM people_person WHERE username LIKE 'rush%%'
"""
ASKED = """
INSERT INTO callouts_asked (id, callout_id, person_id, wave, asked_at, answer, any_post, words)
SELECT %(first)s + n - 1, s.callout_id, person, 1, now(), '', false, ''
FROM unnest(%(people)s::bigint[], %(posts)s::bigint[]) WITH ORDINALITY AS given (person, post, n)
JOIN callouts_shift s ON s.id = post
"""
COUNTS = """
SELECT state, count(*), count(DISTINCT person_id) FROM callouts_signup WHERE shift_id BETWEEN %(first)s AND %(last)s GROUP BY 1
"""
WRONG = """
SELECT count(*) FROM callouts_shift s WHERE s.id BETWEEN %(first)s AND %(last)s AND (s.taken > s.capacity OR s.taken <> (
    SELECT count(*) FROM callouts_signup u WHERE u.shift_id = s.id AND u.state IN ('offered', 'confirmed')))
"""
# By how long anybody stands behind somebody who came after them: two processes write what came to each.
PASSED = """
SELECT coalesce(max(extract(epoch FROM latest - made_at)), 0)::float8 FROM (
    SELECT made_at, max(made_at) OVER (ORDER BY id) AS latest FROM callouts_signup WHERE shift_id = %(post)s
) line
"""


def figures(ctx: Context) -> list[Figure]:
    """Sign-ups a second beside pgbench, how long the last is told, memory in all, and that nothing is over-booked or lost."""
    people, place = crowd(ctx.scaled(PEOPLE))
    callouts = ctx.scaled(CALLOUTS)
    rounds = 1 if ctx.quick else ROUNDS
    bare_posts = [posts(place, people[0], callouts, 1, days=40 + n) for n in range(rounds)]
    rush_posts = posts(place, people[0], callouts, PLACES, days=10)
    hot_post = posts(place, people[0], 1, HOT_PLACES, days=20, each=1)
    wanted = zipf(rush_posts, len(people))
    invite(people, wanted, FIRST_ASKED)
    hot_people = people[: ctx.scaled(HOT_PEOPLE)]
    invite(hot_people, [hot_post[0]] * len(hot_people), FIRST_ASKED + len(people))
    ctx.psql("VACUUM ANALYZE")
    port = free_port()
    part = len(people) // rounds
    bare, rush, told = [], [], Counter()
    with served("huying", "serve", "--port", str(port), port=port), peak() as memory:
        # In turns, so that whatever else the machine does hinders both.
        for n in range(rounds):
            bare.append(alone(ctx, bare_posts[n], people, place, 2 if ctx.quick else BARE_SECONDS))
            ctx.say(f"pgbench: {bare[-1]:,.0f}/s")
            own = slice(n * part, None if n == rounds - 1 else (n + 1) * part)
            rush.append(run(port, FIRST_ASKED + n * part, wanted[own], told))
            ctx.say(f"over HTTP: {rush[-1].rate:,.0f}/s; so far {told}, {max(memory):,.0f} MB")
        hot_told: Counter = Counter()
        hot = run(port, FIRST_ASKED + len(people), [hot_post[0]] * len(hot_people), hot_told)
    told_all = told_of_it(place, people)
    result = load.Result(
        seconds=sum(one.seconds for one in rush), latencies=[seconds for one in rush for seconds in one.latencies]
    )
    return [
        *of_the_rush(result, told, rush_posts, len(people), median(bare), memory),
        *of_the_hottest(hot, hot_told, hot_post, len(hot_people)),
        *told_all,
    ]


def of_the_rush(
    result: load.Result, told: Counter, own: list[int], people: int, bare: float, memory: list[float]
) -> list[Figure]:
    """What was measured of the rush, and what the tables say of it."""
    rows, persons, wrong = kept(own)
    lost = (
        people
        - sum(told.values())
        + abs(told["confirmed"] - rows["confirmed"])
        + abs(told["waiting"] - rows["waiting"])
    )
    return [
        Figure(
            f"callouts: sign-ups over HTTP, {CLIENTS} phones at once", result.rate, "/s",
            f"pgbench, one at a time, {BARE_CLIENTS} clients: {bare:,.0f}/s", result.rate / bare,
            "ratio ≥ 0.3 (aim: 0.5)", result.rate / bare >= 0.3,
        ),
        at_most("callouts: 99 of 100 are told within", result.percentile(0.99) * 1000, "ms", 1000),
        at_most("callouts: memory of server, database (its page cache apart) and load generator", max(memory), "MB", 1024),
        at_most("callouts: sign-ups lost, doubled or told otherwise than kept", lost + abs(persons - people), "", 0),
        at_most("callouts: posts over-booked or miscounted", wrong, "", 0),
    ]  # fmt: skip


def of_the_hottest(result: load.Result, told: Counter, own: list[int], people: int) -> list[Figure]:
    """The same of one post that everybody wants."""
    rows, _persons, wrong = kept(own)
    fair = told["confirmed"] == rows["confirmed"] == min(HOT_PLACES, people) and told["waiting"] == rows["waiting"]
    fair = fair and sum(told.values()) == people and wrong == 0
    return [
        at_most(f"callouts: {people:,} want the {HOT_PLACES} places of one post, the last is told after", result.seconds, "s", 20),
        Figure(
            "callouts: so many get one, the others wait in order of arrival", float(told["confirmed"]), "", "", None,
            f"= {HOT_PLACES}", fair,
        ),
        at_most("callouts: nobody in the line is passed by who came later than by", passed(own[0]) * 1000, "ms", 1000),
    ]  # fmt: skip


def told_of_it(place, people: list[int]) -> list[Figure]:
    """From a call-out that is told to everybody in range until a message to each lies in the outbox."""
    from django.utils import timezone

    from huying.callouts.actions.ask import ask
    from huying.callouts.models import Callout, Shift
    from huying.kernel.models import Event
    from huying.notify.crowds import tell_crowd
    from huying.notify.models import Message

    post = Shift.objects.get(pk=posts(place, people[0], 1, 50, days=30, each=1)[0])
    Callout.objects.filter(pk=post.callout_id).update(tell_all=True)
    noon = timezone.localtime().replace(hour=12) + dt.timedelta(days=1)
    before = Message.objects.count()
    began = time.perf_counter()
    ask(Callout.objects.get(pk=post.callout_id), at=noon)
    tell_crowd(Event.objects.filter(kind="callouts.asked").latest("id"))
    seconds = time.perf_counter() - began
    written = Message.objects.count() - before
    return [
        at_most(f"callouts: {len(people):,} people have a message in the outbox after", seconds, "s", 30),
        Figure("callouts: messages written", float(written), "", "", None, f"= {len(people):,}", written == len(people)),
    ]  # fmt: skip


def crowd(count: int):
    """So many registered volunteers in 500 compounds of one community: (their ids, the community)."""
    from django.db import connection

    from huying.people.models import Person
    from huying.places.models import Place

    above = None
    for kind, code, name in (
        ("province", "61", "陕西省"), ("city", "6101", "西安市"), ("district", "610102", "新城区"),
        ("street", "610102001", "西一路街道"), ("community", "610102001004", "广场社区居委会"),
    ):  # fmt: skip
        above = Place.objects.create(kind=kind, code=code, name=name, parent=above)
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE_ROWS, {"count": count})
        cursor.execute(VOLUNTEERS, {"place": above.pk, "path": above.path})
    return list(Person.objects.filter(username__startswith="rush").order_by("pk").values_list("pk", flat=True)), above


def posts(place, poster: int, callouts: int, places: int, *, days: int, each: int = POSTS_EACH) -> list[int]:
    """Call-outs with posts of three hours on one day; the ids of the posts."""
    from django.utils import timezone

    from huying.callouts.models import Callout, Shift

    day = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0) + dt.timedelta(days=days)
    begin, end = day + dt.timedelta(hours=6), day + dt.timedelta(hours=21)
    made = Callout.objects.bulk_create(
        Callout(
            key=secrets.token_hex(8), title="检测点", place=place, path=place.path, reach="community", reach_path=place.path,
            starts_at=begin, ends_at=end, closes_at=end, posted_by_id=poster, made_up=True,
        )
        for _ in range(callouts)
    )  # fmt: skip
    rows = (
        Shift(
            callout=callout, name=f"岗位{n}", capacity=places, rest=60, starts_at=begin + dt.timedelta(hours=3 * (n % 5)),
            ends_at=begin + dt.timedelta(hours=3 * (n % 5) + 3),
        )
        for callout in made
        for n in range(each)
    )  # fmt: skip
    return [shift.pk for shift in Shift.objects.bulk_create(rows, batch_size=5000)]


def zipf(own: list[int], count: int) -> list[int]:
    """What so many people want: the k-th post is wanted 1/k times as often as the first."""
    weights = list(accumulate(1 / k for k in range(1, len(own) + 1)))
    return random.Random(4).choices(own, cum_weights=weights, k=count)


def invite(people: list[int], wanted: list[int], first: int) -> None:
    """Tell each of the call-out whose post they will want; the ids of the messages count up from `first`."""
    from django.db import connection

    with connection.cursor() as cursor:
        for at in range(0, len(people), 50_000):
            part = slice(at, at + 50_000)
            cursor.execute(ASKED, {"first": first + at, "people": people[part], "posts": wanted[part]})


def alone(ctx: Context, own: list[int], people: list[int], place, seconds: int) -> float:
    """Sign-ups a second by pgbench. One place to a post: of so few who come as many find one as of all in the rush."""
    script = BARE.format(
        first=own[0], last=own[-1], person=people[0], share=len(people) // BARE_CLIENTS, place=place.pk
    )
    return ctx.pgbench(script, clients=BARE_CLIENTS, seconds=seconds, mode="prepared", variables={"number": 0})


def run(port: int, first: int, wanted: list[int], told: Counter) -> load.Result:
    """Everybody answers the message; how many were told what is added to `told`."""
    from huying.kernel import links

    addresses = [f"/o/{links.make('asked', first + n)}/shift/{post}/".encode() for n, post in enumerate(wanted)]
    rest = f" HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: application/json\r\nAccept-Language: zh-CN\r\nContent-Length: 0\r\n\r\n"
    ending = rest.encode()

    def request(_client: int, number: int) -> bytes:
        return b"POST " + addresses[number] + ending

    def answered(status: int, answer: bytes) -> None:
        if status == 200:
            told["confirmed" if b'"confirmed"' in answer else "waiting"] += 1

    return load.run("127.0.0.1", port, request, clients=CLIENTS, seconds=600, most=len(wanted), answered=answered)


def passed(post: int) -> float:
    """Seconds by which a later one stands before an earlier one, at most."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(PASSED, {"post": post})
        return cursor.fetchone()[0]


def kept(own: list[int]) -> tuple[Counter, int, int]:
    """What the tables say of some posts: sign-ups by state, people who have one, posts that hold another number than they say."""
    from django.db import connection

    bounds = {"first": own[0], "last": own[-1]}
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, bounds)
        rows = cursor.fetchall()
        cursor.execute(WRONG, bounds)
        (wrong,) = cursor.fetchone()
    return Counter({state: count for state, count, _ in rows}), sum(people for _, _, people in rows), wrong


def postmaster() -> int:
    """The process above the one that serves us in the database."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (own,) = cursor.fetchone()
    return int(Path(f"/proc/{own}/stat").read_text().rpartition(")")[2].split()[1])


@contextlib.contextmanager
def peak() -> Iterator[list[float]]:
    """Memory of the server, the database and this process while something runs, looked at each second."""
    database = postmaster()
    found, stop = [0.0], threading.Event()

    def now() -> float:
        # The server is below this process. The database's page cache is as large as the machine allows, whoever comes.
        return megabytes(database, "Pss_Anon") + megabytes(os.getpid())

    def look() -> None:
        while not stop.wait(1.0):
            found.append(now())

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        stop.set()
        thread.join()
        found.append(now())

"""Calls: taking them in over HTTP beside pgbench, and the pages with a million of them in the database."""

import json
import random
import secrets
import time
from statistics import median
from urllib.parse import quote

from bench import load, town
from bench.common import Context, Figure, at_most
from bench.serving import free_port, listeners, served

CLIENTS = 32
TEXT = "三楼楼道灯不亮了，晚上看不见台阶，老人上下楼不方便，希望尽快派人来修一修。"
# Common, seasonal, rare and missing words; single characters, whole sentences, two words at once.
WORDS = ("希望", "楼道", "暖气", "图书角", "鹦鹉", "火星", "灯", "楼道灯坏了", "老人 暖气")
REPEATS = 9


def figures(ctx: Context) -> list[Figure]:
    """All figures of calls."""
    town.places()
    town.write_calls(ctx.scaled(1_000_000))
    town.write_words()
    town.read_up()
    # The pages first: taking calls in leaves more of them open than there would be.
    return [*pages(ctx), *intake(ctx)]


# --- intake ---------------------------------------------------------------------------------------------------


def intake(ctx: Context) -> list[Figure]:
    """Calls a second over HTTP, in turns with pgbench on the same statements, the same machine, the same database."""
    seconds, rounds = (2, 1) if ctx.quick else (6, 3)
    tags = town.tags("entrance")
    reference, forms, live, api = [], [], [], []
    port = free_port()
    token = town.token()
    with served("huying", "serve", "--port", str(port), port=port):
        post = form(port, tags)
        load.run("127.0.0.1", port, post, clients=CLIENTS, seconds=1.5)
        for _ in range(rounds):
            reference.append(ctx.pgbench(statements(), clients=CLIENTS, seconds=seconds, mode="prepared"))
            forms.append(load.run("127.0.0.1", port, post, clients=CLIENTS, seconds=seconds))
        with listeners(port, f"/live/p/{town.busiest().code}/", 200) as streams:
            live.append(load.run("127.0.0.1", port, post, clients=CLIENTS, seconds=seconds))
            streams.messages()
        api.append(load.run("127.0.0.1", port, program(port, tags, token), clients=CLIENTS, seconds=seconds))
    statements_a_second = median(reference)
    taken = median(result.rate for result in forms)
    beside = f"pgbench, same statements: {statements_a_second:,.0f}/s"
    wrong = sum(result.failures + sum(n for s, n in result.statuses.items() if s != 303) for result in [*forms, *live])
    wrong += sum(result.failures + sum(n for s, n in result.statuses.items() if s != 201) for result in api)
    return [
        Figure(
            f"calls: intake over HTTP, {CLIENTS} clients", taken, "/s", beside, taken / statements_a_second,
            "ratio ≥ 0.3 (aim: 0.5)", taken / statements_a_second >= 0.3,
        ),
        at_most("calls: intake, 99 of 100 answered within", median(r.percentile(0.99) for r in forms) * 1000, "ms", 250),
        Figure(
            "calls: intake beside 200 open live pages", live[0].rate, "/s", "without them", live[0].rate / taken,
            "ratio ≥ 0.7", live[0].rate / taken >= 0.7,
        ),
        Figure("calls: intake by the JSON API", api[0].rate, "/s", beside, api[0].rate / statements_a_second),
        at_most("calls: intake, errors", wrong, "", 0),
    ]  # fmt: skip


def address(number: int) -> str:
    """An address for each call: many residents, not one who floods."""
    return f"10.{number >> 16 & 127}.{number >> 8 & 255}.{number & 255}"


def form(port: int, tags: list[str]):
    """The resident's form, as a browser sends it; each from somebody else, at some entrance."""
    text = quote(TEXT)
    start = random.randrange(1 << 22)

    def request(_client: int, number: int) -> bytes:
        body = f"text={text}&category=&name=&phone=&key={secrets.token_urlsafe(16)}&same=&website="
        return (
            f"POST /q/{random.choice(tags)}/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"X-Forwarded-For: {address(start + number)}\r\nAccept: text/html\r\nAccept-Language: zh-CN,zh;q=0.9\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()

    return request


def program(port: int, tags: list[str], token: str):
    """The JSON API, as a program calls it."""

    def request(_client: int, number: int) -> bytes:
        body = json.dumps({"place": random.choice(tags), "text": TEXT}).encode()
        return (
            f"POST /api/v1/calls HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/json\r\nIdempotency-Key: {secrets.token_hex(16)}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode() + body

    return request


def statements() -> str:
    """What a request of the form says to the database, for pgbench: the place is read, then the call is taken in.

    One call at a time, as each client would do without us; the server gathers those that come at the same moment.
    """
    from huying.calls import whereabouts
    from huying.calls.intake import INTAKE, Intake, as_row
    from huying.kernel.scopes import ANONYMOUS
    from huying.places.models import Place

    entrances = Place.objects.filter(kind="entrance").order_by("pk")
    first, last = entrances.first(), entrances.last()
    row = as_row(Intake(place=first, text=TEXT, key="the-key-of-it", channel="qr"), ANONYMOUS)
    row |= {"place": "the-id", "community": "the-community", "near": "the-near"}
    document = json.dumps([row], ensure_ascii=False).replace("'", "''")
    for name, value in {
        "the-key-of-it": "\"bench-' || :client_id || '-' || :one || '-' || :two || '\"",
        "the-id": "' || :id || '",
        "the-community": "\"' || :community || '\"",
        "the-near": "[' || :near || ']",
    }.items():
        document = document.replace(f'"{name}"', value)
    # The application takes these from the path that it has read; here the statement hands them on.
    handed = "subpath(path, 0, 5)::text AS community, translate(subpath(path, 5)::text, '.p', ',') AS near, "
    read = whereabouts.TAGGED.replace("SELECT ", f"SELECT {handed}", 1)
    read = read.replace("%(tags)s", f"ARRAY[{town.TAG.format(id=':place')}]")
    return (
        f"\\set place random({first.pk}, {last.pk})\n\\set one random(1, 1000000000)\n\\set two random(1, 1000000000)\n"
        f"{read} \\gset\n" + INTAKE.strip().replace("%(rows)s", f"('{document}')") + ";\n"
    )


# --- pages ----------------------------------------------------------------------------------------------------


def pages(ctx: Context) -> list[Figure]:
    """Server time of pages, the median of several openings, with as many calls as a city has in months."""
    from django.test import Client

    from huying.calls.models import Call
    from huying.site.readiness import collect_static
    from huying.site.wsgi import settle

    collect_static(ctx.say)
    # The client is Django's own, in this process, which is settled as a web process is: what is measured is the page, not
    # the way to it.
    settle()
    busy, usual = town.busiest(), town.usual()
    calls = f"{Call.objects.count():,} calls"
    found = []
    for words, place, role in (
        ("worker of the busiest community", busy, "community_worker"),
        ("worker of a usual community", usual, "community_worker"),
        ("street", busy.parent, "street_staff"),
        ("district", busy.parent.parent, "district_staff"),
        ("city", busy.parent.parent.parent, "city_staff"),
    ):
        client = Client()
        client.force_login(town.holder(role, place))
        found.append(page(f"calls: today, {words}", client, "/today/", 50, calls))
        slowest = max((timed(client, f"/calls/?state=&q={quote(word)}") for word in WORDS), key=lambda one: one[0])
        found.append(told(f"calls: the slowest of {len(WORDS)} searches, {words}", slowest, 150, calls))
    anybody = Client()
    answered = Call.objects.filter(community=busy, state="confirmed").order_by("pk").last()
    open_one = Call.objects.filter(community=busy, state="underway").order_by("pk").last()
    found.append(page("calls: page of the busiest community", anybody, f"/p/{busy.code}/", 50, calls))
    found.append(page("calls: page of a usual community", anybody, f"/p/{usual.code}/", 50, calls))
    found.append(page("calls: follow page, answered", anybody, f"/c/{answered.secret}/", 15, calls))
    found.append(page("calls: follow page, open", anybody, f"/c/{open_one.secret}/", 15, calls))
    return found


def page(name: str, client, path: str, target: float, reference: str) -> Figure:
    """The figure of one page."""
    return told(name, timed(client, path), target, reference)


def told(name: str, measured: tuple[float, int], target: float, reference: str) -> Figure:
    """A figure from (milliseconds, queries)."""
    milliseconds, queries = measured
    return at_most(name, milliseconds, "ms", target, reference=f"{reference}, {queries} queries")


def timed(client, path: str) -> tuple[float, int]:
    """Milliseconds to answer, the median of several times, and how many queries it takes."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        answer = client.get(path)
        queries = len(captured)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answered {answer.status_code}")
    took = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        client.get(path)
        took.append((time.perf_counter() - began) * 1000)
    return median(took), queries

"""Live pages through the real server: told after the commit and never before, by permission, with nothing missed."""

import contextlib
import http.client
import json
import queue
import re
import secrets
import socket
import threading
import time
from urllib.parse import urlencode, urlsplit

import psycopg
import pytest

from huying.kernel import embedded

from .running import system

pytestmark = pytest.mark.slow

STAGE = """
import json
from django.test import Client
from huying.kernel import log
from tests.cast import build_stage
stage = build_stage()
def cookie(name):
    client = Client()
    client.force_login(stage.persons[name])
    return client.cookies["sessionid"].value
print(json.dumps({
    "places": {key: {"id": p.pk, "tag": p.tag, "path": p.path, "code": p.code} for key, p in stage.places.items()},
    "cookies": {name: cookie(name) for name in ("gao", "zhao", "lu", "shi")},
}))
"""


def number_of(page: str) -> int:
    """The id of the call that a follow page belongs to."""
    return int(page.split("/")[2].split(".")[0], 16)


class World:
    """The system under test, with the cast on its stage."""

    def __init__(self, up):
        self.up = up
        told = json.loads(up.python(STAGE).splitlines()[-1])
        self.places, self.cookies = told["places"], told["cookies"]

    def raise_call(self, at="entrance", text="三楼楼道灯不亮了") -> str:
        """Raise a call as a resident does; the address of its page."""
        status, headers = self.post(f"/q/{self.places[at]['tag']}/", text=text, key=secrets.token_hex(16))
        assert status == 303, status
        return urlsplit(headers["Location"]).path

    def post(self, path: str, **form):
        """Send a form; its status and headers."""
        with contextlib.closing(self.connection()) as connection:
            address = f"10.{secrets.randbelow(250)}.{secrets.randbelow(250)}.{secrets.randbelow(250)}"
            headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Forwarded-For": address}
            connection.request("POST", path, urlencode(form), headers)
            with connection.getresponse() as answer:
                answer.read()
                return answer.status, answer.headers

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.up.port, timeout=20)

    def database(self) -> psycopg.Connection:
        """A connection of our own to the system's database."""
        there = embedded.django_settings(self.up.data)
        return psycopg.connect(
            dbname=there["NAME"], user=there["USER"], password=there["PASSWORD"], host=there["HOST"], port=there["PORT"]
        )

    def streams(self) -> int:
        """How many streams the server keeps open."""
        with contextlib.closing(self.connection()) as connection:
            connection.request("GET", "/metrics")
            with connection.getresponse() as answer:
                found = re.search(r"^huying_live_streams (\d+)", answer.read().decode(), re.M)
        return int(found[1]) if found else 0

    def wait_for_streams(self, count: int) -> None:
        """Wait until the server keeps just so many open."""
        end = time.monotonic() + 10
        while self.streams() != count:
            assert time.monotonic() < end, f"{self.streams()} streams, not {count}"
            time.sleep(0.1)

    def settled(self) -> None:
        """Wait until whatever was recorded has been read by whoever reads it."""
        time.sleep(0.6)


class Listener:
    """An open stream, read in a thread of its own like a browser does."""

    def __init__(self, world, path, *, who=None, last_id=None):
        self.connection = world.connection()
        headers = {"Accept": "text/event-stream"}
        if who:
            headers["Cookie"] = f"sessionid={world.cookies[who]}"
        if last_id:
            headers["Last-Event-ID"] = last_id
        self.connection.request("GET", path, headers=headers)
        self.connection.sock.settimeout(30)
        self.answer = self.connection.getresponse()
        self.status = self.answer.status
        self.last_id = ""
        self.messages: queue.Queue = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        data = []
        with contextlib.suppress(OSError, ValueError, AttributeError, http.client.HTTPException):
            for raw in self.answer:
                line = raw.decode().rstrip("\n")
                if line.startswith("id: "):
                    self.last_id = line[4:]
                elif line.startswith("data: "):
                    data.append(line[6:])
                elif not line and data:
                    self.messages.put(json.loads("\n".join(data)))
                    data = []
        self.messages.put(EOFError())

    def next(self, seconds=5.0) -> dict | None:
        """The next message's data; None when none comes in time, EOFError when the stream has ended."""
        try:
            message = self.messages.get(timeout=seconds)
        except queue.Empty:
            return None
        if isinstance(message, EOFError):
            raise message
        return message

    def close(self) -> None:
        # Shut first: the reader lets go of what it reads from.
        with contextlib.suppress(OSError, AttributeError):
            self.connection.sock.shutdown(socket.SHUT_RDWR)
        self.reader.join(5)
        self.answer.close()
        self.connection.close()


@pytest.fixture(scope="module")
def world():
    with system() as up, pytest.MonkeyPatch.context() as patch:
        # We stand for many residents: each comes from an address of their own.
        patch.setenv("HUYING_TRUSTED_PROXIES", "127.0.0.1")
        # Streams are counted in each process.
        patch.setenv("HUYING_PROCESSES", "1")
        yield World(up.move_in().start())


@pytest.fixture
def listen(world):
    """Open a stream; all are shut at the end."""
    with contextlib.ExitStack() as open_ones:

        def listen_to(path, **options):
            listener = Listener(world, path, **options)
            open_ones.callback(listener.close)
            return listener

        yield listen_to


def first(listener):
    """A stream that was opened without a place in the log is told at once to look."""
    assert listener.status == 200
    assert listener.next() == {}
    return listener


def test_today_wakes_for_a_call_in_ones_scope_and_not_for_others(world, listen):
    gao, zhao = first(listen("/live/today/", who="gao")), first(listen("/live/today/", who="zhao"))
    page = world.raise_call()
    told = gao.next()
    number = number_of(page)
    assert told == {"changed": [["call", number, "calls.raised"]]}
    assert zhao.next(1.5) is None


def test_a_follow_page_hears_of_its_own_call_without_being_told_what(world, listen):
    page, other = world.raise_call(), world.raise_call()
    world.settled()
    mine = first(listen(f"/live{page}"))
    assert world.post(f"{other}do/say/", text="还有四楼的灯", key=secrets.token_hex(8))[0] < 400
    assert mine.next(1.5) is None
    assert world.post(f"{page}do/say/", text="还有五楼的灯", key=secrets.token_hex(8))[0] < 400
    assert mine.next() == {}


def test_nobody_listens_where_they_may_not_look(world, listen):
    page = world.raise_call()
    number = number_of(page)
    assert listen("/live/today/").status == 302
    assert listen(f"/live/call/{number}/").status == 302
    assert listen(f"/live/call/{number}/", who="zhao").status == 404
    assert listen(f"/live/call/{number}/", who="gao").status == 200
    forged = page.replace(".", ".A")
    assert listen(f"/live{forged}").status == 404
    assert listen("/live/p/nosuchtag/").status == 404


def test_the_public_page_hears_of_what_is_public_and_of_nothing_else(world, listen):
    community = first(listen(f"/live/p/{world.places['community']['code']}/"))
    elsewhere = first(listen(f"/live/p/{world.places['elsewhere']['code']}/"))
    page = world.raise_call()
    number = number_of(page)
    assert community.next(1.5) is None, "a call that nobody has accepted is nobody's business"
    world.up.python(
        f"""
from huying.calls import actions
from huying.calls.models import Call
from huying.people.models import Person
from huying.people.queries import actor_for
gao = actor_for(Person.objects.get(username="gao"))
actions.accept(Call.objects.get(pk={number}), "lighting", by=gao, public_text="楼道灯不亮", public=True)
"""
    )
    assert community.next() == {}
    assert elsewhere.next(1) is None


def test_the_tree_hears_of_its_leaves_and_is_told_nothing(world, listen):
    tree = first(listen(f"/live/tree/{world.places['community']['code']}/"))
    elsewhere = first(listen(f"/live/tree/{world.places['elsewhere']['code']}/"))
    assert listen("/live/tree/nosuchtag/").status == 404
    wish = """
from huying.people.models import Person
from huying.people.queries import actor_for
from huying.places.models import Place
from huying.wishes import actions
from huying.wishes.actions import Intake
from huying.wishes.models import Wish
gao = actor_for(Person.objects.get(username="gao"))
"""
    world.up.python(
        f"""{wish}
intake = Intake(place=Place.objects.get(tag="{world.places["entrance"]["tag"]}"), text="想要一个风扇", key="live-tree-key",
    channel="head", phone="13800138000", agreed=True)
actions.verify(actions.collect(intake, by=gao)[0], "想要一个风扇", "一位奶奶", "thing", by=gao)
"""
    )
    assert tree.next(1.5) is None, "what is not on the wall is nobody's business"
    world.up.python(f"{wish}\nactions.publish(Wish.objects.get(intake_key__endswith='live-tree-key'), by=gao)")
    assert tree.next() == {}
    assert elsewhere.next(1) is None


EVENT = """
INSERT INTO kernel_event (at, kind, subject_type, subject_id, actor_kind, facts)
VALUES (now(), 'calls.taken', 'call', %s, 'system', '{}')
"""


def test_what_is_not_committed_is_not_told_and_what_commits_late_is_not_skipped(world, listen):
    first_call, second_call = (number_of(world.raise_call()) for _ in range(2))
    world.settled()
    gao = first(listen("/live/today/", who="gao"))
    with world.database() as late, world.database() as early:
        late.execute(EVENT, [first_call])  # takes the lower id, and commits after the other
        early.execute(EVENT, [second_call])
        early.commit()
        assert gao.next(2.5) is None, "an event was told before all before it had settled"
        late.commit()
    told = []
    while len(told) < 2 and (message := gao.next()):
        told += [change[1] for change in message["changed"]]
    assert sorted(told) == sorted([first_call, second_call])


def test_what_is_rolled_back_is_never_told(world, listen):
    number = number_of(world.raise_call())
    world.settled()
    gao = first(listen("/live/today/", who="gao"))
    with world.database() as lost:
        lost.execute(EVENT, [number])
        lost.rollback()
    assert gao.next(2.5) is None


def test_a_stream_that_comes_back_is_told_what_it_missed_and_only_that(world, listen):
    gao = first(listen("/live/today/", who="gao"))
    world.raise_call()
    assert gao.next()
    place = gao.last_id
    assert re.fullmatch(r"\d+\.\d+", place)
    gao.close()
    world.settled()
    assert listen("/live/today/", who="gao", last_id=place).next(1.5) is None
    number = number_of(world.raise_call())
    world.settled()
    assert listen("/live/today/", who="zhao", last_id=place).next(1.5) is None
    told = listen("/live/today/", who="gao", last_id=place).next()
    assert told == {"changed": [["call", number, "calls.raised"]]}
    assert listen(f"/live/today/?since={place}", who="gao").next() == told


@pytest.mark.parametrize("nonsense", ["x", "1", "1.", ".1", "1.2.3", "9" * 40 + ".1", "-1.1", "１.１", "0.0"])
def test_nonsense_as_a_place_in_the_log_means_look(listen, nonsense):
    assert listen("/live/today/", who="gao", last_id=nonsense.encode("utf-8").decode("latin-1")).next() is not None


def test_when_the_database_ends_the_connection_the_streams_stay_and_miss_nothing(world, listen):
    gao = first(listen("/live/today/", who="gao"))
    with psycopg.connect(**superuser(world), autocommit=True) as database:
        ended = database.execute(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        ).fetchone()[0]
    assert ended
    # Every connection of the web process died, and no resident notices.
    number = number_of(world.raise_call())
    told = gao.next(15)
    assert ["call", number, "calls.raised"] in told["changed"]


def superuser(world) -> dict:
    there = embedded.django_settings(world.up.data)
    password = (world.up.data / "secrets" / "database_postgres").read_text().strip()
    return {
        "dbname": there["NAME"],
        "user": "postgres",
        "password": password,
        "host": there["HOST"],
        "port": there["PORT"],
    }


def test_a_client_that_goes_frees_its_place_and_one_address_cannot_take_all(world):
    world.wait_for_streams(0)
    listeners = [Listener(world, "/live/today/", who="gao") for _ in range(110)]
    assert [listener.status for listener in listeners].count(503) == 10
    assert world.streams() == 100
    for listener in listeners[:30]:
        listener.close()
    world.wait_for_streams(70)
    for listener in listeners[30:]:
        listener.close()
    world.wait_for_streams(0)


def test_a_page_does_not_wait_for_many_silent_streams_and_all_are_told(world, listen):
    held = [first(listen("/live/today/", who="gao")) for _ in range(90)]
    began = time.monotonic()
    number = number_of(world.raise_call())
    assert time.monotonic() - began < 3
    for listener in held:
        assert ["call", number, "calls.raised"] in listener.next()["changed"]


def test_the_server_stops_at_once_though_streams_are_open(listen, world):
    gao = first(listen("/live/today/", who="gao"))
    began = time.monotonic()
    assert world.up.stop() == 0
    assert time.monotonic() - began < 12
    with pytest.raises(EOFError):
        gao.next()

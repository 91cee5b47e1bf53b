"""Live streams: one follower of the event log in each web process, and many open streams fed by it.

A view answers with a `LiveResponse`, having passed the gate like any page; here its stream is kept open, without a
thread. The follower listens for the log's bell, reads only settled events, and hands them to the streams by topic.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import json
import os
import random
import signal
import threading
import time
from collections.abc import Awaitable, Callable, Iterable
from urllib.parse import parse_qs

import psycopg
import structlog
from django.db import DatabaseError, connection
from django.http import HttpRequest
from prometheus_client import Gauge

from huying.kernel import live, log
from huying.kernel.live import Change, LiveResponse, Wake
from huying.people.accounts import client_address

logger = structlog.get_logger("huying.live")

HEARTBEAT = 15.0  # seconds; proxies shut what is silent for longer
PATIENCE = 10.0  # seconds that a client may take to accept what it is sent
BELL = 2.0  # seconds after which the log is looked at though no bell rang: the worker may be down
MOST_TOLD = 20  # changes in one message; beyond that it only says that there are many
LOOK_BACK = 500  # events that are looked through for whoever comes back
MOST = int(os.environ.get("HUYING_LIVE_STREAMS", "1000"))  # in this process
MOST_PER_ADDRESS = int(os.environ.get("HUYING_LIVE_PER_ADDRESS", "100"))  # a whole office may share one

OPEN = Gauge("huying_live_streams", "Live streams that are open.", multiprocess_mode="livesum")

Send = Callable[[dict], Awaitable[None]]
Receive = Callable[[], Awaitable[dict]]


class Stream:
    """One open stream: what it waits for, and what it has not been told yet."""

    __slots__ = ("changes", "closed", "gap", "met", "more", "pending", "topics", "woken")

    def __init__(self, topics: frozenset[str], gap: float):
        self.topics = topics
        self.gap = gap
        self.woken = asyncio.Event()
        self.closed = False
        self.pending = False
        self.more = False
        # Whether it has been told all that it missed. Before that it is given no place in the log to come back to.
        self.met = False
        self.changes: dict[Change, None] = {}

    def tell(self, change: Change | None) -> None:
        """Have it told of a change, now or with the next message: never more is kept than fits into one."""
        self.pending = True
        if change is None or len(self.changes) >= MOST_TOLD:
            self.more = True
        else:
            self.changes[change] = None
        self.woken.set()

    def close(self) -> None:
        """Have it end."""
        self.closed = True
        self.woken.set()

    def message(self, cursor: log.Cursor | None) -> bytes:
        """What is to be sent now: the changes, or the sign that we are there."""
        self.woken.clear()
        place = f"id: {text_of(cursor)}\n" if self.met and cursor else ""
        if not self.pending:
            return f"{place}:\n\n".encode()
        told = {"changed": list(self.changes)} if not self.more else {}
        self.pending, self.more, self.changes = False, False, {}
        return f"{place}data: {json.dumps(told, separators=(',', ':'))}\n\n".encode()


class Hub:
    """The streams of this process, and the thread that follows the log for them."""

    def __init__(self):
        # Called with the loop and this hub before the first stream is opened.
        self.prepare: Callable[[asyncio.AbstractEventLoop, Hub], None] | None = None
        # Up to where the streams have been told; the thread itself may have read further.
        self.cursor: log.Cursor | None = None
        self._read: log.Cursor | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._by_topic: dict[str, set[Stream]] = collections.defaultdict(set)
        self._by_address: collections.Counter[str] = collections.Counter()
        self.count = 0
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self.closing = False

    # --- streams, in the event loop ---

    async def serve(self, response: LiveResponse, headers: list, environ: dict, receive: Receive, send: Send) -> None:
        """Keep one stream open until its client goes, is too slow, has been long enough, or we stop."""
        address = address_of(environ)
        if self.closing or self.count >= MOST or self._by_address[address] >= MOST_PER_ADDRESS:
            await refuse(send)
            return
        self._start()
        since = environ.get("HTTP_LAST_EVENT_ID") or parse_qs(environ["QUERY_STRING"]).get("since", [""])[0]
        stream = Stream(response.topics, response.gap)
        self._add(stream, address)
        watcher = asyncio.ensure_future(self._watch(receive, stream))
        catching_up = asyncio.ensure_future(self._catch_up(stream, since))
        try:
            await self._run(stream, headers, send)
        except (TimeoutError, OSError, RuntimeError):
            # Too slow, or gone while we wrote: the page comes again by itself.
            pass
        finally:
            catching_up.cancel()
            watcher.cancel()
            self._remove(stream, address)

    async def _run(self, stream: Stream, headers: list, send: Send) -> None:
        kept = [(name, value) for name, value in headers if name != b"content-length"]
        await send({"type": "http.response.start", "status": 200, "headers": kept})
        # Not all at the same moment when we come back after a restart.
        await self._send(send, f"retry: {random.randint(2000, 6000)}\n\n".encode())  # noqa: S311
        end = time.monotonic() + live.LIFE * random.uniform(0.8, 1.2)  # noqa: S311
        while not stream.closed and time.monotonic() < end:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(HEARTBEAT):
                    await stream.woken.wait()
            told = stream.pending
            await self._send(send, stream.message(self.cursor))
            if told and not stream.closed:
                await asyncio.sleep(stream.gap)
        await self._send(send, b"", more=False)

    async def _send(self, send: Send, body: bytes, *, more: bool = True) -> None:
        async with asyncio.timeout(PATIENCE):
            await send({"type": "http.response.body", "body": body, "more_body": more})

    async def _watch(self, receive: Receive, stream: Stream) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        stream.close()

    async def _catch_up(self, stream: Stream, since: str) -> None:
        """Tell a stream that comes (back) what it missed since `since`; when that cannot be told, that something may be."""
        cursor = cursor_of(since)
        try:
            missed = None if cursor is None else await asyncio.to_thread(missed_since, cursor, stream.topics)
        except DatabaseError:
            missed = None
        if missed is None:
            stream.tell(None)
        else:
            for change in missed:
                stream.tell(change)
        stream.met = True

    def _add(self, stream: Stream, address: str) -> None:
        self.count += 1
        OPEN.set(self.count)
        self._by_address[address] += 1
        for topic in stream.topics:
            self._by_topic[topic].add(stream)

    def _remove(self, stream: Stream, address: str) -> None:
        self.count -= 1
        OPEN.set(self.count)
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]
        for topic in stream.topics:
            self._by_topic[topic].discard(stream)
            if not self._by_topic[topic]:
                del self._by_topic[topic]

    def publish(self, wakes: Iterable[Wake]) -> None:
        """Wake the streams that wait for these topics."""
        for wake in wakes:
            for stream in {stream for topic in wake.topics for stream in self._by_topic.get(topic, ())}:
                stream.tell(wake.change)

    def close(self) -> None:
        """End all streams; their pages come again, to whoever answers then."""
        self.closing = True
        self._stopping.set()
        for stream in {stream for streams in self._by_topic.values() for stream in streams}:
            stream.close()

    # --- the follower, in a thread of its own ---

    def _start(self) -> None:
        if self._thread is not None and self._thread.is_alive():
            return
        self._loop = asyncio.get_running_loop()
        if self.prepare is not None:
            self.prepare(self._loop, self)
        self._thread = threading.Thread(target=self._follow, name="live", daemon=True)
        self._thread.start()

    def _follow(self) -> None:
        pause = 0.5
        while not self._stopping.is_set():
            try:
                bell = listening()
                try:
                    while not self._stopping.is_set():
                        self._advance()
                        pause = 0.5
                        for _ in bell.notifies(timeout=BELL, stop_after=1):
                            pass
                finally:
                    # For good, not back into the pool: it listens.
                    bell.close()
                    connection.close()
            except (DatabaseError, psycopg.Error) as error:
                logger.warning("live pages lost the database; trying again", seconds=pause, error=type(error).__name__)
                self._stopping.wait(pause)
                pause = min(15.0, pause * 2)
            except Exception:
                logger.exception("live pages stumbled; trying again")
                self._stopping.wait(5)

    def _advance(self) -> None:
        """Read what is new and settled, and hand it to the streams."""
        if self._read is None or not self.count:
            # Nobody waits: whoever comes says from where on.
            self._read = log.head()
            self._loop.call_soon_threadsafe(self.arrive, [], self._read)
            return
        while not self._stopping.is_set():
            events, cursor = log.since(self._read)
            if cursor == self._read:
                return
            self._loop.call_soon_threadsafe(self.arrive, live.wakes(events), cursor)
            self._read = cursor

    def arrive(self, wakes: list[Wake], cursor: log.Cursor) -> None:
        """What was read up to the cursor: tell the streams."""
        self.publish(wakes)
        self.cursor = cursor


def listening() -> psycopg.Connection:
    """This thread's connection to the database, listening for the log's bell."""
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute(f"LISTEN {log.CHANNEL}")
    return connection.connection


def missed_since(cursor: log.Cursor, topics: frozenset[str]) -> list[Change | None] | None:
    """What happened to these topics since; None when it is too much to look through."""
    try:
        events, _end = log.since(cursor, limit=LOOK_BACK)
        if len(events) == LOOK_BACK:
            return None
        return [wake.change for wake in live.wakes(events) if wake.topics & topics]
    finally:
        connection.close()


def text_of(cursor: log.Cursor) -> str:
    """A cursor as an event's id."""
    return f"{cursor.txid}.{cursor.id}"


def cursor_of(text: str) -> log.Cursor | None:
    """The cursor that a client gives back; None when it gives none, or nonsense."""
    txid, dot, number = text.partition(".")
    whole = dot and txid.isascii() and txid.isdigit() and number.isascii() and number.isdigit()
    return log.Cursor(int(txid), int(number)) if whole and len(txid) < 19 and len(number) < 19 else None


def address_of(environ: dict) -> str:
    """Whose stream it is, for the limit of each address."""
    request = HttpRequest()
    request.META = environ
    return client_address(request)


async def refuse(send: Send) -> None:
    """No more streams: the page asks from time to time instead."""
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"retry-after", b"60")]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": b"too many live pages are open\n"})


def close_on(loop: asyncio.AbstractEventLoop, hub: Hub, number: int = signal.SIGTERM) -> None:
    """End the streams when the server is told to stop: it waits for what is under way, and a stream has no end.

    The signal is passed on as SIGINT, by which the server stops just the same.
    """

    def stop() -> None:
        hub.close()
        signal.raise_signal(signal.SIGINT)

    loop.add_signal_handler(number, stop)


HUB = Hub()


def since(request: HttpRequest) -> dict[str, str]:
    """Context processor: `live_since`, the place in the log that a page is made at or after, for its stream to begin at."""
    return {"live_since": text_of(HUB.cursor) if HUB.cursor else ""}

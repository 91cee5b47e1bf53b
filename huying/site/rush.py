"""The fast door of the rush: sign-ups by the link of a message, answered on the event loop, many by one statement.

It stands in front of Django and handles that one address when the request is of the usual kind; everything else, and
every page that is to be shown, goes on to the view behind it (huying/callouts/views/rush.py), which does the same.
Nobody is answered before the commit. docs/adr/0021-signing-up-under-a-rush.md has the figures.
"""

import asyncio
import functools
import json
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import structlog
from django.core.exceptions import DisallowedHost
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, parse_cookie
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware
from django.utils import timezone, translation
from prometheus_client import Gauge, Histogram

from huying.callouts.actions.signup import Outcome, by_link, write
from huying.callouts.actions.signup_words import told
from huying.kernel import links
from huying.kernel.gate import unseen
from huying.site import policy
from huying.site.observe import REQUESTS, SECONDS

log = structlog.get_logger("huying.rush")

ADDRESS = re.compile(r"/o/([0-9a-f]{1,15}\.[\w-]{20})/shift/(\d{1,18})/", re.ASCII)
ROUTE = "/o/<str:secret>/shift/<int:shift>/"
MOST_AT_ONCE = 250  # sign-ups in one statement
MOST_WAITING = 4000  # that may wait for it; beyond that, come again
LARGEST = 4096  # bytes of a body that nobody looks at
MOST_MADE = 2000  # answers that are kept to be given again

WAITING = Gauge("huying_rush_waiting", "Sign-ups that wait to be written.", multiprocess_mode="livesum")
BATCHES = Histogram("huying_rush_batch", "Sign-ups written at once.", buckets=(1, 2, 5, 10, 25, 50, 100, 250))

Receive = Callable[[], Awaitable[dict]]
Send = Callable[[dict], Awaitable[None]]
Application = Callable[[dict, Receive, Send], Awaitable[None]]


class Crowd:
    """Those who wait, and the one thread that writes for them: the next batch gathers while one is under way."""

    def __init__(self, write: Callable[[Sequence[dict]], Sequence[Outcome]]):
        self._write = write
        self._waiting: list[tuple[dict, asyncio.Future]] = []
        # One connection of this process writes for all; the pages keep the others.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="rush")
        self._running: asyncio.Task | None = None

    def full(self) -> bool:
        """Whether nobody more is let in."""
        return len(self._waiting) >= MOST_WAITING

    def ask(self, item: dict) -> Awaitable[Outcome]:
        """What becomes of a sign-up, once it is committed; in order of asking."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._running is None:
            self._running = asyncio.ensure_future(self._run())
        return future

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
                WAITING.set(len(self._waiting))
                BATCHES.observe(len(batch))
                try:
                    found = await loop.run_in_executor(self._thread, self._settle, [item for item, _ in batch])
                except Exception as error:
                    for _, future in batch:
                        if not future.done():
                            future.set_exception(error)
                else:
                    for (_, future), outcome in zip(batch, found, strict=True):
                        if not future.done():
                            future.set_result(outcome)
        finally:
            self._running = None

    def _settle(self, items: list[dict]) -> Sequence[Outcome]:
        try:
            return self._write(items)
        except (OperationalError, InterfaceError):
            # The database was restarted: once more on a fresh connection. The same twice is the same sign-up.
            connection.close()
            return self._write(items)


class Door:
    """An ASGI application in front of another."""

    def __init__(self, behind: Application, *, write: Callable[[Sequence[dict]], Sequence[Outcome]] = write):
        self._behind = behind
        self._crowd = Crowd(write)
        self._headers: list[tuple[bytes, bytes]] = []

    async def __call__(self, scope: dict, receive: Receive, send: Send) -> None:
        found = None
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"].startswith("/o/"):
            found = ADDRESS.fullmatch(scope["path"])
        asked = links.read("asked", found[1]) if found else None
        kind = usual(scope) if asked is not None else None
        if found is None or asked is None or kind is None:
            await self._behind(scope, receive, send)
            return
        as_json, language, length = kind
        began = time.perf_counter()
        if length and not await taken_in(receive):
            return
        if self._crowd.full():
            await self._say(send, *body_of(language, Outcome("again")), began)
            return
        try:
            outcome = await self._crowd.ask(by_link(asked, int(found[2]), timezone.now().isoformat()))
        except DatabaseError as error:
            log.warning("sign-ups could not be written", error=type(error).__name__)
            await self._say(send, *body_of(language, Outcome("again")), began)
            return
        if as_json:
            await self._say(send, *body_of(language, outcome), began)
        elif outcome.stands:
            await self._say(send, 303, b"", began, location=f"/o/{found[1]}/#shift-{found[2]}")
        else:
            # A page says why not: the view asks once more, and shows what it is told.
            await self._behind(scope, nothing_more(), send)

    async def _say(self, send: Send, status: int, body: bytes, began: float, location: str = "") -> None:
        self._headers = self._headers or usual_headers()
        headers = [*self._headers, (b"content-length", str(len(body)).encode())]
        if location:
            headers.append((b"location", location.encode()))
        if status == 503:
            headers.append((b"retry-after", b"2"))
        count(status, time.perf_counter() - began)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def usual(scope: dict) -> tuple[bool, str, int] | None:
    """Whether JSON is wanted, the language, the length of the body; None for a request of another kind."""
    accept, language, cookie, host, length = b"", b"", b"", b"", 0
    for name, value in scope["headers"]:
        if name == b"accept":
            accept = value
        elif name == b"accept-language":
            language = value
        elif name == b"cookie":
            cookie = value
        elif name == b"host":
            host = value
        elif name == b"content-length":
            length = int(value) if value.isdigit() else LARGEST + 1
        elif name in (b"transfer-encoding", b"expect"):
            return None
    if length > LARGEST or not known(host):
        return None
    as_json = b"application/json" in accept and b"text/html" not in accept
    return as_json, language_of(language, chosen(cookie) if b"django_language" in cookie else ""), length


@functools.lru_cache(256)
def known(host: bytes) -> bool:
    """Whether we answer under that name."""
    request = HttpRequest()
    request.META = {"HTTP_HOST": host.decode("latin-1")}
    try:
        return bool(request.get_host())
    except DisallowedHost:
        return False


def chosen(cookie: bytes) -> str:
    """The language that somebody chose."""
    return parse_cookie(cookie.decode("latin-1")).get("django_language", "")


@functools.lru_cache(1024)
def language_of(accept: bytes, cookie: str) -> str:
    """The language of an answer, as Django finds it."""
    request = HttpRequest()
    request.META = {"HTTP_ACCEPT_LANGUAGE": accept.decode("latin-1")}
    request.COOKIES = {"django_language": cookie} if cookie else {}
    return translation.get_language_from_request(request)


async def taken_in(receive: Receive) -> bool:
    """Read a small body that says nothing new; whether its sender is still there."""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return False
        more = message.get("more_body", False)
    return True


def nothing_more() -> Receive:
    """The rest of a request whose body has been read."""

    async def receive() -> dict:
        return {"type": "http.request", "body": b"", "more_body": False}

    return receive


_made: dict[tuple, tuple[int, bytes]] = {}


def body_of(language: str, outcome: Outcome) -> tuple[int, bytes]:
    """The status and the JSON of an answer; of many that are told the same it is made once."""
    key = (language, outcome.code, outcome.state, outcome.position, *outcome.why.values())
    made = _made.get(key)
    if made is None:
        if len(_made) >= MOST_MADE:
            _made.clear()
        with translation.override(language):
            status, answer = told(outcome)
        made = _made[key] = (status, json.dumps(answer, ensure_ascii=False).encode())
    return made


def usual_headers() -> list[tuple[bytes, bytes]]:
    """The headers that the same answer has behind Django's middleware."""

    def page(_request: HttpRequest) -> HttpResponse:
        return HttpResponse(content_type="application/json")

    answer = policy.csp(SecurityMiddleware(XFrameOptionsMiddleware(unseen(page))))(HttpRequest())
    return [(name.lower().encode(), value.encode()) for name, value in answer.headers.items()]


@functools.cache
def _counter(status: int):
    return REQUESTS.labels("POST", ROUTE, status)


@functools.cache
def _clock():
    return SECONDS.labels(ROUTE)


def count(status: int, seconds: float) -> None:
    """Count an answer as the middleware counts those of pages."""
    _counter(status).inc()
    _clock().observe(seconds)

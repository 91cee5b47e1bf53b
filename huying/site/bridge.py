"""Django's pages behind an ASGI server: each request on a thread, its body read beforehand, live streams handed on.

Django's own ASGI handler runs our synchronous pages one thread hop for each middleware; docs/adr/0018-one-server.md has the figures.
"""

import asyncio
import contextlib
import sys
import tempfile
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from huying.kernel.live import LiveResponse

LARGEST = 80 * 2**20  # bytes of a request: six photos of 10 MB, and some
IN_MEMORY = 2**20  # bytes of a request beyond which it waits on disk
SILENCE = 30.0  # seconds without a byte of a request's body after which it is given up
CROWD = 50  # requests that may wait for each thread; beyond that, come again

Receive = Callable[[], Awaitable[dict]]
Send = Callable[[dict], Awaitable[None]]


class Cannot(Exception):
    """A request that is not worth a thread."""

    def __init__(self, status: int, words: str):
        super().__init__(words)
        self.status = status
        self.words = words


class Bridge:
    """An ASGI application over a WSGI one (Django's handler, whose responses we look at)."""

    def __init__(self, pages: Callable, *, threads: int, stream: Callable[..., Awaitable[None]]):
        self._pages = pages
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="page")
        self._stream = stream
        self._waiting = 0

    async def __call__(self, scope: dict, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        try:
            if self._waiting >= self._threads * CROWD:
                raise Cannot(503, "too many requests at once; please come again in a moment")
            self._waiting += 1
            try:
                with contextlib.closing(await body_of(scope, receive)) as body:
                    loop = asyncio.get_running_loop()
                    answer = Answer(loop, send)
                    environ = environ_of(scope, body)
                    await loop.run_in_executor(self._pool, answer.make, self._pages, environ)
            finally:
                self._waiting -= 1
        except Cannot as refusal:
            answer = Answer(asyncio.get_running_loop(), send)
            answer.status, answer.body = refusal.status, f"{refusal.words}\n".encode()
            answer.headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"retry-after", b"5")]
        except ConnectionResetError:
            return
        if answer.live is not None:
            await self._stream(answer.live, answer.headers, environ, receive, send)
        elif not answer.streamed:
            await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
            await send({"type": "http.response.body", "body": answer.body})


class Answer:
    """What a page answers, made on a thread: held whole, sent piece by piece, or kept open as a live stream."""

    def __init__(self, loop: asyncio.AbstractEventLoop, send: Send):
        self._loop = loop
        self._send = send
        self.status = 500
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""
        self.live: LiveResponse | None = None
        self.streamed = False

    def make(self, pages: Callable, environ: dict[str, Any]) -> None:
        """Run the page; whatever it holds (a connection, a file) is given back on this thread."""
        response = pages(environ, self._start)
        try:
            if isinstance(response, LiveResponse) and environ["REQUEST_METHOD"] == "GET":
                self.live = response
            elif getattr(response, "streaming", True):
                self._pass_on(response)
            else:
                self.body = b"".join(response)
        finally:
            response.close()

    def _start(self, status: str, headers: list[tuple[str, str]], _error=None) -> None:
        self.status = int(status[:3])
        self.headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]

    def _pass_on(self, pieces) -> None:
        """Send a long answer as it comes, as fast as the client takes it."""
        self.streamed = True
        self._wait_for({"type": "http.response.start", "status": self.status, "headers": self.headers})
        for piece in pieces:
            self._wait_for({"type": "http.response.body", "body": piece, "more_body": True})
        self._wait_for({"type": "http.response.body", "body": b""})

    def _wait_for(self, message: dict) -> None:
        async def send() -> None:
            await self._send(message)

        asyncio.run_coroutine_threadsafe(send(), self._loop).result()


async def body_of(scope: dict, receive: Receive) -> tempfile.SpooledTemporaryFile:
    """The body of a request, whole, so that a slow line holds up no thread; Cannot when it is too large or too slow."""
    body = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 (closed by whoever asked for it)
    size, more = 0, True
    try:
        while more:
            try:
                async with asyncio.timeout(SILENCE):
                    message = await receive()
            except TimeoutError:
                raise Cannot(408, "the rest of the request did not come") from None
            if message["type"] == "http.disconnect":
                raise ConnectionResetError
            piece = message.get("body", b"")
            size += len(piece)
            if size > LARGEST:
                raise Cannot(413, "the request is too large")
            body.write(piece)
            more = message.get("more_body", False)
    except BaseException:
        body.close()
        raise
    body.seek(0)
    scope["huying.length"] = size
    return body


def environ_of(scope: dict, body) -> dict[str, Any]:
    """The request as WSGI has it."""
    host, port = scope.get("server") or ("localhost", 80)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode("utf-8", "surrogateescape").decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": host,
        "SERVER_PORT": str(port or 0),
        "REMOTE_ADDR": (scope.get("client") or ("",))[0],
        "CONTENT_LENGTH": str(scope["huying.length"]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        if name == "content-length" or "_" in name:
            # The length is what came. 'X_Forwarded_For' would become the same name as 'X-Forwarded-For'.
            continue
        key = "CONTENT_TYPE" if name == "content-type" else f"HTTP_{name.upper().replace('-', '_')}"
        if key in environ:
            value = f"{environ[key]}{'; ' if name == 'cookie' else ','}{value}"
        environ[key] = value
    return environ

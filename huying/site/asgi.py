"""The ASGI application that `huying serve` runs: Django's pages on threads behind an ASGI server."""

import os
import signal

from a2wsgi import WSGIMiddleware

from huying.kernel.parents import die_with_parent

# The server's main process may be killed; its workers must not keep the port.
die_with_parent(signal.SIGTERM)

from huying.site.wsgi import application as pages  # noqa: E402

THREADS = int(os.environ.get("HUYING_THREADS", "16"))
_threads = WSGIMiddleware(pages, workers=THREADS)


async def application(scope, receive, send):
    """Django's pages; granian hands out futures, while a2wsgi reads a request's body from coroutines."""

    async def received():
        return await receive()

    await _threads(scope, received, send)

"""The ASGI application that `huying serve` runs: Django's pages on threads, live streams on the event loop."""

import os
import signal

from huying.kernel.parents import die_with_parent

# The server's main process may be killed; its workers must not keep the port.
die_with_parent(signal.SIGTERM)

from huying.site.wsgi import application as pages  # noqa: E402, I001 (sets Django up for those below)
from huying.site.bridge import Bridge  # noqa: E402
from huying.site.live import HUB, close_on  # noqa: E402

THREADS = int(os.environ.get("HUYING_THREADS", "16"))
HUB.prepare = close_on
application = Bridge(pages, threads=THREADS, stream=HUB.serve)

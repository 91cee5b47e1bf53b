"""The ASGI application that `huying serve` runs: Django's pages on threads, live streams on the event loop."""

import os
import signal

from huying.kernel.parents import die_with_parent

# The server's main process may be killed; its workers must not keep the port.
die_with_parent(signal.SIGTERM)

from huying.site.wsgi import application as pages, settle  # noqa: E402, I001 (sets Django up for those below)
from huying.site.bridge import Bridge  # noqa: E402
from huying.site.live import HUB, close_on  # noqa: E402
from huying.site.rush import Door  # noqa: E402

# So many, since they wait more than they work, and those who wait at the same moment are served by one statement.
THREADS = int(os.environ.get("HUYING_THREADS", "32"))
HUB.prepare = close_on
application = Door(Bridge(pages, threads=THREADS, stream=HUB.serve))
settle()

"""The embedded PostgreSQL: a server of our own inside the data folder, reached through a Unix socket only.

It needs neither an installed PostgreSQL nor a port. See `layout` for where things lie, `server` for how it is
started and stopped. No Django here: settings ask for `django_settings` before anything runs.
"""

from huying.kernel.embedded.errors import EmbeddedError
from huying.kernel.embedded.layout import Layout, locate, program
from huying.kernel.embedded.server import (
    DATABASE,
    EXTENSIONS,
    database,
    django_settings,
    ensure,
    running,
    session,
    start,
    stop,
)

__all__ = [
    "DATABASE",
    "EXTENSIONS",
    "EmbeddedError",
    "Layout",
    "database",
    "django_settings",
    "ensure",
    "locate",
    "program",
    "running",
    "session",
    "start",
    "stop",
]

"""The backend's connection: Django's own, with a look at each pooled connection before it is used again."""

import select

from django.db.backends.postgresql import base
from psycopg import Connection
from psycopg_pool import ConnectionPool


def check(connection: Connection) -> None:
    """Raise when a connection of the pool is dead, so that the pool takes another one; costs no round trip.

    An idle connection has nothing to say. One that has was ended by the server, or holds a notice: then it is asked.
    """
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    if waiting.poll(0):
        ConnectionPool.check_connection(connection)


class DatabaseWrapper(base.DatabaseWrapper):
    """After the database was restarted no page fails for a connection that died with it."""

    @property
    def pool(self):
        """The pool, which Django would only have ask the server each time, or never."""
        pool = super().pool
        if pool is not None:
            pool._check = check
        return pool

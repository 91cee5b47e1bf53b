"""Hot statements: planned once by the server for each connection, and sent without what a cursor does around it.

A psycopg cursor costs several times what the database library below it does. For the two or three statements that a
whole city sends at the same moment that is most of the work of a request (docs/adr has the figures).
"""

import functools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from weakref import WeakKeyDictionary

import psycopg
from django.db import connection, transaction
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus

_PARAMETER = re.compile(r"%\((\w+)\)s")
_planned: WeakKeyDictionary[psycopg.Connection, set[bytes]] = WeakKeyDictionary()


class _Plan(NamedTuple):
    name: bytes
    statement: bytes
    parameters: list[str]


@functools.cache
def _plan(statement: str) -> _Plan:
    """A statement with its parameters by number, under a name of its own."""
    parameters = list(dict.fromkeys(_PARAMETER.findall(statement)))
    numbered = _PARAMETER.sub(lambda found: f"${parameters.index(found[1]) + 1}", statement)
    return _Plan(f"huying_{_plan.cache_info().misses}".encode(), numbered.encode(), parameters)


def rows(statement: str, parameters: dict) -> list[tuple]:
    """Execute one of a few constant statements, its %(name)s parameters bound by the server; returns the rows."""
    if connection.queries_logged or connection.in_atomic_block:
        # Somebody counts, or has begun a transaction that Django must know to be broken when it is.
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchall()
    connection.ensure_connection()
    with connection.wrap_database_errors:
        return _execute(connection.connection, _plan(statement), parameters)


@contextmanager
def together() -> Iterator[None]:
    """Several hot statements as one transaction; each sees what was committed before it began."""
    if connection.queries_logged or connection.in_atomic_block:
        with transaction.atomic():
            yield
        return
    connection.ensure_connection()
    with connection.wrap_database_errors:
        link = connection.connection
        _checked(link, link.pgconn.exec_(b"BEGIN"))
        try:
            yield
        except BaseException:
            if link.pgconn.status != ConnStatus.BAD:
                link.pgconn.exec_(b"ROLLBACK")
            raise
        _checked(link, link.pgconn.exec_(b"COMMIT"))


def _execute(link: psycopg.Connection, plan: _Plan, parameters: dict) -> list[tuple]:
    planned = _planned.setdefault(link, set())
    if plan.name not in planned:
        _checked(link, link.pgconn.prepare(plan.name, plan.statement))
        planned.add(plan.name)
    adapted = Transformer(link)
    values = adapted.dump_sequence(
        [parameters[name] for name in plan.parameters], [PyFormat.TEXT] * len(plan.parameters)
    )
    result = _checked(link, link.pgconn.exec_prepared(plan.name, values))
    adapted.set_pgresult(result)
    return adapted.load_rows(0, result.ntuples, tuple)


def _checked(link: psycopg.Connection, result):
    if result.status in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
        return result
    if link.pgconn.status == ConnStatus.BAD:
        raise psycopg.OperationalError(result.error_message.decode(errors="replace").strip())
    raise error_from_result(result)

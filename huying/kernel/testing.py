"""Helpers for tests of any package."""

from django.db.backends.postgresql.operations import DatabaseOperations

APPEND_ONLY = ("kernel_event", "kernel_seal")


def allow_flush() -> None:
    """Let the test runner empty the append-only tables between transactional tests; called once by conftest.py."""
    plain = DatabaseOperations.sql_flush
    if getattr(plain, "allows_append_only", False):
        return

    def sql_flush(self, style, tables, **kwargs):
        statements = plain(self, style, tables, **kwargs)
        guarded = [table for table in APPEND_ONLY if table in tables]
        off = [f"ALTER TABLE {table} DISABLE TRIGGER USER;" for table in guarded]
        on = [f"ALTER TABLE {table} ENABLE TRIGGER USER;" for table in guarded]
        return [*off, *statements, *on] if statements else statements

    sql_flush.allows_append_only = True
    DatabaseOperations.sql_flush = sql_flush

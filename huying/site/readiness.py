"""Bringing an installation up to date: tables and static files. Each step does nothing when nothing changed."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor

OLDEST_POSTGRESQL = 15
MIGRATION_LOCK = 0x4855_5949  # any number that nobody else locks


class TooOld(RuntimeError):
    """The database server is older than what Huying needs."""


def refuse_old_database() -> None:
    """Raise TooOld when the server is older than PostgreSQL 15."""
    connection = connections[DEFAULT_DB_ALIAS]
    with connection.cursor():
        major = connection.pg_version // 10000
    if major < OLDEST_POSTGRESQL:
        raise TooOld(f"PostgreSQL {major} is too old: Huying needs version {OLDEST_POSTGRESQL} or newer")


def pending_migrations() -> list[str]:
    """Names of the migrations that the database lacks, in order."""
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]


def migrate(say: Callable[[str], None]) -> None:
    """Apply the migrations that are missing; of two that start together one waits for the other."""
    if not pending_migrations():
        return
    connection = connections[DEFAULT_DB_ALIAS]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
    try:
        pending = pending_migrations()
        say(f"Bringing the tables up to date: {len(pending)} steps")
        call_command("migrate", verbosity=0, interactive=False)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])


def _fingerprint() -> str:
    """What the static files are made of: path, size and time of change of each source."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            status = Path(storage.path(path)).stat()
            digest.update(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def static_is_stale() -> bool:
    """Whether the collected static files differ from their sources."""
    mark = settings.STATIC_ROOT / ".fingerprint"
    return not mark.exists() or mark.read_text() != _fingerprint()


def collect_static(say: Callable[[str], None]) -> None:
    """Collect the static files under hashed names when a source changed; former names stay for pages still open."""
    if not static_is_stale():
        return
    say("Collecting the static files")
    call_command("collectstatic", verbosity=0, interactive=False)
    (settings.STATIC_ROOT / ".fingerprint").write_text(_fingerprint())

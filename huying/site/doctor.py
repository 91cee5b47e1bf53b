"""Checks of an installation: each says what it found and, when something is wrong, how to mend it."""

import datetime as dt
import logging
import os
import shutil
import stat
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from huying.kernel import embedded
from huying.site.config import data_dir

OLDEST_PYTHON = (3, 11)
SMALLEST_DISK = 2 * 2**30  # bytes
PATIENCE = 3.0  # seconds in which a reader that has something to read must move


@dataclass(frozen=True)
class Finding:
    """One line of the report; `mend` says what to do."""

    state: Literal["good", "odd", "bad"]
    words: str
    mend: str = ""


def good(words: str) -> Finding:
    return Finding("good", words)


def odd(words: str, mend: str = "") -> Finding:
    return Finding("odd", words, mend)


def bad(words: str, mend: str) -> Finding:
    return Finding("bad", words, mend)


def examine() -> Iterator[Finding]:
    """Every finding, in the order in which things depend on each other."""
    yield from python()
    yield from files()
    yield from disk()
    if (found := list(settings_load()))[-1].state != "good":
        yield from found
        return
    reachable = list(database())
    yield from reachable
    checks: list[Callable[[], Iterator[Finding]]] = [base_url, static, translations]
    if all(finding.state != "bad" for finding in reachable):
        checks = [tables, event_log, readers, worker, calendar, *checks]
    for check in checks:
        try:
            yield from check()
        except Exception as error:
            yield bad(f"the check '{check.__name__}' itself failed: {error}", "report this, with the line above")


def python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < OLDEST_PYTHON:
        yield bad(f"Python {version} is too old", "install Python 3.11 or newer and make .venv anew: make clean run")
    else:
        yield good(f"Python {version}")


def files() -> Iterator[Finding]:
    """Only the owner may enter the data folder's secrets."""
    data = data_dir()
    folder = data / "secrets"
    loose = [
        path for path in [folder, *folder.glob("*")] if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    if loose:
        yield bad(
            f"others can read {', '.join(str(path) for path in loose)}", f"chmod -R go= {folder}; change what was open"
        )
    else:
        yield good(f"the keys in {folder} are readable by their owner only")
    if stat.S_IMODE(data.stat().st_mode) & 0o007:
        yield bad(f"everybody can enter {data}, where photos lie too", f"chmod o= {data}")
    if not os.access(data, os.W_OK):
        yield bad(f"{data} cannot be written", "run as the user who owns it, or set HUYING_DATA")


def disk() -> Iterator[Finding]:
    for folder in {data_dir(), embedded.locate(data_dir()).home.parent}:
        free = shutil.disk_usage(folder).free
        if free < SMALLEST_DISK:
            yield bad(f"only {free / 2**30:.1f} GB are free at {folder}", "free some space, or move HUYING_DATA")
        else:
            yield good(f"{free / 2**30:.0f} GB are free at {folder}")


def settings_load() -> Iterator[Finding]:
    try:
        from huying.site.cli.common import set_up_django

        set_up_django()
        logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)  # `database` says it in words
    except Exception as error:
        words = str(error) if "settings do not load" in str(error) else f"the settings do not load: {error}"
        yield bad(words, "correct the environment variable that is named, if any is")
        return
    yield good("the settings load")


def database() -> Iterator[Finding]:
    from django.db import DatabaseError, connection

    from huying.site import readiness

    own = not os.environ.get("DATABASE_URL")
    if own and not embedded.running(data_dir()):
        yield bad("the embedded database is not running", "start everything with: huying up")
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT extname FROM pg_extension")
            extensions = {name for (name,) in cursor.fetchall()}
    except (DatabaseError, OSError) as error:
        where = "see the log in " + str(embedded.locate(data_dir()).log) if own else "check DATABASE_URL and the server"
        yield bad(f"the database does not answer: {str(error).strip().splitlines()[0]}", where)
        return
    major = connection.pg_version // 10000
    kind = "embedded" if own else "your own server"
    if major < readiness.OLDEST_POSTGRESQL:
        yield bad(f"PostgreSQL {major} ({kind}) is too old", f"upgrade it to {readiness.OLDEST_POSTGRESQL} or newer")
    else:
        yield good(f"PostgreSQL {major} ({kind}) answers")
    if missing := sorted(set(embedded.EXTENSIONS) - extensions):
        statements = " ".join(f"CREATE EXTENSION {name};" for name in missing)
        yield bad(f"the database lacks {', '.join(missing)}", f"huying migrate; or as a superuser: {statements}")
    else:
        yield good("the extensions are there")


def tables() -> Iterator[Finding]:
    from huying.site import readiness

    if pending := readiness.pending_migrations():
        yield bad(f"{len(pending)} migrations are missing, from {pending[0]} on", "huying migrate")
    else:
        yield good("the tables are up to date")


def readers() -> Iterator[Finding]:
    """A reader is behind when it has something to read and does not move."""
    from huying.kernel import readers

    before = {state.name: state.moved_at for state in readers.states() if state.behind and state.known}
    if before:
        time.sleep(PATIENCE)
    now = readers.states()
    stuck = [state for state in now if state.behind and state.name in before and state.moved_at == before[state.name]]
    for state in stuck:
        yield bad(
            f"the reader {state.name} stands still, {state.behind} events behind",
            "is the worker running? If it is, its log says what it stumbles over",
        )
    if not stuck:
        yield good("the readers of the event log keep up")
    if aside := sum(state.aside for state in now):
        given_up = sum(state.given_up for state in now)
        yield (bad if given_up else odd)(
            f"{aside} events could not be digested by a reader and were set aside; {given_up} of them wait for you",
            "see their reasons and send them again at /operator/",
        )


def event_log() -> Iterator[Finding]:
    from huying.kernel.log_health import log_health

    troubles = log_health()
    yield from (bad(trouble.words, trouble.mend) for trouble in troubles)
    if not troubles:
        yield good("the event log is guarded, and nothing holds its readers back")


def worker() -> Iterator[Finding]:
    from django.utils import timezone

    from huying.kernel import heartbeat
    from huying.kernel.models import Heartbeat
    from huying.site.worker import PART

    last = Heartbeat.objects.filter(part=PART).order_by("-at").first()
    if last is None:
        yield bad("no worker has ever run: nothing is reminded, sealed or notified", "huying up, or huying work")
    elif not heartbeat.alive(PART):
        silent = (timezone.now() - last.at).total_seconds()
        yield bad(f"the worker has given no sign for {silent:.0f} seconds", "start it again: huying up, or huying work")
    else:
        yield good("the worker is alive")


def base_url() -> Iterator[Finding]:
    from django.conf import settings
    from django.http.request import validate_host

    parts = urlsplit(settings.BASE_URL)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host or parts.path not in ("", "/") or parts.query:
        yield bad(
            f"HUYING_BASE_URL is {settings.BASE_URL!r}, which is no address of a site",
            "set it to what residents type, such as https://huying.example.cn",
        )
    elif host in ("127.0.0.1", "localhost", "::1"):
        yield odd(
            f"residents' links and QR codes point to {settings.BASE_URL}, which only this machine reaches",
            "before printing posters set HUYING_BASE_URL to the public address",
        )
    elif parts.scheme == "http":
        yield odd(f"{settings.BASE_URL} is not encrypted", "put it behind HTTPS and set HUYING_BASE_URL to https://…")
    else:
        yield good(f"residents reach {settings.BASE_URL}")
    if host and not validate_host(host, settings.ALLOWED_HOSTS):
        yield bad(f"requests for {host} would be refused", f"add {host} to HUYING_HOSTS")


def calendar() -> Iterator[Finding]:
    from huying.kernel import calendar

    this = dt.date.today().year
    lacking = [year for year in (this, this + 1) if not calendar.covers(year)]
    words = "the working days of {} are not in the calendar; weekends are taken as the only days off"
    mend = "enter the year's holidays and make-up days as the State Council announces them, at /operator/calendar/"
    for year in lacking:
        # Next year's table is announced in November or later.
        late = year == this or dt.date.today().month == 12
        yield (bad if late else odd)(words.format(year), mend)
    if not lacking:
        yield good(f"the calendar covers {this} and {this + 1}")


def static() -> Iterator[Finding]:
    from huying.site.readiness import static_is_stale
    from huying.site.static_files import missing_vendor

    if lost := missing_vendor():
        yield bad(f"browser libraries are missing: {', '.join(lost)}", "make run, or: npm ci")
    if static_is_stale():
        yield bad("the static files are not collected, or older than their sources", "huying up does it")
    else:
        yield good("the static files are collected")


def translations() -> Iterator[Finding]:
    from huying.site import messages

    if stale := [po for po in messages.catalogues() if messages.is_stale(po)]:
        yield bad(f"{len(stale)} translations are not compiled", "huying up does it; the folder must be writable")
    else:
        yield good("the translations are compiled")

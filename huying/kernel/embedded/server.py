"""Starting, stopping and adopting the embedded PostgreSQL."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql

from huying.kernel.embedded import processes
from huying.kernel.embedded.errors import EmbeddedError
from huying.kernel.embedded.layout import PORT, Layout, locate, prepare, server_programs
from huying.kernel.keyfile import read_or_make
from huying.kernel.parents import dying_with_parent

DATABASE = "huying"
ROLE = "huying"  # owns the database, is no superuser
SUPERUSER = "postgres"
EXTENSIONS = ("ltree", "pg_trgm", "btree_gist")
MAJOR = 18


def _password(layout: Layout, role: str) -> str:
    return read_or_make(layout.data / "secrets" / f"database_{role}")


def django_settings(data_dir: Path) -> dict:
    """Django's settings for the embedded database; starts nothing and works before the database exists."""
    layout = locate(data_dir)
    return {
        "NAME": DATABASE,
        "USER": ROLE,
        "PASSWORD": _password(layout, ROLE),
        "HOST": str(layout.sockets),
        "PORT": str(PORT),
    }


def running(data_dir: Path) -> int | None:
    """Process id of the server when it is up and answers, else None."""
    layout = locate(data_dir)
    processes.reap(layout)
    found = processes.postmaster(layout)
    return found[0] if found and found[1] in ("ready", "standby") else None


def start(data_dir: Path, *, settings: dict[str, str] | None = None, die_with_parent: bool = False) -> int:
    """Bring the server up, or adopt the one that is up; returns its process id once it answers.

    `settings` are extra PostgreSQL settings for this run. With `die_with_parent` it stops (cleanly) when the thread
    that started it ends, however it ends (Linux). Raises EmbeddedError with what to do.
    """
    layout = locate(data_dir)
    with processes.exclusive(layout.lock, 120, "starting or stopping the database"):
        prepare(layout)
        while True:
            pid = _adopt(layout) or _start_anew(layout, settings or {}, die_with_parent)
            try:
                _create(layout)
                return pid
            except EmbeddedError:
                found = processes.postmaster(layout)
                if found and found[0] == pid:
                    raise
                # It died under our hands; so it was being killed when we adopted it.


def _start_anew(layout: Layout, settings: dict[str, str], die_with_parent: bool) -> int:
    """Start a server where none is, after ending what an earlier one may have left."""
    alive = processes.seize_life(layout)
    if alive is None:
        processes.end_orphans(layout)
        alive = processes.seize_life(layout)
    if alive is None:
        raise EmbeddedError(f"processes of an earlier database still hold {layout.cluster}")
    try:
        programs = server_programs(layout)
        _refuse_other_major(layout)
        _initialise(layout, programs, sync=settings.get("fsync") != "off")
        return _launch(layout, programs, alive, settings, die_with_parent)
    finally:
        os.close(alive)


def _adopt(layout: Layout) -> int | None:
    """The server that is already up, once it is ready; None when there is none or it has just ended."""
    deadline = time.monotonic() + 60
    while found := processes.postmaster(layout):
        pid, status = found
        if status in ("ready", "standby"):
            return pid
        if time.monotonic() > deadline:
            raise EmbeddedError(f"the database (process {pid}) has been {status} for a minute; see {layout.log}")
        processes.reap(layout)
        time.sleep(0.05)
    return None


def _refuse_other_major(layout: Layout) -> None:
    """Only the major version that made a cluster can read it."""
    stamp = layout.cluster / "PG_VERSION"
    if not stamp.exists():
        return
    found = stamp.read_text().strip()
    if found == str(MAJOR):
        return
    if found.isdigit() and int(found) > MAJOR:
        raise EmbeddedError(
            f"{layout.cluster} was made by PostgreSQL {found}, newer than the {MAJOR} that this Huying brings. "
            "Nothing was changed. Install the newer Huying again, or point HUYING_DATA at another folder."
        )
    raise EmbeddedError(
        f"{layout.cluster} was made by PostgreSQL {found}; this Huying brings {MAJOR}. Nothing was changed. "
        f"To upgrade: with the former Huying running, write `pg_dump -Fc -d {DATABASE} -h {layout.sockets} -U {ROLE}` "
        f"to a file; stop it; move {layout.home} aside; start this Huying once with `huying migrate`; then load the "
        "file with `pg_restore --clean --if-exists`. See docs/operations.md."
    )


def _initialise(layout: Layout, programs: Path, *, sync: bool) -> None:
    """Make the cluster, complete or not at all."""
    if (layout.cluster / "PG_VERSION").exists():
        return
    draft = layout.home / "data.new"
    if draft.exists():
        shutil.rmtree(draft)
    with tempfile.NamedTemporaryFile("w", dir=layout.home, prefix="password.") as handle:
        handle.write(_password(layout, SUPERUSER))
        handle.flush()
        layout.own(Path(handle.name))
        command = [
            programs / "initdb", "--pgdata", draft, "--username", SUPERUSER, "--pwfile", handle.name,
            "--encoding", "UTF8", "--auth", "scram-sha-256", "--lc-messages", "C", "--no-instructions",
            "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", *_locale(), *([] if sync else ["--no-sync"]),
        ]  # fmt: skip
        done = subprocess.run(
            command, env=_environment(), cwd=layout.home, capture_output=True, text=True, **layout.as_account()
        )
    if done.returncode:
        raise EmbeddedError(f"the database could not be made in {draft}: {(done.stderr or done.stdout).strip()}")
    with (draft / "postgresql.conf").open("a") as handle:
        handle.write(
            "\n# huying.conf is written anew at each start; put your own settings into local.conf.\n"
            "include_if_exists = 'huying.conf'\ninclude_if_exists = 'local.conf'\n"
        )
    draft.rename(layout.cluster)


def _locale() -> list[str]:
    """C.UTF-8 where the system has it, so that Chinese letters count as letters; else plain C."""
    import locale

    before = locale.setlocale(locale.LC_CTYPE)
    try:
        locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    except locale.Error:
        return ["--locale", "C"]
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    return ["--locale", "C.UTF-8"]


def _environment() -> dict[str, str]:
    keep = {key: os.environ[key] for key in ("TZ", "LD_LIBRARY_PATH") if key in os.environ}
    return {"PATH": os.defpath, "LC_ALL": "C", **keep}


def _memory_mb() -> int:
    """Memory that this machine, or the container we are in, may use."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with contextlib.suppress(OSError, ValueError):
        total = min(total, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return total // 2**20


def _settings() -> dict[str, str]:
    """Settings for a small server, shared with the web and the worker."""
    memory = _memory_mb()
    return {
        "listen_addresses": "",
        "max_connections": "100",
        "shared_buffers": f"{max(64, min(memory // 6, 2048))}MB",
        "effective_cache_size": f"{max(128, memory // 2)}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": f"{max(64, min(memory // 16, 512))}MB",
        "max_wal_size": "2GB",
        "random_page_cost": "1.1",
        "jit": "off",
        "io_method": "worker",
        "statement_timeout": "0",
        "idle_in_transaction_session_timeout": "10min",
        "password_encryption": "scram-sha-256",
        "logging_collector": "on",
        "log_filename": "postgresql-%a.log",
        "log_truncate_on_rotation": "on",
        "log_rotation_age": "1d",
        # Statements and details may hold what residents wrote, so they stay out of the log.
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
    }


def _launch(layout: Layout, programs: Path, alive: int, settings: dict[str, str], die_with_parent: bool) -> int:
    """Start the server holding the `alive` lock and wait until it answers."""
    conf = {**_settings(), "unix_socket_directories": str(layout.sockets), "unix_socket_permissions": "0700",
            "port": str(PORT), "log_directory": str(layout.log)}  # fmt: skip
    target = layout.cluster / "huying.conf"
    target.write_text("".join(f"{key} = '{value}'\n" for key, value in conf.items()))
    layout.own(target)
    # Nothing of this cluster lives (we hold `alive`), so these are leavings of a crash.
    for stale in (layout.cluster / "postmaster.pid", *layout.sockets.glob(f".s.PGSQL.{PORT}*")):
        stale.unlink(missing_ok=True)
    command = [str(programs / "postgres"), "-D", str(layout.cluster)]
    for key, value in settings.items():
        command += ["-c", f"{key}={value}"]
    first_words = layout.log / "start.log"
    with first_words.open("w") as output:
        child = subprocess.Popen(
            command,
            env=_environment(),
            cwd=layout.home,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            pass_fds=(alive,),
            preexec_fn=dying_with_parent(signal.SIGINT) if die_with_parent else None,
            **layout.as_account(),
        )
    deadline = time.monotonic() + 120
    while True:
        found = processes.postmaster(layout)
        if found and found == (child.pid, "ready"):
            break
        if child.poll() is not None:
            raise EmbeddedError(f"the database did not start: {_last_words(layout)}")
        if time.monotonic() > deadline:
            child.kill()
            raise EmbeddedError(f"the database did not answer within two minutes: {_last_words(layout)}")
        time.sleep(0.02)
    child.returncode = 0  # from here on `processes.reap` collects it
    processes.adopt(layout, child.pid)
    return child.pid


def _last_words(layout: Layout) -> str:
    """The end of the newest log, for an error message."""
    logs = sorted(layout.log.glob("*.log"), key=lambda path: path.stat().st_mtime)
    lines = [line for log in logs[-2:] for line in log.read_text(errors="replace").splitlines()]
    return " / ".join(lines[-6:]) or f"it said nothing; see {layout.log}"


def _connect(layout: Layout, dbname: str, role: str = SUPERUSER) -> psycopg.Connection:
    return psycopg.connect(
        dbname=dbname,
        user=role,
        password=_password(layout, role),
        host=str(layout.sockets),
        port=PORT,
        autocommit=True,
        connect_timeout=10,
    )


def database(data_dir: Path) -> None:
    """Make the role, the database and its extensions where they are missing; the server must be up."""
    _create(locate(data_dir))


def _create(layout: Layout) -> None:
    try:
        connection = _connect(layout, "postgres")
    except psycopg.OperationalError as error:
        if "password authentication failed" in str(error):
            raise EmbeddedError(
                f"the password in {layout.data / 'secrets'} does not open the database in {layout.cluster}: "
                "bring the files database_postgres and database_huying back from a backup."
            ) from error
        raise EmbeddedError(f"the database does not answer: {error}") from error
    role, secret = sql.Identifier(ROLE), sql.Literal(_password(layout, ROLE))
    with connection:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD {}").format(role, secret))
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            return
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), role))
    # As the owner, so that a dump can be restored without the superuser; all of them are trusted extensions.
    with _connect(layout, DATABASE, ROLE) as connection:
        for extension in EXTENSIONS:
            connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))


def stop(data_dir: Path, *, patience: float = 30) -> bool:
    """Stop the server and wait until every process of it has ended; False when none was up.

    Open transactions are rolled back at once; if that takes longer than `patience` seconds it is made to stop as in a
    crash, which the next start mends.
    """
    layout = locate(data_dir)
    if not layout.home.is_dir():
        return False
    with processes.exclusive(layout.lock, 120, "starting or stopping the database"):
        layout.keep.unlink(missing_ok=True)
        found = processes.postmaster(layout)
        if found is None:
            orphans = processes.any_alive(layout)
            if orphans:
                processes.end_orphans(layout)
            return orphans
        for number, wait in ((signal.SIGINT, patience), (signal.SIGQUIT, 5)):
            processes.send(found[0], number)
            if processes.wait_until_dead(layout, wait):
                return True
        processes.send(found[0], signal.SIGKILL)
        processes.end_orphans(layout)
        return True


def ensure(data_dir: Path) -> int:
    """Have the server up and leave it up when we end; returns its process id."""
    pid = start(data_dir)
    locate(data_dir).keep.touch()
    return pid


@contextlib.contextmanager
def session(data_dir: Path, **options) -> Iterator[int]:
    """Have the server up within the block; the last of several processes inside such blocks stops it."""
    layout = locate(data_dir)
    mark = processes.shared(layout.users)
    try:
        yield start(data_dir, **options)
    finally:
        if processes.last(mark) and not layout.keep.exists():
            stop(data_dir)
        os.close(mark)

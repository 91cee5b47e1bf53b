"""`huying up`: everything starts, what is killed comes back, and nothing is left behind."""

import os
import signal
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.running import System, system

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
    pytest.mark.slow,
]


@pytest.fixture(scope="module")
def installation():
    """One installation for this file; each test finds it running or not, and says which it needs."""
    with system() as made:
        yield made


@pytest.fixture
def up(installation) -> System:
    """The installation, running and well."""
    if installation.process is None or installation.process.poll() is not None:
        installation.start()
    installation.wait(60)
    return installation


def the(installation, *words) -> int:
    """Id of the oldest process whose command line holds all the words."""
    found = [pid for pid, line in installation.processes().items() if all(word in line for word in words)]
    assert found, f"no process of {words} among {installation.processes()}"
    return min(found, key=lambda pid: int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19]))


def eventually(holds, seconds=45, words="it did not happen"):
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, words() if callable(words) else words
        time.sleep(0.1)


def test_everything_starts_and_the_doctor_has_no_complaint(up):
    with urllib.request.urlopen(f"{up.url}/healthz") as answer:
        assert answer.status == 200
    assert the(up, "huying serve")
    assert the(up, "huying work")
    eventually(lambda: up.run("doctor").returncode == 0, words=up.run("doctor").stdout)


def test_static_files_are_served_under_hashed_names_for_ever(up):
    name = up.python(
        "from django.contrib.staticfiles.storage import staticfiles_storage\n"
        "print(staticfiles_storage.url('vendor/htmx/htmx.min.js'))"
    ).strip()
    assert name != "/static/vendor/htmx/htmx.min.js"
    with urllib.request.urlopen(up.url + name) as answer:
        assert answer.headers["Cache-Control"] == "max-age=31536000"
        assert b"htmx" in answer.read()


def test_a_second_up_on_the_same_folder_is_refused_with_words(up):
    refused = up.run("up", "--port", "1")
    assert refused.returncode == 1
    assert "already running" in refused.stderr
    assert str(up.process.pid) in refused.stderr


def test_a_port_that_is_taken_is_told_before_anything_starts(up):
    with system() as other:
        other.port = up.port
        refused = other.run("up", "--port", str(up.port))
        assert refused.returncode == 1
        assert f"port {up.port}" in refused.stderr
        assert f"--port {up.port + 1}" in refused.stderr
        assert not other.processes()


@pytest.mark.parametrize("victim", ["huying serve", "huying work", "bin/postgres"])
def test_what_is_killed_comes_back(up, victim):
    killed = the(up, victim)
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: not Path(f"/proc/{killed}").exists() or up.answers())
    eventually(lambda: the_other(up, victim, killed), words=up.tail())
    up.wait(60)


def the_other(up, victim, killed) -> bool:
    """Whether another process does the killed one's work."""
    return any(pid != killed and victim in line for pid, line in up.processes().items())


def test_a_web_process_that_is_killed_comes_back(up):
    main = the(up, "huying serve")
    worker = next(pid for pid in children_of(main) if pid != main)
    os.kill(worker, signal.SIGKILL)
    eventually(lambda: not Path(f"/proc/{worker}").exists())
    up.wait(60)
    assert up.process.poll() is None


def children_of(pid: int) -> list[int]:
    return [
        int(word) for task in Path(f"/proc/{pid}/task").iterdir() for word in (task / "children").read_text().split()
    ]


def test_when_up_itself_is_killed_everything_ends_and_the_next_start_works(up):
    up.stop(signal.SIGKILL)
    eventually(lambda: not up.processes(), words=lambda: f"outlived `huying up`: {up.processes()}\n{up.tail()}")
    up.start()
    assert up.answers()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything_cleanly(up, number):
    assert up.stop(number) == 0
    assert not up.processes()
    assert "everything has stopped" in up.tail(5)


def test_the_second_start_takes_less_than_ten_seconds(up):
    up.stop()
    before = time.monotonic()
    up.start()
    assert time.monotonic() - before < 10 * load()


def load() -> float:
    """How many processes share a processor just now, at least 1: a busy machine is not the fault of the start."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))

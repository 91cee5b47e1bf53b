"""The real system for tests: `huying up` in a process of its own, and a browser to look at it."""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from huying.kernel import embedded
from huying.kernel.parents import dying_with_parent

from .fast import FAST

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run", "--disable-dev-shm-usage",
    # Nothing but this machine can be reached.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]  # fmt: skip


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class System:
    """One installation in a folder of its own; `start` runs `huying up` on it."""

    data: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen | None = None
    inside: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.data / "up.log"

    @property
    def environment(self) -> dict[str, str]:
        left_out = ("DATABASE_URL", "HUYING_PLAIN_STATIC", "PYTEST_XDIST_WORKER", "HUYING_BASE_URL")
        kept = {key: value for key, value in os.environ.items() if key not in left_out}
        return {**kept, "HUYING_DATA": str(self.data), "HUYING_LOG": "json", "HUYING_BASE_URL": self.url}

    def move_in(self, *, demo: bool = False) -> "System":
        """Begin as a copy of what was made ready once for the whole run, instead of making it all anew."""
        made = ready_made(demo=demo)
        if made is not None:
            self.data.mkdir(parents=True, exist_ok=True)
            # Keeps owners and modes: the database's folder may belong to another account.
            subprocess.run(["cp", "-a", f"{made}/.", str(self.data)], check=True)
        return self

    def start(self, *options: str, seconds: float = 120) -> "System":
        """Run `huying up` and wait until it answers."""
        self.data.mkdir(parents=True, exist_ok=True)
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "huying", "up", "--port", str(self.port), *options],
                cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        self.wait(seconds)
        return self

    def wait(self, seconds: float = 30) -> None:
        """Wait until /healthz answers 200."""
        deadline = time.monotonic() + seconds
        while not self.answers():
            if self.process is not None and self.process.poll() is not None:
                raise AssertionError(f"huying up ended with {self.process.returncode}:\n{self.tail()}")
            if time.monotonic() > deadline:
                raise AssertionError(f"no answer within {seconds} s:\n{self.tail()}")
            time.sleep(0.1)

    def answers(self) -> bool:
        """Whether the system is well just now."""
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:
                return answer.status == 200
        except urllib.error.HTTPError as error:
            error.close()
            return False
        except OSError:
            return False

    def tail(self, lines: int = 40) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log.exists() else ""

    def run(self, *arguments: str, seconds: float = 120) -> subprocess.CompletedProcess:
        """Run a command of `huying` on this installation."""
        return subprocess.run(
            [sys.executable, "-m", "huying", *arguments],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=seconds,
        )  # fmt: skip

    def python(self, code: str, seconds: float = 120) -> str:
        """Run Python inside this installation, Django set up; returns what it printed."""
        if self.inside is None or self.inside.poll() is not None:
            self.inside = subprocess.Popen(
                [sys.executable, "-m", "tests.inside"],
                cwd=ROOT, env={**self.environment, "DJANGO_SETTINGS_MODULE": "huying.site.settings"},
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=dying_with_parent(signal.SIGKILL),
            )  # fmt: skip
        alarm = threading.Timer(seconds, self.inside.kill)
        alarm.start()
        try:
            self.inside.stdin.write(json.dumps(code) + "\n")
            self.inside.stdin.flush()
            line = self.inside.stdout.readline()
        finally:
            alarm.cancel()
        assert line, f"no answer within {seconds} s, or the process has ended: {code}"
        answer = json.loads(line)
        assert not answer["error"], answer["error"]
        return answer["printed"]

    def hush(self) -> None:
        """End the process that answers `python`."""
        if self.inside is not None:
            self.inside.stdin.close()
            self.inside.wait(10)
            self.inside.stdout.close()
            self.inside = None

    def processes(self) -> dict[int, str]:
        """Living processes of this installation, the database's included: id -> command line."""
        mark, found = str(self.data), {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            with contextlib.suppress(OSError):
                words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                inside = mark in words or str((entry / "cwd").readlink()).startswith(mark)
                if words and (inside or f"HUYING_DATA={mark}\0".encode() in (entry / "environ").read_bytes()):
                    found[int(entry.name)] = words
        return found

    def stop(self, number: signal.Signals = signal.SIGINT, seconds: float = 60) -> int | None:
        """Send a signal to `huying up` and wait for its end; its exit code."""
        self.hush()
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(seconds)
        self.process = None
        return code

    def remove(self) -> None:
        """Stop whatever is left and delete the folder."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.stop()
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.data, ignore_errors=True)


def ready_made(*, demo: bool) -> Path | None:
    """A folder in which `huying prepare` has run, with the demo or without; the first that asks makes it.

    All workers of a run share it and only copy it. None where the database cannot lie inside its folder.
    """
    folder = Path(os.environ["HUYING_DATA"])
    data = folder.with_name(f"{folder.name}-{'demo' if demo else 'bare'}")
    with (folder / f"{data.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (data / "ready").exists():
            made = System(data)
            if demo:
                made.move_in()
            (data / "ready").unlink(missing_ok=True)
            embedded.start(data, settings=FAST, die_with_parent=True)
            done = made.run("prepare", *(["--demo"] if demo else []), seconds=300)
            embedded.stop(data)
            assert done.returncode == 0, done.stderr
            (data / "ready").touch()
    return None if (data / "postgres").is_symlink() else data


@contextlib.contextmanager
def system() -> Iterator[System]:
    """An installation in a new folder, removed at the end."""
    made = System(Path(tempfile.mkdtemp(prefix="huying-test-up-")))
    try:
        yield made
    finally:
        made.remove()


@pytest.fixture(scope="session")
def live_huying() -> Iterator[System]:
    """The whole system with the demo in it, started once on each worker: `.url`, `.run("doctor")`, `.python("…")`."""
    with system() as made:
        yield made.move_in(demo=True).start("--demo", seconds=300)


@pytest.fixture
def own_huying() -> Iterator[System]:
    """An installation of this test's own, not started: for tests that break it."""
    with system() as made:
        yield made.move_in()


@pytest.fixture(scope="module")
def browser():
    """Chromium, from HUYING_CHROMIUM or PATH, driven by Playwright.

    No longer than a module: as long as Playwright is there, its event loop runs in this thread, and tests that run a loop
    of their own cannot.
    """
    from playwright.sync_api import sync_playwright

    from scripts import chromium

    path = chromium.find()
    if path is None:
        pytest.fail("no Chromium is installed: run `make test`, or set HUYING_CHROMIUM")
    # Playwright keeps an event loop in this thread, which is no reason for Django to refuse the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=CHROMIUM)
        yield running
        running.close()

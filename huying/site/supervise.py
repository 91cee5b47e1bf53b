"""`huying up`: keep database, web and worker alive, and leave nothing behind.

Each child leads a process group of its own, so that Ctrl-C reaches only us and we stop them in order. A child that dies
is started again, later each time. When we are killed ourselves, the kernel tells the children (Linux), the database
included; whatever remains of the database is adopted by the next start.
"""

import contextlib
import errno
import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import click

from huying.kernel import embedded
from huying.kernel.parents import dying_with_parent
from huying.site.cli.common import SUPERVISED, Trouble
from huying.site.config import data_dir

LONGEST_PAUSE = 30.0  # seconds between two starts of a child that keeps dying
STEADY = 60.0  # seconds after which a child counts as well again
TICK = 0.2
PATIENCE = 30.0  # seconds that a child gets to finish what it is doing


def refuse_busy_port(host: str, port: int, seconds: float = 0) -> None:
    """Raise Trouble when somebody listens on the port, still so after so many seconds."""
    deadline = time.monotonic() + seconds
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    while True:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
                return
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise Trouble(f"cannot listen on {host}:{port}: {error.strerror}") from error
        if time.monotonic() > deadline:
            raise Trouble(
                f"port {port} on {host} is in use by another program. "
                f"Stop that one, or choose another port: huying up --port {port + 1}"
            )
        time.sleep(0.1)


@dataclass
class Child:
    """One process that is kept alive."""

    name: str
    arguments: list[str]
    environment: dict[str, str]
    process: subprocess.Popen | None = None
    started: float = 0.0
    pause: float = 0.0
    due: float = field(default=0.0)

    def start(self) -> None:
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "huying", *self.arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=dying_with_parent(signal.SIGTERM),
        )

    def tend(self, say: Callable[[str], None]) -> None:
        """Start it again when it has ended, after a pause that grows while it keeps ending."""
        now = time.monotonic()
        if self.process is not None and self.process.poll() is not None:
            code = self.process.returncode
            self.kill_group()
            self.process = None
            self.pause = 0.5 if now - self.started > STEADY else min(LONGEST_PAUSE, max(0.5, self.pause * 2))
            self.due = now + self.pause
            how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
            say(f"{self.name} {how}; starting it again in {self.pause:.1f} s")
        if self.process is None and now >= self.due:
            self.start()

    def ask_to_stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def wait(self, deadline: float) -> None:
        """Wait for it to end; what is left of its group at the deadline is killed."""
        if self.process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.0, deadline - time.monotonic()))
        self.kill_group()
        self.process.wait()

    def kill_group(self) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)


class Supervisor:
    """Everything in one, until a signal ends it."""

    def __init__(self, host: str, port: int, demo: bool):
        self.host, self.port, self.demo = host, port, demo
        self.data = data_dir()
        self.own_database = not os.environ.get("DATABASE_URL")
        self.stopping = threading.Event()
        self.hurry = threading.Event()
        shown = "127.0.0.1" if host in ("0.0.0.0", "::", "") else host  # noqa: S104
        self.url = f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"
        environment = {"HUYING_BASE_URL": self.url, **os.environ, "HUYING_DATA": str(self.data), SUPERVISED: "1"}
        web = ["serve", "--host", host, "--port", str(port)]
        self.children = [Child("web", web, environment), Child("worker", ["work"], environment)]
        self.prepare = Child("prepare", ["prepare", *(["--demo"] if demo else [])], environment)
        self.database_due, self.database_pause = 0.0, 0.0

    def run(self) -> int:
        """Run until told to stop; the exit code."""
        with self._only_one() as former_was_killed:
            refuse_busy_port(self.host, self.port, PATIENCE if former_was_killed else 0)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, self._on_signal)
            try:
                with self._database():
                    try:
                        return self._run()
                    finally:
                        self._stop_children()
            except embedded.EmbeddedError as error:
                raise Trouble(str(error)) from error
            finally:
                self._say("everything has stopped.")

    @contextlib.contextmanager
    def _database(self):
        """The embedded database, stopped in the end even if another command still uses it."""
        if not self.own_database:
            yield
            return
        with embedded.session(self.data, die_with_parent=True):
            try:
                yield
            finally:
                embedded.stop(self.data, patience=5 if self.hurry.is_set() else 30)

    def _run(self) -> int:
        code = self._prepare()
        if code or self.stopping.is_set():
            return code
        for child in self.children:
            child.start()
        threading.Thread(target=self._announce, daemon=True).start()
        while not self.stopping.wait(TICK):
            if self.own_database:
                self._tend_database()
            for child in self.children:
                child.tend(self._say)
        return 0

    def _prepare(self) -> int:
        """Tables, static files, demo; 0 when all went well."""
        self.prepare.start()
        process = self.prepare.process
        while process is not None and process.poll() is None:
            if self.stopping.wait(0.05):
                self.prepare.ask_to_stop()
                self.prepare.wait(time.monotonic() + PATIENCE)
                return 0
        if process is None or process.returncode:
            self._say("could not get ready; the reason stands above. Try: huying doctor")
            return 1
        return 0

    def _tend_database(self) -> None:
        now = time.monotonic()
        if now < self.database_due or embedded.running(self.data):
            return
        self.database_pause = min(LONGEST_PAUSE, max(0.5, self.database_pause * 2)) if self.database_due else 0.5
        self._say("the database has ended; starting it again")
        try:
            embedded.start(self.data, die_with_parent=True)
            self.database_due = 0.0
        except embedded.EmbeddedError as error:
            self._say(f"{error} Trying again in {self.database_pause:.0f} s.")
            self.database_due = time.monotonic() + self.database_pause

    def _announce(self) -> None:
        """Say where the system is, once it answers."""
        for _ in range(600):
            if self.stopping.wait(0.1):
                return
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=2):  # noqa: S310
                    break
            except urllib.error.HTTPError as error:
                error.close()
            except OSError:
                continue
        else:
            self._say(f"{self.url} does not answer yet; look above for errors, or run: huying doctor")
            return
        self._say(f"{click.style(self.url, bold=True)} is ready. Ctrl-C stops it.")
        if self.host not in ("127.0.0.1", "localhost", "::1") and not os.environ.get("HUYING_HOSTS"):
            self._say("others reach it only under the names in HUYING_HOSTS, which is not set")

    def _on_signal(self, _number, _frame) -> None:
        if self.stopping.is_set():
            self.hurry.set()
        self.stopping.set()

    def _stop_children(self) -> None:
        """Let web and worker finish what they are doing, side by side."""
        running = [child for child in (*self.children, self.prepare) if child.process is not None]
        if running:
            self._say("stopping …")
        for child in running:
            child.ask_to_stop()
        deadline = time.monotonic() + PATIENCE
        for child in running:
            while child.process.poll() is None and time.monotonic() < deadline and not self.hurry.is_set():
                time.sleep(0.05)
            child.wait(time.monotonic())

    def _say(self, words: str) -> None:
        click.echo(f"huying: {words}")

    @contextlib.contextmanager
    def _only_one(self):
        """Hold the lock of this installation; yields whether the one before us was killed."""
        path = self.data / "up.lock"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = Path(path).read_text().strip() or "unknown"
            os.close(descriptor)
            raise Trouble(
                f"Huying is already running on {self.data} (process {holder}). Stop it with Ctrl-C where it runs, or "
                "give this one another HUYING_DATA and --port."
            ) from error
        killed = bool(os.read(descriptor, 32).strip())
        os.pwrite(descriptor, f"{os.getpid():<20}\n".encode(), 0)
        try:
            yield killed
        finally:
            os.ftruncate(descriptor, 0)
            os.close(descriptor)

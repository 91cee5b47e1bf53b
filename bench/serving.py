"""The web server under test, in processes of its own, and streams that only listen."""

import contextlib
import os
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CLOCK = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def served(*command: str, port: int, **environment: str) -> Iterator[subprocess.Popen]:
    """Run a server until the block ends; the block begins when it answers."""
    log = Path(os.environ["HUYING_DATA"]) / f"server-{port}.log"
    own = {**os.environ, "HUYING_TRUSTED_PROXIES": "127.0.0.1", "HUYING_LOG": "json", **environment}
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *command], cwd=ROOT, env=own, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        try:
            _wait_for(port, process, log)
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for(port: int, process: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as probe:
            probe.settimeout(5)
            probe.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            if probe.recv(64).startswith(b"HTTP/1.1 200"):
                return
        time.sleep(0.1)
    raise RuntimeError(f"the server does not answer: {log.read_text(errors='replace')[-800:]}")


def family(pid: int) -> list[int]:
    """A process and all below it (Linux)."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found, waiting = [pid], [pid]
    while waiting:
        children = parents.get(waiting.pop(), [])
        found += children
        waiting += children
    return found


def megabytes(pid: int, what: str = "Pss") -> float:
    """What a process and all below it hold in memory of their own (proportional share), in MB.

    `what`: 'Pss_Anon' leaves out files and memory that is shared by design, such as the page cache of a database.
    """
    total = 0
    for one in family(pid):
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith(f"{what}:"))
    return total / 1024


@contextlib.contextmanager
def listeners(port: int, path: str, count: int) -> Iterator["Listeners"]:
    """Keep so many streams open, each from an address of its own."""
    streams = Listeners(port, path, count)
    try:
        yield streams
    finally:
        streams.close()


class Listeners:
    """Open streams; `messages` reads what has come to them."""

    def __init__(self, port: int, path: str, count: int):
        self.selector = selectors.DefaultSelector()
        self.sockets = []
        for number in range(count):
            one = socket.create_connection(("127.0.0.1", port), 10)
            head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: 10.200.{number >> 8}.{number & 255}\r\n\r\n"
            one.sendall(head.encode())
            if not one.recv(4096).startswith(b"HTTP/1.1 200"):
                raise RuntimeError("a stream was refused")
            one.setblocking(False)
            self.selector.register(one, selectors.EVENT_READ)
            self.sockets.append(one)

    def messages(self) -> int:
        """How many messages have come since it was last asked."""
        found = 0
        while ready := self.selector.select(0):
            for key, _ in ready:
                data = key.fileobj.recv(65536)
                if not data:
                    raise RuntimeError("a stream was shut")
                found += data.count(b"data:")
        return found

    def close(self) -> None:
        self.selector.close()
        for one in self.sockets:
            one.close()

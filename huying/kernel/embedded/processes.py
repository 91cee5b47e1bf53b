"""Which processes of a cluster are alive, told without trusting what a crash has left behind.

The server inherits a locked file (`alive`). The lock stays as long as any of its processes lives, orphaned backends
included, and ends with the last one however it died. Process ids in postmaster.pid are only believed when the process
works in this cluster's folder, so that a reused id is never mistaken for the database.
"""

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from huying.kernel.embedded.errors import EmbeddedError
from huying.kernel.embedded.layout import Layout


def _try_lock(path: Path, kind: int) -> int | None:
    """A descriptor holding the lock, or None when somebody else holds it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


@contextlib.contextmanager
def exclusive(path: Path, seconds: float, what: str) -> Iterator[None]:
    """Hold a lock file, waiting at most so long for another process to let go of it."""
    deadline = time.monotonic() + seconds
    while (descriptor := _try_lock(path, fcntl.LOCK_EX)) is None:
        if time.monotonic() > deadline:
            raise EmbeddedError(f"another process has been {what} for over {seconds:.0f} seconds (lock {path})")
        time.sleep(0.05)
    try:
        yield
    finally:
        os.close(descriptor)


def shared(path: Path) -> int:
    """A descriptor that marks us as one of several users; `last` tells when we are the only one."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def last(descriptor: int) -> bool:
    """Whether nobody else holds the lock that `shared` gave."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def seize_life(layout: Layout) -> int | None:
    """The `alive` lock for a server about to start; None while any process of an earlier one lives."""
    return _try_lock(layout.home / "alive", fcntl.LOCK_EX)


def any_alive(layout: Layout) -> bool:
    """Whether any process of this cluster lives, orphans included."""
    if not (layout.home / "alive").exists():
        return False
    descriptor = _try_lock(layout.home / "alive", fcntl.LOCK_SH)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False


def postmaster(layout: Layout) -> tuple[int, str] | None:
    """Process id and status ('starting', 'ready', 'stopping' …) of the server, when it is really alive."""
    try:
        lines = (layout.cluster / "postmaster.pid").read_text().splitlines()
        pid = int(lines[0])
    except (FileNotFoundError, NotADirectoryError, ValueError, IndexError):
        return None
    if not _works_in(pid, layout.cluster):
        return None
    return pid, lines[7].strip() if len(lines) > 7 else "starting"


def _works_in(pid: int, cluster: Path) -> bool:
    if Path("/proc/self/cwd").exists():
        try:
            return Path(f"/proc/{pid}/cwd").readlink() == cluster.resolve()
        except OSError:
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def all_of(layout: Layout) -> list[int]:
    """Ids of the living processes that work in this cluster's folder (Linux; elsewhere empty)."""
    if not Path("/proc/self/cwd").exists():
        return []
    return [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and _works_in(int(entry.name), layout.cluster)
    ]


def send(pid: int, number: signal.Signals) -> None:
    """Signal a process that may have ended meanwhile."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def wait_until_dead(layout: Layout, seconds: float) -> bool:
    """Whether every process of the cluster ended within so many seconds."""
    deadline = time.monotonic() + seconds
    while any_alive(layout):
        reap(layout)
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    reap(layout, wait=True)
    return True


_children: dict[Path, int] = {}


def adopt(layout: Layout, pid: int) -> None:
    """Remember that the server is our child, so that it leaves no zombie behind."""
    _children[layout.home] = pid


def reap(layout: Layout, *, wait: bool = False) -> None:
    """Collect the server's exit if it was our child and has ended, or (wait) is just ending."""
    pid = _children.get(layout.home)
    if pid is None:
        return
    try:
        ended, _status = os.waitpid(pid, 0 if wait else os.WNOHANG)
    except ChildProcessError:
        ended = pid
    if ended:
        _children.pop(layout.home, None)


def end_orphans(layout: Layout) -> None:
    """End what a killed server has left: its children notice by themselves, those that do not are killed."""
    if wait_until_dead(layout, 3):
        return
    for number, patience in ((signal.SIGQUIT, 3), (signal.SIGKILL, 10)):
        for pid in all_of(layout):
            send(pid, number)
        if wait_until_dead(layout, patience):
            return
    raise EmbeddedError(
        f"processes of an earlier database still hold {layout.cluster}: {all_of(layout) or 'unknown ids'}. "
        "End them, then start again."
    )

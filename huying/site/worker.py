"""The worker process: jobs on one thread, the readers of the event log on another, a heartbeat for the doctor."""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from huying.site.config import data_dir

log = logging.getLogger("huying.worker")
BEAT = 5.0  # seconds


def heartbeat_file() -> Path:
    """Touched every few seconds by a living worker."""
    return data_dir() / "worker.beat"


def run(stop: threading.Event) -> int:
    """Work until `stop` is set; 1 when a part ended by itself, so that we are started anew."""
    from huying.kernel import following, jobs

    parts: dict[str, Callable[[threading.Event], None]] = {"jobs": jobs.run_worker, "readers": following.run}
    failed = threading.Event()

    def keep(name: str, part: Callable[[threading.Event], None]) -> None:
        try:
            part(stop)
        except Exception:
            log.exception("%s failed", name)
        if not stop.is_set():
            failed.set()
            stop.set()

    threads = [threading.Thread(target=keep, args=item, name=item[0]) for item in parts.items()]
    for thread in threads:
        thread.start()
    log.info("worker started")
    beaten = 0.0
    while not stop.wait(0.5):
        if time.monotonic() - beaten >= BEAT:
            heartbeat_file().touch()
            beaten = time.monotonic()
    for thread in threads:
        thread.join()
    heartbeat_file().unlink(missing_ok=True)
    log.info("worker stopped")
    return 1 if failed.is_set() else 0

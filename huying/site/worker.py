"""The worker process: jobs on one thread, the readers of the event log on others, and a sign of life for the doctor."""

import logging
import threading
from collections.abc import Callable

from django.db import DatabaseError, connection

from huying.kernel import following, heartbeat, jobs, seals

log = logging.getLogger("huying.worker")
PART = "worker"


def run(stop: threading.Event) -> int:
    """Work until `stop` is set; 1 when a part ended by itself, so that whoever started us starts us anew."""
    parts: dict[str, Callable[[threading.Event], None]] = {
        "jobs": jobs.run_worker,
        "readers": following.run,
        "seals": seals.run,
    }
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
    while True:
        _beat()
        if stop.wait(heartbeat.EVERY.total_seconds()):
            break
    for thread in threads:
        thread.join()
    # Left to the interpreter's end, the pool would wait five seconds for its own threads.
    connection.close()
    connection.close_pool()
    log.info("worker stopped")
    return 1 if failed.is_set() else 0


def _beat() -> None:
    try:
        heartbeat.beat(PART)
    except DatabaseError:
        log.warning("the database does not answer")
        connection.close()

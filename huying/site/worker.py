"""The worker process: jobs on one thread, the readers of the event log on others, and a sign of life for the doctor."""

import logging
import os
import threading
import time
from collections.abc import Callable

from django.db import DatabaseError, connection

from huying.kernel import following, heartbeat, jobs, seals

log = logging.getLogger("huying.worker")
PART = "worker"
GRACE = 25.0  # seconds that the parts get to finish what they are at
GRACE_OF_ORPHANS = 3.0


def run(stop: threading.Event) -> int:
    """Work until `stop` is set; 1 when a part ended by itself, so that whoever started us starts us anew."""
    parts: dict[str, Callable[[threading.Event], None]] = {
        "jobs": jobs.run_worker,
        "readers": following.run,
        "seals": seals.run,
    }
    failed, parent = threading.Event(), os.getppid()

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
    # With a killed `huying up` the database goes too, so there is nothing to wait for.
    deadline = time.monotonic() + (GRACE if os.getppid() == parent else GRACE_OF_ORPHANS)
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    if late := [thread.name for thread in threads if thread.is_alive()]:
        # As when the database has gone away under them. What they were at is done again by the next worker.
        log.warning("%s did not end in time; ending without them", ", ".join(late))
        logging.shutdown()
        os._exit(1)
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

"""The web server: granian in front of `huying.site.asgi`, static files served without Python."""

import os
import shutil
from pathlib import Path

from granian import Granian
from granian.constants import Interfaces, Loops

from huying.site import logs
from huying.site.config import data_dir

# Connections to the database that all web processes may hold together: of the embedded one's hundred some are left to
# the worker, to commands and to an operator.
CONNECTIONS = 80
# Requests under way in one process, live streams among them (site/live.py keeps fewer); beyond that it accepts no more.
UNDER_WAY = 2048
FAR_FUTURE = 365 * 24 * 3600  # seconds; names change with their content


def run(host: str, port: int, processes: int = 1) -> None:
    """Serve until a signal ends it."""
    data = data_dir()
    static = data / "static"
    static.mkdir(exist_ok=True)
    os.environ.setdefault("HUYING_POOL", str(min(20, max(4, CONNECTIONS // processes))))
    os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(_counters(data)))
    Granian(
        "huying.site.asgi:application",
        address=host,
        port=port,
        interface=Interfaces.ASGINL,
        workers=processes,
        loop=Loops.uvloop,
        websockets=False,
        backlog=UNDER_WAY,
        backpressure=UNDER_WAY,
        respawn_failed_workers=True,
        workers_kill_timeout=15,
        static_path_route=["/static"],
        static_path_mount=[static],
        static_path_expires=FAR_FUTURE,
        log_dictconfig=logs.dictconfig(),
        log_access=False,
    ).serve()


def _counters(data: Path) -> Path:
    """An empty folder where the web processes keep their counters for /metrics."""
    folder = data / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    return folder

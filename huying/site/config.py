"""Where this installation keeps its things, and its secrets. No Django here: the command line reads it first."""

import os
from pathlib import Path

from huying.kernel import keyfile


def data_dir() -> Path:
    """The folder of this installation (`HUYING_DATA`, default ~/.local/share/huying), made 0700 when it is missing."""
    folder = Path(os.environ.get("HUYING_DATA") or Path.home() / ".local/share/huying").expanduser().resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def secret(name: str) -> str:
    """A 256-bit secret as hex: `HUYING_<NAME>` if set, else `<data>/secrets/<name>`, made 0600 at first use."""
    return os.environ.get(f"HUYING_{name.upper()}") or keyfile.read_or_make(data_dir() / "secrets" / name)

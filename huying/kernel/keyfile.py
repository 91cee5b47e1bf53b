"""Secrets kept as files that only their owner reads. No Django here: the command line needs them first."""

import os
import secrets
from pathlib import Path


def read_or_make(target: Path) -> str:
    """The 256-bit secret in `target` as hex, made 0600 (its folder 0700) when it is missing.

    Two processes that start together must end with one secret, hence the link() of a finished file.
    """
    if not target.exists():
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = target.parent / f".{target.name}.{os.getpid()}.{secrets.token_hex(4)}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as handle:
            handle.write(secrets.token_hex(32))
            handle.flush()
            os.fsync(handle.fileno())
        try:
            os.link(draft, target)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return target.read_text().strip()

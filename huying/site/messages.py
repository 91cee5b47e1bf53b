"""Translations without GNU gettext: compiling .po files, and (see `extract`) finding what is to be translated."""

import io
import os
import tempfile
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

PACKAGES = Path(__file__).resolve().parents[1]


def catalogues() -> list[Path]:
    """Every .po file of this system."""
    return sorted(PACKAGES.glob("*/locale/*/LC_MESSAGES/django.po"))


def is_stale(po: Path) -> bool:
    """Whether a .po file has no compiled twin, or an older one."""
    mo = po.with_suffix(".mo")
    return not mo.exists() or mo.stat().st_mtime < po.stat().st_mtime


def compile_all() -> int:
    """Compile the .po files that changed; returns how many. Safe when several processes do it at once."""
    stale = [po for po in catalogues() if is_stale(po)]
    for po in stale:
        with po.open("rb") as handle:
            catalogue = read_po(handle, locale=po.parts[-3], domain="django")
        buffer = io.BytesIO()
        write_mo(buffer, catalogue)
        descriptor, draft = tempfile.mkstemp(dir=po.parent, prefix=".mo.")
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(buffer.getvalue())
        Path(draft).chmod(0o644)
        Path(draft).rename(po.with_suffix(".mo"))
    return len(stale)

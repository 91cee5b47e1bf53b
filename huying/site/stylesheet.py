"""All style sheets as one: a page on a slow phone waits for one request, while each component keeps its own file."""

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path

from django.conf import settings

FOLDER = Path(__file__).resolve().parent / "static" / "css"
# These are linked by themselves: one depends on the choice of colours, one must stand when nothing else does.
APART = {"dark.css", "error.css"}


def _read() -> tuple[str, bytes, bytes]:
    first = FOLDER / "layers.css"
    rest = sorted(path for path in FOLDER.rglob("*.css") if path != first and path.name not in APART)
    text = "\n".join(path.read_text(encoding="utf-8") for path in [first, *rest]).encode()
    return hashlib.sha256(text).hexdigest()[:16], text, gzip.compress(text, mtime=0)


_kept = lru_cache(maxsize=1)(_read)


def bundle() -> tuple[str, bytes, bytes]:
    """(digest, text, gzipped text) of the style sheet; read anew at each request while DEBUG is on."""
    return _read() if settings.DEBUG else _kept()

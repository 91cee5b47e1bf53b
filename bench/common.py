"""What every benchmark stands on: a PostgreSQL of its own with durable settings, pgbench, and how a figure is told."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from huying.kernel import embedded


@dataclass(frozen=True)
class Figure:
    """One measured figure. ratio: to the reference, greater is better. ok: whether the target is met (None: no target)."""

    name: str
    value: float
    unit: str
    reference: str = ""
    ratio: float | None = None
    target: str = ""
    ok: bool | None = None


def at_least(name: str, value: float, unit: str, target: float, **more) -> Figure:
    """A figure that must reach its target."""
    return Figure(name, value, unit, target=f"≥ {target:,g}", ok=value >= target, **more)


def at_most(name: str, value: float, unit: str, target: float, **more) -> Figure:
    """A figure that must stay below its target."""
    return Figure(name, value, unit, target=f"≤ {target:,g}", ok=value <= target, **more)


@dataclass
class Context:
    """What a module's `figures(ctx)` gets. quick: a tenth of the work, to try things out; its figures prove little."""

    quick: bool = False
    say: Callable[[str], None] = field(default=lambda words: print(words, file=sys.stderr))

    def scaled(self, amount: int) -> int:
        """An amount of work, a tenth of it when quick."""
        return max(1, amount // 10) if self.quick else amount

    @property
    def url(self) -> str:
        """The database of this module as a libpq URL."""
        return os.environ["DATABASE_URL"]

    def psql(self, statement: str) -> str:
        """Run SQL and return what it says, bare."""
        done = subprocess.run(
            [embedded.program("psql"), self.url, "-XqAt", "-v", "ON_ERROR_STOP=1", "-c", statement],
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def pgbench(
        self, script: str | dict[str, int], *, clients: int = 32, seconds: int = 8, variables=None, mode: str = "simple"
    ) -> float:
        """Transactions a second of one script (or several with weights), each client on its own connection."""
        process = self.start_pgbench(script, clients=clients, seconds=seconds, variables=variables, mode=mode)
        out, errors = process.communicate()
        if process.returncode:
            raise RuntimeError(f"pgbench: {errors.strip()}")
        return tps(out)

    def start_pgbench(
        self, script, *, clients: int = 32, seconds: int = 8, variables=None, mode: str = "simple"
    ) -> subprocess.Popen:
        """The same, running beside what the caller does next; feed its output to `tps`. mode: 'simple' or 'prepared'."""
        folder = Path(os.environ["HUYING_DATA"])
        command = [embedded.program("pgbench"), "-n", "-M", mode, "-c", str(clients), "-j", "2", "-T", str(seconds)]
        for name, value in (variables or {}).items():
            command += ["-D", f"{name}={value}"]
        for number, (text, weight) in enumerate((script if isinstance(script, dict) else {script: 1}).items()):
            path = folder / f"pgbench-{number}.sql"
            path.write_text(text)
            command += ["-f", f"{path}@{weight}"]
        return subprocess.Popen([*command, self.url], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def tps(output: str) -> float:
    """Transactions a second from what pgbench printed."""
    found = re.search(r"^tps = ([0-9.]+)", output, re.MULTILINE)
    if not found:
        raise RuntimeError(f"pgbench printed no figure: {output}")
    return float(found.group(1))


def set_up_django() -> None:
    """Django with this module's database; to be called first in every process."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huying.site.settings")
    import django

    django.setup()


def save(figures: list[Figure], path: Path) -> None:
    """Hand figures to the process that prints them."""
    path.write_text(json.dumps([asdict(figure) for figure in figures], ensure_ascii=False))


def load(path: Path) -> list[Figure]:
    """Figures that `save` wrote."""
    return [Figure(**values) for values in json.loads(path.read_text())]

"""`make test`: style, imports, types, templates; a smoke run on an external PostgreSQL; then every test.

Everything runs even when an early part fails, so that one run shows all there is to mend; pytest comes last.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from scripts import chromium, external_postgres  # noqa: E402

BIN = Path(sys.executable).parent
CODE = [name for name in ("huying", "tests", "scripts", "bench", "conftest.py") if (ROOT / name).exists()]
PYTEST = [sys.executable, "-m", "pytest", "-n", "2"]
# What shows that a server is good enough: the tables, the log and its triggers, the tree of places, a whole start.
SMOKE = ["huying/kernel", "huying/places", "tests/ops/test_external.py"]


def step(words: str, *command: str | Path, **environment: str) -> bool:
    """Run one part and say how it went."""
    print(f"— {words}", flush=True)
    done = subprocess.run([str(part) for part in command], cwd=ROOT, env={**os.environ, **environment})
    if done.returncode:
        print(f"  failed: {words} (code {done.returncode})", flush=True)
    return done.returncode == 0


def templates() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "*.html"], cwd=ROOT, capture_output=True, text=True)
    return listed.stdout.split()


def lint() -> list[bool]:
    results = [
        step("style", BIN / "ruff", "check", "--quiet", *CODE),
        step("shape", BIN / "ruff", "format", "--check", "--quiet", *CODE),
        step("imports go down the floors", BIN / "lint-imports", "--no-logo"),
        step("types", sys.executable, "-m", "mypy", "huying"),
    ]
    if files := templates():
        results.append(step("templates", BIN / "djade", "--check", "--target-version", "5.2", *files))
    return results


def main() -> int:
    if "--only-lint" in sys.argv:
        return 0 if all(lint()) else 1
    arguments = sys.argv[1:]
    browser = chromium.ensure()
    if browser:
        os.environ["HUYING_CHROMIUM"] = browser
    else:
        print("no Chromium could be had: the journeys in a browser will fail", flush=True)
    results = lint()
    programs = external_postgres.find()
    if programs is None:
        print("— external PostgreSQL: none is installed, left out", flush=True)
    else:
        with external_postgres.cluster(programs) as url:
            smoke = [path for path in SMOKE if (ROOT / path).exists()]
            results.append(step(f"smoke run on {programs.parent}", *PYTEST, "-q", *smoke, DATABASE_URL=url))
    results.append(step("tests", *PYTEST, "--durations", "10", *arguments))
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())

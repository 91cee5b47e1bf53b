"""Draws docs/workflows.md from the tables of steps, so that the diagrams are never older than the code."""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

TARGET = Path(__file__).resolve().parents[1] / "docs/workflows.md"
HEAD = """# Workflows

Drawn by `make docs` from the tables of steps in each package's `workflow.py`; do not edit by hand.
"""


def text() -> str:
    """The whole page: for each table its diagram, then its steps with the events they record."""
    from django.apps import apps

    from huying.kernel.workflow import Workflow

    parts = [HEAD]
    for config in apps.get_app_configs():
        if not config.name.startswith("huying.") or find_spec(f"{config.name}.workflow") is None:
            continue
        module = import_module(f"{config.name}.workflow")
        for name, table in sorted(vars(module).items()):
            if isinstance(table, Workflow):
                parts.append(f"## {config.name.removeprefix('huying.')}: {name}\n")
                parts.append(f"```mermaid\n{table.mermaid().strip()}\n```\n")
                parts.append(_steps(table))
    return "\n".join(parts)


def _steps(table) -> str:
    rows = ["| step | from | to | event |", "|---|---|---|---|"]
    for step in table.steps.values():
        sources = ", ".join(str(source) for source in step.sources)
        rows.append(f"| {step.name} | {sources} | {step.target or 'the same'} | {step.event} |")
    return "\n".join(rows) + "\n"


def main() -> None:
    from huying.site.cli.common import set_up_django

    set_up_django()
    TARGET.write_text(text(), encoding="utf-8")
    print(f"drew {TARGET.relative_to(Path.cwd())}")


if __name__ == "__main__":
    main()

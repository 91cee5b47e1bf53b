"""The documents agree with the code."""

import re
from pathlib import Path

from scripts import diagrams

ROOT = Path(__file__).resolve().parents[2]


def test_the_diagrams_are_as_new_as_the_tables_of_steps():
    assert diagrams.TARGET.read_text(encoding="utf-8") == diagrams.text(), "run: make docs"


def test_the_readmes_name_only_commands_and_targets_that_exist():
    """Every `make …` and `huying …` of the README and of the operator's page is one that there is."""
    from huying.site.cli import COMMANDS

    targets = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.M))
    for page in [*ROOT.glob("README*.md"), ROOT / "docs/operations.md"]:
        text = page.read_text(encoding="utf-8")
        assert set(re.findall(r"`make ([a-z]+)", text)) <= targets, page
        assert set(re.findall(r"`(?:[A-Z_]+=\S+ )*huying ([a-z]+)", text)) <= set(COMMANDS), page


def test_the_lock_files_carry_hashes_and_no_address():
    for lock in ROOT.glob("requirements*.lock"):
        text = lock.read_text()
        assert "--hash=sha256:" in text
        assert "://" not in text, lock
        pinned = re.findall(r"^([A-Za-z0-9_.\-\[\],]+)==", text, re.M)
        assert len(pinned) == len(re.findall(r"^[A-Za-z]", text, re.M)), lock
    assert "resolved" not in (ROOT / "package-lock.json").read_text()


def test_every_link_of_the_documents_leads_somewhere():
    pages = [*ROOT.glob("README*.md"), *(ROOT / "docs").rglob("*.md")]
    broken = []
    for page in pages:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in target and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert not broken, broken


def test_the_code_names_decisions_that_were_written_down():
    known = {path.name[:4] for path in (ROOT / "docs/adr").glob("[0-9]*.md")}
    named = {
        (path.relative_to(ROOT), number)
        for folder in ("huying", "tests", "bench", "scripts")
        for path in (ROOT / folder).rglob("*.py")
        for number in re.findall(r"docs/adr/(\d{4})", path.read_text(encoding="utf-8"))
    }
    assert named and not [one for one in named if one[1] not in known]

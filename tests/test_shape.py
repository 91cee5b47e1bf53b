"""The shape of the house, held by tests: floors, sizes, names, rules on views, no trace of what must not be there."""

import re
import subprocess
from pathlib import Path

import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.db import models

ROOT = Path(__file__).resolve().parents[1]
# A file for the printer, which is opened without a server and so carries its style along.
ALONE = "alone.html"
FLOORS = [
    ("kernel",),
    ("places",),
    ("people",),
    ("directory",),
    ("modes",),
    ("calls", "wishes", "reportin", "callouts", "rounds", "stations", "meetings"),
    ("appraisals", "triage", "planning"),
    ("boards", "notify", "open311"),
    ("huying_site",),
]
FLOOR = {label: number for number, labels in enumerate(FLOORS) for label in labels}


def ours() -> list[type[models.Model]]:
    """The models of this project."""
    return [
        model
        for model in apps.get_models()
        if model.__module__.startswith("huying.") and ".tests." not in model.__module__
    ]


def files(*patterns: str) -> list[Path]:
    """What git holds, or would hold."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\n")  # fmt: skip
    return [ROOT / name for name in listed if name and (ROOT / name).is_file() and not (ROOT / name).is_symlink()]


def test_every_key_points_down_or_stays_at_home():
    for model in ours():
        own = model._meta.app_label
        for field in model._meta.get_fields():
            if not (field.is_relation and field.concrete and field.related_model):
                continue
            other = field.related_model._meta.app_label
            if other in FLOOR and other != own:
                assert FLOOR[other] < FLOOR[own], f"{model.__name__}.{field.name} points at {other}"


def test_every_model_stands_in_the_glossary():
    text = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
    missing = [model.__name__ for model in ours() if f"`{model.__name__}`" not in text]
    assert not missing, missing


@pytest.mark.parametrize("pattern", ["*.py", "*.html", "*.css", "*.js"])
def test_no_file_is_longer_than_400_lines(pattern):
    long = [
        f"{path.relative_to(ROOT)}: {count}"
        for path in files(pattern)
        if "migrations" not in path.parts and (count := len(path.read_text(encoding="utf-8").splitlines())) > 400
    ]
    assert not long, long


def test_every_view_states_its_rule_and_every_policy_can_be_read():
    assert run_checks() == []


def test_the_form_of_every_step_takes_the_step():
    """What the base leaves open is filled in by each, so that no button ends in a failure."""
    from huying.calls.forms.base import StepForm as OfCalls
    from huying.wishes.forms.base import StepForm as OfWishes

    def below(kind):
        return [one for child in kind.__subclasses__() for one in (child, *below(child))]

    run_checks()  # every address and with it every form has been read
    for base in (OfCalls, OfWishes):
        leaves = [form for form in below(base) if not form.__subclasses__()]
        assert leaves and not [form.__name__ for form in leaves if form.act is base.act]


def test_no_page_carries_a_script_or_a_style_of_its_own():
    inline = re.compile(
        r"<script(?![^>]*\b(?:src|type=\"application/json\"))|<style|\sstyle=|\son(?:click|load|submit|change|input)="
    )
    guilty = [
        f"{path.relative_to(ROOT)}: {found.group(0)}"
        for path in files("huying/*.html")
        if path.name != ALONE and (found := inline.search(path.read_text(encoding="utf-8")))
    ]
    assert not guilty, guilty


def test_nothing_comes_from_another_host():
    away = re.compile(r"(?:src|href)=\"(?:https?:)?//")
    guilty = [
        str(path.relative_to(ROOT)) for path in files("huying/*.html") if away.search(path.read_text(encoding="utf-8"))
    ]
    assert not guilty, guilty


def test_lock_files_carry_hashes_and_no_addresses():
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-build.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        pinned = re.findall(r"^[a-z0-9][\w.\-\[\]]*==", text, re.MULTILINE)
        assert pinned and "://" not in text
        assert len(re.findall(r"--hash=sha256:", text)) >= len(pinned)
    npm = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    assert '"integrity"' in npm and '"resolved"' not in npm


def test_outside_the_kernel_a_save_names_its_fields():
    """A bare `save()` writes back what another request has just changed; workflow.py holds the lock that makes it safe."""
    bare = re.compile(r"\b(?!super\(\))\w+\.save\(\s*\)")
    guilty = []
    for path in files("huying/*.py"):
        if "tests" in path.parts or "kernel" in path.parts or "migrations" in path.parts:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if bare.search(line):
                guilty.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
    assert not guilty, guilty


def test_what_the_system_must_never_have():
    """domain.md, 'What the system must never do': no points, scores, ranks, tracks or read receipts of a person."""
    never = re.compile(
        r"^(points?|scores?|rank(ing)?|leaderboard|badges?|streak|last_login|last_seen|read_at|login_days|track)$"
    )
    guilty = [
        f"{model.__name__}.{field.name}"
        for model in ours()
        for field in model._meta.get_fields()
        if never.match(field.name)
    ]
    assert not guilty, guilty

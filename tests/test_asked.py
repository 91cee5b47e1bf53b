"""The same fact is asked once: docs/asked.md lists every field that is asked, with who needs it and why."""

import importlib
import pkgutil
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from django import forms

import huying

PAGE = Path(__file__).resolve().parents[1] / "docs/asked.md"
# Samples of how fields look; nobody is asked.
SAMPLES = ("huying.site.gallery",)
FIELD = re.compile(r"`([\w.]+)`(?: \((filled in|instead|proof)\))?")
PERSONAL = "Facts of a person"
FORBIDDEN = re.compile(
    r"id_?(number|card)|identity_?card|passport|religio|faith|income|salary|wage|ethnic|latitude|longitude|geolocation"
    r"|身份证|证件号|宗教|信仰|收入|工资|民族|定位|经度|纬度",
    re.IGNORECASE,
)
PICTURE = re.compile(r"photo|picture|image|video|照片|图片|视频", re.IGNORECASE)


@dataclass(frozen=True)
class Row:
    """One fact as docs/asked.md tells it."""

    section: str
    fact: str
    fields: tuple[tuple[str, str], ...]
    of: str
    cells: tuple[str, ...]

    @property
    def needed(self) -> str:
        """'yes', 'no' or when."""
        return self.cells[-1]


def modules() -> list[str]:
    """Every module of the project, tests and migrations left out."""
    found = (module.name for module in pkgutil.walk_packages(huying.__path__, "huying."))
    return [name for name in found if not re.search(r"\.(tests|migrations|__main__)\b", name)]


def every_form() -> list[type[forms.BaseForm]]:
    """Every form class of the project."""
    for name in modules():
        importlib.import_module(name)

    def below(kind: type) -> set[type]:
        return {one for child in kind.__subclasses__() for one in (child, *below(child))}

    ours = (form for form in below(forms.BaseForm) if form.__module__.startswith("huying."))
    return sorted(
        (form for form in ours if form.__module__ not in SAMPLES and ".tests." not in form.__module__),
        key=lambda form: (form.__module__, form.__name__),
    )


def asked() -> dict[str, forms.Field]:
    """Every field in sight, by the name that it has in docs/asked.md."""
    found = {}
    for form in every_form():
        where = form.__module__.removeprefix("huying.").replace(".forms", "")
        for name, field in form.base_fields.items():
            if not field.widget.is_hidden:
                found[f"{where}.{form.__name__}.{name}"] = field
    return found


def rows(text: str) -> list[Row]:
    """The tables of docs/asked.md."""
    section, found = "", []
    for line in text.splitlines():
        if line.startswith("## "):
            section = line[3:]
        elif line.startswith("| ") and "`" in line:
            cells = tuple(cell.strip() for cell in line.strip("| ").split(" | "))
            found.append(Row(section, cells[0], tuple(FIELD.findall(cells[1])), cells[2], cells))
    return found


@pytest.fixture(scope="module")
def table() -> list[Row]:
    """What docs/asked.md says."""
    return rows(PAGE.read_text(encoding="utf-8"))


def test_every_field_that_is_asked_is_listed_and_nothing_else(table):
    listed = Counter(name for row in table for name, _how in row.fields)
    assert set(listed) == set(asked())
    assert [name for name, times in listed.items() if times > 1] == []


def test_every_row_says_of_whom_who_needs_it_why_and_how_long_it_is_kept(table):
    for row in table:
        assert len(row.cells) == 7 and all(row.cells), row.fact


def twice(table: list[Row]) -> list[str]:
    """Facts of a person that the same person is asked again without it being told why that is no burden."""
    own = [row for row in table if row.section == PERSONAL]
    form_of = lambda name: name.rpartition(".")[0]  # noqa: E731
    again = [
        f"{row.fact}: {name}"
        for row in own
        for name, how in row.fields[1:]
        if not how and form_of(name) != form_of(row.fields[0][0])
    ]
    facts = Counter((row.fact, row.of) for row in own)
    return again + [fact for (fact, _of), times in facts.items() if times > 1]


def test_no_fact_of_a_person_is_asked_twice(table):
    assert twice(table) == []


def test_a_field_of_a_person_is_named_where_another_form_has_it_too(table):
    """A name, phone or the like in two forms belongs into one row, where it is told how it comes."""
    of = {name: row for row in table for name, _how in row.fields}
    for fact in ("name", "phone", "private", "agreed", "rating", "username", "password"):
        holders = {of[name] for name in asked() if name.rpartition(".")[2] == fact}
        facts = Counter((row.of, row.section) for row in holders if row.section == PERSONAL)
        assert all(times == 1 for times in facts.values()), fact


def test_the_check_finds_a_fact_that_is_asked_twice():
    line = "| phone | `calls.resident.RaiseForm.phone`, `calls.resident.BehalfForm.phone` | resident | a | b | c | no |"
    assert twice(rows(f"## {PERSONAL}\n{line}")) == ["phone: calls.resident.BehalfForm.phone"]
    assert twice(rows(f"## {PERSONAL}\n{line.replace('BehalfForm.phone`', 'BehalfForm.phone` (instead)')}")) == []


def test_what_must_not_be_asked_is_not_asked():
    for name, field in asked().items():
        assert not FORBIDDEN.search(f"{name} {field.label} {field.help_text}"), name


def test_what_is_not_needed_is_not_required(table):
    fields = asked()
    for row in table:
        for name, how in row.fields:
            # What is said to prove who asks is needed where it is asked.
            if row.needed == "no" and how != "proof":
                assert not fields[name].required, name


def test_a_photo_is_never_needed():
    pictures = {name: field for name, field in asked().items() if PICTURE.search(f"{name} {field.label}")}
    assert pictures
    for name, field in pictures.items():
        assert not field.required, name
    for name, field in asked().items():
        assert not isinstance(field, forms.ImageField) or not field.required, name


def test_a_resident_needs_to_say_nothing_but_the_matter(table):
    """Name and phone may be left empty wherever residents speak for themselves."""
    fields = asked()
    needed = {
        name
        for row in table
        if row.of == "resident"
        for name, how in row.fields
        if fields[name].required and how != "proof"
    }
    assert {name for name in needed if ".RaiseForm." in name} == {"calls.resident.RaiseForm.text"}


def test_what_the_resident_said_is_filled_in_for_whoever_accepts(stage, raise_one):
    from huying.calls import actions
    from huying.calls.forms.take import AcceptForm, ClassifyForm

    call = raise_one(category="lighting")
    form = AcceptForm(None, call=call, actor=stage.actor("gao"), step="accept")
    assert form.initial["category"] == "lighting" and form.initial["public_text"]
    actions.accept(call, "garbage", by=stage.actor("gao"))
    call.refresh_from_db()
    again = ClassifyForm(None, call=call, actor=stage.actor("gao"), step="classify")
    assert again.initial["category"] == "garbage"


def test_templates_ask_for_nothing_that_no_form_has():
    """Fields written straight into a template: searches, ticks of a list, and what a form of ours has too."""
    known = {name.rpartition(".")[2] for name in asked()} | {
        *("q", "pick", "all", "aside", "job", "account", "size", "level", "same"),
    }
    for template in Path(huying.__path__[0]).rglob("*.html"):
        if "components" in template.parts or "look" in template.parts:
            continue
        for tag in re.findall(r"<(?:input|textarea|select)\b[^>]*>", template.read_text(encoding="utf-8")):
            name = re.search(r'\bname="([\w-]+)"', tag)
            if name and 'type="hidden"' not in tag and 'type="submit"' not in tag:
                assert name[1] in known, f"{template.name}: {name[1]}"

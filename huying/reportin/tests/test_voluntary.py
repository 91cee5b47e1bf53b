"""Voluntariness is law: nobody is made a member, moved or given anything to do by anybody but themselves."""

import inspect
import pkgutil
import re
from importlib import import_module
from pathlib import Path

import pytest
from django.urls import get_resolver

import huying
from huying.directory.models import Member
from huying.kernel.gate import _walk
from huying.people.models import Person
from huying.reportin.actions import members

ROOT = Path(huying.__path__[0])
# The one module that writes members, and the model itself.
WRITER = "reportin/actions/members.py"
# How an action would name somebody other than whoever acts.
PERSONS = {
    "person",
    "persons",
    "person_id",
    "username",
    "who",
    "whom",
    "member_id",
    "helper",
    "helpers",
    "to_person",
    "owner",
}


def test_no_action_on_members_can_be_told_whom_to_register():
    """Whoever acts is the one it is about: there is no argument by which another could be named."""
    for name, action in inspect.getmembers(members, inspect.isfunction):
        if action.__module__ != members.__name__ or name.startswith("_"):
            continue
        wanted = set(inspect.signature(action).parameters)
        if not wanted:
            # A timer, which is told nothing.
            continue
        assert not wanted & PERSONS, name
        assert inspect.signature(action).parameters["by"].kind is inspect.Parameter.KEYWORD_ONLY, name


@pytest.mark.parametrize("package", ["reportin", "wishes"])
def test_no_action_gives_somebody_else_something_to_do(package):
    """Wishes, needs and posts are claimed by whoever acts; a unit or a list may be named, a person never."""
    folder = import_module(f"huying.{package}.actions")
    modules = [
        folder,
        *(import_module(f"{folder.__name__}.{one.name}") for one in pkgutil.iter_modules(folder.__path__)),
    ]
    for module in modules:
        for name, action in inspect.getmembers(module, inspect.isfunction):
            if name.startswith("_") or not action.__module__.startswith(folder.__name__):
                continue
            named = set(inspect.signature(action).parameters) & PERSONS
            assert not named, f"{module.__name__}.{name}: {named}"


def test_members_are_written_in_one_module_only():
    """Any other place that makes or changes a `Member` would be a way around the rule."""
    writes = re.compile(
        r"\bMember(?:\.objects)?(?:\.\w+\([^)]*\))*\.(?:create|bulk_create|get_or_create|update_or_create|update)\(|\bMember\("
    )
    guilty = []
    for path in sorted(ROOT.rglob("*.py")):
        name = str(path.relative_to(ROOT))
        if "/tests/" in name or "/migrations/" in name or name in (WRITER, "directory/models.py"):
            continue
        text = path.read_text(encoding="utf-8")
        found = [hit.group(0) for hit in writes.finditer(text)]
        # The demo may date what somebody made up did by themselves; it makes nobody a member either.
        guilty += [f"{name}: {hit}" for hit in found if not ("demo" in name and hit.endswith(".update("))]
    assert not guilty, guilty


def routes() -> list[str]:
    own = sorted({route for route, view in _walk(get_resolver().url_patterns) if hasattr(view, "allow")})
    return [route for route in own if not route.startswith("live/") and "^" not in route]


@pytest.mark.parametrize("who", ["gao", "qin", "shi", "operator", "tian", "xu"])
def test_no_address_makes_a_member_of_anybody_but_who_is_logged_in(who, client, stage):
    """Every address of the system, posted to by somebody with all that one could name: whoever else stays what they are."""
    from .places_named import named

    before = set(Member.objects.values_list("person_id", flat=True))
    wu = stage.persons["wu"]
    given = {
        name: str(value)
        for value in (wu.pk, wu.username)
        for name in ("person", "person_id", "member", "user", "by", "for", "who", "helper", "owner")
    } | {
        "skills": ["repair"],
        "services": ["visit"],
        "name": "某单位",
        "kind": "firm",
        "reason": "派他去",
        "unit": stage.unit.pk,
    }
    client.force_login(stage.persons[who])
    client.raise_request_exception = False
    for route in routes():
        client.post("/" + named(route, stage), given)
    made = set(Member.objects.values_list("person_id", flat=True)) - before
    assert made <= {stage.persons[who].pk}
    assert not Member.objects.filter(person=wu).exists()


def test_a_list_of_people_makes_invitations_and_no_person(stage):
    from huying.reportin import people_lists

    from .test_people_lists import sheet

    count = Person.objects.count()
    kept = people_lists.propose(stage.unit, sheet(("王伟", "1", "广场社区")), by=stage.actor("tian"))
    people_lists.invite(kept, by=stage.actor("tian"))
    assert Person.objects.count() == count and not Member.objects.exists()


def test_the_api_has_no_way_to_register_or_assign_a_member():
    from huying.site.api import api

    schema = str(api.get_openapi_schema())
    assert "reportin" not in schema and "/members" not in schema


def test_somebody_anonymous_acts_for_nobody(stage):
    from huying.kernel.errors import Forbidden
    from huying.kernel.scopes import ANONYMOUS, SYSTEM

    for actor in (ANONYMOUS, SYSTEM):
        with pytest.raises(Forbidden):
            members.register(stage.place("community"), by=actor)
    assert not Member.objects.exists()

"""Every state × step × actor of needs, resources and projects, tried for real, against what is written here by hand."""

import datetime as dt
import secrets

import pytest
from django.utils import timezone

from huying.kernel.scopes import ANONYMOUS, SYSTEM, link_holder
from huying.kernel.testing import assert_table
from huying.reportin.choices_lists import NeedState, ProjectState, ResourceState
from huying.reportin.models import Helper, Need, Project, Resource
from huying.reportin.tests.lists_scene import report_in, verify
from huying.reportin.workflow_lists import NEED, PROJECT, RESOURCE

NOW = timezone.now()
WHO = ("lu", "zhi", "gao", "qin", "jie", "xu", "tian", "wu", "zhao", "operator")
DISPATCH = {"gao", "qin", "jie"}
# Lu posted it, Tian's unit or Tian has it; Wu reported in and helps.
NEED_WAY = {
    "dispatch": ({"posted", "dispatched"}, DISPATCH),
    "claim": ({"posted", "dispatched"}, {"zhi", "gao", "qin", "jie", "xu", "tian", "wu", "zhao", "operator"}),
    "release": ({"claimed"}, {"tian", *DISPATCH}),
    "withdraw": ({"posted", "dispatched", "claimed"}, {"lu", *DISPATCH}),
    "remind": ({"posted"}, {"system"}),
}
SERVED = {"lu", "zhi", "resident", *DISPATCH}
PROJECT_WAY = {
    "start": ({"planned"}, {"tian"}),
    "replan": ({"underway"}, {"tian"}),
    "tick": ({"underway"}, {"tian"}),
    "finish": ({"underway"}, {"tian"}),
    "cross_off": ({"done"}, SERVED),
    "reopen": ({"done"}, SERVED),
    "stop": ({"underway"}, {"tian", *DISPATCH}),
    "join": ({"planned", "underway"}, {"lu", "zhi", "gao", "qin", "jie", "xu", "zhao", "operator"}),
    "leave": ({"planned", "underway"}, {"wu"}),
    "remind": ({"planned", "underway"}, {"system"}),
    "ask": ({"done"}, {"system"}),
}
RESOURCE_WAY = {
    "close": ({"open"}, {"tian", "gao", "qin", "jie", "operator", "system"}),
    "reopen": ({"closed"}, {"tian", "gao", "qin", "jie", "operator", "system"}),
}


@pytest.fixture
def actors(stage):
    """Everybody, the residents' link of this very need and of another one."""
    verify(stage)
    report_in(stage)
    of = lambda row: row.pk if isinstance(row, Need) else getattr(row, "need_id", 0)  # noqa: E731
    return {name: stage.actor(name) for name in WHO} | {
        "anonymous": ANONYMOUS,
        "system": SYSTEM,
        "resident": lambda row: link_holder("need", of(row)),
        "another's resident": lambda row: link_holder("need", of(row) + 1),
    }


def a_need(stage, state):
    """A need in a state, as its project leaves it."""
    place = stage.place("building")
    need = Need.objects.create(
        key=secrets.token_hex(8), place=place, path=place.path, text="理发", skills=["haircut"], state=state,
        posted_by=stage.persons["lu"], dispatch_by=NOW + dt.timedelta(days=2),
    )  # fmt: skip
    if state in ("claimed", "underway", "done", "crossed_off"):
        a_project(stage, {"claimed": "planned"}.get(state, state), need)
    return need


def a_project(stage, state, need=None):
    """A project of the unit in a state, with Wu as a helper."""
    need = need or a_need(stage, "posted")
    given = {"due_on": timezone.localdate(), "started_at": NOW} if state != "planned" else {}
    if state in ("done", "crossed_off"):
        given |= {"done_at": NOW, "outcome": "理了发", "ended_at": NOW if state == "crossed_off" else None}
    project = Project.objects.create(need=need, person=stage.persons["tian"], unit=stage.unit, state=state, **given)
    Helper.objects.create(project=project, person=stage.persons["wu"])
    return project


def as_written(way):
    return {(state, step, who) for step, (states, may) in way.items() for state in states for who in may}


def test_a_need_goes_only_where_it_may(stage, actors):
    went = assert_table(NEED, lambda state: a_need(stage, state), actors, NeedState.values)
    assert went == as_written(NEED_WAY)


def test_a_project_goes_only_where_it_may(stage, actors):
    def fill(step, row):
        row.due_on, row.outcome = timezone.localdate(), "理了发"
        row.started_at = row.started_at or NOW
        row.done_at = row.ended_at = NOW

    went = assert_table(PROJECT, lambda state: a_project(stage, state), actors, ProjectState.values, fill)
    assert went == as_written(PROJECT_WAY)


def test_a_resource_goes_only_where_it_may(stage, actors):
    def make(state):
        place = stage.place("compound")
        return Resource.objects.create(
            key=secrets.token_hex(8), person=stage.persons["tian"], unit=stage.unit, place=place, path=place.path,
            text="理发", skills=["haircut"], state=state,
        )  # fmt: skip

    went = assert_table(RESOURCE, make, actors, ResourceState.values)
    assert went == as_written(RESOURCE_WAY)


def test_a_place_that_has_ended_is_served_no_more(stage, actors):
    need = a_need(stage, "posted")
    place = stage.place("building")
    place.valid_to = timezone.localdate()
    place.save(update_fields=["valid_to"])
    need.place.refresh_from_db()
    assert "停用" in NEED["claim"].needs(need)

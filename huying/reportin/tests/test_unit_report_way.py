"""The way of a unit's report, every state × step × actor; and the races: one unit once, one person once, one invitation once."""

import threading

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from huying.directory.models import Member, Unit
from huying.kernel.errors import StepRefused
from huying.kernel.scopes import ANONYMOUS, SYSTEM
from huying.kernel.testing import assert_table
from huying.people.models import Person
from huying.people.newcomers import Newcomer
from huying.people.queries import actor_for
from huying.reportin.actions import members, units
from huying.reportin.models import ReportState, UnitReport
from huying.reportin.workflow import UNIT_REPORT
from tests.cast import build_stage

KEEPERS = {"gao", "shen", "qin", "jie", "qu", "shi", "operator", "system"}


def test_every_step_from_every_state_by_everybody(stage):
    made = iter(range(1000))

    def make(state: str) -> UnitReport:
        unit = Unit.objects.create(name=f"单位{next(made)}", kind="firm", place=stage.place("community"))
        return UnitReport.objects.create(
            unit=unit, place=stage.place("community"), contact=stage.persons["wu"], state=state,
            reason="不在这里" if state == "declined" else "",
            received_at=timezone.now() if state == "received" else None,
        )  # fmt: skip

    def fill(step: str, row: UnitReport) -> None:
        row.received_at = row.received_at or timezone.now()
        row.reason = row.reason or "原因"

    names = [*stage.persons, "anonymous", "system"]
    actors = {name: SYSTEM if name == "system" else stage.actor(name) for name in names}
    went = assert_table(UNIT_REPORT, make, actors, ReportState.values, fill)
    for state, step, who in (
        (state, step, who) for state in ReportState.values for step in UNIT_REPORT.steps for who in actors
    ):
        may = who in KEEPERS or (step == "end" and who == "wu")
        assert ((state, step, who) in went) == (may and state in UNIT_REPORT.sources(step)), (state, step, who)


def together(*works) -> list:
    """Do several things at the same moment, each in a thread; what came of each: a value or the kind of its refusal."""
    gate, came = threading.Barrier(len(works)), []

    def run(work):
        try:
            gate.wait(timeout=5)
            came.append(work())
        except (StepRefused, IntegrityError) as error:
            came.append(type(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return came


@pytest.mark.django_db(transaction=True)
def test_of_two_phones_one_registers_and_the_other_is_told():
    stage = build_stage()
    places = [stage.place("community"), stage.place("elsewhere")]
    came = together(*(lambda at=at: members.register(at, by=stage.actor("wu")).pk for at in places))
    assert sorted(map(type, came), key=str) == sorted([type, int], key=str) and StepRefused in came
    assert Member.objects.current().filter(person=stage.persons["wu"]).count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_it_is_the_database_that_stops_the_second(monkeypatch):
    """The race is real: both find nobody registered, and the constraint has the last word, still told in words."""
    stage = build_stage()
    meeting = threading.Barrier(2)

    def unlocked(*args, **kwargs):
        meeting.wait(timeout=5)
        return Person.objects

    monkeypatch.setattr(members.Person.objects, "select_for_update", unlocked, raising=False)
    places = [stage.place("community"), stage.place("elsewhere")]
    came = together(*(lambda at=at: members.register(at, by=stage.actor("wu")).pk for at in places))
    assert StepRefused in came and Member.objects.current().filter(person=stage.persons["wu"]).count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_invitation_is_used_once_by_two_at_once():
    stage = build_stage()
    invitation = units.invite(stage.place("community"), "尚朴小学", "school", by=stage.actor("gao"))
    persons = [Person.objects.create_user(name, "huying-test-pw", name=name) for name in ("p1", "p2")]
    came = together(*(lambda one=one: units.accept(invitation, by=actor_for(one)).pk for one in persons))
    assert came.count(StepRefused) == 1 and UnitReport.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_unit_reported_by_two_at_once_waits_once():
    stage = build_stage()

    def ask(username: str):
        newcomer = Newcomer(username, "老师", "sunny-day-9")
        return units.ask(stage.place("community"), by=ANONYMOUS, name="尚朴小学", kind="school", newcomer=newcomer).pk

    came = together(lambda: ask("p1"), lambda: ask("p2"))
    assert came.count(StepRefused) == 1 and UnitReport.objects.count() == 1
    assert Person.objects.filter(username__in=("p1", "p2")).count() == 1

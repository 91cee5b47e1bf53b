"""Posting, offering, taking, doing and crossing off; refusals say why and leave no trace."""

import datetime as dt
import inspect
import secrets
import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone

from huying.directory.models import Seat, Unit
from huying.kernel.errors import BadInput, Forbidden, Refusal, StepRefused
from huying.kernel.models import Event
from huying.kernel.scopes import ANONYMOUS, link_holder
from huying.reportin import queries_lists
from huying.reportin.actions import needs, projects, resources
from huying.reportin.jobs_lists import ring_list_alarms
from huying.reportin.models import Helper, Need, Offer, Project, Resource, Voice
from huying.reportin.tests.lists_scene import claimed, done, offer, post, report_in, underway, unverified, verify

TABLES = (Need, Resource, Offer, Project, Helper, Voice)


@pytest.fixture
def no_trace():
    """Checks that what happens inside is refused and leaves nothing behind."""

    def look():
        return [list(table.objects.order_by("pk").values()) for table in TABLES], Event.objects.count()

    class Watch:
        def __init__(self, code="", fields=(), kind=Refusal):
            self.code, self.fields, self.kind = code, fields, kind

        def __enter__(self):
            self.before = look()
            return self

        def __exit__(self, kind, refusal, trace):
            assert kind is not None, "was not refused"
            if not isinstance(refusal, self.kind):
                return False
            assert not self.code or refusal.code == self.code, refusal.code
            assert set(self.fields) <= set(getattr(refusal, "fields", {}))
            assert look() == self.before
            return True

    return Watch


def test_a_need_is_posted_once_however_often_it_is_sent(stage):
    first = post(stage, key="one-and-the-same")
    assert post(stage, key="one-and-the-same").pk == first.pk
    assert Event.objects.filter(kind="reportin.need_posted").count() == 1
    # Two working days of the calendar, at the same hour.
    assert first.dispatch_by >= first.posted_at + dt.timedelta(days=2)


def test_bad_needs_are_refused_in_words(stage, no_trace):
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    with no_trace(fields=["text"]):
        post(stage, text="  ")
    with no_trace(fields=["text"]):
        post(stage, text="请联系 13812345678")
    with no_trace(fields=["services"]):
        post(stage, services=["nothing"], skills=[])
    with no_trace(fields=["people"]):
        post(stage, people=0)
    with no_trace(fields=["day_from"]):
        post(stage, day_from=yesterday)
    with no_trace(fields=["day_to"]):
        post(stage, day_from=timezone.localdate() + dt.timedelta(days=3), day_to=timezone.localdate())
    with no_trace(fields=["place"]):
        post(stage, by="jie", at="street")
    for stranger in ("wu", "xu", "zhao", "tian"):
        with no_trace(kind=Forbidden):
            post(stage, by=stranger)
    place = stage.place("building")
    place.valid_to = timezone.localdate()
    place.save(update_fields=["valid_to"])
    with no_trace("place_ended"):
        post(stage, by="gao")


def test_dispatching_shows_a_need_and_gives_it_to_nobody(stage, no_trace):
    verify(stage)
    report_in(stage, skills=["haircut"])
    need, resource = post(stage), offer(stage)
    with no_trace(fields=["units"]):
        needs.dispatch(need, by=stage.actor("gao"))
    asked = needs.dispatch(need, by=stage.actor("gao"), resources=[resource.pk], members=True)
    assert asked == 2 and need.state == "dispatched"
    assert {(one.unit_id, one.person_id) for one in need.offers.all()} == {
        (stage.unit.pk, None),
        (None, stage.persons["wu"].pk),
    }
    assert not Project.objects.exists()
    with no_trace("all_asked"):
        needs.dispatch(need, by=stage.actor("gao"), units=[stage.unit.pk])


def test_members_of_elsewhere_and_units_not_verified_are_not_asked(stage):
    unverified(stage)
    member = report_in(stage, skills=["haircut"])
    member.place = stage.place("elsewhere")
    member.save(update_fields=["place"])
    need = post(stage)
    assert queries_lists.members_by_code(need) == (0, [])
    with pytest.raises(BadInput):
        needs.dispatch(need, by=stage.actor("gao"), units=[stage.unit.pk], members=True)


def test_saying_no_takes_no_reason_and_is_shown_to_nobody(stage):
    verify(stage)
    need = post(stage)
    needs.dispatch(need, by=stage.actor("gao"), units=[stage.unit.pk])
    tian = stage.actor("tian")
    assert [one.pk for one in queries_lists.waiting_for(tian).offered] == [need.pk]
    before = Event.objects.count()
    needs.put_aside(need, by=tian)
    assert Event.objects.count() == before
    assert queries_lists.waiting_for(tian).offered == []
    # And nobody can show it to them again.
    with pytest.raises(StepRefused, match="看过"):
        needs.dispatch(need, by=stage.actor("gao"), units=[stage.unit.pk])
    with pytest.raises(Forbidden):
        needs.put_aside(need, by=stage.actor("wu"))


def test_taking_a_need_on(stage):
    project = claimed(stage)
    assert (project.person_id, project.unit_id) == (stage.persons["tian"].pk, stage.unit.pk)
    assert project.need.state == "claimed"
    event = Event.objects.get(kind="reportin.need_claimed")
    tian, lu = (stage.persons[name].pk for name in ("tian", "lu"))
    assert event.facts == {"project": project.pk, "person": tian, "unit": stage.unit.pk, "poster": lu, "version": 1}


def test_what_may_not_be_taken_says_why(stage, no_trace):
    unverified(stage)
    need = post(stage)
    with no_trace("own"):
        needs.claim(need, by=stage.actor("lu"))
    with no_trace("unverified"):
        needs.claim(need, by=stage.actor("tian"))
    with no_trace("unverified"):
        needs.claim(need, by=stage.actor("tian"), unit=stage.unit)
    verify(stage)
    with no_trace(kind=Forbidden):
        needs.claim(need, by=stage.actor("xu"), unit=stage.unit)
    for stranger in (stage.actor("wu"), ANONYMOUS, link_holder("need", need.pk)):
        with no_trace(kind=Forbidden):
            needs.claim(need, by=stranger)
    needs.claim(need, by=stage.actor("xu"))
    with no_trace("gone"):
        needs.claim(need, by=stage.actor("tian"))
    other = post(stage, at="building")
    place = stage.place("building")
    place.valid_to = timezone.localdate()
    place.save(update_fields=["valid_to"])
    with no_trace("needs"):
        needs.claim(Need.objects.get(pk=other.pk), by=stage.actor("xu"))


def test_a_unit_that_is_closed_takes_nothing(stage, no_trace):
    verify(stage)
    need = post(stage)
    Unit.objects.filter(pk=stage.unit.pk).update(closed_at=timezone.now())
    with no_trace(kind=Forbidden):
        needs.claim(need, by=stage.actor("tian"))


@pytest.mark.django_db(transaction=True)
def test_of_two_units_that_take_a_need_at_once_one_has_it(stage):
    verify(stage)
    other = Unit.objects.create(
        name="西一路医院", kind="hospital", place=stage.place("street"),
        verified_at=timezone.now(), verified_by=stage.persons["jie"],
    )  # fmt: skip
    Seat.objects.create(person=stage.persons["wu"], unit=other)
    need = post(stage)
    together, told = threading.Barrier(2), []

    def take(who):
        actor = stage.actor(who)
        own = Need.objects.get(pk=need.pk)
        together.wait()
        try:
            needs.claim(own, by=actor)
            told.append("has it")
        except StepRefused as refusal:
            told.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=(who,)) for who in ("tian", "wu")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["gone", "has it"]
    assert Project.objects.running().count() == 1
    assert Event.objects.filter(kind="reportin.need_claimed").count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_both_would_have_believed_it_free(stage):
    """The twin: read, wait, write. The index alone then refuses the second, so the race is real and held twice."""
    need = post(stage)
    both_read, told = threading.Barrier(2), []

    def take(who):
        try:
            with transaction.atomic():
                free = Need.objects.get(pk=need.pk).state == "posted"
                both_read.wait()
                if free:
                    Project.objects.create(need=need, person=stage.persons[who])
                    told.append("has it")
        except Exception as error:
            told.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=(who,)) for who in ("tian", "wu")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["IntegrityError", "has it"]


def test_the_whole_way_from_claim_to_crossed_off(stage):
    project = underway(stage)
    tian = stage.actor("tian")
    for step in project.steps.all():
        projects.tick(project, step.pk, by=tian)
    projects.finish(project, "给十二位老人理了发", by=tian)
    assert project.need.state == "done"
    resident = link_holder("need", project.need_id)
    projects.answer(project, False, "三单元的王奶奶还没轮到", by=resident, key="first-word")
    assert (project.state, project.reopened, project.need.state) == ("underway", 1, "underway")
    projects.finish(project, "王奶奶也理了", by=tian)
    projects.answer(project, True, by=resident, key="second-word")
    projects.answer(project, True, by=resident, key="second-word")
    need = Need.objects.get(pk=project.need_id)
    assert (project.state, need.state) == ("crossed_off", "crossed_off")
    crossed = Event.objects.get(kind="reportin.project_crossed_off")
    assert crossed.facts["unit"] == stage.unit.pk and crossed.facts["person"] == stage.persons["tian"].pk
    assert crossed.facts["on_behalf"] is False
    assert project.voices.count() == 2


def test_only_those_served_cross_off_and_not_yet_takes_words(stage, no_trace):
    project = done(stage)
    for worker in ("tian", "wu", "xu", "zhao"):
        with no_trace(kind=Forbidden):
            projects.answer(project, True, by=stage.actor(worker), key=secrets.token_hex(8))
    with no_trace(kind=Forbidden):
        projects.answer(project, True, by=link_holder("need", project.need_id + 1), key="another")
    with no_trace(fields=["words"]):
        projects.answer(project, False, by=stage.actor("lu"), key="no-words")
    projects.answer(project, True, by=stage.actor("lu"), key="word-of-lu")
    assert project.state == "crossed_off"


def test_who_helped_does_not_cross_off_their_own_work(stage, no_trace):
    project = underway(stage)
    projects.join(project, by=stage.actor("lu"))
    projects.finish(project, "理了发", by=stage.actor("tian"))
    with no_trace(kind=Forbidden):
        projects.answer(project, True, by=stage.actor("lu"), key="own-praise")


def test_put_down_it_waits_for_somebody_else(stage):
    project = claimed(stage)
    need = needs.release(project.need, by=stage.actor("tian"))
    assert need.state == "posted" and need.dispatch_by > need.waits_since > need.posted_at
    second = needs.claim(need, by=stage.actor("xu"))
    second = projects.start(second, timezone.localdate(), by=stage.actor("xu"))
    projects.stop(second, by=stage.actor("xu"))
    need.refresh_from_db()
    assert need.state == "posted" and not Project.objects.running().exists()
    needs.withdraw(need, by=stage.actor("lu"))
    assert need.state == "withdrawn"


def test_signing_up_is_for_oneself_and_undone_at_will(stage, no_trace):
    project = underway(stage)
    report_in(stage)
    projects.join(project, by=stage.actor("wu"))
    with no_trace(kind=Forbidden):
        projects.join(project, by=stage.actor("wu"))
    projects.leave(project, by=stage.actor("wu"))
    assert project.helpers.get().left_at is not None
    projects.join(project, by=stage.actor("wu"))
    kinds = Event.objects.filter(kind__startswith="reportin.helper").values_list("kind", "facts__person")
    assert {person for _kind, person in kinds} == {stage.persons["wu"].pk} and len(kinds) == 3


def test_nobody_can_be_assigned_by_somebody_else(stage):
    """No write takes a person: whoever takes something on, or signs up, is the one who acts."""
    for module in (needs, projects, resources):
        for name, action in inspect.getmembers(module, inspect.isfunction):
            if action.__module__ != module.__name__:
                continue
            takes = set(inspect.signature(action).parameters)
            assert not takes & {"person", "persons", "to", "owner", "helper", "member", "people_ids"}, name
    verify(stage)
    report_in(stage, skills=["haircut"])
    need = post(stage)
    needs.dispatch(need, by=stage.actor("gao"), units=[stage.unit.pk], members=True)
    # All that being asked does is to stand on a list.
    assert not Project.objects.exists() and not Helper.objects.exists()
    assert Need.objects.get(pk=need.pk).is_waiting


def test_a_resource_is_offered_once_and_taken_back_at_will(stage, no_trace):
    unverified(stage)
    with no_trace("unverified"):
        offer(stage)
    verify(stage)
    one = offer(stage, key="the-same-tap")
    assert offer(stage, key="the-same-tap").pk == one.pk and one.unit == stage.unit
    resources.close_resource(one, by=stage.actor("tian"))
    assert queries_lists.fitting_resources(post(stage)) == []
    resources.reopen_resource(one, by=stage.actor("tian"))
    assert [found.pk for found, _fit in queries_lists.fitting_resources(post(stage))] == [one.pk]
    with no_trace(kind=Forbidden):
        offer(stage, by="wu")


def test_what_is_left_lying_is_told(stage):
    """Undispatched needs after half the time, at the end of it and daily; projects before their day; the served once more."""
    now = timezone.now()
    need = post(stage, at="building")
    assert ring_list_alarms() == 0
    half = now - (need.dispatch_by - need.posted_at) * 0.6
    Need.objects.filter(pk=need.pk).update(
        waits_since=half, dispatch_by=half + (need.dispatch_by - need.posted_at), next_alarm_at=now
    )
    assert ring_list_alarms() == 1 and ring_list_alarms() == 0
    assert Event.objects.get(kind="reportin.need_reminded").facts["late"] is False
    project = done(stage)
    long_ago = now - dt.timedelta(days=4)
    Project.objects.filter(pk=project.pk).update(done_at=long_ago, next_alarm_at=long_ago)
    assert ring_list_alarms() == 1
    told = Event.objects.get(kind="reportin.project_asked")
    assert told.facts["about"] == "confirm" and told.actor_kind == "system"

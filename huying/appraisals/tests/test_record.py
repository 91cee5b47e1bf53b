"""The record: what the log says that a unit or a member did, with what is left out, across the edges of quarters."""

import datetime as dt

import pytest
from django.utils import timezone

from huying.appraisals import queries, record
from huying.appraisals.models import Deed
from huying.appraisals.rules import Period, quarter_of
from huying.directory.models import Unit
from huying.kernel import readers
from huying.kernel.models import Event
from huying.kernel.scopes import SYSTEM

Q1, Q2 = Period(2025, 1), Period(2025, 2)


def figures(of: queries.Record) -> dict:
    """The counts and what they leave out, without those that say nothing."""
    return {f.code: (f.count, f.excluded) for f in of.told}


@pytest.mark.parametrize(
    ("day", "code", "first", "last"),
    [
        ("2025-01-01", "2025-q1", "2025-01-01", "2025-03-31"),
        ("2025-03-31", "2025-q1", "2025-01-01", "2025-03-31"),
        ("2025-04-01", "2025-q2", "2025-04-01", "2025-06-30"),
        ("2024-12-31", "2024-q4", "2024-10-01", "2024-12-31"),
    ],
)
def test_a_day_lies_in_one_quarter(day, code, first, last):
    found = quarter_of(dt.date.fromisoformat(day))
    assert (found.code, str(found.first), str(found.last)) == (code, first, last)
    assert found.before().next() == found and not found.is_over(found.last) and found.is_over(found.after)


def test_what_was_given_back_lapsed_or_taken_down_is_left_out_and_said(stage, school, told):
    ding = stage.persons["ding"]
    told.wish(1, ding, school, ("claimed", "2025-01-10"), ("fulfilled", "2025-01-20"), ("confirmed", "2025-01-22"))
    told.wish(2, ding, school, ("claimed", "2025-01-11"), ("released", "2025-01-12"))
    told.wish(3, ding, school, ("claimed", "2025-01-11"), ("lapsed", "2025-01-18"))
    told.wish(4, ding, school, ("claimed", "2025-01-11"), ("taken_down", "2025-01-13"))
    told.wish(5, ding, school, ("claimed", "2025-02-11"))
    told.wish(6, ding, school, ("claimed", "2025-02-12"), ("fulfilled", "2025-02-14"), ("closed", "2025-02-24"))
    told.wish(7, ding, school, ("claimed", "2025-02-12"), ("fulfilled", "2025-02-14"), ("reoffered", "2025-02-15"))
    of = queries.record_of_unit(school, Q1, stage.actor("bai"))
    assert figures(of) == {
        "wish-taken": (4, {"given_back": 1, "lapsed": 1, "withdrawn": 1}),
        "wish-done": (2, {"again": 1}),
        "wish-confirmed": (1, {}),
    }
    assert of.figures[0].beside == {"underway": 1} and of.figures[1].beside == {"no_word": 1}
    assert of.persons == 1 and of.months == {1: {"wish": 1}, 2: {"wish": 1}, 3: {}}


def test_each_moment_counts_in_its_own_quarter(stage, school, told):
    ding = stage.persons["ding"]
    late, early = dt.datetime(2025, 3, 31, 15, 59, tzinfo=dt.UTC), dt.datetime(2025, 3, 31, 16, 0, tzinfo=dt.UTC)
    # Midnight is that of the installation (UTC+8): one minute lies between the two quarters.
    told.wish(1, ding, school, ("claimed", late), ("fulfilled", early))
    bai = stage.actor("bai")
    assert figures(queries.record_of_unit(school, Q1, bai)) == {"wish-taken": (1, {})}
    assert figures(queries.record_of_unit(school, Q2, bai)) == {"wish-done": (1, {})}


def test_a_quarter_that_was_told_does_not_change_afterwards(stage, school, told):
    ding = stage.persons["ding"]
    told.wish(1, ding, school, ("claimed", "2025-03-30"), ("released", "2025-04-02"))
    told.wish(2, ding, school, ("claimed", "2025-03-30"), ("fulfilled", "2025-03-31"), ("reoffered", "2025-04-02"))
    bai = stage.actor("bai")
    assert figures(queries.record_of_unit(school, Q1, bai)) == {"wish-taken": (2, {}), "wish-done": (1, {})}
    year = queries.record_of_unit(school, Period(2025), bai)
    assert figures(year) == {"wish-taken": (1, {"given_back": 1}), "wish-done": (0, {"again": 1})}
    behind = queries.behind(queries.deeds_of_unit(school, Q1, bai), "wish-taken")
    assert [deed.thread for deed in behind] == ["wish:1", "wish:2"]
    assert not queries.behind(queries.deeds_of_unit(school, Q1, bai), "wish-taken-given_back").exists()


def test_a_smile_may_come_late(stage, school, told):
    steps = (
        ("claimed", "2025-01-10"),
        ("fulfilled", "2025-01-20"),
        ("closed", "2025-01-30"),
        ("confirmed", "2025-02-02"),
    )
    told.wish(1, stage.persons["ding"], school, *steps)
    of = queries.record_of_unit(school, Q1, stage.actor("bai"))
    assert figures(of) == {"wish-taken": (1, {}), "wish-done": (1, {}), "wish-confirmed": (1, {})}
    assert of.figures[1].beside == {}


def test_all_givers_of_a_large_wish_did_it(stage, school, told):
    ding, fan = stage.persons["ding"], stage.persons["fan"]
    for kind, person in (("claimed", ding), ("joined", fan), ("fulfilled", ding), ("confirmed", ding)):
        told.event(f"wishes.{kind}", ("wish", 1), "2025-01-10", person=person.pk, unit=school.pk, claim=9)
    told.fold()
    of = queries.record_of_unit(school, Q1, stage.actor("bai"))
    assert figures(of) == {"wish-taken": (2, {}), "wish-done": (2, {}), "wish-confirmed": (2, {})} and of.persons == 2


def test_whoever_moved_to_another_unit_counts_for_the_one_of_the_moment(stage, school, told):
    """Ding is a member of the school until mid-February, then of the clinic; the log says so, the table only knows today."""
    ding = stage.persons["ding"]
    clinic = Unit.objects.create(name="诊所", kind="hospital", place=stage.place("community"))
    told.event("reportin.member_registered", ("member", 1), "2025-01-02", person=ding.pk, unit=school.pk)
    told.event("reportin.member_left", ("member", 1), "2025-02-15", person=ding.pk, unit=school.pk)
    told.event("reportin.member_registered", ("member", 2), "2025-02-15", person=ding.pk, unit=clinic.pk)
    told.fold()
    told.wish(1, ding, None, ("claimed", "2025-02-10"), ("fulfilled", "2025-02-20"))
    gao = stage.actor("gao")
    assert figures(queries.record_of_unit(school, Q1, gao)) == {
        "wish-taken": (1, {}),
        "report-joined": (0, {"left": 1}),
    }
    assert figures(queries.record_of_unit(clinic, Q1, gao)) == {"wish-done": (1, {}), "report-joined": (1, {})}
    assert Deed.objects.filter(family="wish", as_member=True).count() == 2
    # In the name of a unit is in the name of that unit, whosever member one is.
    told.wish(2, ding, school, ("claimed", "2025-03-01"))
    assert figures(queries.record_of_unit(school, Q1, gao))["wish-taken"] == (2, {})


def test_a_member_who_names_another_unit_counts_for_it_from_then_on(stage, school, told):
    ding = stage.persons["ding"]
    clinic = Unit.objects.create(name="诊所", kind="hospital", place=stage.place("community"))
    for kind, day, unit in (
        ("registered", "2025-01-02", school.pk),
        ("changed", "2025-01-05", school.pk),  # skills only
        ("changed", "2025-02-01", clinic.pk),
        ("unlinked", "2025-03-01", clinic.pk),
        ("moved", "2025-03-20", None),
    ):
        facts = {"person": ding.pk} | ({"unit": unit} if unit else {})
        told.event(f"reportin.member_{kind}", ("member", 1), day, **facts)
    told.fold()
    for number, day in enumerate(("2025-01-03", "2025-01-31", "2025-02-02", "2025-03-02"), 1):
        told.wish(number, ding, None, ("claimed", day))
    gao = stage.actor("gao")
    assert figures(queries.record_of_unit(school, Q1, gao))["wish-taken"] == (2, {})
    assert figures(queries.record_of_unit(clinic, Q1, gao)) == {
        "wish-taken": (1, {}),
        "report-joined": (0, {"left": 1}),
    }
    assert figures(queries.record_of_person(ding, Q1, stage.actor("ding"))) == {"wish-taken": (4, {})}


def test_what_somebody_did_for_themselves_is_no_units(stage, school, told):
    told.wish(1, stage.persons["xu"], None, ("claimed", "2025-01-10"))
    assert figures(queries.record_of_unit(school, Q1, stage.actor("gao"))) == {}
    assert figures(queries.record_of_person(stage.persons["xu"], Q1, stage.actor("xu"))) == {"wish-taken": (1, {})}


def test_calls_are_counted_for_the_unit_that_had_them(stage, school, told):
    for kind, day, unit in (
        ("assigned", "2025-01-05", school.pk),
        ("returned", "2025-01-06", school.pk),
        ("assigned", "2025-01-07", stage.unit.pk),
        ("resolved", "2025-01-09", stage.unit.pk),
        ("reopened", "2025-01-10", None),
        ("resolved", "2025-01-12", stage.unit.pk),
        ("confirmed", "2025-01-13", None),
    ):
        told.event(f"calls.{kind}", ("call", 1), day, **({"unit": unit} if unit else {}))
    told.fold()
    gao = stage.actor("gao")
    assert figures(queries.record_of_unit(school, Q1, gao)) == {"call-taken": (0, {"given_back": 1})}
    assert figures(queries.record_of_unit(stage.unit, Q1, gao)) == {
        "call-taken": (1, {}),
        "call-done": (1, {"again": 1}),
        "call-confirmed": (1, {}),
    }


def test_a_need_is_followed_into_its_project_with_all_who_helped(stage, school, told):
    ding, fan, geng = (stage.persons[who].pk for who in ("ding", "fan", "geng"))
    need, project = ("need", 5), ("project", 8)
    told.event("reportin.need_claimed", need, "2025-01-05", project=8, person=ding, unit=school.pk)
    told.event("reportin.helper_joined", project, "2025-01-06", need=5, person=fan, unit=school.pk)
    told.event("reportin.helper_joined", project, "2025-01-06", need=5, person=geng, unit=school.pk)
    told.event("reportin.helper_left", project, "2025-01-07", need=5, person=geng, unit=school.pk)
    told.event("reportin.project_done", project, "2025-02-01", need=5, person=ding, unit=school.pk)
    told.event("reportin.project_reopened", project, "2025-02-02", need=5, person=ding, unit=school.pk)
    told.event("reportin.project_done", project, "2025-02-05", need=5, person=ding, unit=school.pk)
    told.event("reportin.project_crossed_off", project, "2025-04-01", need=5, person=ding, unit=school.pk)
    told.fold()
    bai = stage.actor("bai")
    assert figures(queries.record_of_unit(school, Q1, bai)) == {
        "need-taken": (2, {"given_back": 1}),
        "need-done": (2, {"again": 2}),
    }
    assert figures(queries.record_of_unit(school, Q2, bai)) == {"need-confirmed": (2, {})}


def test_a_unit_that_ended_keeps_its_past(stage, school, told):
    told.wish(1, stage.persons["ding"], school, ("claimed", "2025-01-10"))
    Unit.objects.filter(pk=school.pk).update(closed_at=dt.datetime(2025, 2, 1, tzinfo=dt.UTC))
    assert figures(queries.record_of_unit(school, Q1, stage.actor("gao"))) == {"wish-taken": (1, {})}
    assert school in queries.units_at(stage.place("community"), Q1)
    assert school not in queries.units_at(stage.place("community"), Q2)


def test_whoever_looks_sees_what_lies_in_their_places(stage, school, told):
    told.wish(1, stage.persons["ding"], school, ("claimed", "2025-01-10"))
    told.wish(2, stage.persons["ding"], school, ("claimed", "2025-01-11"), place=stage.place("elsewhere").pk)
    seen = {who: figures(queries.record_of_unit(school, Q1, stage.actor(who))) for who in stage.persons}
    assert {who: of["wish-taken"][0] for who, of in seen.items() if of} == {
        "bai": 2, "ding": 2, "jie": 2, "qu": 2, "shi": 2, "gao": 1, "shen": 1, "qin": 1, "zhao": 1,
    }  # fmt: skip


def test_the_reader_tells_the_same_twice(stage, school, told):
    ding = stage.persons["ding"]
    told.wish(1, ding, school, ("claimed", "2025-01-10"), ("fulfilled", "2025-01-20"))
    before = list(Deed.objects.order_by("event_id").values_list("event_id", "stage", "outcome"))
    record.make({"wish:1"})
    assert list(Deed.objects.order_by("event_id").values_list("event_id", "stage", "outcome")) == before


def test_the_record_comes_from_the_log_by_its_reader(stage, school, told):
    told.event("wishes.claimed", ("wish", 1), "2025-01-10", by=SYSTEM, person=stage.persons["ding"].pk, unit=school.pk)
    Deed.objects.all().delete()
    readers.READERS["appraisals.deeds"].digest(list(Event.objects.filter(kind="wishes.claimed")))
    assert Deed.objects.get().stage == "taken"


def test_the_number_of_questions_does_not_grow_with_the_record(stage, school, told, django_assert_max_num_queries):
    for n in range(12):
        told.wish(n, stage.persons["ding"], school, ("claimed", "2025-01-10"), ("fulfilled", "2025-01-11"))
    bai = stage.actor("bai")
    with django_assert_max_num_queries(2):
        assert queries.record_of_unit(school, Q1, bai).figures[0].count == 12


def test_what_the_other_contexts_really_write_is_understood(stage):
    """Through their own actions, not through events made up here."""
    from huying.reportin.actions import needs, projects
    from huying.reportin.tests import lists_scene
    from huying.wishes import actions as wishes
    from huying.wishes.tests import scene

    today = quarter_of(timezone.localdate())
    tian, xu = stage.actor("tian"), stage.actor("xu")
    unit = scene.verify_unit(stage)
    wish = scene.on_the_wall(stage, givers=2, value=400)
    wishes.claim(wish, by=tian, unit=unit)
    wishes.join(wish, by=xu)
    wishes.contact(wish, by=tian)
    wishes.fulfil(wish, by=tian)
    wishes.confirm(wish, "satisfied", by=scene.wisher(wish))
    given_back = scene.on_the_wall(stage)
    wishes.claim(given_back, by=tian, unit=unit)
    wishes.release(given_back, by=tian)
    project = needs.claim(lists_scene.post(stage), by=tian, unit=unit)
    projects.join(project, by=xu)
    due = timezone.localdate() + dt.timedelta(days=6)
    projects.start(project, due, (("理发", None),), by=tian)
    projects.finish(project, "理了发", by=tian)
    projects.answer(project, True, by=stage.actor("lu"), key="k" * 12)
    record.make(record.threads_of(Event.objects.filter(kind__in=record.KINDS)))
    of = queries.record_of_unit(unit, today, tian)
    assert figures(of) == {
        "wish-taken": (1, {"given_back": 1}),
        "wish-done": (1, {}),
        "wish-confirmed": (1, {}),
        "need-taken": (1, {}),
        "need-done": (1, {}),
        "need-confirmed": (1, {}),
    }
    mine = queries.record_of_person(stage.persons["xu"], today, xu)
    assert mine.known == dict.fromkeys(
        ("wish-taken", "wish-done", "wish-confirmed", "need-taken", "need-done", "need-confirmed"), 1
    )
    assert not Deed.objects.filter(person=stage.persons["xu"], unit__isnull=False).exists()

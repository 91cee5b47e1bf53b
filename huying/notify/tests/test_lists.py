"""Who hears of the three lists: whoever was shown a need, who posted it, who has it; nobody of a no."""

from huying.notify.models import Message
from huying.notify.tests.test_messages import tell_all
from huying.reportin.actions import needs, projects
from huying.reportin.tests.lists_scene import claimed, done, post, report_in


def test_a_need_is_offered_to_those_it_was_shown_to_and_to_nobody_else(stage):
    report_in(stage, skills=["haircut"])
    need = post(stage)
    needs.dispatch(need, by=stage.actor("gao"), units=[stage.unit.pk], members=True)
    tell_all()
    people = {stage.persons[who].pk for who in ("tian", "wu")}
    shown = Message.objects.filter(kind="reportin.need_dispatched")
    assert set(shown.values_list("to_person_id", flat=True)) == people
    posted = Message.objects.filter(kind="reportin.need_posted").values_list("to_person_id", flat=True)
    assert set(posted) == {stage.persons[who].pk for who in ("gao", "shen", "qin")}


def test_saying_no_is_told_to_nobody(stage):
    need = post(stage)
    needs.dispatch(need, by=stage.actor("gao"), units=[stage.unit.pk])
    tell_all()
    before = Message.objects.count()
    needs.put_aside(need, by=stage.actor("tian"))
    tell_all()
    assert Message.objects.count() == before


def test_the_poster_hears_of_the_claim_and_is_asked_for_a_word(stage):
    project = done(stage)
    tell_all()
    lu = stage.persons["lu"].pk
    for kind in ("need_claimed", "project_done"):
        assert [m.to_person_id for m in Message.objects.filter(kind=f"reportin.{kind}")] == [lu]
    projects.answer(project, False, "还差两位", by=stage.actor("lu"), key="not-yet-there")
    tell_all()
    again = Message.objects.filter(kind="reportin.project_reopened")
    assert [m.to_person_id for m in again] == [stage.persons["tian"].pk]


def test_who_had_it_hears_that_it_is_wanted_no_more(stage):
    project = claimed(stage)
    needs.withdraw(project.need, by=stage.actor("lu"))
    tell_all()
    gone = Message.objects.filter(kind="reportin.need_withdrawn")
    assert [m.to_person_id for m in gone] == [stage.persons["tian"].pk]

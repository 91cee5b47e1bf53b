"""The first assignment: proposed with reasons, moved by hand, undone, published; nobody against their word."""

import datetime as dt

import pytest
from django.utils import timezone

from huying.callouts import solving
from huying.callouts.actions import assign
from huying.callouts.models import Companion, Placing, Proof, Proposal, Shift, Signup
from huying.callouts.queries_assign import candidates
from huying.kernel.errors import BadInput, Forbidden, StalePage, StepRefused
from huying.kernel.models import Event

from .scene import a_callout, a_shift, asked, crowd


@pytest.fixture
def evening(stage):
    """A call-out with three posts, and four who said that they can come."""
    callout = a_callout(stage)
    shifts = {
        "scan": a_shift(callout, "扫码", capacity=1, skills=["scan"]),
        "order": a_shift(callout, "维持秩序", capacity=2, body=["standing"]),
        "late": a_shift(callout, "消毒", start=18, capacity=9),
    }
    people = crowd(stage, 4)
    first, second, third, _fourth = (one.volunteer for one in people)
    first.skills = ["scan"]
    second.avoids = ["standing"]
    for one in (first, second):
        one.save(update_fields=["skills", "avoids"])
    now = timezone.now()
    for one in people:
        asked(callout, one, answer="can", answered_at=now, any_post=one == people[0])
    return callout, shifts, people


def draft(evening, stage):
    return assign.propose(evening[0], by=stage.actor("zhi"))


def placed(proposal):
    return {(line.person_id, line.shift_id) for line in proposal.placings.all()}


def test_each_is_placed_by_what_they_can_do_and_told_why(evening, stage):
    _callout, shifts, people = evening
    proposal = draft(evening, stage)
    at = placed(proposal)
    assert (people[0].pk, shifts["scan"].pk) in at, "the only one with the skill"
    assert (people[1].pk, shifts["order"].pk) not in at, "would rather not stand for long"
    assert {person for person, shift in at if shift == shifts["order"].pk} == {people[2].pk, people[3].pk}
    assert "skill" in proposal.placings.get(shift=shifts["scan"]).why
    event = Event.objects.get(kind="callouts.proposed")
    assert event.facts["count"] == len(at) and event.subject_id == evening[0].pk


def test_nobody_is_placed_who_has_not_said_that_they_can_come(evening, stage):
    silent = crowd(stage, 1)[0]
    asked(evening[0], silent)
    assert silent.pk not in {person for person, _ in placed(draft(evening, stage))}
    proposal = Proposal.objects.get()
    with pytest.raises(BadInput):
        assign.move(proposal, silent.pk, 0, evening[1]["order"].pk, by=stage.actor("zhi"), version=0)


def test_only_within_the_time_that_somebody_gave(evening, stage):
    callout, shifts, people = evening
    one = callout.asked.get(person=people[2])
    one.can_from, one.can_to = callout.starts_at, callout.starts_at + dt.timedelta(hours=1)
    one.save()
    assert people[2].pk not in {person for person, _ in placed(draft(evening, stage))}
    with pytest.raises(BadInput, match="时间"):
        assign.move(Proposal.objects.get(), people[2].pk, 0, shifts["late"].pk, by=stage.actor("zhi"), version=0)


def test_who_stands_elsewhere_at_that_time_is_not_placed(evening, stage):
    _callout, shifts, people = evening
    other = a_shift(a_callout(stage), "测温", capacity=1)
    Signup.objects.create(
        shift=other,
        person=people[2],
        state="confirmed",
        period=(other.starts_at, other.ends_at),
        guarded=(other.starts_at, other.ends_at),
        confirmed_at=timezone.now(),
    )
    order = {person for person, shift in placed(draft(evening, stage)) if shift == shifts["order"].pk}
    assert people[2].pk not in order


def test_companions_count_only_when_both_said_so(evening, stage):
    callout, _shifts, people = evening
    a, b = people[2].volunteer, people[3].volunteer
    Companion.objects.create(volunteer=a, other=b)
    assert candidates(callout)[people[2].pk].companions == set()
    Companion.objects.create(volunteer=b, other=a)
    assert candidates(callout)[people[2].pk].companions == {people[3].pk}
    assert all("together" in line.why for line in draft(evening, stage).placings.filter(shift=evening[1]["order"]))


def test_a_move_by_hand_and_its_undoing(evening, stage):
    _callout, shifts, people = evening
    proposal, by = draft(evening, stage), stage.actor("zhi")
    before = placed(proposal)
    moved = assign.move(proposal, people[2].pk, shifts["order"].pk, 0, by=by, version=0)
    assert (people[2].pk, shifts["order"].pk) not in placed(moved) and moved.version == 1
    back = assign.undo(moved, by=by, version=1)
    assert placed(back) == before and back.moves == []
    with pytest.raises(StepRefused):
        assign.undo(back, by=by, version=2)


@pytest.mark.parametrize(
    ("who", "to", "words"),
    [(1, "scan", "已经满了"), (3, "scan", "已经满了")],
)
def test_a_full_post_refuses_and_nothing_changes(evening, stage, who, to, words):
    _callout, shifts, people = evening
    proposal = draft(evening, stage)
    before = placed(proposal)
    with pytest.raises(BadInput, match=words):
        assign.move(proposal, people[who].pk, 0, shifts[to].pk, by=stage.actor("zhi"), version=0)
    assert placed(proposal) == before and Proposal.objects.get().version == 0


def test_a_missing_skill_is_said(evening, stage):
    _callout, shifts, people = evening
    proposal, by = draft(evening, stage), stage.actor("zhi")
    assign.move(proposal, people[0].pk, shifts["scan"].pk, 0, by=by, version=0)
    source = next((shift for person, shift in placed(proposal) if person == people[1].pk), 0)
    with pytest.raises(BadInput, match="技能"):
        assign.move(proposal, people[1].pk, source, shifts["scan"].pk, by=by, version=1)


def test_two_who_change_at_once_do_not_undo_each_other(evening, stage):
    _callout, shifts, people = evening
    proposal, by = draft(evening, stage), stage.actor("zhi")
    assign.move(proposal, people[2].pk, shifts["order"].pk, 0, by=by, version=0)
    with pytest.raises(StalePage):
        assign.move(proposal, people[3].pk, shifts["order"].pk, 0, by=stage.actor("gao"), version=0)


def test_publishing_confirms_who_said_any_post_and_offers_to_the_others(evening, stage):
    callout, shifts, people = evening
    proposal = draft(evening, stage)
    assign.publish(proposal, by=stage.actor("zhi"), version=0)
    states = dict(Signup.objects.filter(shift__callout=callout).values_list("person_id", "state"))
    assert states[people[0].pk] == "confirmed"
    assert {states[people[2].pk], states[people[3].pk]} == {"offered"}
    assert all(one.expires_at for one in Signup.objects.filter(state="offered"))
    for shift in Shift.objects.filter(callout=callout):
        assert shift.taken == shift.signups.holding().count()
    assert Event.objects.filter(kind="callouts.published", subject_id=callout.pk).count() == 1
    assert set(shifts) and not Placing.objects.exclude(refused="").exists()


def test_what_cannot_be_any_more_holds_nobody_up(evening, stage):
    callout, shifts, people = evening
    proposal = draft(evening, stage)
    other = a_shift(a_callout(stage), "测温", capacity=1)
    Signup.objects.create(
        shift=other,
        person=people[2],
        state="confirmed",
        period=(other.starts_at, other.ends_at),
        guarded=(other.starts_at, other.ends_at),
        confirmed_at=timezone.now(),
    )
    assign.publish(proposal, by=stage.actor("zhi"), version=0)
    line = proposal.placings.get(person=people[2], shift=shifts["order"])
    assert line.refused == "overlap" and not Signup.objects.filter(person=people[2], shift=shifts["order"]).exists()
    assert Signup.objects.filter(person=people[3], shift__callout=callout).exists()


def test_a_published_assignment_is_not_changed_any_more(evening, stage):
    proposal, by = draft(evening, stage), stage.actor("zhi")
    assign.publish(proposal, by=by, version=0)
    for act in (
        lambda: assign.publish(proposal, by=by, version=1),
        lambda: assign.undo(proposal, by=by, version=1),
    ):
        with pytest.raises(StepRefused):
            act()
    assert Event.objects.filter(kind="callouts.published").count() == 1


@pytest.mark.parametrize("who", ["xu", "lu", "zhao", "wu"])
def test_others_neither_propose_nor_publish(evening, stage, who):
    with pytest.raises(Forbidden):
        assign.propose(evening[0], by=stage.actor(who))
    proposal = draft(evening, stage)
    with pytest.raises(Forbidden):
        assign.publish(proposal, by=stage.actor(who), version=0)
    assert not Signup.objects.exists()


def test_a_new_proposal_drops_the_draft_before(evening, stage):
    first, second = draft(evening, stage), draft(evening, stage)
    first.refresh_from_db()
    assert (first.state, second.state) == ("dropped", "draft")


def test_a_risky_post_without_insurance_is_left_out(evening, stage):
    callout, shifts, _people = evening
    Shift.objects.filter(pk=shifts["order"].pk).update(risky=True)
    assert shifts["order"].pk not in {shift for _, shift in placed(draft(evening, stage))}
    assert callout.is_live


def test_the_same_callout_gives_the_same_proposal(evening):
    callout, shifts, _people = evening
    people = candidates(callout)
    given = [solving.solve(callout, people, list(shifts.values())) for _ in range(2)]
    assert given[0] == given[1]


def test_the_page_shows_posts_seats_and_reasons_and_moves(evening, stage, client):
    callout, shifts, people = evening
    client.force_login(stage.persons["zhi"])
    address = f"/callouts/{callout.pk}/assign/"
    assert "请系统提一份分工" in client.get(address).content.decode()
    assert client.post(f"{address}propose/").status_code == 302
    words = client.get(address).content.decode()
    assert "有这项技能" in words and "公布分工" in words
    given = {"version": 0, "person": people[2].pk, "source": shifts["order"].pk, "target": 0}
    assert client.post(f"{address}move/", given).status_code == 302
    stale = client.post(f"{address}move/", given)
    assert stale.status_code == 409 and "刚被改过" in stale.content.decode()
    assert client.post(f"{address}undo/", {"version": 1}).status_code == 302
    assert client.post(f"{address}publish/", {"version": 2}).status_code == 302
    assert "已经公布了这份分工" in client.get(address).content.decode()


def test_more_people_cost_no_more_queries(evening, stage, client, django_assert_max_num_queries):
    callout, _shifts, _people = evening
    now = timezone.now()
    for one in crowd(stage, 30):
        asked(callout, one, answer="can", answered_at=now)
    draft(evening, stage)
    client.force_login(stage.persons["zhi"])
    client.get(f"/callouts/{callout.pk}/assign/")
    with django_assert_max_num_queries(24):
        client.get(f"/callouts/{callout.pk}/assign/")


def test_a_skill_that_needs_a_proof_counts_only_with_one(evening, stage):
    callout, shifts, people = evening
    Shift.objects.filter(pk=shifts["scan"].pk).update(skills=["medical"])
    volunteer = people[0].volunteer
    volunteer.skills = ["medical"]
    volunteer.save(update_fields=["skills"])
    assert shifts["scan"].pk not in {shift for _, shift in placed(draft(evening, stage))}
    Proof.objects.create(volunteer=volunteer, skill="medical", basis="护士证", given_by=stage.persons["gao"])
    assert (people[0].pk, shifts["scan"].pk) in placed(draft(evening, stage)) and callout.is_live

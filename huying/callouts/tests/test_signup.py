"""Signing up: who gets a place, who waits, and who is told why not."""

import datetime as dt

import pytest
from django.utils import timezone

from huying.callouts import rules
from huying.callouts.actions.signup import Outcome, fill, place, release_place, sign_up
from huying.callouts.actions.signup_words import refused, words_of
from huying.callouts.models import Proof, Shift, Signup, Volunteer
from huying.callouts.tests.scene import a_callout, a_shift, asked, behind_link, crowd, tomorrow
from huying.callouts.workflow import SIGNUP
from huying.kernel.errors import Forbidden
from huying.kernel.models import Event
from huying.people.models import Post
from huying.people.queries import actor_for


def up(scene, who, key, **more) -> Outcome:
    """Somebody signs up for a post of the scene."""
    person = scene.person(who) if isinstance(who, str) else who
    shift = scene.shifts[key] if isinstance(key, str) else key
    return sign_up(shift, person.pk, by=actor_for(person), **more)


def held(shift) -> int:
    return Signup.objects.holding().filter(shift=shift).count()


def withdraw(signup_id: int, *, by) -> None:
    """As the action of withdrawing does it."""
    with SIGNUP.step("withdraw", Signup.objects.get(pk=signup_id), by=by) as row:
        row.ended_at = timezone.now()
        holding = row.state in rules.HOLDING
    if holding:
        release_place(row)


def test_a_place_is_given_and_told_in_the_log(scene):
    found = up(scene, "xu", "scan")
    assert (found.code, found.state) == ("confirmed", "confirmed")
    row = Signup.objects.get(pk=found.signup_id)
    assert (row.how, row.period.lower, row.confirmed_at is not None) == ("self", scene.shifts["scan"].starts_at, True)
    assert Shift.objects.get(pk=row.shift_id).taken == 1
    event = Event.objects.get(kind="callouts.signed_up")
    assert (event.subject_id, event.actor_id) == (row.pk, scene.person("xu").pk)
    assert event.facts == {
        "version": 0, "callout": scene.callout.pk, "shift": row.shift_id, "person": scene.person("xu").pk,
    }  # fmt: skip


def test_the_same_again_is_the_same_sign_up(scene):
    first, second = up(scene, "xu", "scan"), up(scene, "xu", "scan")
    assert (second.code, second.state, second.signup_id) == ("already", "confirmed", first.signup_id)
    assert Shift.objects.get(pk=scene.shifts["scan"].pk).taken == 1
    assert words_of(first) == words_of(second)


def test_a_full_post_keeps_a_line_in_order_of_arrival(scene):
    people = crowd(scene.stage, 4)
    found = [up(scene, one, "order") for one in people]
    assert [one.code for one in found] == ["confirmed", "waiting", "waiting", "waiting"]
    assert [one.position for one in found] == [None, 1, 2, 3]
    again = up(scene, people[2], "order")
    assert (again.code, again.state, again.position) == ("already", "waiting", 2)
    assert "第 2 位" in words_of(again)
    assert Event.objects.filter(kind="callouts.queued").count() == 3


def test_a_place_that_comes_free_is_offered_to_the_first_who_can(scene):
    people = crowd(scene.stage, 4)
    found = [up(scene, one, "order") for one in people]
    # The first in the line has taken another post at that time, and stays in the line.
    assert up(scene, people[1], "scan").code == "confirmed"
    withdraw(found[0].signup_id, by=actor_for(people[0]))
    states = {one.person_id: one.state for one in Signup.objects.filter(shift=scene.shifts["order"])}
    assert [states[one.pk] for one in people] == ["withdrawn", "waiting", "offered", "waiting"]
    offered = Signup.objects.get(person=people[2])
    assert dt.timedelta(minutes=10) <= offered.expires_at - timezone.now() <= dt.timedelta(minutes=60)
    event = Event.objects.get(kind="callouts.offered")
    assert (event.subject_id, event.actor_kind, event.facts["version"]) == (offered.pk, "system", 1)
    assert held(scene.shifts["order"]) == Shift.objects.get(pk=scene.shifts["order"].pk).taken == 1


def test_nobody_walks_past_the_line(scene):
    people = crowd(scene.stage, 4)
    order = scene.shifts["order"]
    [up(scene, one, order) for one in people[:2]]
    # More places, and a newcomer before the line was moved.
    Shift.objects.filter(pk=order.pk).update(capacity=2)
    newcomer = up(scene, people[2], order)
    assert newcomer.code == "waiting"
    assert Signup.objects.get(person=people[1]).state == "offered"
    # Who waits cannot take the next place: the newcomer is offered it at once, as the last of the line.
    up(scene, people[3], "scan")
    Signup.objects.filter(person=people[2]).update(state="cancelled", ended_at=timezone.now())
    assert up(scene, people[3], order).code == "overlap"


def test_a_place_that_nobody_in_the_line_can_take_is_offered_to_the_newcomer(scene):
    first, second, third = crowd(scene.stage, 3)
    order = scene.shifts["order"]
    up(scene, first, order)
    up(scene, second, order)
    up(scene, second, "scan")
    Shift.objects.filter(pk=order.pk).update(capacity=2)
    found = up(scene, third, order)
    assert (found.code, found.state) == ("offered", "offered")
    assert Signup.objects.get(person=second, shift=order).state == "waiting"


def test_more_places_are_offered_to_the_line(scene):
    people = crowd(scene.stage, 5)
    order = scene.shifts["order"]
    [up(scene, one, order) for one in people]
    Shift.objects.filter(pk=order.pk).update(capacity=3)
    assert len(fill(order)) == 2
    assert fill(order) == []
    assert list(Signup.objects.waiting().filter(shift=order).values_list("person", flat=True)) == [
        people[3].pk,
        people[4].pk,
    ]


def test_nothing_is_offered_shortly_before_the_start(scene):
    first, second = crowd(scene.stage, 2)
    order = scene.shifts["order"]
    up(scene, first, order)
    up(scene, second, order)
    Shift.objects.filter(pk=order.pk).update(capacity=2)
    assert fill(order, at=order.starts_at - dt.timedelta(minutes=20)) == []
    late = order.starts_at - dt.timedelta(minutes=40)
    (offered,) = fill(order, at=late)
    assert Signup.objects.get(pk=offered).expires_at == late + dt.timedelta(minutes=10)


def test_in_two_lines_at_once_one_place_is_offered(scene):
    one, two, three = crowd(scene.stage, 3)
    beside = a_shift(scene.callout, "搬水", start=7, capacity=1)
    up(scene, one, "order")
    up(scene, two, beside)
    up(scene, three, "order")
    up(scene, three, beside)
    Shift.objects.filter(pk__in=[scene.shifts["order"].pk, beside.pk]).update(capacity=2)
    assert len(fill(scene.shifts["order"], beside)) == 1


# --- each rule says which it is ---


def refusal(outcome: Outcome) -> str:
    assert not outcome.stands
    assert len(words_of(outcome)) > 8
    assert refused(outcome).status == 409
    return outcome.code


def test_two_places_at_once(scene):
    up(scene, "xu", "scan")
    found = up(scene, "xu", "order")
    assert (refusal(found), found.why["other"]) == ("overlap", scene.shifts["scan"].pk)
    # What has room after it is named.
    assert refused(found).reason.endswith("还有空位的：扫码 10:00–13:00。")


def test_rest_between_two_shifts(scene):
    soon = a_shift(scene.callout, "消毒", start=13, capacity=1)
    later = a_shift(scene.callout, "消毒", start=14, capacity=1)
    assert up(scene, "xu", "later").code == "confirmed"
    assert refusal(up(scene, "xu", soon)) == "rest"
    assert up(scene, "xu", later).code == "confirmed"


def test_hours_a_day_and_a_week(scene):
    long = a_callout(scene.stage, ends_at=tomorrow(22, days=8))
    monday = scene.callout.starts_at - dt.timedelta(days=scene.callout.starts_at.weekday()) + dt.timedelta(days=7)
    mornings = [
        a_shift(
            long, starts_at=monday + dt.timedelta(days=n), ends_at=monday + dt.timedelta(days=n, hours=9), capacity=1
        )
        for n in range(5)
    ]
    codes = [up(scene, "xu", one).code for one in mornings]
    assert codes == ["confirmed"] * 4 + ["week_hours"]
    begin = mornings[0].ends_at
    evening = a_shift(long, starts_at=begin, ends_at=begin + dt.timedelta(hours=4), capacity=1)
    assert refusal(up(scene, "xu", evening)) == "day_hours"


def test_age(scene):
    adult = a_shift(scene.callout, "消毒", start=10, capacity=1, min_age=18)
    light = a_shift(scene.callout, "接待", start=10, capacity=1, max_age=60)
    xu = Volunteer.objects.filter(person=scene.person("xu"))
    day = timezone.localdate(adult.starts_at)
    xu.update(born=None)
    assert refusal(up(scene, "xu", adult)) == "age_unknown"
    xu.update(born=day.replace(day=1) - dt.timedelta(days=17 * 365))
    assert refusal(up(scene, "xu", "scan")) == "guardian"
    xu.update(guardian_agreed_at=timezone.now())
    assert refusal(up(scene, "xu", adult)) == "too_young"
    xu.update(born=dt.date(day.year - 61, day.month, 1))
    assert refusal(up(scene, "xu", light)) == "too_old"
    assert up(scene, "xu", adult).code == "confirmed"


def test_skills_and_their_proof(scene):
    nurse = a_shift(scene.callout, "量血压", start=10, capacity=1, skills=["medical"])
    assert refusal(up(scene, "xu", nurse)) == "skill"
    Volunteer.objects.filter(person=scene.person("xu")).update(skills=["medical"])
    assert refusal(up(scene, "xu", nurse)) == "proof"
    proof = Proof.objects.create(
        volunteer=scene.volunteers["xu"], skill="medical", basis="护士证", given_by=scene.person("gao"),
        until=timezone.localdate(),
    )  # fmt: skip
    # It must hold on the day of the post.
    assert refusal(up(scene, "xu", nurse)) == "proof"
    proof.until = None
    proof.save()
    assert up(scene, "xu", nurse).code == "confirmed"


def test_a_risky_post_opens_when_it_is_insured(scene):
    risky = scene.shifts["risky"]
    assert refusal(up(scene, "lu", risky)) == "insurance"
    Shift.objects.filter(pk=risky.pk).update(insured_at=timezone.now(), insured_by=scene.person("gao"))
    Volunteer.objects.filter(person=scene.person("lu")).update(confirmed_at=None, confirmed_by=None)
    assert refusal(up(scene, "lu", risky)) == "unconfirmed"
    Volunteer.objects.filter(person=scene.person("lu")).update(
        confirmed_at=timezone.now(), confirmed_by=scene.person("gao")
    )
    assert up(scene, "lu", risky).code == "confirmed"
    # Whoever would rather not lift is not asked, but may say yes.
    assert up(scene, "wu", risky).code == "confirmed"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"state": "closed"}, "closed"),
        ({"state": "finished", "ended_at": timezone.now()}, "finished"),
        ({"state": "called_off", "ended_at": timezone.now(), "called_off_reason": "下雨"}, "called_off"),
        ({"closes_at": timezone.now() - dt.timedelta(minutes=1)}, "closed"),
        ({"kind": "roster"}, "roster"),
    ],
)
def test_a_call_out_that_takes_no_more(scene, change, code):
    type(scene.callout).objects.filter(pk=scene.callout.pk).update(**change)
    assert refusal(up(scene, "xu", "scan")) == code


def test_a_post_that_has_begun(scene):
    late = scene.shifts["scan"].starts_at + dt.timedelta(minutes=1)
    assert refusal(up(scene, "xu", "scan", at=late)) == "started"
    walked = sign_up(scene.shifts["scan"], scene.person("xu").pk, by=scene.actor("zhi"), how="walkin", at=late)
    assert walked.code == "confirmed"


def test_who_may(scene):
    tian = scene.person("tian")
    assert refusal(up(scene, tian, "scan")) == "not_registered"
    assert refusal(up(scene, "zhao", "scan")) == "not_in_range"
    # Who was asked is in range, and so is whoever works there.
    one = asked(scene.callout, scene.person("zhao"))
    assert sign_up(scene.shifts["scan"], scene.person("zhao").pk, by=behind_link(one)).code == "confirmed"
    assert up(scene, "gao", "scan").code == "confirmed"
    Post.objects.filter(person=scene.person("shen")).update(valid_to=timezone.localdate())
    assert refusal(up(scene, "shen", "scan")) == "not_registered"
    Volunteer.objects.filter(person=scene.person("xu")).update(valid_to=timezone.localdate())
    assert refusal(up(scene, "xu", "scan")) == "not_registered"


def test_nobody_signs_up_for_another(scene):
    xu, shift = scene.person("xu").pk, scene.shifts["scan"]
    with pytest.raises(Forbidden):
        sign_up(shift, xu, by=scene.actor("lu"))
    with pytest.raises(Forbidden):
        sign_up(shift, xu, by=scene.actor("zhao"), how="walkin")
    # A link opens its own person's answer to its own call-out.
    other = a_shift(a_callout(scene.stage), start=6)
    one = asked(scene.callout, scene.person("xu"))
    assert sign_up(shift, scene.person("lu").pk, by=behind_link(one)).code == "gone"
    assert sign_up(other, xu, by=behind_link(one)).code == "gone"
    assert not Signup.objects.exists()


def test_a_plan_gives_places_past_the_line_but_never_beyond_the_room(scene):
    people = crowd(scene.stage, 4)
    order, zhi = scene.shifts["order"], scene.actor("zhi")
    [up(scene, one, order) for one in people[:3]]
    full = place(order, people[3].pk, by=zhi)
    assert full.code == "full"
    assert refused(full).reason.endswith("还有空位的：扫码 06:00–09:00、扫码 10:00–13:00。")
    Shift.objects.filter(pk=order.pk).update(capacity=3)
    offered = place(order, people[3].pk, by=zhi)
    assert (offered.code, Signup.objects.get(pk=offered.signup_id).how) == ("offered", "proposal")
    # Who waits for that post is raised from the line.
    raised = place(order, people[2].pk, by=zhi, state="confirmed")
    assert (raised.code, raised.signup_id) == ("confirmed", Signup.objects.get(person=people[2]).pk)
    assert held(order) == Shift.objects.get(pk=order.pk).taken == 3
    assert Signup.objects.get(person=people[1]).state == "waiting"

"""Answers: who can come, who can't, yes and no to an offer, withdrawing before and after the closing time."""

import datetime as dt

import pytest
from django.utils import timezone

from huying.callouts import jobs
from huying.callouts.actions import answer, change
from huying.callouts.actions.signup import sign_up
from huying.callouts.models import Asked, Callout, Shift, Signup
from huying.callouts.tests.scene import asked, behind_link, tomorrow
from huying.kernel.errors import BadInput, Forbidden, StepRefused
from huying.kernel.models import Event


def signed(scene, who: str, post: str) -> Signup:
    """Somebody of the cast signs up."""
    outcome = sign_up(scene.shifts[post], scene.person(who).pk, by=scene.actor(who))
    return Signup.objects.select_related("shift__callout").get(pk=outcome.signup_id)


def taken(scene, post: str) -> int:
    """Places held, which must be as many as hold one."""
    shift = Shift.objects.get(pk=scene.shifts[post].pk)
    assert shift.taken == shift.signups.holding().count()
    return shift.taken


def test_i_can_come_from_to(scene):
    xu = scene.person("xu")
    one = asked(scene.callout, xu)
    link = behind_link(one)
    answer.say_can(scene.callout, xu.pk, by=link, can_from=tomorrow(7), can_to=tomorrow(9), any_post=True)
    one.refresh_from_db()
    assert one.answer == "can" and one.can_from == tomorrow(7) and one.any_post
    answer.say_can(scene.callout, xu.pk, by=scene.actor("xu"))
    one.refresh_from_db()
    assert one.can_from is None and not one.any_post
    assert Event.objects.filter(kind="callouts.answered").count() == 2
    answer.take_back(scene.callout, xu.pk, by=link)
    one.refresh_from_db()
    assert one.answer == "" and one.answered_at is None


def test_who_cannot_leaves_no_mark_in_the_log_and_gives_everything_back(scene):
    xu = scene.person("xu")
    one = asked(scene.callout, xu)
    signed(scene, "xu", "scan")
    answer.say_cannot(scene.callout, xu.pk, by=behind_link(one))
    one.refresh_from_db()
    assert one.answer == "cannot" and taken(scene, "scan") == 0
    assert not Event.objects.filter(kind="callouts.answered").exists()
    assert not Event.objects.filter(facts__answer="cannot").exists()


def test_nobody_answers_for_others(scene):
    one = asked(scene.callout, scene.person("xu"))
    for actor in (scene.actor("lu"), scene.actor("zhi"), behind_link(asked(scene.callout, scene.person("lu")))):
        with pytest.raises(Forbidden):
            answer.say_can(scene.callout, scene.person("xu").pk, by=actor)
    one.refresh_from_db()
    assert one.answer == ""


def test_who_comes_by_themselves_registers_first(scene):
    with pytest.raises(StepRefused) as refused:
        answer.say_can(scene.callout, scene.person("tian").pk, by=scene.actor("tian"))
    assert refused.value.code == "not_registered"
    answer.say_can(scene.callout, scene.person("wu").pk, by=scene.actor("wu"))
    assert Asked.objects.get().wave == 0


@pytest.mark.parametrize(("start", "end", "field"), [(9, 8, "can_to"), (23, None, "can_from")])
def test_times_that_cannot_be_are_said(scene, start, end, field):
    with pytest.raises(BadInput) as refused:
        answer.say_can(
            scene.callout,
            scene.person("wu").pk,
            by=scene.actor("wu"),
            can_from=tomorrow(start),
            can_to=tomorrow(end) if end else None,
        )
    assert field in refused.value.fields and not Asked.objects.exists()


def test_an_offer_moves_to_the_next_until_somebody_says_yes(scene):
    first, second, third = (signed(scene, who, "order") for who in ("xu", "lu", "wu"))
    assert [one.state for one in (first, second, third)] == ["confirmed", "waiting", "waiting"]
    answer.withdraw(first, by=scene.actor("xu"))
    second.refresh_from_db()
    assert second.state == "offered" and taken(scene, "order") == 1
    answer.decline(second, by=scene.actor("lu"))
    third.refresh_from_db()
    assert third.state == "offered"
    answer.accept(third, by=scene.actor("wu"))
    third.refresh_from_db()
    assert third.state == "confirmed" and third.expires_at is None and taken(scene, "order") == 1


def test_silence_lets_an_offer_lapse(scene):
    first, second, third = (signed(scene, who, "order") for who in ("xu", "lu", "wu"))
    answer.withdraw(first, by=scene.actor("xu"))
    second.refresh_from_db()
    with pytest.raises(StepRefused):
        answer.lapse(second)
    assert jobs.ring_offers() == 0
    assert answer.lapse_due(second.expires_at + dt.timedelta(seconds=1)) == 1
    second.refresh_from_db()
    third.refresh_from_db()
    assert (second.state, third.state) == ("lapsed", "offered") and taken(scene, "order") == 1


def test_nobody_accepts_after_the_time_nor_for_somebody_else(scene):
    first, second = (signed(scene, who, "order") for who in ("xu", "lu"))
    answer.withdraw(first, by=scene.actor("xu"))
    second.refresh_from_db()
    with pytest.raises(Forbidden):
        answer.accept(second, by=scene.actor("zhi"))
    with pytest.raises(StepRefused):
        answer.accept(second, by=scene.actor("lu"), at=second.expires_at + dt.timedelta(seconds=1))
    second.refresh_from_db()
    assert second.state == "offered"


def test_before_the_closing_time_withdrawing_is_free_and_after_it_takes_a_word(scene):
    early, late = signed(scene, "xu", "scan"), signed(scene, "lu", "scan")
    answer.withdraw(early, by=scene.actor("xu"))
    assert "late" not in Event.objects.get(kind="callouts.withdrawn").facts
    Callout.objects.update(state="closed")
    late = Signup.objects.select_related("shift__callout").get(pk=late.pk)
    with pytest.raises(BadInput):
        answer.withdraw(late, by=scene.actor("lu"))
    assert taken(scene, "scan") == 1
    answer.withdraw(late, by=scene.actor("lu"), words="孩子发烧了")
    assert Event.objects.filter(kind="callouts.withdrawn", facts__late=1).count() == 1
    assert Asked.objects.get(person=scene.person("lu")).words == "孩子发烧了" and taken(scene, "scan") == 0


def test_called_off_while_people_stand_in_it(scene):
    for who, post in (("xu", "order"), ("lu", "order"), ("wu", "scan")):
        signed(scene, who, post)
    change.call_off(scene.callout, "下暴雨", by=scene.actor("zhi"))
    assert set(Signup.objects.values_list("state", flat=True)) == {"cancelled"}
    assert [taken(scene, post) for post in ("order", "scan")] == [0, 0]
    assert Event.objects.filter(kind="callouts.cancelled", facts__whole=1).count() == 3
    outcome = sign_up(scene.shifts["scan"], scene.person("xu").pk, by=scene.actor("xu"))
    assert outcome.code == "called_off" and not outcome.stands
    with pytest.raises(StepRefused):
        answer.say_can(scene.callout, scene.person("xu").pk, by=scene.actor("xu"))


def test_the_end_lets_go_of_who_waits_and_keeps_who_came(scene):
    first, second = signed(scene, "xu", "order"), signed(scene, "lu", "order")
    with pytest.raises(StepRefused):
        change.finish(scene.callout, by=scene.actor("zhi"))
    change.finish(scene.callout, at=tomorrow(22))
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("confirmed", "cancelled") and taken(scene, "order") == 1


def test_the_clock_closes_and_finishes(scene):
    now = timezone.now()
    Callout.objects.update(next_alarm_at=now, closes_at=now)
    assert jobs.ring_callout_alarms() == 1
    scene.callout.refresh_from_db()
    assert scene.callout.state == "closed" and scene.callout.next_alarm_at == scene.callout.ends_at
    past = {"starts_at": now - dt.timedelta(hours=3), "ends_at": now, "closes_at": now, "next_alarm_at": now}
    Callout.objects.update(**past)
    assert jobs.ring_callout_alarms() == 1
    scene.callout.refresh_from_db()
    assert scene.callout.state == "finished" and scene.callout.next_alarm_at is None

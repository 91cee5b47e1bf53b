"""Changing a call-out: nobody loses a place by it, and whoever stands in it is told."""

import dataclasses

import pytest
from django.utils import timezone

from huying.callouts.actions import change
from huying.callouts.actions.change import Change
from huying.callouts.actions.post import Line
from huying.callouts.actions.signup import sign_up
from huying.callouts.models import Callout, Shift, Signup
from huying.callouts.rules import CALLED_OFF, CLOSED, FINISHED, LIVE, OPEN
from huying.callouts.tests.scene import tomorrow
from huying.callouts.workflow import CALLOUT, SIGNUP
from huying.kernel.errors import BadInput, Forbidden, StalePage, StepRefused
from huying.kernel.models import Event


def as_it_is(callout: Callout) -> Change:
    """The call-out as its form shows it."""
    lines = [
        Line(
            one.name,
            one.capacity,
            one.duties,
            tuple(one.skills),
            tuple(one.body),
            one.min_age,
            one.max_age,
            one.risky,
            one.insured_at is not None,
            one.rest,
            one.starts_at,
            one.ends_at,
            one.pk,
        )
        for one in callout.shifts.order_by("starts_at", "id")
    ]
    return Change(callout.title, tomorrow(12), lines, callout.words, callout.meeting, "消毒水刺激，发手套")


def put(to: Change, post: Shift, **more) -> Change:
    """The same with another line for a post."""
    lines = [dataclasses.replace(one, **more) if one.pk == post.pk else one for one in to.lines]
    return dataclasses.replace(to, lines=lines)


def test_more_places_move_the_line_up(scene):
    for who in ("xu", "lu"):
        sign_up(scene.shifts["order"], scene.person(who).pk, by=scene.actor(who))
    change.change(scene.callout, put(as_it_is(scene.callout), scene.shifts["order"], places=2), by=scene.actor("zhi"))
    assert list(Signup.objects.order_by("id").values_list("state", flat=True)) == ["confirmed", "offered"]
    assert "posts" in Event.objects.get(kind="callouts.changed").facts["what"]


def test_what_would_take_somebodys_place_is_refused(scene):
    shift = scene.shifts["scan"]
    for who in ("xu", "lu"):
        sign_up(shift, scene.person(who).pk, by=scene.actor(who))
    to = as_it_is(scene.callout)
    number = next(n for n, one in enumerate(to.lines) if one.pk == shift.pk)
    for wrong, field in (
        (put(to, shift, places=1), f"line-{number}-places"),
        (put(to, shift, starts_at=tomorrow(7)), f"line-{number}-starts_at"),
        (dataclasses.replace(to, lines=[one for one in to.lines if one.pk != shift.pk]), "lines"),
        (dataclasses.replace(to, lines=[]), "lines"),
        (dataclasses.replace(to, closes_at=tomorrow(23)), "closes_at"),
        (dataclasses.replace(to, title=""), "title"),
    ):
        with pytest.raises(BadInput) as refused:
            change.change(scene.callout, wrong, by=scene.actor("zhi"))
        assert field in refused.value.fields, refused.value.fields
    shift.refresh_from_db()
    assert shift.capacity == 2 and shift.taken == 2 and not Event.objects.filter(kind="callouts.changed").exists()


def test_posts_come_and_go_and_the_times_follow(scene):
    to = as_it_is(scene.callout)
    new = Line("送水", 2, starts_at=tomorrow(5), ends_at=tomorrow(6))
    to = dataclasses.replace(to, lines=[*[one for one in to.lines if one.pk != scene.shifts["risky"].pk], new])
    change.change(scene.callout, to, by=scene.actor("gao"), version=0)
    assert set(scene.callout.shifts.values_list("name", flat=True)) == {"扫码", "维持秩序", "送水"}
    assert (scene.callout.starts_at, scene.callout.ends_at, scene.callout.version) == (tomorrow(5), tomorrow(13), 1)
    with pytest.raises(StalePage):
        change.change(scene.callout, to, by=scene.actor("gao"), version=0)


def test_a_risky_post_opens_with_its_insurance(scene):
    risky = scene.shifts["risky"]
    with pytest.raises(Forbidden):
        change.insure(risky, by=scene.actor("xu"))
    change.insure(risky, by=scene.actor("zhi"))
    change.insure(risky, by=scene.actor("zhi"))
    risky.refresh_from_db()
    assert risky.insured_by == scene.person("zhi") and Event.objects.filter(kind="callouts.insured").count() == 1


def test_closed_and_opened_again(scene):
    zhi = scene.actor("zhi")
    change.close(scene.callout, by=zhi)
    with pytest.raises(BadInput):
        change.reopen(scene.callout, timezone.now(), by=zhi)
    with pytest.raises(BadInput):
        change.reopen(scene.callout, tomorrow(23), by=zhi)
    change.reopen(scene.callout, tomorrow(5), by=zhi)
    assert scene.callout.state == "open" and scene.callout.closes_at == tomorrow(5)


def test_called_off_with_a_reason_or_not_at_all(scene):
    for reason in ("", "  ", "长" * 301):
        with pytest.raises(BadInput):
            change.call_off(scene.callout, reason, by=scene.actor("zhi"))
    scene.callout.refresh_from_db()
    assert scene.callout.state == "open" and not Event.objects.filter(kind="callouts.called_off").exists()


def test_every_step_from_every_state(scene):
    """What the table of steps allows happens, all else is refused without a trace."""
    zhi = scene.actor("zhi")
    takes = {
        "change": lambda: change.change(scene.callout, as_it_is(scene.callout), by=zhi),
        "close": lambda: change.close(scene.callout, by=zhi),
        "reopen": lambda: change.reopen(scene.callout, tomorrow(5), by=zhi),
        "call_off": lambda: change.call_off(scene.callout, "下雨", by=zhi),
        "finish": lambda: change.finish(scene.callout, by=zhi, at=tomorrow(22)),
    }
    for state in (OPEN, CLOSED, FINISHED, CALLED_OFF):
        for step, take in takes.items():
            ended = None if state in LIVE else timezone.now()
            Callout.objects.update(state=state, ended_at=ended, called_off_reason="下雨" if state == CALLED_OFF else "")
            scene.callout.refresh_from_db()
            events = Event.objects.count()
            if state in CALLOUT.sources(step):
                take()
                target = CALLOUT[step].target or state
                assert scene.callout.state == target and Event.objects.count() == events + 1
            else:
                with pytest.raises(StepRefused):
                    take()
                scene.callout.refresh_from_db()
                assert scene.callout.state == state and Event.objects.count() == events


@pytest.mark.parametrize("who", ["xu", "wu", "lu", "zhao", "anonymous"])
def test_only_the_organiser_takes_the_steps_of_a_call_out(scene, who):
    assert CALLOUT.available(scene.callout, scene.actor(who)) == []
    with pytest.raises(Forbidden):
        change.close(scene.callout, by=scene.actor(who))


def test_the_steps_of_a_sign_up_are_those_of_the_table():
    assert set(SIGNUP.steps) == {"offer", "accept", "decline", "lapse", "withdraw", "cancel", "swap"}

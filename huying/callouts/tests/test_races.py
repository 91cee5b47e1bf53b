"""Races: a call-out called off while people sign up, two posts of one form at once, an offer accepted as it lapses."""

import datetime as dt
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections, transaction

from huying.callouts import queries_telling as telling
from huying.callouts.actions import answer, change
from huying.callouts.actions.ask import ask
from huying.callouts.actions.post import post
from huying.callouts.actions.signup import sign_up
from huying.callouts.models import Asked, Callout, Shift, Signup
from huying.callouts.tests.scene import build_scene, crowd, tomorrow
from huying.callouts.tests.test_ask import later, noon
from huying.callouts.tests.test_post import posting
from huying.kernel.errors import StepRefused
from huying.people.queries import actor_for
from tests.cast import build_stage

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*tasks) -> list:
    """Run tasks in threads that start together; what each returned, or the refusal that it met."""
    gate = threading.Barrier(len(tasks))

    def run(task):
        try:
            gate.wait(timeout=10)
            return task()
        except StepRefused as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(run, tasks))


def test_called_off_while_people_sign_up():
    """Each of them is either told that it is off, or was in it and is cancelled; no place stays taken."""
    stage = build_stage()
    scene = build_scene(stage)
    people = crowd(stage, 10)
    zhi = stage.actor("zhi")
    signing = [lambda one=one: sign_up(scene.shifts["scan"], one.pk, by=actor_for(one)) for one in people]
    at_once(*signing, lambda: change.call_off(scene.callout, "下暴雨", by=zhi))
    assert Callout.objects.get().state == "called_off"
    assert not Signup.objects.standing().exists()
    assert set(Shift.objects.values_list("taken", flat=True)) == {0}


def test_one_form_sent_twice_at_once_is_one_call_out():
    stage = build_stage()
    once, zhi = posting(stage), stage.actor("zhi")
    outcomes = at_once(*[lambda: post(once, by=zhi)] * 4)
    assert sorted(new for _callout, new in outcomes) == [False, False, False, True]
    assert Callout.objects.count() == 1 and Shift.objects.count() == 6


def test_an_offer_is_accepted_or_lapses_and_never_both():
    stage = build_stage()
    scene = build_scene(stage)
    for who in ("xu", "lu", "wu"):
        sign_up(scene.shifts["order"], stage.persons[who].pk, by=stage.actor(who))
    first = Signup.objects.select_related("shift__callout").get(person=stage.persons["xu"])
    answer.withdraw(first, by=stage.actor("xu"))
    offer = Signup.objects.select_related("shift__callout").get(state="offered")
    lu, over = stage.actor("lu"), offer.expires_at + dt.timedelta(seconds=1)
    twin = Signup.objects.select_related("shift__callout").get(pk=offer.pk)
    at_once(lambda: answer.accept(offer, by=lu), lambda: answer.lapse(twin, at=over))
    offer.refresh_from_db()
    assert offer.state in ("confirmed", "lapsed")
    shift = Shift.objects.get(pk=scene.shifts["order"].pk)
    assert shift.taken == shift.signups.holding().count() == 1


def test_withdrawing_while_others_sign_up_leaves_no_place_empty():
    stage = build_stage()
    scene = build_scene(stage)
    xu, people = stage.persons["xu"], crowd(stage, 6)
    sign_up(scene.shifts["order"], xu.pk, by=stage.actor("xu"))
    own, actor = Signup.objects.select_related("shift__callout").get(), stage.actor("xu")
    signing = [lambda one=one: sign_up(scene.shifts["order"], one.pk, by=actor_for(one)) for one in people]
    at_once(*signing, lambda: answer.withdraw(own, by=actor))
    shift = Shift.objects.get(pk=scene.shifts["order"].pk)
    assert shift.taken == shift.signups.holding().count() == 1
    assert shift.signups.waiting().count() == 5


def asked_at_once(stage, start) -> int:
    """Two waves of two call-outs, each begun by `start`; how often somebody was asked who allows it once a week."""
    crowd(stage, 40, asks_a_week=1)
    both = [later(stage, tell_all=True), later(stage, tell_all=True)]
    for callout in both:
        Shift.objects.create(
            callout=callout, name="扫码", capacity=5, starts_at=tomorrow(6, days=3), ends_at=tomorrow(9, days=3)
        )
    at_once(*[lambda one=one: start(one) for one in both])
    return Asked.objects.count()


def test_two_call_outs_at_once_ask_nobody_more_often_than_they_allow():
    assert asked_at_once(build_stage(), lambda callout: ask(callout, at=noon())) == 40


def test_without_the_lock_they_would():
    """The twin: the second looks before the first has committed what it wrote."""
    written, turn = threading.Event(), iter((True, False))

    def unlocked(callout):
        first = next(turn)
        with transaction.atomic():
            if not first:
                assert written.wait(timeout=10)
                return telling.tell_everybody(callout, 1, noon(), night=False)
            count = telling.tell_everybody(callout, 1, noon(), night=False)
            written.set()
            time.sleep(1)
        return count

    assert asked_at_once(build_stage(), unlocked) == 80

"""Two who switch at the same moment: one has it and the other is told; without the guard both would."""

import datetime as dt
import threading

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from huying.kernel.errors import StepRefused
from huying.kernel.models import Event
from huying.modes import actions, events
from huying.modes.models import Mode
from huying.modes.tests.scene import switched


def at_once(*calls) -> list:
    """Run them in threads that begin together; what each returned or raised."""
    meet, told = threading.Barrier(len(calls)), []

    def run(call):
        try:
            meet.wait(timeout=10)
            told.append(call())
        except (StepRefused, IntegrityError) as refusal:
            told.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


@pytest.mark.django_db(transaction=True)
def test_of_two_switches_at_once_one_has_it_and_the_other_is_told(stage):
    told = at_once(lambda: switched(stage, level=1, by="jie"), lambda: switched(stage, level=2, by="qu"))
    refused = [one for one in told if isinstance(one, StepRefused)]
    assert len(refused) == 1 and "不用再开一次" in refused[0].reason
    assert Mode.objects.count() == 1 and Event.objects.filter(kind=events.SWITCHED_ON).count() == 1


def _look_then_switch(stage, meet: threading.Barrier):
    """How it goes wrong: look whether one is on, then write."""
    place = stage.place("community")
    free = not Mode.objects.on().filter(place=place).exists()
    meet.wait(timeout=10)
    if free:
        now = timezone.now()
        Mode.objects.create(
            state="on", key=f"k{threading.get_ident()}", kind="emergency", level=1, level_since=now, place=place,
            path=place.path, authority="街道", reason="雨", starts_at=now, expires_at=now + dt.timedelta(hours=1),
        )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_without_the_constraint_two_have_it_and_with_it_one(stage):
    guard = next(one for one in Mode._meta.constraints if one.name == "one_mode_at_a_place_at_a_time")
    with connection.schema_editor() as editor:
        editor.remove_constraint(Mode, guard)
    try:
        meet = threading.Barrier(2)
        assert at_once(*[lambda: _look_then_switch(stage, meet)] * 2) == [None, None]
        assert Mode.objects.count() == 2
    finally:
        Mode.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(Mode, guard)
    meet = threading.Barrier(2)
    told = at_once(*[lambda: _look_then_switch(stage, meet)] * 2)
    assert len([one for one in told if isinstance(one, IntegrityError)]) == 1 and Mode.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_ended_by_two_at_once_it_ends_once(stage):
    mode = switched(stage)
    told = at_once(
        lambda: actions.end(Mode.objects.get(pk=mode.pk), "雨停了", by=stage.actor("jie")),
        lambda: actions.end(Mode.objects.get(pk=mode.pk), "水退了", by=stage.actor("qu")),
    )
    assert len([one for one in told if isinstance(one, StepRefused)]) == 1
    assert Event.objects.filter(kind=events.ENDED).count() == 1

"""The demo's calls: replayed through the real actions, dated, the same each time."""

import datetime as dt

import pytest
from django.utils import timezone

from huying.calls import demo
from huying.calls.models import Call
from huying.directory.models import Seat, Unit
from huying.kernel.models import Event
from huying.people.models import Person
from huying.places.models import Place


@pytest.fixture
def square(stage):
    """Guangchang with the units that its stories need, each with somebody who answers."""
    for kind in ("property", "utility", "department"):
        checked = {"verified_at": timezone.now(), "verified_by": stage.persons["qu"]}
        unit = Unit.objects.create(name=f"单位{kind}", kind=kind, place=stage.place("district"), **checked)
        person = Person.objects.create_user(kind, name="办事员")
        Seat.objects.create(person=person, unit=unit)
    return stage


def told(key):
    return Call.objects.get(intake_key=f"demo-{key}")


def test_the_stories_are_written_well():
    stories = demo.stories()
    keys = [story["key"] for story in stories]
    assert len(keys) == len(set(keys)) >= 45
    assert all(0 <= story["day"] < 30 and story["text"] for story in stories)
    for story in stories:
        spans = [demo.span(step["after"]) for step in story["steps"]]
        assert spans == sorted(spans), story["key"]


def test_it_is_told_once_and_never_again(square):
    seen = []
    new = demo.load(lambda done, total: seen.append((done, total)))
    assert new == Call.objects.count() >= 14
    assert seen[-1][0] == seen[-1][1]
    events = Event.objects.count()
    assert demo.load() == 0
    assert (Call.objects.count(), Event.objects.count()) == (new, events)


@pytest.mark.parametrize("hour", [0, 9, 23])
def test_at_any_hour_of_the_day(square, hour):
    now = timezone.localtime().replace(hour=hour, minute=7) - dt.timedelta(days=1)
    assert demo.load(now=now) >= 14
    assert not Event.objects.filter(subject_type="call", at__gt=now).exists()


def test_everything_is_dated_and_made_up(square):
    now = timezone.now()
    demo.load(now=now)
    assert not Call.objects.filter(made_up=False).exists()
    assert not Event.objects.filter(subject_type="call", at__gt=now).exists()
    oldest = Call.objects.order_by("raised_at")[0].raised_at
    assert now - oldest > dt.timedelta(days=20)
    # The log tells each call's way in the order in which it happened.
    for call in Call.objects.all():
        moments = list(
            Event.objects.filter(subject_type="call", subject_id=call.pk).order_by("id").values_list("at", flat=True)
        )
        assert moments == sorted(moments), call.intake_key


def test_the_many_ends_of_a_call_are_there(square):
    demo.load()
    assert told("pipe").is_overdue()
    assert told("parking-1").dispute_open
    assert told("spam").state == "declined"
    assert told("illegal-shed").rating == "mostly"
    assert told("school").state == "closed"
    assert told("wifi").state == "withdrawn"
    assert {"confirmed", "declined", "closed", "underway", "assigned"} <= set(
        Call.objects.values_list("state", flat=True)
    )


def test_where_the_places_are_not_nothing_is_told(db):
    assert demo.load() == 0
    assert not Place.objects.exists()


def test_a_length_of_time_is_read():
    assert demo.span("1d6h30m") == dt.timedelta(days=1, hours=6, minutes=30)
    for wrong in ("", "tomorrow", "3x"):
        with pytest.raises(ValueError):
            demo.span(wrong)

"""The log as other contexts write it, told in a few words."""

import datetime as dt
from types import SimpleNamespace

import pytest
from django.utils import timezone

from huying.appraisals import record
from huying.directory.models import Member, Seat, Unit
from huying.kernel.log import record as write
from huying.kernel.models import Event
from huying.kernel.scopes import SYSTEM
from huying.people.models import Person


class Row(SimpleNamespace):
    """Something that the log can speak of without a table."""

    def __init__(self, kind: str, pk: int):
        super().__init__(pk=pk, _meta=SimpleNamespace(model_name=kind))


def moment(day: str | dt.date, hour: int = 10) -> dt.datetime:
    """A day at an hour, in the installation's zone."""
    day = dt.date.fromisoformat(day) if isinstance(day, str) else day
    return timezone.make_aware(dt.datetime.combine(day, dt.time(hour)))


class Told:
    """Writes events and folds them."""

    def __init__(self, stage):
        self.stage = stage
        self.place = stage.place("community").pk
        self.last = 0

    def event(self, kind: str, subject: tuple[str, int], day, *, by=SYSTEM, place=None, **facts) -> None:
        """One event, at ten o'clock of a day or at a moment."""
        at = day if isinstance(day, dt.datetime) else moment(day)
        write(kind, Row(*subject), by=by, place=place or self.place, at=at, **facts)

    def wish(self, pk: int, person, unit, *steps: tuple[str, str], place=None, claim=None) -> None:
        """A wish that went some way: ('claimed', '2025-03-03'), …"""
        facts = {"person": person.pk, "unit": unit.pk if unit else 0, "claim": claim or pk}
        for step, day in steps:
            self.event(f"wishes.{step}", ("wish", pk), day, place=place, **facts)
        self.fold()

    def fold(self) -> None:
        """What the reader does with what is new."""
        new = list(Event.objects.filter(id__gt=self.last, kind__in=record.KINDS).order_by("id"))
        record.make(record.threads_of(new))
        self.last = Event.objects.order_by("-id").values_list("id", flat=True).first() or 0


@pytest.fixture
def told(stage) -> Told:
    """The log, to be written."""
    return Told(stage)


@pytest.fixture
def school(stage) -> Unit:
    """A verified unit that stands in the community, with Ms. Bai who speaks for it and three members."""
    long_ago = timezone.localdate() - dt.timedelta(days=900)
    unit = Unit.objects.create(
        name="西一路小学",
        kind="school",
        place=stage.place("community"),
        verified_at=moment(long_ago),
        verified_by=stage.persons["gao"],
        created_at=moment(long_ago),
    )
    stage.persons["bai"] = Person.objects.create_user("bai", "huying-test-pw", name="白老师")
    Seat.objects.create(person=stage.persons["bai"], unit=unit, valid_from=long_ago)
    for username, name in (("ding", "丁老师"), ("fan", "范老师"), ("geng", "耿老师")):
        person = stage.persons[username] = Person.objects.create_user(username, "huying-test-pw", name=name)
        Member.objects.create(person=person, place=stage.place("community"), unit=unit, valid_from=long_ago)
    return unit

"""A call-out with its posts, and volunteers in range: `scene` stands on tests/cast.py's stage; functions make more."""

import datetime as dt
import secrets
from dataclasses import dataclass

import pytest
from django.db.models import F
from django.utils import timezone
from psycopg.types.range import TimestamptzRange as DateTimeTZRange

from huying.callouts import rules
from huying.callouts.models import Asked, Callout, Shift, Signup, Volunteer
from huying.kernel.scopes import Actor, link_holder
from huying.people.models import Person, Post
from huying.people.queries import actor_for

ADULT = dt.date(1990, 5, 1)


def tomorrow(hour: int = 0, minute: int = 0, days: int = 1) -> dt.datetime:
    """A time of tomorrow's (or of a later day's) by the clock on the wall."""
    day = timezone.localdate() + dt.timedelta(days=days)
    return timezone.make_aware(dt.datetime.combine(day, dt.time(hour, minute)))


def a_callout(stage, at: str = "compound", *, reach: str = "community", **more) -> Callout:
    """A call-out for tomorrow from 6 to 22 o'clock, heard in the whole community; no posts yet."""
    place, heard = stage.place(at), stage.place(reach)
    given = {
        "key": secrets.token_urlsafe(12),
        "title": "核酸检测点",
        "words": "明早六点在小广场集合",
        "place": place,
        "path": place.path,
        "reach": reach if reach in ("compound", "community", "street", "district") else "community",
        "reach_path": heard.path,
        "starts_at": tomorrow(6),
        "ends_at": tomorrow(22),
        "closes_at": tomorrow(22),
        "posted_by": stage.persons["zhi"],
    } | more
    return Callout.objects.create(**given)


def a_shift(
    callout: Callout, name: str = "扫码", *, start: int = 6, hours: float = 3, capacity: int = 2, **more
) -> Shift:
    """A post of a call-out, on the day that it starts, from an hour on."""
    begin = timezone.localtime(callout.starts_at).replace(hour=start, minute=0)
    given = {"starts_at": begin, "ends_at": begin + dt.timedelta(hours=hours)} | more
    return Shift.objects.create(callout=callout, name=name, capacity=capacity, **given)


def a_volunteer(stage, who: str | Person, at: str = "compound", **more) -> Volunteer:
    """One of the cast, or a person, registered at a place."""
    person = stage.persons[who] if isinstance(who, str) else who
    place = stage.place(at)
    given = {
        "number": f"V{person.pk:07d}",
        "place": place,
        "path": place.path,
        "born": ADULT,
        "calendar_key": secrets.token_hex(16),
        "confirmed_at": timezone.now(),
        "confirmed_by": stage.persons["gao"],
        "valid_from": timezone.localdate() - dt.timedelta(days=30),
    } | more
    return Volunteer.objects.create(person=person, **given)


def crowd(stage, count: int, at: str = "compound", **more) -> list[Person]:
    """So many people, each registered as a volunteer at a place and holding the post of one there."""
    first, place = Person.objects.count(), stage.place(at)
    people = Person.objects.bulk_create(
        [Person(username=f"crowd{first + n}", name=f"志愿者{first + n}", password="!") for n in range(count)]
    )
    since = timezone.localdate() - dt.timedelta(days=30)
    Post.objects.bulk_create([Post(person=one, role="volunteer", place=place, valid_from=since) for one in people])
    Volunteer.objects.bulk_create(
        Volunteer(
            person=one,
            place=place,
            path=place.path,
            number=f"V{one.pk:07d}",
            calendar_key=secrets.token_hex(16),
            valid_from=since,
            **{"born": ADULT, **more},
        )
        for one in people
    )
    return people


def asked(callout: Callout, person: Person, **more) -> Asked:
    """Somebody was told; `.secret` is the name in their link."""
    return Asked.objects.create(callout=callout, person=person, **{"wave": 1, **more})


def behind_link(one: Asked) -> Actor:
    """The actor who opened the link of the message."""
    return link_holder("asked", one.pk)


@dataclass
class Scene:
    """The morning of the testing site: `scene.shifts['scan']` and so on; `scene.actor('xu')` as on the stage."""

    stage: object
    callout: Callout
    shifts: dict[str, Shift]
    volunteers: dict[str, Volunteer]

    def actor(self, who: str | Person) -> Actor:
        return self.stage.actor(who) if isinstance(who, str) else actor_for(who)

    def person(self, who: str) -> Person:
        return self.stage.persons[who]


def build_scene(stage) -> Scene:
    """Zhi's call-out of tomorrow with four posts; Xu, Lu and Wu are volunteers in range, Zhao is one elsewhere."""
    callout = a_callout(stage)
    shifts = {
        "scan": a_shift(callout, "扫码", start=6, capacity=2),
        "order": a_shift(callout, "维持秩序", start=6, capacity=1, body=["standing"]),
        "later": a_shift(callout, "扫码", start=10, capacity=2, rest=60),
        "risky": a_shift(callout, "搬运消毒", start=14, capacity=2, risky=True, min_age=18, body=["lifting"]),
    }
    volunteers = {
        "xu": a_volunteer(stage, "xu", skills=["scan"]),
        "lu": a_volunteer(stage, "lu"),
        "wu": a_volunteer(stage, "wu", avoids=["lifting"]),
        "zhao": a_volunteer(stage, "zhao", at="elsewhere"),
    }
    return Scene(stage, callout, shifts, volunteers)


@pytest.fixture
def scene(stage) -> Scene:
    """The call-out of tomorrow morning with its people."""
    return build_scene(stage)


def confirmed(shift: Shift, person: Person, **more) -> Signup:
    """Somebody who holds a place in a post, straight in the tables."""
    period = DateTimeTZRange(shift.starts_at, shift.ends_at)
    guarded = DateTimeTZRange(shift.starts_at, shift.ends_at + dt.timedelta(minutes=shift.rest))
    given = {"state": "confirmed", "confirmed_at": timezone.now(), "period": period, "guarded": guarded} | more
    made = Signup.objects.create(shift=shift, person=person, **given)
    if made.state in rules.HOLDING:
        Shift.objects.filter(pk=shift.pk).update(taken=F("taken") + 1)
        shift.refresh_from_db()
    return made

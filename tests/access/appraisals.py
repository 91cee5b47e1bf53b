"""Appraisals and what each unit's people did."""

import datetime as dt

from django.utils import timezone

from huying.appraisals import actions
from huying.directory.models import Member, Seat, Unit

from .columns import NO, NOT_FOUND, OK, PERSONS, POST_ONLY, TO_LOGIN, WHO

# The unit stands at the street: those who work below, at or above it read of it, each what lies in their places.
READ = {**PERSONS, "xu": NOT_FOUND, "lu": NOT_FOUND, "zhi": NOT_FOUND, "operator": NOT_FOUND}
# What Gao wrote of Xu: Xu reads it, and whoever appraises for the community.
SAID = {**dict.fromkeys(WHO, NOT_FOUND), "anonymous": TO_LOGIN, "xu": OK, "gao": OK, "qin": OK}
GIVERS = {**dict.fromkeys(WHO, NOT_FOUND), "anonymous": TO_LOGIN, "gao": OK, "qin": OK}
PERSONS_POST_ONLY = {**POST_ONLY, "anonymous": 405}

TABLE: dict = {
    "appraisals/": PERSONS,
    "appraisals/unit/<int:pk>/": {who: 302 if status == OK else status for who, status in READ.items()},
    "appraisals/unit/<int:pk>/<period:period>/": READ,
    "appraisals/unit/<int:pk>/<period:period>/table.xlsx": READ,
    "appraisals/unit/<int:pk>/<period:period>/list/<slug:figure>/": READ,
    "appraisals/by/<slug:giver>/<int:year>/": GIVERS,
    "appraisals/by/<slug:giver>/<int:year>/<slug:subject>/": GIVERS,
    "appraisals/<int:pk>/": SAID,
    "appraisals/<int:pk>/reply/": PERSONS_POST_ONLY,
    "appraisals/<int:pk>/correct/": PERSONS_POST_ONLY,
}
POSTED: dict = {
    "appraisals/by/<slug:giver>/<int:year>/<slug:subject>/": {"anonymous": TO_LOGIN, "tian": NOT_FOUND, "gao": 302},
    "appraisals/<int:pk>/reply/": {"anonymous": TO_LOGIN, "zhao": NOT_FOUND, "gao": NO, "xu": 422},
    "appraisals/<int:pk>/correct/": {"anonymous": TO_LOGIN, "zhao": NOT_FOUND, "xu": NO, "gao": 422},
}


def scene(stage, raise_one) -> dict:
    """Xu reported in two years ago, and Gao has said a word on last year; a unit stands in the community."""
    today = timezone.localdate()
    since, community = today - dt.timedelta(days=700), stage.place("community")
    Member.objects.get_or_create(person=stage.persons["xu"], place=community, defaults={"valid_from": since})
    now = timezone.now() - dt.timedelta(days=700)
    school = Unit.objects.create(
        name="广场小学",
        kind="school",
        place=community,
        verified_at=now,
        verified_by=stage.persons["gao"],
        created_at=now,
    )
    Seat.objects.create(person=stage.persons["wu"], unit=school, valid_from=since)
    said = actions.give(community, stage.persons["xu"], today.year - 1, "good", "热心", by=stage.actor("gao"))
    return {
        "appraisals/unit/<int:pk>": stage.unit.pk,
        "appraisals/<int:pk>": said.pk,
        "<period:period>": f"{today.year - 1}-q4",
        "<slug:figure>": "wish-done",
        "<slug:giver>": f"place-{community.pk}",
        "<int:year>": today.year - 1,
        "<slug:subject>": f"unit-{school.pk}",
    }

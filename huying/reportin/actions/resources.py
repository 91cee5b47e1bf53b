"""Resources: what units and persons offer by themselves."""

import datetime as dt
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.directory.models import Unit
from huying.kernel.log import record
from huying.kernel.policy import load
from huying.kernel.scopes import Actor
from huying.reportin import events
from huying.reportin.actions.lists_base import standing, unit_of, wanted, words
from huying.reportin.models import Resource
from huying.reportin.rules_match import SLOTS
from huying.reportin.workflow_lists import RESOURCE


def post_resource(
    place,
    text: str,
    *,
    by: Actor,
    key: str,
    unit: Unit | None = None,
    services: Sequence[str] = (),
    skills: Sequence[str] = (),
    slots: Sequence[str] = (),
    made_up: bool = False,
    at: dt.datetime | None = None,
) -> Resource:
    """Offer something at a place, for oneself or for a unit; the same key twice is one resource."""
    unit = unit_of(by, unit)
    known = Resource.objects.filter(key=key).first()
    if known is not None:
        return known
    standing(place, None)
    text = words(text, load("reportin")["needs"]["text_most"], "text", _("写一句能提供什么。"))
    services, skills = wanted(services, skills)
    resource = Resource(
        key=key,
        person_id=by.id,
        unit=unit,
        place=place,
        path=place.path,
        text=text,
        services=services,
        skills=skills,
        slots=[slot for slot in SLOTS if slot in slots],
        posted_at=at or timezone.now(),
        made_up=made_up,
    )
    try:
        with transaction.atomic():
            resource.save(force_insert=True)
            facts = {"person": by.id, "unit": unit.pk if unit else None}
            record(events.RESOURCE_POSTED, resource, by=by, place=place.pk, at=at, version=0, **facts)
    except IntegrityError as error:
        if "key" not in error.__cause__.diag.constraint_name:
            raise
        return Resource.objects.get(key=key)
    return resource


def close_resource(resource: Resource, *, by: Actor, version: int | None = None) -> Resource:
    """Take a resource off the list; what was agreed on stays agreed."""
    with RESOURCE.step("close", resource, by=by, version=version, **_facts(resource)) as row:
        row.closed_at = timezone.now()
    return resource


def reopen_resource(resource: Resource, *, by: Actor, version: int | None = None) -> Resource:
    """Offer it again."""
    with RESOURCE.step("reopen", resource, by=by, version=version, **_facts(resource)) as row:
        row.closed_at = None
    return resource


def _facts(resource: Resource) -> dict:
    return {"person": resource.person_id, "unit": resource.unit_id}

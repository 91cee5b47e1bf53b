"""Needs: posted, shown to some who may take them, taken, put down, withdrawn. Nobody is given a need by somebody else."""

import datetime as dt
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.directory.models import Unit
from huying.kernel.errors import BadInput, Forbidden, StepRefused
from huying.kernel.log import record
from huying.kernel.policy import load
from huying.kernel.scopes import SYSTEM, Actor
from huying.reportin import events, queries_lists
from huying.reportin import rules_lists as rules
from huying.reportin.actions.lists_base import (
    alarm_of_need,
    dispatch_by,
    moving_need,
    standing,
    unit_of,
    wait_anew,
    wanted,
    words,
)
from huying.reportin.actions.lists_base import alarm_of_project as alarm_of
from huying.reportin.choices_lists import Part
from huying.reportin.models import Need, Offer, Project


def post_need(
    place,
    text: str,
    *,
    by: Actor,
    key: str,
    services: Sequence[str] = (),
    skills: Sequence[str] = (),
    people: int = 1,
    day_from: dt.date | None = None,
    day_to: dt.date | None = None,
    parts: Sequence[str] = (),
    origin: str = "",
    made_up: bool = False,
    at: dt.datetime | None = None,
) -> Need:
    """Put a need on the list of a place; the same key twice is one need. `origin` says what it came from ('call:12')."""
    if by.kind != "system" and not by.holds(rules.POSTERS, place.path):
        raise Forbidden(_("这里的需求由楼栋长、小区书记或者社区来发。"))
    known = Need.objects.filter(key=key).first()
    if known is not None:
        return known
    policy, now = load("reportin")["needs"], at or timezone.now()
    standing(place)
    text = words(text, policy["text_most"], "text", _("写一句要做什么。"))
    services, skills = wanted(services, skills)
    _check_when(people, day_from, day_to, timezone.localdate(now), policy["people_most"])
    need = Need(
        key=key,
        place=place,
        path=place.path,
        text=text,
        services=services,
        skills=skills,
        people=people,
        day_from=day_from,
        day_to=day_to,
        parts=[part for part in Part.values if part in parts],
        origin=origin,
        posted_by_id=by.id,
        posted_at=now,
        waits_since=now,
        dispatch_by=dispatch_by(now),
        made_up=made_up,
    )
    need.next_alarm_at = alarm_of_need(need, need.state)
    try:
        with transaction.atomic():
            need.save(force_insert=True)
            record(events.NEED_POSTED, need, by=by, place=place.pk, at=at, version=0, origin=origin)
    except IntegrityError as error:
        if "key" not in error.__cause__.diag.constraint_name:
            raise
        return Need.objects.get(key=key)
    return need


def _check_when(people: int, since: dt.date | None, until: dt.date | None, today: dt.date, most: int) -> None:
    fields = {}
    if not 1 <= people <= most:
        fields["people"] = _("人数填 1 到 %(most)d。") % {"most": most}
    if since and until and until < since:
        fields["day_to"] = _("结束的日子在开始之前。")
    elif (until or since) and (until or since) < today:
        fields["day_to" if until else "day_from"] = _("这一天已经过去了。")
    if fields:
        raise BadInput(next(iter(fields.values())), fields=fields)


def dispatch(
    need: Need,
    *,
    by: Actor,
    units: Sequence[int] = (),
    resources: Sequence[int] = (),
    members: bool = False,
    version: int | None = None,
    at: dt.datetime | None = None,
) -> int:
    """Show a need to verified units, to whoever offers fitting resources, and to fitting members; returns to how many.

    They may take it or not. Whoever said no to this one is not asked again.
    """
    to_units, to_persons = queries_lists.audience(
        need, units=units, resources=resources, members=members, today=timezone.localdate(at)
    )
    if not to_units and not to_persons:
        missing = _("请选给谁看：单位、资源，或者合适的党员。")
        raise BadInput(missing, fields={"units": missing})
    with moving_need("dispatch", need, by=by, version=version, at=at) as row:
        rows = [Offer(need=row, unit_id=pk, batch=row.version + 1, at=row.at) for pk in to_units]
        rows += [Offer(need=row, person_id=pk, batch=row.version + 1, at=row.at) for pk in to_persons]
        before = row.offers.count()
        Offer.objects.bulk_create(rows, ignore_conflicts=True)
        new = row.offers.count() - before
        if not new:
            raise StepRefused(_("这些单位和人都看过这件了，再选几个别的。"), code="all_asked")
        row.facts |= {"units": sorted(to_units), "persons": len(to_persons)}
        row.dispatched_at = row.dispatched_at or row.at
        row.reminded = 0
    return new


def put_aside(need: Need, *, by: Actor) -> None:
    """Whoever was shown a need does not want it: it leaves their list. No reason, no event, and nobody reads of it."""
    mine = queries_lists.offers_to(by).filter(need=need)
    if not mine.update(put_aside_at=timezone.now()) and not mine.exists():
        raise Forbidden(_("这件需求没有问过您。"))


def claim(
    need: Need, *, by: Actor, unit: Unit | None = None, version: int | None = None, at: dt.datetime | None = None
) -> Project:
    """Take a need on, for oneself or for a unit that one speaks for; of two at the same moment one has it."""
    if by.id is not None and by.id == need.posted_by_id:
        raise StepRefused(_("这是您自己发的需求，要等别人来接。"), code="own")
    unit = unit_of(by, unit)
    now = Need.objects.filter(pk=need.pk).values_list("state", flat=True).first()
    if now not in rules.WAITING:
        raise gone(need)
    try:
        with moving_need("claim", need, by=by, version=version, at=at) as row:
            project = Project(need=row, person_id=by.id, unit=unit, claimed_at=row.at)
            alarm = alarm_of(project, project.state)
            project.next_alarm_at = alarm[0] if alarm else None
            project.save(force_insert=True)
            row.facts |= {"project": project.pk, "person": by.id, "unit": unit.pk if unit else None}
            row.facts["poster"] = row.posted_by_id
            row.reminded = 0
    except StepRefused as refusal:
        if refusal.code == "wrong_state":
            raise gone(need) from None
        raise
    return project


def gone(need: Need) -> StepRefused:
    """The words for whoever came a moment too late; the page offers others beside them."""
    return StepRefused(_("慢了一步，这件已经有人接了。看看下面别的，也等着人。"), code="gone")


def release(need: Need, *, by: Actor, version: int | None = None, at: dt.datetime | None = None) -> Need:
    """Put a claimed need down, no reason asked; it goes back to the list and is dispatched anew."""
    with moving_need("release", need, by=by, version=version, at=at) as row:
        _end_claim(row)
        wait_anew(row, row.at)
    return need


def withdraw(need: Need, *, by: Actor, version: int | None = None, at: dt.datetime | None = None) -> Need:
    """Take a need off the list; whoever had taken it on is told."""
    with moving_need("withdraw", need, by=by, version=version, at=at) as row:
        _end_claim(row)
        row.ended_at = row.at
    return need


def _end_claim(row: Need) -> None:
    project = row.projects.running().select_for_update().first()
    if project is None:
        return
    project.state, project.ended_at, project.next_alarm_at = "stopped", row.at, None
    project.version += 1
    project.save(update_fields=["state", "ended_at", "next_alarm_at", "version"])
    row.facts |= {"project": project.pk, "person": project.person_id, "unit": project.unit_id}
    row.facts["poster"] = row.posted_by_id


def remind_need(need: Need, *, at: dt.datetime | None = None) -> Need:
    """Tell whoever dispatches that a need waits to be shown to somebody."""
    with moving_need("remind", need, by=SYSTEM, at=at) as row:
        row.facts["late"] = row.at >= row.dispatch_by
        row.reminded += 1
    return need

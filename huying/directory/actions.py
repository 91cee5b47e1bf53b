"""Registering units, and seating the persons who speak for them."""

import datetime as dt
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.directory import events
from huying.directory.models import Seat, Unit, UnitKind
from huying.directory.queries import may_keep
from huying.kernel.errors import BadInput, Forbidden, StepRefused
from huying.kernel.log import record
from huying.kernel.scopes import Actor
from huying.people.models import Person


def register_unit(
    name: str,
    kind: str,
    place,
    *,
    by: Actor,
    duties: str = "",
    categories: Sequence[str] = (),
    made_up: bool = False,
) -> Unit:
    """Register a body where it stands. Staff of the place vouch for it, so it counts as verified."""
    if not may_keep(by, place):
        raise Forbidden(_("这里的单位不由您登记。"))
    name, duties = " ".join(name.split()), duties.strip()
    fields = {}
    if not 2 <= len(name) <= 80:
        fields["name"] = _("名称填 2 到 80 个字。")
    if kind not in UnitKind.values:
        fields["kind"] = _("请选一种类型。")
    if len(duties) > 1000:
        fields["duties"] = _("职责最多 1000 个字。")
    if fields:
        raise BadInput(_("有几处需要改一下。"), fields=fields)
    if not place.is_current():
        raise StepRefused(_("这个地点已经停用，请到接替它的地点登记。"), code="place_ended")
    try:
        with transaction.atomic():
            unit = Unit.objects.create(
                name=name,
                kind=kind,
                place=place,
                duties=duties,
                categories=list(categories),
                verified_at=timezone.now() if by.id else None,
                verified_by_id=by.id,
                made_up=made_up,
            )
            record(events.REGISTERED, unit, by=by, place=place.pk, unit_kind=str(kind))
    except IntegrityError:
        raise BadInput(_("有几处需要改一下。"), fields={"name": _("这里已经有同名的单位。")}) from None
    return unit


def propose_unit(name: str, kind: str, place, *, by: Actor, made_up: bool = False) -> Unit:
    """A body as it says of itself, not verified by anybody yet: it takes no work before it is.

    The open unit of that name at the place when there is one; one that was never verified may be proposed anew.
    """
    name, fields = " ".join(name.split()), {}
    if not 2 <= len(name) <= 80 or not any(c.isalpha() for c in name):
        fields["name"] = _("名称填 2 到 80 个字。")
    if kind not in UnitKind.values:
        fields["kind"] = _("请选一种类型。")
    if fields:
        raise BadInput(_("有几处需要改一下。"), fields=fields)
    if not place.is_current():
        raise StepRefused(_("这个地点已经停用，请到接替它的地点登记。"), code="place_ended")
    with transaction.atomic():
        unit, new = Unit.objects.get_or_create(place=place, name=name, defaults={"kind": kind, "made_up": made_up})
        if new:
            record(events.REGISTERED, unit, by=by, place=place.pk, unit_kind=str(kind))
        elif unit.closed_at is not None and unit.verified_at is None:
            unit.kind, unit.closed_at = kind, None
            unit.save(update_fields=["kind", "closed_at"])
            record(events.REGISTERED, unit, by=by, place=place.pk, unit_kind=str(kind))
        elif unit.closed_at is not None:
            raise StepRefused(_("这个单位已经停了，请联系社区。"), code="closed")
    return unit


def verify_unit(unit: Unit, *, by: Actor) -> None:
    """Whoever keeps the list has seen that the unit is what it says; from now on it takes work."""
    if not may_keep(by, unit.place) or by.id is None:
        raise Forbidden(_("这里的单位不由您登记。"))
    with transaction.atomic():
        locked = Unit.objects.select_for_update(of=("self",)).get(pk=unit.pk)
        if locked.verified_at is None:
            locked.verified_at, locked.verified_by_id = timezone.now(), by.id
            locked.save(update_fields=["verified_at", "verified_by"])
            record(events.VERIFIED, locked, by=by, place=locked.place_id)
    unit.verified_at, unit.verified_by_id = locked.verified_at, locked.verified_by_id


def close_unit(unit: Unit, *, by: Actor) -> None:
    """A unit takes no more work; what it was assigned stays with it until it is settled or sent elsewhere."""
    if not may_keep(by, unit.place):
        raise Forbidden(_("这里的单位不由您登记。"))
    with transaction.atomic():
        locked = Unit.objects.select_for_update(of=("self",)).get(pk=unit.pk)
        if locked.closed_at is not None:
            raise StepRefused(_("这个单位已经停了。"), code="closed")
        locked.closed_at = timezone.now()
        locked.save(update_fields=["closed_at"])
        record(events.CLOSED, locked, by=by, place=locked.place_id)
    unit.closed_at = locked.closed_at


def seat(person: Person, unit: Unit, *, by: Actor, valid_from: dt.date | None = None) -> Seat:
    """Let a person speak for a unit from a day (today)."""
    if not may_keep(by, unit.place):
        raise Forbidden(_("这里的单位不由您登记。"))
    if not person.is_active or unit.closed_at is not None:
        raise StepRefused(_("这个人或者这个单位已经停用。"), code="not_active")
    try:
        with transaction.atomic():
            given = Seat.objects.create(person=person, unit=unit, valid_from=valid_from or timezone.localdate())
            record(events.SEATED, given, by=by, place=unit.place_id, person=person.pk, unit=unit.pk)
    except IntegrityError as error:
        if error.__cause__.diag.constraint_name != "one_seat_at_a_unit_at_a_time":
            raise
        raise StepRefused(_("%(name)s已经代表这个单位。") % {"name": person.name}, code="twice") from None
    return given


def unseat(given: Seat, *, by: Actor) -> None:
    """From today the person speaks for the unit no more. Seating again the same day undoes it."""
    if not may_keep(by, given.unit.place) and by.id != given.person_id:
        raise Forbidden(_("这里的单位不由您登记。"))
    today = timezone.localdate()
    with transaction.atomic():
        locked = Seat.objects.select_for_update(of=("self",)).get(pk=given.pk)
        if locked.valid_to is not None and locked.valid_to <= today:
            raise StepRefused(_("这个席位已经结束了。"), code="ended")
        locked.valid_to = max(today, locked.valid_from)
        locked.save(update_fields=["valid_to"])
        record(events.UNSEATED, locked, by=by, place=given.unit.place_id, person=locked.person_id, unit=locked.unit_id)
    given.valid_to = locked.valid_to

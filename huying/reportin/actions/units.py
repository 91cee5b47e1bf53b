"""A unit reports in: asked by itself, invited, or put down by the community; received, declined, ended."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.directory import actions as directory
from huying.directory.models import Seat, Unit
from huying.directory.queries import may_keep, unit_ids_of
from huying.kernel.errors import BadInput, Forbidden, StepRefused
from huying.kernel.log import record
from huying.kernel.ltree import ancestors_of
from huying.kernel.policy import load
from huying.kernel.scopes import Actor
from huying.people.newcomers import Newcomer, acting
from huying.people.queries import actor_for
from huying.places.models import Kind
from huying.reportin import events
from huying.reportin.models import ReportState, UnitInvitation, UnitReport
from huying.reportin.workflow import UNIT_REPORT


def standing(place) -> None:
    """StepRefused unless one can report in here: a community that has not ended."""
    if place.kind != Kind.COMMUNITY:
        raise StepRefused(_("报到要到一个社区。"), code="no_community")
    if not place.is_current():
        raise StepRefused(_("这个社区已经并到别处，请到接替它的社区报到。"), code="place_ended")


def ask(
    place,
    *,
    by: Actor,
    name: str = "",
    kind: str = "",
    unit: Unit | None = None,
    newcomer: Newcomer | None = None,
    made_up: bool = False,
) -> UnitReport:
    """A unit reports in by itself; the community then receives it or says why not.

    `unit` is one that the actor speaks for already; else `name` and `kind` say what it is, and a newcomer gets a login
    with it. Nobody speaks for the unit before it is received.
    """
    standing(place)
    with transaction.atomic():
        actor = acting(by, newcomer)
        if not actor.is_person:
            raise Forbidden(_("请先登录，或者在这一页起一个用户名。"))
        if unit is None:
            unit = directory.propose_unit(name, kind, place, by=actor, made_up=made_up)
        elif unit.pk not in unit_ids_of(actor):
            raise Forbidden(_("您不代表这个单位。"))
        return _write(unit, place, contact=actor.id, by=actor, made_up=made_up)


def _write(unit: Unit, place, *, contact: int | None, by: Actor, made_up: bool = False) -> UnitReport:
    """The report itself, waiting to be received."""
    if unit.closed_at is not None:
        raise StepRefused(_("这个单位已经停了，请联系社区。"), code="closed")
    if unit.place.path not in (place.path, *ancestors_of(place.path)):
        raise StepRefused(_("单位到它所在的社区报到，请用那个社区的链接。"), code="stands_elsewhere")
    try:
        with transaction.atomic():
            report = UnitReport.objects.create(unit=unit, place=place, contact_id=contact, made_up=made_up)
            record(events.UNIT_ASKED, report, by=by, place=place.pk, unit=unit.pk, version=0)
    except IntegrityError:
        state = UnitReport.objects.open().filter(unit=unit, place=place).values_list("state", flat=True).first()
        words = (
            _("这个单位已经在这里报到了。要加人代表它，请联系社区。")
            if state == ReportState.RECEIVED
            else _("这个单位已经提交过，正等社区接收，不用再提交。")
        )
        raise StepRefused(words, code="twice") from None
    return report


def receive(report: UnitReport, *, by: Actor, version: int | None = None) -> UnitReport:
    """The community receives the unit: it counts as verified, and whoever registered it speaks for it."""
    facts = {"unit": report.unit_id} | ({"person": report.contact_id} if report.contact_id else {})
    with transaction.atomic():
        with UNIT_REPORT.step("receive", report, by=by, version=version, **facts) as row:
            standing(row.place)
            row.received_at = timezone.now()
        unit = Unit.objects.get(pk=report.unit_id)
        if may_keep(by, unit.place) and by.id is not None:
            directory.verify_unit(unit, by=by)
            _seat(report, unit, by)
    return report


def _seat(report: UnitReport, unit: Unit, by: Actor) -> None:
    """Let whoever registered the unit speak for it, unless they do or have left meanwhile."""
    contact = report.contact
    if contact is None or not contact.is_active:
        return
    day = timezone.localdate()
    seated = Seat.objects.filter(person=contact, unit=unit, valid_from__lte=day).exclude(valid_to__lte=day)
    if not seated.exists():
        directory.seat(contact, unit, by=by)


def decline(report: UnitReport, reason: str, *, by: Actor, version: int | None = None) -> UnitReport:
    """The community does not receive the unit and says why; what was never verified closes again."""
    with transaction.atomic():
        facts = {"unit": report.unit_id} | ({"person": report.contact_id} if report.contact_id else {})
        with UNIT_REPORT.step("decline", report, by=by, version=version, **facts) as row:
            row.reason = _reason(reason, needed=True)
            row.ended_at = timezone.now()
        unit = Unit.objects.get(pk=report.unit_id)
        if unit.verified_at is None and unit.closed_at is None and may_keep(by, unit.place):
            directory.close_unit(unit, by=by)
    return report


def end(report: UnitReport, reason: str = "", *, by: Actor, version: int | None = None) -> UnitReport:
    """The report-in ends, at the wish of either side; what the unit did stays on record."""
    with UNIT_REPORT.step("end", report, by=by, version=version, unit=report.unit_id) as row:
        row.reason = _reason(reason, needed=False)
        row.ended_at = timezone.now()
    return report


def _reason(text: str, *, needed: bool) -> str:
    text = " ".join((text or "").split())
    if needed and len(text) < 2:
        missing = _("请写明原因，单位会看到。")
        raise BadInput(missing, fields={"reason": missing})
    if len(text) > 300:
        too_long = _("最多 300 个字。")
        raise BadInput(too_long, fields={"reason": too_long})
    return text


def put_down(place, *, by: Actor, name: str = "", kind: str = "", unit: Unit | None = None) -> UnitReport:
    """Staff of the community put a unit down that has reported in with them on paper or by word; received at once."""
    standing(place)
    if not may_keep(by, place):
        raise Forbidden(_("这里的单位不由您登记。"))
    with transaction.atomic():
        if unit is None:
            unit = directory.propose_unit(name, kind, place, by=by)
        return receive(_write(unit, place, contact=None, by=by), by=by)


def invite(place, name: str, kind: str, *, by: Actor) -> UnitInvitation:
    """A link for one unit, good for some days or until it is revoked."""
    standing(place)
    if not may_keep(by, place) or by.id is None:
        raise Forbidden(_("这里的单位不由您登记。"))
    name = " ".join(name.split())
    if not 2 <= len(name) <= 80 or not any(c.isalpha() for c in name):
        wrong = _("名称填 2 到 80 个字。")
        raise BadInput(wrong, fields={"name": wrong})
    if kind not in dict(UnitInvitation._meta.get_field("kind").choices):
        wrong = _("请选一种类型。")
        raise BadInput(wrong, fields={"kind": wrong})
    if UnitReport.objects.received().filter(place=place, unit__name=name).exists():
        twice = _("这个单位已经在这里报到了，不用邀请。")
        raise BadInput(twice, fields={"name": twice})
    days = load("reportin")["invitation"]["unit_days"]
    with transaction.atomic():
        made = UnitInvitation.objects.create(
            place=place, name=name, kind=kind, made_by_id=by.id, expires_at=timezone.now() + dt.timedelta(days=days)
        )
        record(events.UNIT_INVITED, made, by=by, place=place.pk)
    return made


def revoke(invitation: UnitInvitation, *, by: Actor) -> None:
    """The link opens nothing any more."""
    if not may_keep(by, invitation.place):
        raise Forbidden(_("这里的单位不由您登记。"))
    with transaction.atomic():
        locked = UnitInvitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
        if not locked.is_open():
            raise StepRefused(_("这个邀请已经用过、过期或者收回了。"), code="not_open")
        locked.revoked_at = timezone.now()
        locked.save(update_fields=["revoked_at"])
        record(events.UNIT_INVITATION_REVOKED, locked, by=by, place=locked.place_id)
    invitation.revoked_at = locked.revoked_at


def accept(invitation: UnitInvitation, *, by: Actor, newcomer: Newcomer | None = None) -> UnitReport:
    """The invited unit reports in and is received at once, in the name of whoever invited it."""
    with transaction.atomic():
        locked = UnitInvitation.objects.select_for_update(of=("self",)).select_related("place").get(pk=invitation.pk)
        if not locked.is_open():
            raise StepRefused(_("这个邀请已经用过、过期或者收回了。"), code="not_open")
        host = actor_for(locked.made_by)
        if not may_keep(host, locked.place):
            raise StepRefused(_("发邀请的人已经不在这个社区了，请向社区再要一个。"), code="not_open")
        report = ask(locked.place, by=by, name=locked.name, kind=locked.kind, newcomer=newcomer)
        locked.report = report
        locked.save(update_fields=["report"])
        return receive(report, by=host)

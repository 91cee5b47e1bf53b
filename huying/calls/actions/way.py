"""Sending a call on its way: assign, return, dispute, escalate, merge, withdraw."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from huying.calls import events, rules
from huying.calls.actions.base import EntryKind, dispatch, moving, say, words
from huying.calls.catalogue import category as category_of
from huying.calls.catalogue import numbers
from huying.calls.models import Call
from huying.directory.models import Unit
from huying.kernel.calendar import add_working_days
from huying.kernel.errors import BadInput, StepRefused
from huying.kernel.scopes import Actor


def check_duty(call: Call, level: str) -> None:
    """Refuse to put a matter on a level that does not lead it, with the rule named (domain.md, 'The duty list')."""
    found = category_of(call.category)
    duty = found.duty(level) if found else "lead"
    if duty == "assist":
        raise StepRefused(
            _("“%(category)s”社区只是协助，不能派给社区牵头。依据：职责清单。") % {"category": found.name},
            code="duty_list",
        )
    if duty == "none":
        raise StepRefused(
            _("“%(category)s”不在社区的职责清单里，不能派给社区牵头。依据：职责清单。") % {"category": found.name},
            code="duty_list",
        )


def assign(
    call: Call, unit: Unit, *, by: Actor, text: str = "", version: int | None = None, at: dt.datetime | None = None
) -> Call:
    """Send a call to a unit as its lead; a community's own unit is held to the duty list."""
    text = words(text, "text", "")
    with moving("assign", call, by=by, version=version, unit=unit.pk, at=at) as row:
        if unit.closed_at is not None:
            closed = _("“%(unit)s”已经停用，请选别的单位。") % {"unit": unit.name}
            raise BadInput(closed, fields={"unit": closed})
        if unit.kind == "community":
            check_duty(row, "community")
        now = row.at
        row.unit, row.assigned_at = unit, now
        row.disputed_at, row.dispute_open = None, False
        dispatch(row, now)
        say(row, EntryKind.NOTE, text, by, events.ASSIGNED)
    return call


def start(call: Call, *, by: Actor, version: int | None = None, at: dt.datetime | None = None) -> Call:
    """Begin the work. The deadline is not touched: it counts from dispatch, never from sign-for."""
    with moving("start", call, by=by, version=version, at=at) as row:
        row.facts["unit"] = row.unit_id
    return call


def _give_back(row: Call) -> None:
    row.unit, row.assigned_at, row.dispute_open = None, None, False


def return_(call: Call, reason: str, *, by: Actor, version: int | None = None) -> Call:
    """A unit gives an assignment back, with the reason."""
    reason = words(reason, "reason", _("请写明为什么退单。"), 500)
    with moving("return", call, by=by, version=version) as row:
        row.facts["unit"] = row.unit_id
        say(row, EntryKind.NOTE, reason, by, events.RETURNED)
        _give_back(row)
    return call


def dispute(
    call: Call, reason: str, right_owner: str, *, by: Actor, version: int | None = None, at: dt.datetime | None = None
) -> Call:
    """A unit says, once and within one working day of its assignment, that it is not the right one, and who is."""
    reason = words(reason, "reason", _("请写明理由。"), 500)
    right_owner = words(right_owner, "right_owner", _("请写明应该由谁办。"), 80)
    with moving("dispute", call, by=by, version=version, at=at) as row:
        row.facts["unit"] = row.unit_id
        until = add_working_days(row.assigned_at, numbers()["dispute"]["working_days"])
        if row.at > until:
            raise StepRefused(_("异议要在派单后 1 个工作日内提出，现在已经过了。"), code="too_late")
        row.disputed_at, row.dispute_open = row.at, True
        text = _("%(reason)s（应由：%(owner)s）") % {"reason": reason, "owner": right_owner}
        say(row, EntryKind.NOTE, text, by, events.DISPUTED)
    return call


def uphold(call: Call, *, by: Actor, text: str = "", version: int | None = None) -> Call:
    """The community agrees with the unit and takes the call back."""
    text = words(text, "text", "", 500)
    with moving("uphold", call, by=by, version=version) as row:
        row.facts["unit"] = row.unit_id
        say(row, EntryKind.NOTE, text, by, events.DISPUTE_UPHELD)
        _give_back(row)
    return call


def overrule(call: Call, text: str, *, by: Actor, version: int | None = None, at: dt.datetime | None = None) -> Call:
    """The community decides that the unit keeps the call, and says why."""
    text = words(text, "text", _("请写明为什么仍由该单位办。"), 500)
    with moving("overrule", call, by=by, version=version, at=at) as row:
        row.facts["unit"] = row.unit_id
        row.dispute_open = False
        say(row, EntryKind.NOTE, text, by, events.DISPUTE_OVERRULED)
    return call


def _up(row: Call) -> None:
    row.level = rules.level_above(row.level)
    row.owner, row.offered_at = None, row.at


def offer_up(
    call: Call, *, by: Actor, reason: str = "", version: int | None = None, at: dt.datetime | None = None
) -> Call:
    """Offer a new call one level up: by hand, or by the timer when the nearest did not look."""
    reason = words(reason, "reason", "", 500)
    with moving("offer_up", call, by=by, version=version, at=at) as row:
        _up(row)
        say(row, EntryKind.NOTE, reason, by, events.ESCALATED)
    return call


def escalate(call: Call, reason: str, *, by: Actor, version: int | None = None, at: dt.datetime | None = None) -> Call:
    """Pass a taken call one level up, with the reason; it has no owner there until somebody takes it."""
    reason = words(reason, "reason", _("请写明为什么要上呼。"), 500)
    with moving("escalate", call, by=by, version=version, at=at) as row:
        _up(row)
        _give_back(row)
        say(row, EntryKind.NOTE, reason, by, events.ESCALATED)
    return call


def send_down(call: Call, text: str, *, by: Actor, version: int | None = None) -> Call:
    """Pass a call from above to its community as lead; refused when the duty list does not let the community lead it."""
    text = words(text, "text", _("请写明为什么交社区办。"), 500)
    with moving("send_down", call, by=by, version=version) as row:
        check_duty(row, "community")
        row.level, row.owner, row.offered_at = "community", None, row.at
        say(row, EntryKind.NOTE, text, by, events.SENT_DOWN)
    return call


def merge(call: Call, into: Call, *, by: Actor, version: int | None = None, at: dt.datetime | None = None) -> Call:
    """Merge a duplicate under another call; each caller is told of that call's answer."""
    # Lock in one order, by id, so that two merges crossing each other cannot wait for each other.
    with transaction.atomic():
        locked = {c.pk: c for c in Call.objects.select_for_update().filter(pk__in={call.pk, into.pk}).order_by("pk")}
        target = locked[into.pk]
        if call.pk == target.pk:
            raise StepRefused(_("不能合并到它自己。"), code="itself")
        if target.state == "merged":
            raise StepRefused(_("要并入的那一件自己已经并到别处，请选那一件。"), code="merged")
        if target.state in ("withdrawn", "declined"):
            raise StepRefused(_("要并入的那一件已经撤回或引导到别处。"), code="ended")
        if target.community_id != call.community_id and not by.holds(rules.DISPATCHERS, target.path):
            raise StepRefused(_("只能和您负责的地方的诉求合并。"), code="elsewhere")
        with moving("merge", call, by=by, version=version, into=target.pk, at=at) as row:
            row.merged_into, row.is_public, row.ended_at = target, False, row.at
        call.merged.update(merged_into=target)
    return call


def unmerge(call: Call, *, by: Actor, version: int | None = None) -> Call:
    """Undo a merge: the call is new again, where it lay."""
    with moving("unmerge", call, by=by, version=version) as row:
        row.facts["into"] = row.merged_into_id
        row.merged_into, row.ended_at, row.offered_at = None, None, row.at
    return call


def withdraw(call: Call, *, by: Actor, reason: str = "", at: dt.datetime | None = None) -> Call:
    """The resident takes the call back; it leaves the public pages."""
    reason = words(reason, "reason", "", 500)
    with moving("withdraw", call, by=by, at=at) as row:
        row.is_public, row.ended_at = False, row.at
        say(row, EntryKind.WORDS, reason, by, events.WITHDRAWN)
    return call

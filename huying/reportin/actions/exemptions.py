"""Exemptions: said by the person, or by a unit for somebody without a login. They end by themselves."""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.directory.models import Unit
from huying.directory.queries import membership_of, unit_ids_of
from huying.kernel.errors import BadInput, Forbidden, StepRefused
from huying.kernel.log import record
from huying.kernel.policy import load
from huying.kernel.scopes import SYSTEM, Actor
from huying.reportin import events
from huying.reportin.models import Exemption, ExemptionReason


def exempt(
    reason: str, until: dt.date, *, by: Actor, words: str = "", unit: Unit | None = None, called: str = ""
) -> Exemption:
    """Note until which day (not included) somebody need not report in, or not be asked: whoever acts, or with `unit`
    somebody of that unit by the name they are called by.

    The log tells that there is one, never of whom or why.
    """
    if not by.is_person or (unit is not None and unit.pk not in unit_ids_of(by)):
        raise Forbidden(_("您不代表这个单位。"))
    today, fields = timezone.localdate(), {}
    if reason not in ExemptionReason.values:
        fields["reason"] = _("请选一个原因。")
    most = load("reportin")["exemption"]["most_days"]
    if not today < until <= today + dt.timedelta(days=most):
        fields["until"] = _("请填今天以后、%(days)d 天以内的日子；到期可以再填。") % {"days": most}
    called, words = " ".join(called.split()), " ".join(words.split())
    if unit is not None and not 1 <= len(called) <= 20:
        fields["called"] = _("请写是谁。")
    if len(words) > 40:
        fields["words"] = _("最多 40 个字，不用写细节。")
    if fields:
        raise BadInput(_("有几处需要改一下。"), fields=fields)
    member = membership_of(by) if unit is None else None
    with transaction.atomic():
        made = Exemption.objects.create(
            person_id=by.id if unit is None else None,
            unit_id=unit.pk if unit is not None else (member.unit_id if member else None),
            name_sealed=called if unit is not None else None,
            reason_sealed=str(reason),
            words_sealed=words or None,
            valid_to=until,
            made_by_id=by.id,
        )
        record(events.EXEMPTED, made, by=by)
    return made


def end(given: Exemption, *, by: Actor) -> None:
    """It is over earlier: said by the person, or by the unit that said it; what was sealed goes at once."""
    if by.id is None or (given.person_id != by.id and given.unit_id not in unit_ids_of(by)):
        raise Forbidden(_("这一条不由您改。"))
    if given.person_id is not None and given.person_id != by.id:
        raise Forbidden(_("本人填的，由本人改。"))
    with transaction.atomic():
        locked = Exemption.objects.select_for_update(of=("self",)).get(pk=given.pk)
        if locked.valid_to <= timezone.localdate():
            raise StepRefused(_("这一条已经到期了。"), code="ended")
        locked.valid_to = max(timezone.localdate(), locked.valid_from)
        locked.save(update_fields=["valid_to"])
        record(events.EXEMPTION_ENDED, locked, by=by)
        _erase(locked, by)


def _erase(given: Exemption, by: Actor) -> None:
    given.name_sealed = given.reason_sealed = given.words_sealed = None
    given.erased_at = timezone.now()
    given.save(update_fields=["name_sealed", "reason_sealed", "words_sealed", "erased_at"])
    record(events.EXEMPTION_ERASED, given, by=by)


def erase_ended(*, on: dt.date | None = None) -> int:
    """Erase what was sealed of exemptions that ended some days ago; returns of how many."""
    day = (on or timezone.localdate()) - dt.timedelta(days=load("reportin")["exemption"]["keep_days"])
    erased = 0
    with transaction.atomic():
        for given in Exemption.objects.select_for_update().filter(valid_to__lte=day, erased_at__isnull=True)[:2000]:
            _erase(given, SYSTEM)
            erased += 1
    return erased

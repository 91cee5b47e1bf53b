"""Skills that somebody has shown: seen by staff, on a basis, perhaps for a time; and reminders before they run out."""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.callouts import events
from huying.callouts.actions.volunteers import _keeper, facts_of, locked
from huying.callouts.models import Proof, Volunteer
from huying.directory import catalogue
from huying.kernel.errors import BadInput, StepRefused
from huying.kernel.log import record
from huying.kernel.policy import load
from huying.kernel.scopes import SYSTEM, Actor


def give_proof(volunteer: Volunteer, skill: str, basis: str, *, by: Actor, until: dt.date | None = None) -> Proof:
    """Staff have seen what a skill rests on (a training, a card); it holds until a day, that day included, or for good.

    A new proof takes the place of the one before.
    """
    basis, fields = " ".join(basis.split()), {}
    most = load("callouts")["volunteers"]["proof_most_days"]
    if skill not in catalogue.skills():
        fields["skill"] = _("请选一项技能。")
    if not 2 <= len(basis) <= 80:
        fields["basis"] = _("请写依据，比如“7 月的急救培训”或“看过驾驶证”；最多 80 个字。")
    today = timezone.localdate()
    if until is not None and not today <= until <= today + dt.timedelta(days=most):
        fields["until"] = _("请填今天以后、%(days)d 天以内的日子。") % {"days": most}
    if fields:
        raise BadInput(_("有几处需要改一下。"), fields=fields)
    with transaction.atomic():
        row = locked(volunteer)
        _keeper(by, row.place)
        row.proofs.filter(skill=skill, withdrawn_at__isnull=True).update(withdrawn_at=timezone.now())
        proof = Proof.objects.create(volunteer=row, skill=skill, basis=basis, given_by_id=by.id, until=until)
        if skill not in row.skills:
            row.skills = [code for code in catalogue.skills() if code in (*row.skills, skill)]
            row.save(update_fields=["skills"])
        record(events.PROVEN, row, by=by, skill=skill, **facts_of(row))
    return proof


def withdraw_proof(proof: Proof, *, by: Actor) -> Proof:
    """It does not hold (any more)."""
    with transaction.atomic():
        row = locked(proof.volunteer)
        _keeper(by, row.place)
        held = Proof.objects.select_for_update(of=("self",)).get(pk=proof.pk)
        if held.withdrawn_at is not None:
            raise StepRefused(_("这一条已经收回了。"), code="withdrawn")
        held.withdrawn_at = timezone.now()
        held.save(update_fields=["withdrawn_at"])
        record(events.UNPROVEN, row, by=by, skill=held.skill, **facts_of(row))
    return held


def remind_of_proofs(on: dt.date | None = None) -> int:
    """Tell those whose proof runs out in so many days, once, on that day; returns how many."""
    day = (on or timezone.localdate()) + dt.timedelta(days=load("callouts")["volunteers"]["proof_reminds"])
    ending = Proof.objects.filter(until=day, withdrawn_at__isnull=True).select_related("volunteer").order_by("pk")
    current = set(Volunteer.objects.current(on).filter(proofs__until=day).values_list("pk", flat=True))
    told = 0
    with transaction.atomic():
        for one in ending:
            if one.volunteer_id in current:
                record(events.PROOF_ENDING, one.volunteer, by=SYSTEM, skill=one.skill, **facts_of(one.volunteer))
                told += 1
    return told

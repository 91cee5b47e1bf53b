"""Swaps of a roster: somebody offers their shift, a colleague takes it; until then it stays theirs."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.callouts import rules
from huying.callouts.actions.signup import place, release_place
from huying.callouts.actions.signup_words import refused
from huying.callouts.models import Asked, Signup, Swap
from huying.callouts.workflow import SIGNUP
from huying.kernel.errors import Forbidden, StepRefused
from huying.kernel.scopes import SYSTEM, Actor


def offer_swap(signup: Signup, *, by: Actor) -> Swap:
    """Ask the colleagues of a roster whether one takes this shift; asking twice is once."""
    if by.id != signup.person_id:
        raise Forbidden(_("只能请人换自己的班。"))
    if signup.state != rules.CONFIRMED or signup.shift.starts_at <= timezone.now():
        raise StepRefused(_("只有已经确认、还没有开始的班能换。"))
    return Swap.objects.get_or_create(signup=signup, taken_at=None, withdrawn_at=None)[0]


def take_offer_back(swap: Swap, *, by: Actor) -> None:
    """Keep one's shift after all."""
    with transaction.atomic():
        row = Swap.objects.select_for_update(of=("self",)).select_related("signup").get(pk=swap.pk)
        if by.id != row.signup.person_id:
            raise Forbidden(_("只能收回自己的换班。"))
        if row.taken_at is not None:
            raise StepRefused(_("已经有人接了这一班。"))
        row.withdrawn_at = row.withdrawn_at or timezone.now()
        row.save(update_fields=["withdrawn_at"])


def take_swap(swap: Swap, *, by: Actor) -> Signup:
    """Take a colleague's shift: theirs ends and one's own begins in one moment, or nothing changes and the words say why."""
    with transaction.atomic():
        row = Swap.objects.select_for_update(of=("self",)).get(pk=swap.pk)
        old = Signup.objects.select_related("shift__callout", "person").get(pk=row.signup_id)
        if not may_take(by, old):
            raise Forbidden(_("只有说过愿意参加这张值班表的人能接班。"))
        if row.taken_at is not None or row.withdrawn_at is not None or old.state != rules.CONFIRMED:
            raise StepRefused(_("这一班已经有人接了，或者收回了。"))
        if old.shift.starts_at <= timezone.now():
            raise StepRefused(_("这一班已经开始了，不能再换。"))
        with SIGNUP.step(
            "swap", old, by=by, callout=old.shift.callout_id, shift=old.shift_id, person=old.person_id
        ) as locked:
            locked.ended_at = timezone.now()
            locked.facts |= {"to": by.id}
        release_place(old, move_up=False)
        made = place(old.shift, by.id, state=rules.CONFIRMED, how="swap", by=SYSTEM)
        if not made.stands:
            raise refused(made)
        row.taken_by_id, row.taken_at = by.id, timezone.now()
        row.save(update_fields=["taken_by", "taken_at"])
    return Signup.objects.get(pk=made.signup_id)


def may_take(by: Actor, signup: Signup) -> bool:
    """Whether somebody takes part in the same roster, and is not whose shift it is."""
    if by.id is None or by.id == signup.person_id:
        return False
    return Asked.objects.filter(callout_id=signup.shift.callout_id, person_id=by.id, answer="can").exists()

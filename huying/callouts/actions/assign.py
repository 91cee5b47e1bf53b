"""The first assignment: worked out by one button, changed by hand, published at once. Nobody is placed who has not said yes."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.callouts import events, solving, solving_roster
from huying.callouts.actions.signup import place
from huying.callouts.models import Callout, Placing, Proposal, Shift
from huying.callouts.queries_assign import Candidate, candidates, shifts_of
from huying.callouts.workflow import CALLOUT
from huying.kernel.errors import BadInput, Forbidden, StalePage, StepRefused
from huying.kernel.log import record
from huying.kernel.scopes import Actor

MOST_UNDONE = 50


def propose(callout: Callout, *, by: Actor, at: dt.datetime | None = None) -> Proposal:
    """Work out who could go where; an open draft gives way to the new one. StepRefused when nobody could be placed."""
    CALLOUT.check("publish", callout, by)
    people, shifts = candidates(callout), shifts_of(callout)
    if not people:
        raise StepRefused(_("还没有人说能来，等有人回应了再分工。"), code="nobody")
    if not any(shift.free for shift in shifts):
        raise StepRefused(_("岗位都满了，不用再分工。"), code="full")
    solver = solving_roster if callout.kind == "roster" else solving
    found = solver.solve(callout, people, shifts)
    with transaction.atomic():
        # One draft at a time: who presses at the same moment works on the later one.
        Callout.objects.select_for_update(of=("self",)).get(pk=callout.pk)
        Proposal.objects.filter(callout=callout, state=Proposal.State.DRAFT).update(state=Proposal.State.DROPPED)
        made = Proposal.objects.create(
            callout=callout, by_id=by.id, gap=found.gap, empty=found.empty, at=at or timezone.now()
        )
        Placing.objects.bulk_create(
            Placing(proposal=made, shift_id=line.shift_id, person_id=line.person_id, why=list(line.why))
            for line in found.lines
        )
        record(
            events.PROPOSED,
            callout,
            by=by,
            place=callout.place_id,
            at=at,
            version=callout.version,
            proposal=made.pk,
            count=len(found.lines),
        )
    return made


def move(proposal: Proposal, person: int, source: int, target: int, *, by: Actor, version: int) -> Proposal:
    """Move somebody from a post to another (ids; 0: nowhere), by hand. BadInput says why it cannot be."""
    with _drafting(proposal, by=by, version=version) as row:
        _move(row, person, source, target)
        row.moves = [*row.moves, [person, source, target]][-MOST_UNDONE:]
    return row


def undo(proposal: Proposal, *, by: Actor, version: int) -> Proposal:
    """Take the latest move by hand back."""
    with _drafting(proposal, by=by, version=version) as row:
        if not row.moves:
            raise StepRefused(_("没有可以撤销的改动。"), code="nothing")
        person, source, target = row.moves[-1]
        _move(row, person, target, source)
        row.moves = row.moves[:-1]
    return row


def _move(row: Proposal, person: int, source: int, target: int) -> None:
    people = candidates(row.callout)
    shifts = {shift.pk: shift for shift in shifts_of(row.callout)}
    lines = list(row.placings.all())
    one = people.get(person)
    held = next((line for line in lines if line.person_id == person and line.shift_id == source), None)
    if source and held is None:
        raise BadInput(_("分工刚变过，请看过再改。"))
    if held is not None:
        held.delete()
        lines.remove(held)
    if not target:
        return
    if one is None:
        raise BadInput(_("这个人还没有说能来。"))
    if target not in shifts:
        raise BadInput(_("没有这个岗位。"))
    wrong = why_not(one, shifts[target], lines, shifts)
    if wrong:
        raise BadInput(wrong)
    placed: dict[int, set[int]] = {}
    for line in lines:
        placed.setdefault(line.shift_id, set()).add(line.person_id)
    why = list(solving.reasons(one, shifts[target], placed))
    Placing.objects.create(proposal=row, shift_id=target, person_id=person, why=why, by_hand=True)


def why_not(one: Candidate, shift: Shift, lines: list[Placing], shifts: dict[int, Shift]) -> str:
    """Why somebody cannot stand at a post in this draft, in words; '' when they can."""
    names = {"who": one.name, "post": shift.name}
    if any(line.person_id == one.person_id and line.shift_id == shift.pk for line in lines):
        return _("%(who)s 已经在“%(post)s”了。") % names
    if sum(line.shift_id == shift.pk for line in lines) >= shift.free:
        return _("“%(post)s”已经满了，先挪走一位。") % names
    if not one.free_for(shift):
        return _("%(who)s 说的时间不包括“%(post)s”的整段时间，或者那时已经有别的岗。") % names
    own = [shifts[line.shift_id] for line in lines if line.person_id == one.person_id and line.shift_id in shifts]
    if any(solving.clash(shift, other) for other in own):
        return _("%(who)s 那段时间已经排了别的岗，或者要休息。") % names
    if not one.skilled_for(shift):
        return _("“%(post)s”要的技能，%(who)s 没有登记。") % names
    if not one.of_age_for(shift):
        return _("“%(post)s”有年龄要求，%(who)s 不符合，或没有登记出生年月。") % names
    return ""


def publish(proposal: Proposal, *, by: Actor, version: int, at: dt.datetime | None = None) -> Proposal:
    """Publish a draft: whoever is glad of any post is confirmed, the others are offered theirs and say yes themselves.

    What cannot be any more (a place taken, another shift meanwhile) keeps the code of its reason and holds nobody up.
    """
    callout = Callout.objects.select_related("place").get(pk=proposal.callout_id)
    with CALLOUT.step("publish", callout, by=by, at=at, proposal=proposal.pk) as parent:
        with _drafting(proposal, by=by, version=version) as row:
            people = candidates(parent)
            lines = list(row.placings.select_related("shift").order_by("shift_id", "pk"))
            if not lines:
                raise StepRefused(_("分工还是空的，没有可以公布的。"), code="empty")
            for line in lines:
                one = people.get(line.person_id)
                state = "confirmed" if one is not None and one.any_post else "offered"
                found = place(line.shift, line.person_id, state=state, how="proposal", by=by, at=at)
                line.refused = "" if found.signup_id else found.code
            Placing.objects.bulk_update(lines, ["refused"])
            row.state = Proposal.State.PUBLISHED
            row.published_by_id, row.published_at = by.id, at or timezone.now()
        parent.facts |= {"count": sum(not line.refused for line in lines)}
    return row


@contextmanager
def _drafting(proposal: Proposal, *, by: Actor, version: int) -> Iterator[Proposal]:
    """Lock a draft, refuse a stale page or a stranger, save it with its version raised: one transaction."""
    with transaction.atomic():
        drafts = Proposal.objects.select_for_update(of=("self",)).select_related("callout__place")
        row = drafts.get(pk=proposal.pk)
        if not CALLOUT["publish"].may(by, row.callout):
            raise Forbidden(_("您没有这一步的权限。"))
        if row.state != Proposal.State.DRAFT:
            raise StepRefused(_("这份分工已经公布或作废，不能再改。"), code="wrong_state")
        if row.version != version:
            raise StalePage(_("分工刚被改过，请看过再决定。"), events=[])
        yield row
        row.version += 1
        row.save(update_fields=["state", "version", "moves", "published_by", "published_at"])

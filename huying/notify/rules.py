"""Who is told of what, how long to wait before trying again, and how text-message services sign. No Django, no clock."""

import datetime as dt
from collections.abc import Sequence

# Kind of event → who is told, as roles towards the subject. Whoever did it is never told of it.
#   desk: those at the level where the call lies · above: those one level up · deciders: who decides on time
#   owner: whoever answers for it · unit: those who speak for its unit · assist: those of the unit asked to help
#   answerer: whoever reported it settled · person: the person that the event speaks of
#   answered: the person to whom somebody replied
# Where the subject is no call: unit: those who speak for the unit that the facts name · community: the workers and
# secretaries of the event's place · poster: whoever posted the need · holder: whoever took it on · offered: those to
# whom a need was shown, who may take it or not · earlier: those who have claimed a wish in the community before.
#   organiser: whoever posted the call-out, when somebody withdraws after its closing time · alone: the person, unless the
#   whole call-out ended, of which the crowd is told once · placed: the person, when somebody else signed them up.
AUDIENCE: dict[str, tuple[str, ...]] = {
    "calls.raised": ("desk",),
    "calls.escalated": ("desk",),
    "calls.sent_down": ("desk",),
    "calls.unmerged": ("desk",),
    "calls.taken": ("owner",),
    "calls.assigned": ("unit",),
    "calls.returned": ("owner",),
    "calls.disputed": ("owner",),
    "calls.dispute_upheld": ("unit",),
    "calls.dispute_overruled": ("unit",),
    "calls.extension_asked": ("deciders",),
    "calls.extended": ("owner", "unit"),
    "calls.extension_refused": ("owner", "unit"),
    "calls.assist_asked": ("assist",),
    "calls.assist_reported": ("owner",),
    "calls.words_added": ("owner", "unit"),
    "calls.withdrawn": ("owner", "unit"),
    "calls.merged": ("owner",),
    "calls.resolved": ("owner",),
    "calls.confirmed": ("owner", "unit", "answerer"),
    "calls.closed": ("owner", "unit", "answerer"),
    "calls.reopened": ("owner", "unit", "answerer"),
    "calls.referred": ("owner", "unit"),
    "calls.reminded": ("owner", "unit"),
    "calls.overdue": ("owner", "unit", "above"),
    "calls.review_due": ("owner", "deciders"),
    "appraisals.given": ("person", "unit"),
    "appraisals.corrected": ("person", "unit"),
    "appraisals.replied": ("answered",),
    "appraisals.quarter_told": ("unit",),
    "callouts.accepted": ("placed",),
    "callouts.cancelled": ("alone",),
    "callouts.certificate_revoked": ("person",),
    "callouts.certified": ("person",),
    "callouts.confirmed": ("person",),
    "callouts.corrected": ("person",),
    "callouts.granted": ("person",),
    "callouts.hours_answered": ("person",),
    "callouts.hours_shown": ("person",),
    "callouts.lapsed": ("person",),
    "callouts.left": ("community",),
    "callouts.offered": ("person",),
    "callouts.proof_ending": ("person",),
    "callouts.proven": ("person",),
    "callouts.registered": ("community",),
    "callouts.signed_up": ("placed",),
    "callouts.transferred": ("community",),
    "callouts.unproven": ("person",),
    "callouts.volunteer_declined": ("person",),
    "callouts.withdrawn": ("organiser", "placed"),
    "people.appointed": ("person",),
    "people.post_ended": ("person",),
    "people.login_reset": ("person",),
    "reportin.unit_asked": ("community",),
    "reportin.unit_received": ("unit", "person"),
    "reportin.unit_declined": ("unit", "person"),
    "reportin.unit_ended": ("unit", "community"),
    "reportin.member_registered": ("unit", "community"),
    "reportin.member_moved": ("unit", "community"),
    "reportin.member_left": ("unit", "community"),
    "reportin.member_unlinked": ("person",),
    "reportin.need_posted": ("community",),
    "reportin.need_dispatched": ("offered",),
    "reportin.need_claimed": ("poster",),
    "reportin.need_released": ("poster", "community", "person", "unit"),
    "reportin.need_withdrawn": ("person", "unit"),
    "reportin.need_reminded": ("community",),
    "reportin.project_due_soon": ("person", "unit"),
    "reportin.project_done": ("poster",),
    "reportin.project_asked": ("poster",),
    "reportin.project_crossed_off": ("person", "unit"),
    "reportin.project_reopened": ("person", "unit"),
    "reportin.project_stopped": ("poster", "community", "person", "unit"),
    "reportin.helper_joined": ("holder",),
    "reportin.helper_left": ("holder",),
    "wishes.collected": ("community",),
    "wishes.claimed": ("community",),
    "wishes.reminded": ("person", "unit"),
    "wishes.lapsed": ("person", "unit", "community", "earlier"),
    "wishes.released": ("person", "unit", "community", "earlier"),
    "wishes.reoffered": ("person", "unit", "community", "earlier"),
    "wishes.answer_due": ("community",),
    "wishes.said": ("person", "unit"),
    "wishes.fulfilled": ("community",),
    "wishes.confirmed": ("person", "unit", "community"),
    "wishes.closed": ("person", "unit"),
    "wishes.taken_down": ("person", "unit"),
}

# Of these, whole crowds are told, which are found and written by one statement each (crowds.py).
CROWDS = (
    "callouts.asked",
    "callouts.called_off",
    "callouts.changed",
    "callouts.published",
    "modes.ended",
    "modes.expired",
    "modes.extended",
    "modes.level_changed",
    "modes.switched_on",
)


def wait_after(attempts: int, minutes: Sequence[int]) -> dt.timedelta | None:
    """How long to wait after so many attempts have failed; None when it is time to give up."""
    return dt.timedelta(minutes=minutes[attempts - 1]) if attempts <= len(minutes) else None


def wanted(kind: str, patterns: Sequence[str]) -> bool:
    """Whether a kind is among the patterns ('calls.raised', 'calls.*')."""
    return any(kind == p or (p.endswith("*") and kind.startswith(p[:-1])) for p in patterns)

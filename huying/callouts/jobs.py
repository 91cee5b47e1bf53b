"""The clock of call-outs: waves, closing times, ends; what is kept no longer. A missed alarm rings when we are back."""

import structlog
from django.utils import timezone

from huying.callouts.actions import answer, ask, change, site_queue
from huying.callouts.actions.signup import fill_stuck
from huying.callouts.jobs_hours import count_hours, end_forgotten_shifts, forget_check_in_times, show_unconfirmed_hours
from huying.callouts.jobs_volunteers import (
    end_volunteers_of_closed_logins,
    forget_volunteers_who_left,
    remind_of_ending_proofs,
)
from huying.callouts.models import Callout
from huying.kernel.errors import StepRefused
from huying.kernel.jobs import job, periodic
from huying.kernel.scopes import SYSTEM

__all__ = [
    "count_hours",
    "end_forgotten_shifts",
    "end_volunteers_of_closed_logins",
    "forget_check_in_times",
    "forget_volunteers_who_left",
    "remind_of_ending_proofs",
    "show_unconfirmed_hours",
]
log = structlog.get_logger()


@job(retry=3)
def ask_more(callout: int) -> None:
    """Look for people for the empty places of a call-out: just posted, or somebody declined or withdrew."""
    found = Callout.objects.filter(pk=callout).select_related("place").first()
    if found is None:
        return
    try:
        ask.ask(found)
    except StepRefused:
        # It was closed or called off meanwhile.
        log.info("callout_asks_no_more", callout=callout)


@periodic("* * * * *")
def ring_callout_alarms(limit: int = 500) -> int:
    """Take the timed steps of all call-outs whose alarm is due; returns how many rang."""
    now = timezone.now()
    rung = 0
    due = Callout.objects.filter(next_alarm_at__lte=now).select_related("place")
    for callout in due.order_by("next_alarm_at", "pk")[:limit]:
        try:
            ring(callout, now)
            rung += 1
        except StepRefused:
            # Somebody moved it in this very moment; its next alarm was set by that step.
            log.info("callout_alarm_overtaken", callout=callout.pk)
    return rung


@periodic("* * * * *")
def ring_offers() -> int:
    """Let offers lapse that nobody confirmed in time, and move on lines that a crash left standing; returns how many lapsed."""
    lapsed = answer.lapse_due()
    fill_stuck()
    return lapsed


def ring(callout: Callout, now) -> None:
    """Take the timed step of one call-out that is due."""
    if callout.ends_at <= now:
        change.finish(callout, by=SYSTEM)
    elif callout.state == "open" and callout.closes_at <= now:
        change.close(callout, by=SYSTEM)
    elif callout.state == "open":
        ask.ask(callout, at=None)
    else:
        Callout.objects.filter(pk=callout.pk, version=callout.version).update(next_alarm_at=callout.ends_at)


@periodic("41 3 * * *")
def forget_callouts() -> int:
    """Delete who was asked and what was private once it is no longer needed; returns how many rows."""
    return ask.forget_asked() + ask.forget_private()


@periodic("10 3 * * *")
def forget_slips() -> int:
    """Close the queues of days gone by, and erase slips that were kept long enough; returns how many."""
    return site_queue.erase_old()

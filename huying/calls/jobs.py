"""The clock of calls: each minute, look at those whose alarm is due. An alarm that was missed rings when we are back."""

import datetime as dt

import structlog
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from huying.calls import actions, rules
from huying.calls.actions.base import clock_of
from huying.calls.actions.bulk import bulk
from huying.calls.catalogue import numbers
from huying.calls.models import Call
from huying.kernel import progress
from huying.kernel.errors import StepRefused
from huying.kernel.jobs import job, periodic
from huying.kernel.scopes import SYSTEM
from huying.modes.actions import expire_due
from huying.people.models import Person
from huying.people.queries import actor_for

log = structlog.get_logger()


@periodic("* * * * *")
def ring_alarms(limit: int = 2000) -> int:
    """Take the timed steps of all calls whose alarm is due; returns how many rang."""
    # First what ended while nobody was up, so that no deadline of an emergency rings after it.
    expire_due()
    now = timezone.now()
    rung = 0
    for call in Call.objects.filter(next_alarm_at__lte=now).order_by("next_alarm_at")[:limit]:
        alarm = rules.next_alarm(clock_of(call, call.state), numbers())
        if alarm is None or alarm[0] > now:
            # The policy changed since the alarm was set.
            Call.objects.filter(pk=call.pk, version=call.version).update(next_alarm_at=alarm[0] if alarm else None)
            continue
        try:
            ring(call, alarm[1])
            rung += 1
        except StepRefused:
            # Somebody moved the call in this very moment; its next alarm was set by that step.
            log.info("alarm_overtaken", call=call.pk, alarm=alarm[1])
    return rung


@job(retry=0)
def bulk_steps(pk: int, person: int, language: str, do: str, ids: list[int], key: str, facts: dict) -> None:
    """Take a step on many calls behind a bar; how each went is kept with the bar, for whoever started it."""
    by = actor_for(Person.objects.get(pk=person))
    with progress.running(pk) as bar, override(language):
        outcome = bulk(do, ids, by=by, key=key, progress=lambda done: bar(done, len(ids)), **facts)
        bar.result = {
            "href": reverse("call-bulk-told", args=[pk]),
            "words": _("%(done)d 件办成，%(not)d 件没有。") % {"done": len(outcome.done), "not": len(outcome.refused)},
            "do": do,
            "done": outcome.done,
            "refused": outcome.refused,
        }


def ring(call: Call, kind: str, at: dt.datetime | None = None) -> None:
    """Take the timed step of one call; `at` dates it (the demo only)."""
    if kind == "offer_up":
        actions.offer_up(call, by=SYSTEM, at=at)
    elif kind == "remind":
        actions.remind(call, numbers()["reminders"]["shares"][call.reminded], at=at)
    elif kind == "overdue":
        actions.overdue(call, at=at)
    elif kind == "review":
        actions.review(call, at=at)
    elif kind == "ask_again":
        actions.ask_again(call, at=at)
    elif kind == "lapse":
        actions.lapse(call, at=at)

"""The clock of wishes: each minute, look at those whose alarm is due. An alarm that was missed rings when we are back."""

import datetime as dt

import structlog
from django.utils import timezone

from huying.kernel.errors import StepRefused
from huying.kernel.jobs import periodic
from huying.wishes import actions, rules
from huying.wishes.actions.base import clock_of
from huying.wishes.catalogue import numbers
from huying.wishes.models import Wish

log = structlog.get_logger()
STEPS = {
    "remind": actions.remind,
    "lapse": actions.lapse,
    "answer_due": actions.answer_due,
    "ask_again": actions.ask_again,
    "expire": actions.expire,
}


@periodic("* * * * *")
def ring_wish_alarms(limit: int = 2000) -> int:
    """Take the timed steps of all wishes whose alarm is due; returns how many rang."""
    now = timezone.now()
    rung = 0
    for wish in Wish.objects.filter(next_alarm_at__lte=now).order_by("next_alarm_at")[:limit]:
        alarm = rules.next_alarm(clock_of(wish, wish.state), numbers())
        if alarm is None or alarm[0] > now:
            # The policy changed since the alarm was set.
            Wish.objects.filter(pk=wish.pk, version=wish.version).update(next_alarm_at=alarm[0] if alarm else None)
            continue
        try:
            ring(wish, alarm[1])
            rung += 1
        except StepRefused:
            # Somebody moved the wish in this very moment; its next alarm was set by that step.
            log.info("wish_alarm_overtaken", wish=wish.pk, alarm=alarm[1])
    return rung


def ring(wish: Wish, kind: str, at: dt.datetime | None = None) -> None:
    """Take the timed step of one wish; `at` dates it (the demo only)."""
    STEPS[kind](wish, at=at)

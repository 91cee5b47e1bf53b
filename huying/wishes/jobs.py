"""The clock of wishes: each minute, look at those whose alarm is due. An alarm that was missed rings when we are back."""

import datetime as dt

import structlog
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from huying.kernel import progress
from huying.kernel.errors import StepRefused
from huying.kernel.jobs import job, periodic
from huying.people.models import Person
from huying.people.queries import actor_for
from huying.wishes import actions, rules
from huying.wishes.actions.base import clock_of
from huying.wishes.actions.box import take_box
from huying.wishes.catalogue import numbers
from huying.wishes.models import BoxList, Wish

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


@job(retry=0)
def take_box_list(batch: int, bar: int, person: int, language: str) -> None:
    """Take in a long list from a wish box behind a bar."""
    by = actor_for(Person.objects.get(pk=person))
    with progress.running(bar) as show, override(language):
        done = take_box(BoxList.objects.select_related("place").get(pk=batch), by=by, tell=show)
        show.result = {
            "href": reverse("wish-box-list", args=[batch]),
            "words": _("收进 %(n)d 个心愿。") % {"n": done.added},
        }


@periodic("50 3 * * *")
def forget_box_lists() -> int:
    """Erase what was kept of uploaded lists for longer than a day; returns of how many."""
    old = timezone.now() - dt.timedelta(days=1)
    return BoxList.objects.filter(rows_sealed__isnull=False, at__lt=old).update(rows_sealed=None)

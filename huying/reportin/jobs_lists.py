"""The clock of the three lists: every few minutes, look at those whose alarm is due. What was missed rings when we are back."""

import datetime as dt

import structlog
from django.utils import timezone

from huying.kernel.errors import StepRefused
from huying.kernel.jobs import periodic
from huying.reportin.actions.lists_base import alarm_of_need, alarm_of_project
from huying.reportin.actions.needs import remind_need
from huying.reportin.actions.projects import remind_project
from huying.reportin.models import Need, Project

log = structlog.get_logger()


@periodic("*/5 * * * *")
def ring_list_alarms(limit: int = 1000) -> int:
    """Remind of all needs and projects whose alarm is due; returns how many rang."""
    now = timezone.now()
    rung = sum(ring_need(need, now) for need in Need.objects.filter(next_alarm_at__lte=now)[:limit])
    due = Project.objects.filter(next_alarm_at__lte=now).select_related("need")[:limit]
    return rung + sum(ring_project(project, now) for project in due)


def ring_need(need: Need, now: dt.datetime) -> bool:
    """Remind of one need when it is time; a policy that changed since only sets the alarm anew."""
    moment = alarm_of_need(need, need.state)
    if moment is None or moment > now:
        Need.objects.filter(pk=need.pk, version=need.version).update(next_alarm_at=moment)
        return False
    try:
        remind_need(need)
    except StepRefused:
        # Somebody moved it in this very moment; its next alarm was set by that step.
        log.info("alarm_overtaken", need=need.pk)
        return False
    return True


def ring_project(project: Project, now: dt.datetime) -> bool:
    """Remind of one project when it is time."""
    alarm = alarm_of_project(project, project.state)
    if alarm is None or alarm[0] > now:
        Project.objects.filter(pk=project.pk, version=project.version).update(next_alarm_at=alarm and alarm[0])
        return False
    try:
        remind_project(project, alarm[1])
    except StepRefused:
        log.info("alarm_overtaken", project=project.pk)
        return False
    return True

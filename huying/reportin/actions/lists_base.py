"""What the actions of the three lists share: cleaned input, and moving a need or a project with its alarm."""

import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.directory.catalogue import services as known_services
from huying.directory.catalogue import skills as known_skills
from huying.directory.models import Unit
from huying.directory.queries import giving_units, may_give, membership_of, unit_ids_of
from huying.kernel.calendar import add_working_days
from huying.kernel.errors import BadInput, Forbidden, StepRefused
from huying.kernel.policy import load
from huying.kernel.scopes import Actor
from huying.people.private_words import private_words
from huying.reportin import rules_lists as rules
from huying.reportin.models import Need, Project
from huying.reportin.workflow_lists import NEED, PROJECT

LOWEST = ("community", "grid", "compound", "building", "entrance")


def words(text: str, most: int, field: str, missing: str = "") -> str:
    """Cleaned words that everybody may read, or BadInput on `field`."""
    cleaned = "\n".join(line.strip() for line in (text or "").replace("\x00", "").strip().splitlines() if line.strip())
    if missing and not cleaned:
        raise BadInput(missing, fields={field: missing})
    if len(cleaned) > most:
        long = _("最多 %(most)d 字，现在有 %(now)d 字。") % {"most": most, "now": len(cleaned)}
        raise BadInput(long, fields={field: long})
    found = private_words(cleaned)
    if found:
        hint = _("“%(words)s”可能暴露个人信息，这张清单大家都看得到，请换个说法。") % {"words": found[0][1]}
        raise BadInput(hint, fields={field: hint})
    return cleaned


def wanted(services: Iterable[str], skills: Iterable[str]) -> tuple[list[str], list[str]]:
    """Known codes in the catalogue's order; BadInput when there are none at all."""
    services, skills = set(services), set(skills)
    good = [code for code in known_services() if code in services], [code for code in known_skills() if code in skills]
    if not any(good):
        missing = _("请选一种服务，或者一样本领，好找到合适的人。")
        raise BadInput(missing, fields={"services": missing})
    return good


def standing(place, allowed: tuple[str, ...] | None = LOWEST) -> None:
    """StepRefused when a place has ended, BadInput when nothing is listed at such a place."""
    if not place.is_current():
        raise StepRefused(_("这个地点已经停用，请到接替它的地点去。"), code="place_ended")
    if allowed is not None and place.kind not in allowed:
        wrong = _("请选社区、小区、楼栋或单元。")
        raise BadInput(wrong, fields={"place": wrong})


def unit_of(by: Actor, unit: Unit | None) -> Unit | None:
    """For which unit the actor gives: the one named, else their only one when they are in nothing else; refusals in words."""
    own = giving_units(by)
    if unit is not None:
        if unit.pk not in unit_ids_of(by):
            raise Forbidden(_("您不代表这个单位。"))
        if unit not in own:
            raise StepRefused(_("这个单位还没有核实，核实以后就可以接。请找社区核实。"), code="unverified")
        return unit
    if not may_give(by):
        if unit_ids_of(by):
            raise StepRefused(_("您的单位还没有核实，核实以后就可以接。请找社区核实。"), code="unverified")
        raise Forbidden(_("先报到，或者登记成志愿者，就可以出力了。"))
    if own and not by.posts and membership_of(by) is None:
        return own[0]
    return None


def dispatch_by(since: dt.datetime) -> dt.datetime:
    """When a need is to be dispatched: so many working days after it was posted or put down."""
    return add_working_days(since, load("reportin")["needs"]["dispatch_working_days"])


def alarm_of_need(need: Need, state: str) -> dt.datetime | None:
    """When the system must look at a need again, as it will be in `state`."""
    return rules.need_alarm(state, need.waits_since, need.dispatch_by, need.reminded, load("reportin")["needs"])


def end_of_day(day: dt.date | None) -> dt.datetime | None:
    """The first moment after a day."""
    if day is None:
        return None
    return timezone.make_aware(dt.datetime.combine(day + dt.timedelta(days=1), dt.time()))


def alarm_of_project(project: Project, state: str) -> tuple[dt.datetime, str] | None:
    """When the system must look at a project again and what about, as it will be in `state`."""
    since = {"underway": project.started_at, "done": project.done_at}.get(state) or project.claimed_at
    return rules.project_alarm(state, since, end_of_day(project.due_on), project.reminded, load("reportin")["projects"])


@contextmanager
def moving_need(
    name: str, need: Need, *, by: Actor, version: int | None = None, at: dt.datetime | None = None, **facts
) -> Iterator[Need]:
    """`NEED.step` that also sets when the system must look again; the body finds the moment as `row.at`."""
    with NEED.step(name, need, by=by, version=version, at=at, **facts) as row:
        row.at = at or timezone.now()
        yield row
        row.next_alarm_at = alarm_of_need(row, NEED[name].target or row.state)


@contextmanager
def moving_project(
    name: str, project: Project, *, by: Actor, version: int | None = None, at: dt.datetime | None = None, **facts
) -> Iterator[Project]:
    """`PROJECT.step` under its need's lock (parents first): the need's state follows, one event tells of both."""
    with transaction.atomic():
        need = Need.objects.select_for_update(of=("self",)).get(pk=project.need_id)
        with PROJECT.step(name, project, by=by, version=version, at=at, **facts) as row:
            row.need = need
            row.at = at or timezone.now()
            before, target = row.state, PROJECT[name].target or row.state
            own = {"need": need.pk, "person": row.person_id, "unit": row.unit_id, "poster": need.posted_by_id}
            row.facts = own | row.facts
            if target != before:
                row.reminded = 0
            yield row
            alarm = alarm_of_project(row, target)
            row.next_alarm_at = alarm[0] if alarm else None
            moment = row.at
        if project.state != before:
            follow(need, project.state, moment)


def follow(need: Need, project_state: str, at: dt.datetime) -> None:
    """Bring a locked need to where its project is; put down, it waits to be dispatched anew."""
    need.state = rules.NEED_OF_PROJECT[project_state]
    if need.state == "posted":
        wait_anew(need, at)
    need.ended_at = at if need.state == "crossed_off" else None
    need.next_alarm_at = alarm_of_need(need, need.state)
    fields = ["state", "waits_since", "dispatch_by", "reminded", "ended_at", "next_alarm_at"]
    need.save(update_fields=fields)
    Need.objects.filter(pk=need.pk).update(version=F("version") + 1)


def wait_anew(need: Need, at: dt.datetime) -> None:
    """It has to be dispatched again, with the same time for it."""
    need.waits_since, need.dispatch_by, need.reminded = at, dispatch_by(at), 0

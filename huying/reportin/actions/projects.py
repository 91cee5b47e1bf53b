"""Projects: planned in a few steps, done, and crossed off by those whom they served."""

import datetime as dt
from collections.abc import Sequence

from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.directory.models import Unit
from huying.kernel.errors import BadInput, StepRefused
from huying.kernel.policy import load
from huying.kernel.scopes import SYSTEM, Actor
from huying.reportin.actions.lists_base import moving_project, unit_of, words
from huying.reportin.models import Helper, Project, ProjectStep, Voice

Plan = Sequence[tuple[str, dt.date | None]]


def start(
    project: Project,
    due_on: dt.date | None,
    plan: Plan = (),
    *,
    by: Actor,
    version: int | None = None,
    at: dt.datetime | None = None,
) -> Project:
    """Set the day and the few steps, and begin."""
    plan = _checked(due_on, plan, timezone.localdate(at))
    with moving_project("start", project, by=by, version=version, at=at) as row:
        row.due_on, row.started_at = due_on, row.at
        _lay_out(row, plan)
    return project


def replan(
    project: Project, due_on: dt.date | None, plan: Plan = (), *, by: Actor, version: int | None = None
) -> Project:
    """Change the day and the steps that are still to be done."""
    plan = _checked(due_on, plan, timezone.localdate())
    with moving_project("replan", project, by=by, version=version) as row:
        row.due_on, row.reminded = due_on, 0
        _lay_out(row, plan)
    return project


def _checked(due_on: dt.date | None, plan: Plan, today: dt.date) -> Plan:
    if due_on is None or due_on < today:
        wrong = _("请定一个今天或以后的日子。")
        raise BadInput(wrong, fields={"due_on": wrong})
    most = load("reportin")["projects"]["steps_most"]
    kept = [(words(text, 60, "steps"), day) for text, day in plan if text.strip()]
    if len(kept) > most:
        many = _("最多 %(most)d 步，大事分成几步就好。") % {"most": most}
        raise BadInput(many, fields={"steps": many})
    return kept


def _lay_out(row: Project, plan: Plan) -> None:
    row.steps.filter(done_at=None).delete()
    begun = row.steps.count()
    rows = [ProjectStep(project=row, number=begun + at, words=text, day=day) for at, (text, day) in enumerate(plan, 1)]
    ProjectStep.objects.bulk_create(rows)


def tick(
    project: Project, step: int, *, by: Actor, version: int | None = None, at: dt.datetime | None = None
) -> Project:
    """One of the steps is done."""
    with moving_project("tick", project, by=by, version=version, at=at) as row:
        found = row.steps.filter(pk=step).first()
        if found is None:
            wrong = _("这个项目没有这一步。")
            raise BadInput(wrong, fields={"step": wrong})
        if found.done_at is not None:
            raise StepRefused(_("这一步已经做完了。"), code="done_already")
        found.done_at = row.at
        found.save(update_fields=["done_at"])
        row.facts |= {"step": found.pk, "helpers": _helpers(row)}
    return project


def finish(
    project: Project, outcome: str, *, by: Actor, version: int | None = None, at: dt.datetime | None = None
) -> Project:
    """Say what was done; those it served then say whether it came."""
    outcome = words(outcome, load("reportin")["projects"]["outcome_most"], "outcome", _("写一句做了什么。"))
    with moving_project("finish", project, by=by, version=version, at=at) as row:
        row.outcome, row.done_at = outcome, row.at
        row.facts["helpers"] = _helpers(row)
    return project


def answer(
    project: Project, came: bool, text: str = "", *, by: Actor, key: str, at: dt.datetime | None = None
) -> Project:
    """Those it served say whether it came: yes crosses it off, not yet opens it again. The same key twice counts once."""
    text = words(text, 300, "words", "" if came else _("说说还差什么。"))
    if Voice.objects.filter(key=key).exists():
        return project
    try:
        with moving_project("cross_off" if came else "reopen", project, by=by, at=at) as row:
            Voice.objects.create(project=row, came=came, words=text, by_id=by.id, key=key, at=row.at)
            row.facts |= {"helpers": _helpers(row), "on_behalf": by.is_person}
            if came:
                row.ended_at = row.at
            else:
                row.reopened += 1
                row.started_at, row.done_at = row.at, None
    except IntegrityError as error:
        if "key" not in error.__cause__.diag.constraint_name:
            raise
    return project


def stop(project: Project, *, by: Actor, version: int | None = None, at: dt.datetime | None = None) -> Project:
    """Put a project down, no reason asked; its need waits for somebody else."""
    with moving_project("stop", project, by=by, version=version, at=at) as row:
        row.ended_at = row.at
    return project


def join(project: Project, *, by: Actor, unit: Unit | None = None, at: dt.datetime | None = None) -> Project:
    """Sign up oneself; there is no way to sign up somebody else."""
    unit = unit_of(by, unit)
    with moving_project("join", project, by=by, at=at) as row:
        Helper.objects.create(project=row, person_id=by.id, unit=unit, joined_at=row.at)
        row.facts |= {"person": by.id, "unit": unit.pk if unit else None, "holder": row.person_id}
    return project


def leave(project: Project, *, by: Actor, at: dt.datetime | None = None) -> Project:
    """Take oneself off again, no reason asked."""
    with moving_project("leave", project, by=by, at=at) as row:
        own = row.helpers.filter(person_id=by.id, left_at=None).first()
        row.facts |= {"person": by.id, "unit": own.unit_id if own else None, "holder": row.person_id}
        row.helpers.filter(person_id=by.id, left_at=None).update(left_at=row.at)
    return project


def remind_project(project: Project, about: str, *, at: dt.datetime | None = None) -> Project:
    """Tell whoever has it that steps are wanted or the day is near; tell the poster that a word is wanted."""
    with moving_project("ask" if about == "confirm" else "remind", project, by=SYSTEM, at=at, about=about) as row:
        row.reminded += 1
    return project


def _helpers(row: Project) -> list[int]:
    return list(row.helpers.filter(left_at=None).order_by("person_id").values_list("person_id", flat=True))

"""The three lists in words: when, why it fits, how far it has come. For pages, prints and tables alike."""

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import groupby

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from huying.directory.catalogue import names
from huying.reportin.choices_lists import Day, NeedState, Part, ProjectState
from huying.reportin.models import Need, Project, Resource
from huying.reportin.rules_match import DAYS, PARTS, SLOTS, Reason

DAY = gettext_lazy("n月j日")
NEAR = {
    "entrance": gettext_lazy("同一个单元"),
    "building": gettext_lazy("同一栋楼"),
    "compound": gettext_lazy("同一个小区"),
    "grid": gettext_lazy("同一个网格"),
    "community": gettext_lazy("同一个社区"),
    "street": gettext_lazy("同一个街道"),
    "district": gettext_lazy("同一个区"),
}
# Each kind of service and skill has a picture; one that an installation added has the plain one.
ICONS = {
    **{"repair": "bolt", "medical": "heart", "first_aid": "heart", "teaching": "book", "legal": "paper"},
    **{"mediation": "call", "haircut": "face-good", "driving": "car", "computer": "phone", "writing": "edit"},
    **{"arts": "star", "counselling": "heart", "cooking": "flame", "visit": "people", "errand": "arrow-right"},
    **{"order": "hand", "clean": "drop", "children": "book", "elderly": "heart", "safety": "eye"},
    **{"publicity": "paper", "give": "tag", "venue": "home"},
}
# A state's tone and icon, of needs and projects alike.
TONES = {
    "posted": ("call", "call"),
    "dispatched": ("warn", "send"),
    "claimed": ("info", "hand"),
    "planned": ("info", "hand"),
    "underway": ("info", "clock"),
    "done": ("answer", "leaf"),
    "crossed_off": ("answer", "face-good"),
    "withdrawn": ("quiet", "return"),
    "stopped": ("quiet", "return"),
    "open": ("answer", "leaf"),
    "closed": ("quiet", "lock"),
}


def icon_of(row: Need | Resource) -> str:
    """The picture of a need or a resource: that of its first skill, else of its first service."""
    return next((ICONS[code] for code in (*row.skills, *row.services) if code in ICONS), "hand")


def codes_of(row: Need | Resource) -> list[str]:
    """The names of its skills and kinds of service."""
    return names([*row.skills, *row.services])


def week_words(slots: Iterable[str]) -> str:
    """Slots of the week as people say them: '周六上午', '周一到周五晚上'; '时间好商量' when there are none."""
    slots = set(slots)
    if not slots:
        return _("时间好商量")
    if slots >= set(SLOTS):
        return _("随时")
    parts_of = {day: tuple(part for part in PARTS if f"{day}{part}" in slots) for day in DAYS}
    told = []
    by_parts = sorted((day for day in DAYS if parts_of[day]), key=lambda day: (parts_of[day] != PARTS, parts_of[day]))
    groups = [(parts, list(days)) for parts, days in groupby(by_parts, key=lambda day: parts_of[day])]
    for parts, days in sorted(groups, key=lambda group: group[1][0]):
        words = _("全天") if parts == PARTS else _("和").join(str(Part(part).label) for part in parts)
        told.append(_("%(days)s%(parts)s") % {"days": _days(days), "parts": words})
    return _("、").join(told)


def _days(days: Sequence[str]) -> str:
    if days == list("12345"):
        return _("周一到周五")
    if len(days) >= 3 and int(days[-1]) - int(days[0]) == len(days) - 1:
        return _("%(first)s到%(last)s") % {"first": Day(days[0]).label, "last": Day(days[-1]).label}
    return _("、").join(str(Day(day).label) for day in days)


def day_words(day: dt.date) -> str:
    """A day as people say it: '11月28日（周六）'."""
    return _("%(day)s（%(weekday)s）") % {
        "day": date_format(day, str(DAY)),
        "weekday": Day(str(day.isoweekday())).label,
    }


def when_of(need: Need) -> str:
    """When a need is wanted: '11月28日（周六）上午', or '时间好商量'."""
    parts = _("和").join(str(Part(part).label) for part in need.parts)
    if need.day_from and need.day_to and need.day_from != need.day_to:
        first, last = (date_format(day, str(DAY)) for day in (need.day_from, need.day_to))
        days = _("%(first)s到%(last)s") % {"first": first, "last": last}
    elif need.day_to and not need.day_from:
        days = _("最晚%(last)s") % {"last": day_words(need.day_to)}
    elif need.day_from:
        days = day_words(need.day_from)
    else:
        days = ""
    if not days or not parts:
        return days or parts or _("时间好商量")
    words = _("%(days)s%(parts)s") if need.day_from == need.day_to or not need.day_to else _("%(days)s，%(parts)s")
    return words % {"days": days, "parts": parts}


def reasons_words(reasons: Iterable[Reason]) -> list[str]:
    """Why two fit, each reason in a few words; nothing is said that the codes do not say."""
    return [_reason(one) for one in reasons]


def _reason(reason: Reason) -> str:
    if reason.about == "skill":
        return _("会%(what)s") % {"what": _("、").join(names(reason.codes))}
    if reason.about == "service":
        return _("愿意%(what)s") % {"what": _("、").join(names(reason.codes))}
    if reason.about == "near":
        return str(NEAR[reason.codes[0]])
    return _("%(when)s都有空") % {"when": week_words(reason.codes)}


def people_words(count: int) -> str:
    """How many are wanted."""
    return ngettext("要 %(n)d 个人", "要 %(n)d 个人", count) % {"n": count}


def who_of(project: Project, named: bool = False) -> str:
    """Who has a project: the unit; a person by name only for whoever works with them."""
    if project.unit_id is not None:
        return project.unit.name
    return project.person.name if named else _("一位热心邻居")


def offered_by(resource: Resource, named: bool = False) -> str:
    """Who offers a resource, in the same way."""
    if resource.unit_id is not None:
        return resource.unit.name
    return resource.person.name if named else _("一位热心邻居")


def line_of(need: Need, project: Project | None, named: bool = False) -> list[dict]:
    """The way of a need as a line of steps, the plan of its project in it, and a face at the end."""
    line = [{"label": _("发出来了"), "state": "done", "at": need.posted_at, "icon": "call"}]
    if need.dispatched_at:
        line.append({"label": _("给合适的人看过了"), "state": "done", "at": need.dispatched_at, "icon": "send"})
    if need.state == NeedState.WITHDRAWN:
        return [*line, {"label": _("撤回了"), "state": "done", "at": need.ended_at, "icon": "return"}]
    if project is None:
        waiting = _("等社区给合适的人看") if need.state == NeedState.POSTED else _("等人来接")
        line += [
            {"label": waiting, "state": "now", "at": None, "icon": "clock"},
            {"label": _("有人接下来，定好步骤"), "state": "next", "at": None, "icon": "hand"},
        ]
    else:
        took = _("%(who)s接下了") % {"who": who_of(project, named)}
        line.append({"label": took, "state": "done", "at": project.claimed_at, "icon": "hand"})
        line += _plan(project)
    if project is not None and project.state == ProjectState.CROSSED_OFF:
        return [*line, {"label": _("服务到了，销号"), "state": "done", "at": project.ended_at, "face": "good"}]
    if project is not None and project.state == ProjectState.DONE:
        return [*line, {"label": _("等大家说一句：服务到了吗？"), "state": "now", "at": None, "face": "good"}]
    return [*line, {"label": _("大家说服务到了，就销号"), "state": "next", "at": None, "face": "good"}]


def _plan(project: Project) -> list[dict]:
    """The steps of a project; the first that is not done is the one it is at."""
    line, at_now = [], project.state == ProjectState.UNDERWAY
    if project.state == ProjectState.PLANNED:
        line.append({"label": _("正在定步骤"), "state": "now", "at": None, "icon": "clock"})
    for step in project.steps.all():
        state = "done" if step.done_at else "next"
        if at_now and not step.done_at:
            state, at_now = "now", False
        note = day_words(step.day) if step.day and not step.done_at else ""
        line.append({"label": step.words, "state": state, "at": step.done_at, "note": note, "icon": ""})
    if project.done_at and project.state in (ProjectState.DONE, ProjectState.CROSSED_OFF):
        line.append(
            {"label": _("做完了"), "state": "done", "at": project.done_at, "note": project.outcome, "icon": "leaf"}
        )
    elif at_now:
        line.append({"label": _("动手做"), "state": "now", "at": None, "icon": "clock"})
    return line

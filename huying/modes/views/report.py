"""The after-action report as a page, on paper, and as a table."""

import datetime as dt

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from huying.directory.models import Unit
from huying.kernel.gate import allow
from huying.kernel.sheets import XLSX, workbook
from huying.modes import report
from huying.modes.models import Mode
from huying.modes.models.modes import Level
from huying.modes.views.common import posted
from huying.people.models import ROLE_NAMES


def line_words(one: dict) -> str:
    """A line of the timeline in words."""
    level = Level(one["level"]).label if one.get("level") else ""
    until = parse_datetime(one["until"]) if one.get("until") else None
    said = {
        "level": level,
        "was": Level(one["was"]).label if one.get("was") else "",
        "until": timezone.localtime(until).strftime("%m-%d %H:%M") if until else "",
        "n": one["subject"],
    }
    words = {
        "modes.switched_on": _("开启，%(level)s"),
        "modes.extended": _("延长到 %(until)s"),
        "modes.level_changed": _("级别从%(was)s改为%(level)s"),
        "modes.ended": _("已结束"),
        "modes.expired": _("到期，自动结束"),
        "callouts.posted": _("发出召集（%(n)s 号）"),
        "callouts.called_off": _("取消召集（%(n)s 号）"),
        "callouts.finished": _("召集结束（%(n)s 号）"),
    }
    return words.get(one["kind"], one["kind"]) % said


def told(figures: dict) -> dict:
    """The figures of a report with the words for them."""
    calls, callouts, came = figures["calls"], figures["callouts"], figures["came"]
    units = dict(Unit.objects.filter(pk__in=[one["unit"] for one in came["units"]]).values_list("pk", "name"))
    numbers = [
        (_("提出的诉求"), calls["raised"], ""),
        (_("受理的诉求"), calls["accepted"], _span(calls["to_accept"])),
        (_("办结的诉求"), calls["resolved"], _span(calls["to_resolve"])),
        (_("过期提醒过的诉求"), calls["overdue"], ""),
        (_("发出的召集"), callouts["posted"], ""),
        (_("对召集的回应"), callouts["answers"], _span(callouts["to_answer"])),
        (_("到场签到的人"), came["people"], ""),
        (_("办过诉求的工作人员"), came["handlers"], ""),
    ]
    gaps = [(report.GAPS[code].label if code in report.GAPS else code, n) for code, n in figures["missing"].items()]
    rows = figures["course"]["rows"]
    form = "%m-%d" if figures["course"]["unit"] == "day" else "%m-%d %H:00"
    return {
        "start": parse_datetime(figures["start"]),
        "end": parse_datetime(figures["end"]),
        "running": figures["running"],
        "numbers": numbers,
        "gaps": gaps,
        "buildings": figures["buildings"],
        "line": [{"at": parse_datetime(one["at"]), "label": line_words(one)} for one in figures["line"]],
        "picture": _picture([dt.datetime.fromisoformat(row["at"]).strftime(form) for row in rows], rows),
        "course_rows": [(dt.datetime.fromisoformat(row["at"]).strftime(form), row) for row in rows],
        "roles": [(ROLE_NAMES.get(role, role), n) for role, n in came["roles"].items()],
        # By name, whatever the numbers: this is no order of merit.
        "units": sorted((units.get(one["unit"], str(one["unit"])), one["people"]) for one in came["units"]),
        "by_day": figures["course"]["unit"] == "day",
    }


def _picture(moments: list[str], rows: list[dict]) -> dict:
    """The course as columns."""
    shown = (("raised", _("提出")), ("accepted", _("受理")), ("resolved", _("办结")))
    return {
        "legend": {"data": [str(label) for _code, label in shown]},
        "xAxis": {"type": "category", "data": moments},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [{"name": str(label), "type": "bar", "data": [row[code] for row in rows]} for code, label in shown],
    }


def _span(minutes: dict) -> str:
    if not minutes["n"]:
        return ""
    return _("一半在 %(median)d 分钟内，九成在 %(most)d 分钟内（%(n)d 件）") % minutes


def _find(request, pk: int) -> Mode:
    seen = Mode.objects.visible_to(request.actor).exclude(state="new")
    return get_object_or_404(seen.select_related("place", "switched_by", "ended_by"), pk=pk)


@require_safe
@allow(posted)
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """The report: kept when it had ended, so far while it runs."""
    mode = _find(request, pk)
    return render(request, "modes/report.html", {"mode": mode, "report": told(report.figures_of(mode))})


@require_safe
@allow(posted)
def table(request: HttpRequest, pk: int) -> HttpResponse:
    """The report as XLSX."""
    mode = _find(request, pk)
    words = told(report.figures_of(mode))
    moment = lambda at: timezone.localtime(at).strftime("%Y-%m-%d %H:%M") if at else ""  # noqa: E731
    head = [
        [_("项目"), _("内容"), _("说明")],
        [_("性质"), mode.get_kind_display(), _("这是演练") if mode.is_drill else ""],
        [_("级别"), mode.get_level_display(), ""],
        [_("范围"), str(mode.place), ""],
        [_("谁决定的、文号"), mode.authority, ""],
        [_("为什么"), mode.reason, ""],
        [_("开始"), moment(words["start"]), ""],
        [_("结束"), moment(words["end"]), _("还在进行，数到现在") if words["running"] else ""],
    ]
    sheets = [
        (_("概况"), head + [[label, n, note] for label, n, note in words["numbers"]]),
        (_("经过"), [[_("时间"), _("发生了什么")], *[[moment(one["at"]), one["label"]] for one in words["line"]]]),
        (
            _("每段时间"),
            [
                [_("时间"), _("提出"), _("受理"), _("办结"), _("召集"), _("签到")],
                *[[at, *[row[code] for code in report.COURSE]] for at, row in words["course_rows"]],
            ],
        ),
        (
            _("谁来了"),
            [
                [_("岗位或单位"), _("人数")],
                *[[str(label), n] for label, n in words["roles"]],
                *[[name, n] for name, n in words["units"]],
            ],
        ),
        (_("缺什么"), [[_("项目"), _("数")], *[[str(label), n] for label, n in words["gaps"]]]),
    ]
    response = HttpResponse(workbook(sheets, {str(_("概况")): [24, 30, 40]}), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="report-{mode.pk}.xlsx"'
    return response

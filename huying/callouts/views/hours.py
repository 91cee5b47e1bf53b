"""The organiser's page of hours: one table, everything confirmed in one go, each line put right with a reason."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from huying.callouts.actions import hours
from huying.callouts.catalogue import numbers
from huying.callouts.forms.hours import AnswerForm, CorrectForm, GrantForm
from huying.callouts.models import Attendance, Callout, Question, Signup
from huying.callouts.queries_place import Hours, hours_in, without_hours
from huying.callouts.views.board import find
from huying.callouts.views.checkin import HOURS_LOOKS
from huying.callouts.views.common import organiser, private
from huying.kernel.errors import BadInput, Refusal
from huying.kernel.gate import allow
from huying.kernel.sheets import XLSX, workbook

STATES = {
    "running": gettext_lazy("还在岗"),
    "open": gettext_lazy("等确认"),
    "short": gettext_lazy("时间太短"),
    "shown": gettext_lazy("公示中"),
    "asked": gettext_lazy("有异议"),
    "counted": gettext_lazy("已计入"),
}
FORMS = {"grant": GrantForm, "correct": CorrectForm, "answer": AnswerForm}
ACTS = ("confirm", "hold", *FORMS)


def _id(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


@require_safe
@allow(organiser)
@private
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """All hours of a call-out."""
    return _page(request, find(request, pk))


def _page(
    request: HttpRequest,
    callout: Callout,
    *,
    bound: tuple[str, int, object] | None = None,
    refusal=None,
    status: int = 200,
) -> HttpResponse:
    """`bound`: the act, the row's id and the form that was refused, shown open with what was typed."""
    lines, now = hours_in(callout), timezone.now()
    ready = sum(line.state == "open" for line in lines)
    rows = [{"line": line, "look": HOURS_LOOKS[line.state], "words": STATES[line.state]} for line in lines]
    for row in rows:
        line = row["line"]
        row["over"] = line.shift.ends_at <= now
        row["asked"] = next((q for q in line.attendance.questions.all() if q.answered_at is None), None)
        given = {"came": line.attendance.in_at, "left": line.attendance.out_at}
        row["correct"] = _own(bound, "correct", line.attendance.pk) or CorrectForm(initial=given)
        row["grant"] = _own(bound, "grant", line.signup.pk) or GrantForm(initial={"minutes": line.granted})
        row["answer"] = _own(bound, "answer", row["asked"].pk) if row["asked"] else None
        row["answer"] = row["answer"] or AnswerForm()
    absent = [{"signup": one, "grant": _own(bound, "grant", one.pk) or GrantForm()} for one in without_hours(callout)]
    context = {
        "callout": callout,
        "rows": rows,
        "ready": ready,
        "absent": absent,
        "undo": [pk for pk in request.GET.get("shown", "").split("-") if _id(pk)][:500],
        "refusal": refusal,
        "share": round(numbers()["hours"]["least_share"] * 100),
        "days": numbers()["hours"]["shown_days"],
    }
    return render(request, "callouts/hours/page.html", context, status=status)


def _own(bound, act: str, pk: int):
    return bound[2] if bound is not None and bound[0] == act and bound[1] == pk else None


@require_POST
@allow(organiser)
@private
def do(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """Confirm everything as measured, take that back, grant, correct, answer."""
    callout, by = find(request, pk), request.actor
    if act not in ACTS:
        raise Http404
    if act == "confirm":
        shown = hours.confirm(callout, by=by)
        if not shown:
            messages.info(request, _("没有可以确认的：都确认过了，或者时间太短，要先认定。"))
            return redirect("callout-hours", pk)
        messages.success(request, _("确认了 %(n)d 条，从现在起给本人看。") % {"n": len(shown)})
        return redirect(f"{request.path.removesuffix('do/confirm/')}?shown={'-'.join(map(str, shown))}")
    if act == "hold":
        held = hours.hold_back(callout, [_id(one) for one in request.POST.getlist("shown")], by=by)
        messages.success(request, _("撤回了 %(n)d 条确认。") % {"n": held})
        return redirect("callout-hours", pk)
    target = _id(request.POST.get("row", ""))
    form = FORMS[act](request.POST)
    form.is_valid()
    try:
        if form.errors:
            wrong = {name: str(found[0]) for name, found in form.errors.items()}
            raise BadInput(next(iter(wrong.values())), fields=wrong)
        messages.success(request, TAKE[act](callout, target, form.cleaned_data, by))
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(request, callout, bound=(act, target, form), refusal=refusal, status=refusal.status)
    return redirect("callout-hours", pk)


def _grant(callout: Callout, target: int, given: dict, by) -> str:
    signup = get_object_or_404(Signup.objects.filter(shift__callout=callout), pk=target)
    hours.grant(signup, given["minutes"], given["reason"], by=by)
    return _("认定好了。测得的时长没有变，两样分开记。")


def _correct(callout: Callout, target: int, given: dict, by) -> str:
    found = get_object_or_404(Attendance.objects.filter(signup__shift__callout=callout), pk=target)
    hours.correct(found, given["came"], given["left"], given["reason"], by=by)
    return _("更正好了，原来的时间和理由都留着。")


def _answer(callout: Callout, target: int, given: dict, by) -> str:
    found = get_object_or_404(Question.objects.filter(attendance__signup__shift__callout=callout), pk=target)
    hours.answer(found, given["words"], by=by)
    return _("答复好了，本人会看到。")


TAKE = {"grant": _grant, "correct": _correct, "answer": _answer}


@require_safe
@allow(organiser)
@private
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """The table as XLSX; measured and granted in two columns, never added up."""
    callout = find(request, pk)
    head = [
        _("岗位"),
        _("开始"),
        _("结束"),
        _("称呼"),
        _("签到"),
        _("签退"),
        _("实测分钟"),
        _("认定分钟"),
        _("理由"),
        _("状态"),
    ]
    title = _("时长")
    table = workbook([(title, [head, *map(_cells, hours_in(callout))])], {title: [14, 17, 17, 14, 17, 17, 10, 10]})
    response = HttpResponse(table, content_type=XLSX)
    name = slugify(f"hours-{callout.pk}")
    response["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response


def _cells(line: Hours) -> list:
    found = line.attendance

    def local(moment):
        return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else ""

    return [
        line.shift.name,
        local(line.shift.starts_at),
        local(line.shift.ends_at),
        line.signup.person.name,
        local(found.in_at),
        local(found.out_at),
        line.measured,
        "" if line.granted is None else line.granted,
        found.granted_reason,
        str(STATES[line.state]),
    ]

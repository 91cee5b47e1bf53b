"""One project: its steps as a line, who helps, and what those whom it served say."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from huying.directory.queries import may_give
from huying.kernel.errors import Refusal
from huying.kernel.forms import new_key
from huying.kernel.gate import allow, logged_in
from huying.reportin.actions import projects as actions
from huying.reportin.forms.lists import ClaimForm, FinishForm, PlanForm, PlanSteps, WordForm
from huying.reportin.models import Project
from huying.reportin.queries_where import dress
from huying.reportin.telling_lists import codes_of, day_words, icon_of, line_of, people_words, when_of, who_of
from huying.reportin.views import cards
from huying.reportin.views.lists_base import chosen_unit, find_project, is_named, just_did, on_behalf, private
from huying.reportin.workflow_lists import PROJECT

# As many lines as a small matter needs; a page without JavaScript shows them all.
EMPTY_STEPS = 4


@require_safe
@allow(logged_in)
@private
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """A project and what can be done with it."""
    return show(request, find_project(request, pk))


def show(request, project: Project, status: int = 200, refusal: Refusal | None = None, **bound) -> HttpResponse:
    """The page, with forms that were refused as they were typed (`bound`: 'plan', 'steps', 'finish', 'word', 'join')."""
    actor, need = request.actor, project.need
    may = {step.name for step in PROJECT.available(project, actor)}
    named = is_named(actor, need, project)
    steps = list(project.steps.all())
    planning = bool({"start", "replan"} & may)
    voiced = "cross_off" in may
    dress([need])
    helpers = project.helpers.filter(left_at=None).select_related("person", "unit")
    context = {
        "project": project,
        "need": need,
        "card": cards.project(project, actor),
        "icon": icon_of(need),
        "codes": codes_of(need),
        "when": when_of(need),
        "people": people_words(need.people),
        "who": who_of(project, named),
        "due": day_words(project.due_on) if project.due_on else "",
        "line": line_of(need, project, named),
        "named": named,
        "may": may,
        "open_steps": [step for step in steps if step.done_at is None] if "tick" in may else [],
        "helpers": [one.person.name for one in helpers] if named else [],
        "helping": len(helpers),
        "voices": list(project.voices.select_related("by")) if named else [],
        "plan": (bound.get("plan") or _plan(project)) if planning else None,
        "steps": (bound.get("steps") or _steps(steps)) if planning else None,
        "finish": (bound.get("finish") or FinishForm(initial={"version": project.version}))
        if "finish" in may
        else None,
        "word": (bound.get("word") or WordForm(initial={"key": new_key()})) if voiced else None,
        "join": (bound.get("join") or _join(actor)) if "join" in may and may_give(actor) else None,
        "refusal": refusal,
        "bound": bound,
    }
    return render(request, "reportin/lists/project.html", context, status=status)


def _plan(project: Project) -> PlanForm:
    return PlanForm(initial={"due_on": project.due_on or project.need.day_to, "version": project.version})


def _steps(steps) -> "PlanSteps":
    kept = [{"words": step.words, "day": step.day} for step in steps if step.done_at is None]
    formset = PlanSteps(initial=kept, prefix="steps")
    formset.extra = EMPTY_STEPS if not kept else 2
    return formset


def _join(actor) -> ClaimForm:
    units = on_behalf(actor)
    return ClaimForm(initial={"unit": units[0][0]}, units=units)


def _start(request, project: Project, step: str) -> HttpResponse:
    plan, steps = PlanForm(request.POST), PlanSteps(request.POST, prefix="steps")
    if not (plan.is_valid() & steps.is_valid()):
        return show(request, project, 422, plan=plan, steps=steps)
    rows = [(row.get("words", ""), row.get("day")) for row in steps.cleaned_data]
    act = actions.start if step == "start" else actions.replan
    try:
        act(project, plan.cleaned_data["due_on"], rows, by=request.actor, version=plan.cleaned_data["version"])
    except Refusal as refusal:
        return _again(request, project, step, refusal, plan, plan=plan, steps=steps)
    messages.success(request, _("开始了。做完一步，点一下。") if step == "start" else _("改好了。"))
    return redirect("reportin:project", project.pk)


def _tick(request, project: Project, step: str) -> HttpResponse:
    given = request.POST.get("step", "")
    try:
        actions.tick(project, int(given) if given.isdecimal() and given.isascii() else 0, by=request.actor)
    except Refusal as refusal:
        return _again(request, project, step, refusal)
    messages.success(request, _("这一步做完了。"))
    return redirect("reportin:project", project.pk)


def _finish(request, project: Project, step: str) -> HttpResponse:
    form = FinishForm(request.POST)
    if not form.is_valid():
        return show(request, project, 422, finish=form)
    try:
        given = form.cleaned_data
        actions.finish(project, given["outcome"], by=request.actor, version=given["version"])
    except Refusal as refusal:
        return _again(request, project, step, refusal, form, finish=form)
    messages.success(request, _("辛苦了。等大家说一句“服务到了”，就销号。"))
    return redirect("reportin:project", project.pk)


def _answer(request, project: Project, step: str) -> HttpResponse:
    form = WordForm(request.POST)
    if not form.is_valid():
        return show(request, project, 422, word=form)
    given = form.cleaned_data
    try:
        actions.answer(project, given["came"] == "yes", given["words"], by=request.actor, key=given["key"])
    except Refusal as refusal:
        return _again(request, project, "cross_off" if given["came"] == "yes" else "reopen", refusal, form, word=form)
    messages.success(request, _("销号了，谢谢大家。") if given["came"] == "yes" else _("记下了，请他们接着做。"))
    return redirect("reportin:project", project.pk)


def _join_in(request, project: Project, step: str) -> HttpResponse:
    form = ClaimForm(request.POST, units=on_behalf(request.actor))
    if not form.is_valid():
        return show(request, project, 422, join=form)
    try:
        actions.join(project, by=request.actor, unit=chosen_unit(form))
    except Refusal as refusal:
        return _again(request, project, step, refusal, form, join=form)
    messages.success(request, _("您也在里面了，随时可以退出。"))
    return redirect("reportin:project", project.pk)


def _plain(request, project: Project, step: str) -> HttpResponse:
    try:
        (actions.leave if step == "leave" else actions.stop)(project, by=request.actor)
    except Refusal as refusal:
        return _again(request, project, step, refusal)
    messages.success(request, _("退出了，谢谢您来过。") if step == "leave" else _("放下了，会请别人来接。"))
    return redirect("reportin:need", project.need_id) if step == "stop" else redirect("reportin:project", project.pk)


def _again(request, project: Project, step: str, refusal: Refusal, form=None, **bound) -> HttpResponse:
    """A refusal on the page, with everything that was typed; the same tap sent twice is done."""
    if refusal.status == 403:
        raise refusal
    if refusal.status == 409 and just_did("project", project.pk, PROJECT[step].event, request.actor):
        return redirect("reportin:project", project.pk)
    if form is not None:
        form.refuse(refusal)
        if "version" in form.fields:
            form.data = form.data.copy()
            form.data["version"] = str(find_project(request, project.pk).version)
    return show(request, find_project(request, project.pk), refusal.status, refusal, **bound)


STEPS = {
    "start": _start,
    "replan": _start,
    "tick": _tick,
    "finish": _finish,
    "answer": _answer,
    "join": _join_in,
    "leave": _plain,
    "stop": _plain,
}


@require_POST
@allow(logged_in)
@private
def do(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    """Take one of the steps."""
    project = find_project(request, pk)
    if step not in STEPS:
        raise Http404
    name = {"answer": "cross_off"}.get(step, step)
    if step in ("join", "leave") and just_did("project", pk, PROJECT[step].event, request.actor):
        return redirect("reportin:project", pk)
    if not PROJECT[name].may(request.actor, project):
        PROJECT.check(name, project, request.actor)
    return STEPS[step](request, project, step)

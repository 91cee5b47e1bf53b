"""What is on where, the switch, and the page of one mode."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huying.kernel.errors import BadInput, Forbidden, Refusal, StalePage
from huying.kernel.forms import new_key
from huying.kernel.gate import allow, holding
from huying.kernel.models import Event
from huying.kernel.policy import load
from huying.modes import actions, events, following
from huying.modes.forms import EndForm, ExtendForm, LevelForm, SwitchForm
from huying.modes.models import Mode
from huying.modes.models.modes import Level
from huying.modes.views.common import by_id, choices, posted, staff, switch_kinds, switchable
from huying.modes.workflow import MODE
from huying.people.models import Person
from huying.places.models import Place

A_PAGE = 30
FORMS = {"change_level": LevelForm, "extend": ExtendForm, "end": EndForm}
DONE = {
    "change_level": gettext_lazy("级别改好了，马上生效。"),
    "extend": gettext_lazy("延长好了。"),
    "end": gettext_lazy("结束了，一切照平时。"),
}
TOLD = {
    events.SWITCHED_ON: (gettext_lazy("开启，%(level)s"), "warning", "call"),
    events.LEVEL_CHANGED: (gettext_lazy("级别改为%(level)s"), "edit", "warn"),
    events.EXTENDED: (gettext_lazy("延长到 %(until)s"), "clock", "warn"),
    events.ENDED: (gettext_lazy("结束"), "check", "answer"),
    events.EXPIRED: (gettext_lazy("到期，自动结束"), "check", "answer"),
    events.REPORTED: (gettext_lazy("系统做好了事后报告"), "paper", ""),
}


@require_safe
@allow(posted)
def index(request: HttpRequest) -> HttpResponse:
    """What is on at, above and below the reader's places, and what was."""
    seen = Mode.objects.visible_to(request.actor).select_related("place", "switched_by")
    on = sorted(seen.on(), key=lambda mode: mode.standing.weight)
    page = request.GET.get("page", "1")
    number = int(page) if page.isdigit() and 1 <= int(page) <= 1000 else 1
    over = seen.exclude(pk__in=[mode.pk for mode in on]).exclude(state="new").order_by("-starts_at", "-pk")
    rows = list(over[(number - 1) * A_PAGE : number * A_PAGE + 1])
    context = {
        "on": on,
        "over": rows[:A_PAGE],
        "earlier": f"?page={number + 1}" if len(rows) > A_PAGE else "",
        "later": f"?page={number - 1}" if number > 1 else "",
        "may_switch": bool(switch_kinds(request.actor)),
        "is_staff": staff(request),
    }
    return render(request, "modes/index.html", context)


def _may_switch(request: HttpRequest) -> bool:
    return holding(*{role for roles in load("modes")["who"].values() for role in roles})(request)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(_may_switch)
def switch(request: HttpRequest) -> HttpResponse:
    """One page: what is to be switched, then what that will change, in numbers, then the switch itself."""
    data = request.POST if request.method == "POST" else None
    asked = (data or request.GET).get("place", "")
    places = switchable(request.actor, None)
    chosen = by_id(places, asked)
    if chosen is None and asked.isdigit() and len(asked) < 16:
        # A place further down, chosen on this page before.
        deep = Place.objects.current().filter(pk=int(asked)).first()
        chosen = deep if deep is not None and switch_kinds(request.actor, deep.path) else None
    if chosen is not None:
        places = switchable(request.actor, chosen)
    kinds = switch_kinds(request.actor)
    first = {"place": asked} if chosen else {}
    form = SwitchForm(data, places=choices(places), kinds=kinds, initial=first)
    if data is None:
        return _switch_page(request, form)
    form.is_valid()
    given = form.cleaned_data
    level = int(given["level"]) if given.get("level") in ("1", "2", "3", "4") else None
    wanted = {name: given.get(name) or "" for name in ("authority", "reason")} | {"key": given.get("key") or new_key()}
    try:
        if form.errors:
            return _switch_page(request, form, status=422)
        if chosen is None:
            missing = _("请选哪里。")
            raise BadInput(missing, fields={"place": missing})
        if not switch_kinds(request.actor, chosen.path):
            raise Forbidden(_("您没有这一步的权限。"))
        if data.get("go") != "yes":
            actions.checked(chosen, given.get("kind"), level, until=given.get("until"), by=request.actor, **wanted)
            return _switch_page(request, form, chosen=chosen, level=level)
        mode = actions.switch_on(chosen, given.get("kind"), level, until=given.get("until"), by=request.actor, **wanted)
    except Forbidden:
        raise
    except Refusal as refusal:
        form.refuse(refusal)
        return _switch_page(request, form, status=refusal.status)
    messages.success(request, _("开启了，%(place)s和下面的地方马上生效。") % {"place": mode.place})
    return redirect("modes:mode", mode.pk)


def _switch_page(request, form: SwitchForm, *, chosen=None, level=None, status: int = 200) -> HttpResponse:
    lines, kind = [], ""
    if chosen is not None:
        kind = form.cleaned_data["kind"]
        lines = following.foreseen(chosen, kind, level)
    hours = {code: load("modes")["longest"][f"{code}_hours"] // 24 for code in ("emergency", "drill")}
    context = {"form": form, "chosen": chosen, "lines": lines, "drill": kind == "drill", "days": hours}
    if chosen is not None:
        context |= {"level_words": Level(level).label, "until": form.cleaned_data["until"]}
    return render(request, "modes/switch.html", context, status=status)


@dataclass(frozen=True)
class Choice:
    """A step that may be taken, with its form."""

    name: str
    label: str
    icon: str
    kind: str
    form: object
    open: bool


ICONS = {"change_level": "edit", "extend": "clock", "end": "check"}


def _find(request, pk: int) -> Mode:
    seen = Mode.objects.visible_to(request.actor).exclude(state="new")
    return get_object_or_404(seen.select_related("place", "switched_by", "ended_by"), pk=pk)


def _page(request, mode: Mode, opened=None, *, status: int = 200) -> HttpResponse:
    steps = []
    for step in MODE.available(mode, request.actor):
        if step.name not in FORMS:
            continue
        form = opened[1] if opened and opened[0] == step.name else _form(step.name, mode, None)
        kind = "danger" if step.name == "end" else ""
        steps.append(
            Choice(step.name, step.label, ICONS[step.name], kind, form, bool(opened and opened[0] == step.name))
        )
    lost = opened[1] if opened and opened[0] not in {step.name for step in steps} else None
    context = {
        "mode": mode,
        "on": mode.is_on(),
        "steps": steps,
        "lost": lost,
        "line": _line(mode),
        "lines": following.foreseen(mode.place, mode.kind, mode.level) if mode.is_on() and not mode.made_up else [],
    }
    return render(request, "modes/mode.html", context, status=status)


def _form(step: str, mode: Mode, data):
    first = {"version": mode.version}
    if step == "extend":
        first["until"] = mode.expires_at
    form = FORMS[step](data, initial=first, auto_id=f"{step}_%s")
    if step == "change_level":
        form.fields["level"].widget.choices = [one for one in Level.choices if one[0] != mode.level]
    return form


def _line(mode: Mode) -> list[dict]:
    """The steps of a mode as they were taken, the newest first."""
    found = list(Event.objects.filter(subject_type="mode", subject_id=mode.pk, kind__in=TOLD).order_by("-id")[:100])
    names = dict(Person.objects.filter(pk__in={e.actor_id for e in found} - {None}).values_list("pk", "name"))
    told = []
    for event in found:
        words, icon, tone = TOLD[event.kind]
        until = parse_datetime(event.facts.get("until", "")) if event.facts.get("until") else None
        level = event.facts.get("level")
        said = {
            "level": Level(level).label if level else "",
            "until": timezone.localtime(until).strftime("%m-%d %H:%M") if until else "",
        }
        note = {events.SWITCHED_ON: mode.reason, events.ENDED: mode.ended_why}.get(event.kind, "")
        at = mode.ended_at if event.kind == events.EXPIRED else event.at
        told.append(
            {
                "at": at,
                "label": str(words) % said,
                "by": names.get(event.actor_id, ""),
                "icon": icon,
                "tone": tone,
                "note": note,
            }
        )
    return told


@require_safe
@allow(posted)
def mode(request: HttpRequest, pk: int) -> HttpResponse:
    """One mode: what it is, its line of steps, and what may be done with it."""
    return _page(request, _find(request, pk))


@require_POST
@allow(posted)
def do(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    """Extend it, change its level, end it."""
    found = _find(request, pk)
    if step not in FORMS:
        raise Http404
    if not MODE[step].may(request.actor, found):
        raise Forbidden(_("您没有这一步的权限。"))
    form = _form(step, found, request.POST)
    if not form.is_valid():
        return _page(request, found, (step, form), status=422)
    given = form.cleaned_data
    with_version = {"by": request.actor, "version": given["version"]}
    try:
        if step == "extend":
            actions.extend(found, given["until"], **with_version)
        elif step == "end":
            actions.end(found, given["why"], **with_version)
        else:
            level = given["level"]
            actions.change_level(found, int(level) if level in ("1", "2", "3", "4") else None, **with_version)
    except Forbidden:
        raise
    except Refusal as refusal:
        form.refuse(refusal)
        if isinstance(refusal, StalePage):
            # Go on from what is now, keeping what was typed: the next submit is on purpose.
            form.data = form.data.copy()
            form.data["version"] = str(_find(request, pk).version)
        return _page(request, _find(request, pk), (step, form), status=refusal.status)
    messages.success(request, DONE[step])
    return redirect("modes:mode", pk)

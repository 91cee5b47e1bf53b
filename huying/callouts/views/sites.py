"""Plans of a site: worked out while one types, kept, compared, turned into a call-out or a queue."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huying.callouts import site_pictures, site_rules
from huying.callouts.actions import site_plans
from huying.callouts.forms.sites import PlanForm
from huying.callouts.models import SitePlan
from huying.callouts.site_catalogue import curve_names, numbers, templates
from huying.callouts.views.sites_base import callout_url, chosen, own_places, plans, private, shown
from huying.kernel.errors import BadInput
from huying.kernel.gate import allow


@require_safe
@allow(plans)
@private
def index(request: HttpRequest) -> HttpResponse:
    """The plans below one's posts, the newest first, and the kinds of sites that one can be made from."""
    most = numbers()["plans_listed"]
    found = SitePlan.objects.visible_to(request.actor).kept().select_related("place").order_by("-id")[:most]
    return render(
        request,
        "callouts/sites/index.html",
        {"plans": found, "kinds": list(templates().values()), "compare_most": numbers()["compare_most"]},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@allow(plans)
@private
def new(request: HttpRequest) -> HttpResponse:
    """Plan a site: what it would be like stands beside the form and follows it; kept only when one says so."""
    given = request.POST if request.method == "POST" else request.GET
    before = _plan(request, given.get("from", "")) if given.get("from") else None
    template = templates().get(given.get("template") or (before.template if before else "testing"))
    if template is None:
        raise Http404
    places = own_places(
        request.actor, site_rules.PLANNERS, given.get("place") or str(before.place_id if before else "")
    )
    sent = request.POST if request.method == "POST" else None
    form = PlanForm(sent, template=template, places=places, plan=before, initial=_first(request, places, before))
    outcome, status = None, 200
    saving = request.method == "POST" and request.POST.get("do") == "save"
    try:
        draft = form.draft() if sent is not None else _untouched(template, places, before)
        if saving:
            form.unreadable(*form.errors)
            plan = site_plans.save_plan(
                draft,
                form.cleaned_data["name"],
                chosen(places, form.cleaned_data["place"]),
                form.cleaned_data["day"],
                key=form.cleaned_data["key"] or form.initial["key"],
                by=request.actor,
            )
            messages.success(request, _("方案存好了。"))
            return redirect("site-plan", plan.pk)
        outcome = site_plans.worked_out(draft)
    except BadInput as refusal:
        form.refuse(refusal)
        outcome, status = _still(form), 422
    context = {"form": form, "template": template, "kinds": _kinds(template), "before": before}
    if outcome is not None:
        context |= shown(
            template, form.cleaned_data["lanes"] if sent is not None else draft.lanes, _opens(form), outcome
        )
    if request.htmx and request.htmx.target == "site-outcome":
        return render(request, "callouts/sites/new.html#outcome", context, status=status)
    return render(request, "callouts/sites/new.html", context, status=status)


def _first(request: HttpRequest, places, before: SitePlan | None) -> dict:
    """What is known before anybody types: the only place, or the one that was asked for."""
    wanted = request.GET.get("place", "")
    if before is not None or not places:
        return {"name": _("%(name)s（改）") % {"name": before.name[:36]}} if before else {}
    return {"place": wanted if chosen(places, wanted) else str(places[-1].pk if len(places) == 2 else places[0].pk)}


def _untouched(template, places, before):
    """The draft of a form that nobody has touched."""
    form = PlanForm(None, template=template, places=places, plan=before)
    data = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    data = {name: "" if value is None else str(value) for name, value in data.items()}
    return PlanForm(data, template=template, places=places).draft()


def _still(form: PlanForm) -> dict | None:
    """What the form says without what only keeping needs: a missing name does not take the picture away."""
    try:
        return site_plans.worked_out(form.draft()) if not form.errors.keys() - {"name", "place", "day"} else None
    except BadInput:
        return None


def _opens(form: PlanForm):
    return form.cleaned_data["opens"] if form.is_bound else form.initial["opens"]


def _kinds(current) -> list[dict]:
    base = reverse("site-new")
    return [
        {"label": one.name, "href": f"{base}?template={one.code}", "current": one.code == current.code}
        for one in templates().values()
    ]


def _plan(request: HttpRequest, pk: str | int) -> SitePlan:
    text = str(pk)
    if not (text.isascii() and text.isdigit() and len(text) < 15):
        raise Http404
    mine = SitePlan.objects.visible_to(request.actor).kept().select_related("place", "made_by")
    return get_object_or_404(mine, pk=int(text))


@require_safe
@allow(plans)
@private
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A plan that was kept: what it takes, what it would be like, and what can be made from it."""
    plan = _plan(request, pk)
    others = SitePlan.objects.visible_to(request.actor).kept().exclude(pk=pk).filter(template=plan.template)
    context = {
        "plan": plan,
        "plan_text": str(plan.pk),
        "template": plan.kind,
        "curve": curve_names().get(plan.curve_kind, _("自己画的")),
        "callout_url": callout_url(plan),
        "may_call": request.actor.holds(site_rules.KEEPERS, plan.path),
        "others": others.select_related("place").order_by("-id")[:8],
        "queues": plan.queues.select_related("place").order_by("-id")[:5],
    }
    context |= shown(plan.kind, plan.lanes, plan.opens, plan.outcome)
    return render(request, "callouts/sites/detail.html", context)


@require_POST
@allow(plans)
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a plan away."""
    plan = get_object_or_404(SitePlan.objects.visible_to(request.actor), pk=pk)
    site_plans.drop_plan(plan, by=request.actor)
    messages.success(request, _("方案“%(name)s”删掉了。") % {"name": plan.name})
    return redirect("site-plans")


@require_safe
@allow(plans)
@private
def compare(request: HttpRequest) -> HttpResponse:
    """Two to four plans side by side: the same scales, and what one costs and brings against the first."""
    most = numbers()["compare_most"]
    picked = [pk for pk in request.GET.getlist("pick") if pk.isascii() and pk.isdigit() and len(pk) < 15]
    found = (
        SitePlan.objects.visible_to(request.actor).kept().select_related("place").in_bulk({int(pk) for pk in picked})
    )
    chosen_plans = [found[pk] for pk in dict.fromkeys(int(pk) for pk in picked) if pk in found]
    context = {"most": most, "left_out": max(0, len(chosen_plans) - most)}
    if len(chosen_plans) < 2:
        return render(request, "callouts/sites/compare.html", context | {"few": True}, status=200)
    rows = chosen_plans[:most]
    outcomes = [plan.outcome for plan in rows]
    waiting = max(map(site_pictures.most_waiting, outcomes))
    minutes = max(map(site_pictures.most_minutes, outcomes))
    length = max(map(site_pictures.length_of, outcomes))
    columns = [
        {
            "plan": plan,
            "queue_picture": site_pictures.queue_picture(plan.outcome, plan.opens, most=waiting, minutes=length),
            "waits_picture": site_pictures.waits_picture(plan.outcome, plan.opens, most=minutes, minutes=length),
        }
        for plan in rows
    ]
    return render(request, "callouts/sites/compare.html", context | {"columns": columns, "lines": _lines(rows)})


def _lines(rows: list[SitePlan]) -> list[dict]:
    """The table of a comparison: each line a number of every plan, with its difference from the first."""

    def line(label: str, values: list, unit: str = "", digits: int = 0) -> dict:
        cells = []
        for at, value in enumerate(values):
            change = round(value - values[0], digits) if at else 0
            sign = "＋" if change > 0 else "－" if change < 0 else ""
            amount = f"{abs(change):.{digits}f}"
            cells.append({"value": f"{value:.{digits}f}", "unit": unit, "change": f"{sign}{amount}" if sign else ""})
        return {"label": label, "cells": cells}

    outcomes = [plan.outcome for plan in rows]
    worst = [one["halves"][one["worst"]]["everyone"]["ninth"] for one in outcomes]
    minutes = _("分钟")
    return [
        line(_("来多少人"), [plan.people for plan in rows]),
        line(_("通道"), [plan.lanes for plan in rows]),
        line(_("一共要多少人手"), [plan.helpers for plan in rows]),
        line(_("平均等多久"), [one["everyone"]["mean"] for one in outcomes], minutes, 1),
        line(_("十个人里九个不超过"), [one["everyone"]["ninth"] for one in outcomes], minutes, 1),
        line(_("优先的人平均等多久"), [one["first"]["mean"] for one in outcomes], minutes, 1),
        line(_("最久的半小时，九成不超过"), worst, minutes, 1),
        line(_("队最长多少人"), [one["longest"] for one in outcomes]),
        line(_("公式算的平均"), [one["formula"]["mean"] for one in outcomes], minutes, 1),
        line(
            _("关门以后还要办多久"),
            [max(0, one["last"] - one["halves"][-1]["until"]) for one in outcomes],
            minutes,
        ),
    ]

"""Posting a need, one need with what fits it, and its steps: shown to some, taken, put down, withdrawn."""

import segno
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huying.directory.catalogue import names
from huying.directory.queries import may_give
from huying.kernel.errors import Refusal
from huying.kernel.forms import new_key
from huying.kernel.gate import allow, holding, logged_in
from huying.places.models import Place
from huying.reportin import queries_lists
from huying.reportin import rules_lists as rules
from huying.reportin.actions import needs as actions
from huying.reportin.forms.lists import ClaimForm, DispatchForm, NeedForm
from huying.reportin.models import Need
from huying.reportin.queries_where import dress, places_for_need
from huying.reportin.telling_lists import codes_of, icon_of, line_of, offered_by, people_words, reasons_words, when_of
from huying.reportin.views import cards
from huying.reportin.views.lists_base import chosen_unit, find_need, is_named, just_did, on_behalf, private
from huying.reportin.workflow_lists import NEED

PLAIN = {"release": actions.release, "withdraw": actions.withdraw}


@require_http_methods(["GET", "HEAD", "POST"])
@allow(holding(*rules.POSTERS))
@private
def new(request: HttpRequest) -> HttpResponse:
    """Post a need in half a minute; what is known is filled in."""
    places = places_for_need(request.actor)
    if request.method != "POST":
        asked = request.GET.get("place", "")
        first = {"key": new_key(), "people": 1, "place": asked if asked.isdecimal() else ""}
        return render(request, "reportin/lists/need_new.html", {"form": NeedForm(initial=first, places=places)})
    form = NeedForm(request.POST, places=places)
    if form.is_valid():
        given = dict(form.cleaned_data)
        place = Place.objects.get(pk=int(given.pop("place")))
        try:
            need = actions.post_need(place, given.pop("text"), by=request.actor, **given)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("发出来了，大家都看得到。"))
            return redirect("reportin:need", need.pk)
    return render(request, "reportin/lists/need_new.html", {"form": form}, status=422)


@require_safe
@allow(logged_in)
@private
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """One need: how far it has come, what fits it and why, and what can be done."""
    return show(request, find_need(request, pk))


def show(request, need: Need, status: int = 200, form=None, refusal: Refusal | None = None) -> HttpResponse:
    """The page, with a form that was refused as it was typed."""
    actor = request.actor
    project = need.projects.running().select_related("unit", "person").prefetch_related("steps").first()
    may = {step.name for step in NEED.available(need, actor)}
    named = is_named(actor, need, project)
    dispatching = "dispatch" in may
    fits = queries_lists.fitting_resources(need) if need.is_waiting and named else []
    members, by_code = queries_lists.members_by_code(need) if dispatching else (0, [])
    units = queries_lists.units_near(need) if dispatching else []
    offered = need.is_waiting and queries_lists.offers_to(actor).filter(need=need, put_aside_at=None).exists()
    gone = refusal is not None and refusal.code == "gone"
    others = queries_lists.others_like(need, actor) if gone else []
    dress([need, *others])
    context = {
        "need": need,
        "icon": icon_of(need),
        "codes": codes_of(need),
        "when": when_of(need),
        "people": people_words(need.people),
        "card": cards.need(need, actor),
        "line": line_of(need, project, named),
        "project": project,
        "named": named,
        "may": may,
        "fits": [
            {"row": one, "who": offered_by(one, named), "reasons": reasons_words(fit.reasons)} for one, fit in fits
        ],
        "members": members,
        "by_code": [(names([code])[0], count) for code, count in by_code],
        "asked_units": need.offers.filter(unit__isnull=False).count() if named else 0,
        "asked_people": need.offers.filter(person__isnull=False).count() if named else 0,
        "dispatch": (form if isinstance(form, DispatchForm) else _dispatch_form(need, fits, units, members))
        if dispatching
        else None,
        "claim": (form if isinstance(form, ClaimForm) else _claim_form(actor)) if "claim" in may else None,
        "own": need.is_waiting and actor.id == need.posted_by_id,
        "offered": offered,
        "cannot_give": need.is_waiting and "claim" not in may and not may_give(actor),
        "link": need.state not in ("withdrawn",) and named and actor.id != getattr(project, "person_id", None),
        "refusal": refusal,
        "others": [cards.need(one, actor) for one in others],
    }
    return render(request, "reportin/lists/need.html", context, status=status)


def _claim_form(actor) -> ClaimForm:
    units = on_behalf(actor)
    return ClaimForm(initial={"unit": units[0][0]}, units=units)


def _choices(fits, units) -> dict:
    return {
        "resources": [(str(one.pk), one.text) for one, _fit in fits],
        "units": [(str(unit.pk), unit.name) for unit in units],
    }


def _dispatch_form(need: Need, fits, units, members: int) -> DispatchForm:
    # Where a skill is wanted, who has it is ticked; who only likes to help is one tap away.
    likely = [one for one, fit in fits if not need.skills or fit.reasons[0].about == "skill"]
    # Whoever was asked already is not asked again, whatever they said.
    asked = set(need.offers.values_list("unit_id", "person_id"))
    likely = [one for one in likely if (one.unit_id, None if one.unit_id else one.person_id) not in asked]
    first = {"resources": [str(one.pk) for one in likely], "members": bool(members)}
    return DispatchForm(initial=first, **_choices(fits, units))


@require_POST
@allow(logged_in)
@private
def do(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    """Take one of the steps; a refusal is shown on the page with what was typed."""
    need = find_need(request, pk)
    form = None
    try:
        if step == "dispatch":
            fits, units = queries_lists.fitting_resources(need), queries_lists.units_near(need)
            form = DispatchForm(request.POST, **_choices(fits, units))
            return _dispatch(request, need, form)
        if step == "claim":
            form = ClaimForm(request.POST, units=on_behalf(request.actor))
            return _claim(request, need, form)
        if step == "aside":
            actions.put_aside(need, by=request.actor)
            messages.success(request, _("好的，不再问您这件了。"))
            return redirect("reportin:lists-mine")
        if step not in PLAIN:
            raise Http404
        PLAIN[step](need, by=request.actor)
        messages.success(request, _("放下了，会请别人来接。") if step == "release" else _("撤回了。"))
        return redirect("reportin:need", pk)
    except Refusal as refusal:
        if refusal.status != 422 and step != "aside" and just_did("need", pk, NEED[step].event, request.actor):
            project = need.projects.running().first() if step == "claim" else None
            return redirect("reportin:project", project.pk) if project else redirect("reportin:need", pk)
        if refusal.status == 403:
            raise
        if form is not None:
            form.refuse(refusal)
        return show(request, find_need(request, pk), refusal.status, form, refusal)


def _dispatch(request, need: Need, form: DispatchForm) -> HttpResponse:
    NEED.check("dispatch", need, request.actor)
    if not form.is_valid():
        return show(request, need, 422, form)
    given = form.cleaned_data
    asked = actions.dispatch(
        need,
        by=request.actor,
        units=[int(pk) for pk in given["units"]],
        resources=[int(pk) for pk in given["resources"]],
        members=given["members"],
    )
    words = ngettext(
        "给 %(n)d 家（位）看了，接不接由他们自己定。", "给 %(n)d 家（位）看了，接不接由他们自己定。", asked
    )
    messages.success(request, words % {"n": asked})
    return redirect("reportin:need", need.pk)


def _claim(request, need: Need, form: ClaimForm) -> HttpResponse:
    if not form.is_valid():
        return show(request, need, 422, form)
    project = actions.claim(need, by=request.actor, unit=chosen_unit(form))
    messages.success(request, _("接下了，谢谢您。定几步、定个日子就可以开始。"))
    return redirect("reportin:project", project.pk)


@require_safe
@allow(logged_in)
@private
def slip(request: HttpRequest, pk: int) -> HttpResponse:
    """The residents' code of a need, to be printed or shown: for whoever works at the place and did not do the work."""
    need = find_need(request, pk)
    project = need.projects.running().first()
    if (
        need.state == "withdrawn"
        or not is_named(request.actor, need)
        or (project and project.person_id == request.actor.id)
    ):
        raise Http404
    address = settings.BASE_URL + reverse("reportin:word", args=[need.secret])
    dress([need])
    svg = segno.make_qr(address, error="q").svg_inline(border=2, omitsize=True, dark="#000", light="#fff")
    context = {
        "need": need,
        "address": address,
        "code": mark_safe(svg),  # noqa: S308 (our own SVG)
        "spoken": settings.LANGUAGE_CODE,
        "when": when_of(need),
    }
    response = render(request, "reportin/lists/slip.html", context)
    response["Referrer-Policy"] = "no-referrer"
    return response

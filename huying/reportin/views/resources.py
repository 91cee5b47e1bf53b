"""Offering something, and one resource with the needs that it fits."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huying.directory.queries import may_give
from huying.kernel.errors import Forbidden, Refusal
from huying.kernel.forms import new_key
from huying.kernel.gate import allow, logged_in
from huying.places.models import Place
from huying.reportin import queries_lists
from huying.reportin.actions import resources as actions
from huying.reportin.forms.lists import ResourceForm
from huying.reportin.queries_where import dress, places_for_resource
from huying.reportin.telling_lists import codes_of, icon_of, offered_by, week_words
from huying.reportin.views import cards
from huying.reportin.views.lists_base import chosen_unit, find_resource, is_named, on_behalf, private
from huying.reportin.workflow_lists import RESOURCE

STEPS = {"close": actions.close_resource, "reopen": actions.reopen_resource}


@require_http_methods(["GET", "HEAD", "POST"])
@allow(logged_in)
@private
def new(request: HttpRequest) -> HttpResponse:
    """Offer something; what is known is filled in."""
    if not may_give(request.actor):
        raise Forbidden(_("先报到，或者登记成志愿者，就可以出力了。单位要先经社区核实。"))
    places, units = places_for_resource(request.actor), on_behalf(request.actor)
    if request.method != "POST":
        first = {"key": new_key(), "unit": units[0][0]}
        form = ResourceForm(initial=first, places=places, units=units)
        return render(request, "reportin/lists/resource_new.html", {"form": form})
    form = ResourceForm(request.POST, places=places, units=units)
    if form.is_valid():
        given = dict(form.cleaned_data)
        place, text = Place.objects.get(pk=int(given.pop("place"))), given.pop("text")
        given["unit"] = chosen_unit(form)
        try:
            resource = actions.post_resource(place, text, by=request.actor, **given)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("放到清单上了，谢谢您。下面是正等着您的。"))
            return redirect("reportin:resource", resource.pk)
    return render(request, "reportin/lists/resource_new.html", {"form": form}, status=422)


@require_safe
@allow(logged_in)
@private
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """One resource, and the waiting needs that it fits, with the reasons."""
    return show(request, find_resource(request, pk))


def show(request, resource, status: int = 200, refusal: Refusal | None = None) -> HttpResponse:
    """The page; a refused step is told on top."""
    actor = request.actor
    named = actor.id == resource.person_id or is_named(actor, resource)
    fits = queries_lists.fitting_needs(resource) if resource.state == "open" else []
    dress([resource, *(need for need, _fit in fits)])
    context = {
        "resource": resource,
        "icon": icon_of(resource),
        "codes": codes_of(resource),
        "when": week_words(resource.slots),
        "who": offered_by(resource, named),
        "may": {step.name for step in RESOURCE.available(resource, actor)},
        "fits": [cards.need(need, actor, fit.reasons) for need, fit in fits],
        "refusal": refusal,
    }
    return render(request, "reportin/lists/resource.html", context, status=status)


@require_POST
@allow(logged_in)
@private
def do(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    """Take it off the list, or put it on again."""
    resource = find_resource(request, pk)
    if step not in STEPS:
        raise Http404
    try:
        STEPS[step](resource, by=request.actor)
    except Refusal as refusal:
        if refusal.status == 403:
            raise
        return show(request, resource, refusal.status, refusal)
    messages.success(request, _("收起来了。") if step == "close" else _("又放出来了。"))
    return redirect("reportin:resource", pk)

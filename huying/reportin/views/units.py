"""A unit reports in: by itself or by invitation; its report, its receipt, and what is decided on it."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huying.directory.models import Unit
from huying.directory.queries import may_keep, unit_ids_of
from huying.kernel import links
from huying.kernel.errors import BadInput, StepRefused
from huying.kernel.forms import new_key
from huying.kernel.gate import allow, anyone, logged_in
from huying.kernel.qr import qr
from huying.people.newcomers import take
from huying.places.models import Place
from huying.places.queries import address
from huying.reportin.actions import units as actions
from huying.reportin.forms.units import AskForm, InvitedForm, ReasonForm
from huying.reportin.models import UnitInvitation, UnitReport
from huying.reportin.models.reports import UNIT_LINK
from huying.reportin.views.base import community, shell
from huying.reportin.workflow import UNIT_REPORT


def _own_units(request: HttpRequest, place: Place) -> list[Unit]:
    """The units for which the actor speaks and that stand at the community or above it."""
    if not request.actor.is_person:
        return []
    found = Unit.objects.open().filter(pk__in=unit_ids_of(request.actor)).select_related("place").order_by("name")
    return [unit for unit in found if place.path == unit.place.path or place.path.startswith(f"{unit.place.path}.")]


def _contact_of(pk: int):
    return UnitReport.objects.select_related("contact").get(pk=pk).contact


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("password")
@allow(anyone)
def ask(request: HttpRequest, tag: str) -> HttpResponse:
    """A unit reports in with the community by itself."""
    place = community(request, tag, "unit")
    if not isinstance(place, Place):
        return place
    known, own = request.actor.is_person, _own_units(request, place)
    if request.method != "POST":
        form = AskForm(initial={"key": new_key()}, known=known, own=own)
        return _show_ask(request, place, form)
    form = AskForm(request.POST, known=known, own=own)
    if not form.is_valid():
        return _show_ask(request, place, form, status=422)
    given = form.cleaned_data

    def work() -> int:
        return actions.ask(
            place, by=request.actor, name=given["name"], kind=given["kind"], unit=form.chosen, newcomer=form.newcomer
        ).pk

    try:
        made = take(request, "reportin.unit", form, _contact_of, work)
    except BadInput as refusal:
        form.refuse(refusal)
        return _show_ask(request, place, form, status=422)
    except StepRefused as refusal:
        form.add_error(None, refusal.reason)
        return _show_ask(request, place, form, status=409)
    return HttpResponseRedirect(reverse("reportin:report", args=[made]) + "?new=1", status=303)


def _show_ask(request: HttpRequest, place: Place, form: AskForm, status: int = 200) -> HttpResponse:
    context = {"place": place, "where": address(place), "form": form, "shell": shell(request)}
    return render(request, "reportin/units/ask.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("password")
@allow(anyone)
def invited(request: HttpRequest, secret: str) -> HttpResponse:
    """The page behind an invitation: the unit is known, whoever comes for it needs a login only."""
    number = links.read(UNIT_LINK, secret)
    invitation = UnitInvitation.objects.select_related("place").filter(pk=number).first() if number else None
    if invitation is None:
        raise Http404
    form = InvitedForm(
        request.POST if request.method == "POST" else None, initial={"key": new_key()}, known=request.actor.is_person
    )
    status = 200
    if request.method == "POST" and not form.is_valid():
        status = 422
    elif request.method == "POST":

        def work() -> int:
            return actions.accept(invitation, by=request.actor, newcomer=form.newcomer).pk

        try:
            made = take(request, f"reportin.invited.{invitation.pk}", form, _contact_of, work)
            return HttpResponseRedirect(reverse("reportin:report", args=[made]) + "?new=1", status=303)
        except BadInput as refusal:
            form.refuse(refusal)
            status = 422
        except StepRefused as refusal:
            form.add_error(None, refusal.reason)
            status = 409
            invitation.refresh_from_db()
    if not invitation.is_open() and status == 200:
        status = 410
    context = {"invitation": invitation, "place": invitation.place, "form": form, "open": invitation.is_open()}
    return render(request, "reportin/units/invited.html", context, status=status)


def _report(request: HttpRequest, pk: int) -> UnitReport:
    found = UnitReport.objects.visible_to(request.actor).select_related("unit__place", "place", "contact")
    return get_object_or_404(found, pk=pk)


@require_safe
@never_cache
@allow(logged_in)
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """A unit's report: how far it has come, and what may be decided on it."""
    return _show_report(request, _report(request, pk), ReasonForm())


def _show_report(request: HttpRequest, found: UnitReport, form: ReasonForm, status: int = 200) -> HttpResponse:
    context = {
        "report": found,
        "where": address(found.place),
        "form": form,
        "steps": {step.name for step in UNIT_REPORT.available(found, request.actor)},
        "keeps": may_keep(request.actor, found.place),
        "speaks": found.unit_id in unit_ids_of(request.actor),
        "new": request.GET.get("new") == "1",
        "shell": shell(request),
    }
    return render(request, "reportin/units/report.html", context, status=status)


@require_POST
@allow(logged_in)
def decide(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    """Receive, decline with a reason, or end."""
    found = _report(request, pk)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _show_report(request, found, form, status=422)
    reason = form.cleaned_data["reason"]
    try:
        if step == "receive":
            actions.receive(found, by=request.actor)
            messages.success(request, _("接收好了，回执已经给单位。"))
        elif step == "decline":
            actions.decline(found, reason, by=request.actor)
            messages.success(request, _("已经告诉单位，没有接收。"))
        elif step == "end":
            actions.end(found, reason, by=request.actor)
            messages.success(request, _("报到结束了；做过的事都留在记录里。"))
        else:
            raise Http404
    except BadInput as refusal:
        form.refuse(refusal)
        return _show_report(request, found, form, status=422)
    return redirect("reportin:report", pk)


@require_safe
@allow(logged_in)
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """The printable receipt of a unit that was received."""
    found = _report(request, pk)
    if found.received_at is None:
        raise Http404
    address_of = settings.BASE_URL + reverse("reportin:report", args=[pk])
    context = {"report": found, "where": address(found.place), "code": qr(address_of)}
    return render(request, "reportin/units/receipt.html", context)

"""One's own page: what was given, and how to change it, move, be exempted and leave, all by oneself."""

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huying.directory import catalogue
from huying.directory.models import Member, Seat
from huying.directory.queries import membership_of
from huying.kernel.errors import BadInput, StepRefused
from huying.kernel.gate import allow, logged_in
from huying.places.queries import address, search, whereabouts
from huying.reportin.actions import exemptions
from huying.reportin.actions import members as actions
from huying.reportin.forms.members import ChangeForm, ExemptForm
from huying.reportin.models import Exemption, ExemptionReason, UnitReport
from huying.reportin.queries_reports import community_of, receipt_number, successors
from huying.reportin.views.members import units_to_show

REASONS = dict(ExemptionReason.choices)


@require_safe
@never_cache
@allow(logged_in)
def me(request: HttpRequest) -> HttpResponse:
    """What I gave, where I am registered, my receipt."""
    member = membership_of(request.actor)
    ended = member is not None and not member.place.is_current()
    context = {
        "member": member,
        "number": receipt_number(member) if member else "",
        "where": address(member.place) if member else "",
        "skills": catalogue.names(member.skills) if member else [],
        "services": catalogue.names(member.services) if member else [],
        "successors": successors(member.place) if ended else [],
        "ended": ended,
        "earlier": Member.objects.filter(person_id=request.actor.id, valid_to__isnull=False)
        .select_related("place")
        .order_by("-valid_from", "-pk")[:20],
        "reports": UnitReport.objects.filter(contact_id=request.actor.id).select_related("unit", "place")[:20],
        "exemptions": [
            (given, REASONS.get(given.reason_sealed.open(), "") if given.reason_sealed else "")
            for given in Exemption.objects.current().filter(person_id=request.actor.id)
        ],
        "new": request.GET.get("new") == "1",
    }
    return render(request, "reportin/members/me.html", context)


def _mine(request: HttpRequest) -> Member | None:
    return membership_of(request.actor)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@allow(logged_in)
def change(request: HttpRequest) -> HttpResponse:
    """Change skills, kinds of service and unit."""
    member = _mine(request)
    if member is None:
        return redirect("reportin:me")
    initial = {"skills": member.skills, "services": member.services, "unit": str(member.unit_id or "")}
    status = 200
    if request.method == "POST" and request.POST.get("do") == "find":
        typed = {name: request.POST.getlist(name) for name in ("skills", "services")}
        typed |= {name: request.POST.get(name, "") for name in ("q", "unit")}
        form = ChangeForm(initial=typed, found=units_to_show(member.place, request.POST, member.unit))
    elif request.method == "POST":
        form = ChangeForm(request.POST, found=units_to_show(member.place, request.POST, member.unit))
        if form.is_valid():
            given = form.cleaned_data
            try:
                actions.change(by=request.actor, skills=given["skills"], services=given["services"], unit=form.chosen)
            except BadInput as refusal:
                form.refuse(refusal)
            else:
                messages.success(request, _("改好了。"))
                return redirect("reportin:me")
        status = 422
    else:
        form = ChangeForm(initial=initial, found=units_to_show(member.place, {}, member.unit))
    context = {"member": member, "place": member.place, "form": form}
    return render(request, "reportin/members/change.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@allow(logged_in)
def move(request: HttpRequest) -> HttpResponse:
    """Moved home: choose the new community, look at it once, and go over."""
    member = _mine(request)
    if member is None:
        return redirect("reportin:me")
    asked = request.POST.get("to") or request.GET.get("to", "")
    to = community_of(asked) if asked else None
    if request.method == "POST" and to is not None:
        actions.move(to, by=request.actor)
        return HttpResponseRedirect(reverse("reportin:me") + "?new=1", status=303)
    text = request.GET.get("q", "")
    found = search(text, near=member.place, kinds=["community", "compound"], limit=20) if text.strip() else []
    where = whereabouts(found)
    context = {
        "member": member,
        "to": to,
        "to_where": address(to) if to else "",
        "q": text.replace("\x00", "")[:60],
        "found": [(one, where[one.pk]) for one in found],
    }
    return render(request, "reportin/members/move.html", context)


@require_POST
@allow(logged_in)
def leave(request: HttpRequest) -> HttpResponse:
    """Leave, without having to say why."""
    left = actions.leave(by=request.actor)
    words = _("您不再在%(place)s报到。做过的事都留着；想回来，随时可以再报到。") % {"place": left.place}
    messages.success(request, words)
    return redirect("reportin:me")


@require_POST
@allow(logged_in)
def erase(request: HttpRequest) -> HttpResponse:
    """Delete one's own login with all that report-in holds of it."""
    try:
        actions.erase_login(by=request.actor)
    except StepRefused as refusal:
        messages.warning(request, refusal.reason)
        return redirect("reportin:me")
    logout(request)
    messages.success(request, _("删掉了，这里不再有您的资料。"))
    return redirect("home")


@require_safe
@never_cache
@allow(logged_in)
def data(request: HttpRequest) -> JsonResponse:
    """All that report-in holds of the reader, as JSON to keep."""
    mine = Member.objects.filter(person_id=request.actor.id).select_related("place", "unit").order_by("pk")
    seats = Seat.objects.filter(person_id=request.actor.id).select_related("unit")
    said = Exemption.objects.filter(person_id=request.actor.id)
    body = {
        "name": request.actor.name,
        "registrations": [
            {
                "receipt": receipt_number(one),
                "community": str(one.place),
                "unit": one.unit.name if one.unit else None,
                "skills": catalogue.names(one.skills),
                "services": catalogue.names(one.services),
                "from": one.valid_from,
                "until": one.valid_to,
            }
            for one in mine
        ],
        "speaks_for": [{"unit": one.unit.name, "from": one.valid_from, "until": one.valid_to} for one in seats],
        "exemptions": [
            {
                "reason": str(REASONS.get(one.reason_sealed.open(), "")) if one.reason_sealed else None,
                "words": one.words_sealed.open() if one.words_sealed else None,
                "from": one.valid_from,
                "until": one.valid_to,
            }
            for one in said
        ],
    }
    response = JsonResponse(body, json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = 'attachment; filename="report-in.json"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@allow(logged_in)
def exempt(request: HttpRequest) -> HttpResponse:
    """Say that one need not be asked for a while."""
    form = ExemptForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            try:
                exemptions.exempt(given["reason"], given["until"], by=request.actor, words=given["words"])
            except BadInput as refusal:
                form.refuse(refusal)
            else:
                messages.success(request, _("记下了，到期自己结束。对您没有任何影响。"))
                return redirect("reportin:me")
    return render(request, "reportin/members/exempt.html", {"form": form}, status=status)


@require_POST
@allow(logged_in)
def end_exemption(request: HttpRequest, pk: int) -> HttpResponse:
    """It is over earlier."""
    given = get_object_or_404(Exemption.objects.visible_to(request.actor), pk=pk)
    try:
        exemptions.end(given, by=request.actor)
        messages.success(request, _("结束了，原因也删掉了。"))
    except StepRefused as refusal:
        messages.warning(request, refusal.reason)
    if given.person_id == request.actor.id:
        return redirect("reportin:me")
    return redirect("reportin:people", given.unit_id)

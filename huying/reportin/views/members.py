"""A member reports in: by themselves, or by the slip of their unit; and the receipt."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huying.directory.models import Member, Unit
from huying.directory.queries import membership_of
from huying.kernel import links
from huying.kernel.errors import BadInput, StepRefused
from huying.kernel.forms import new_key
from huying.kernel.gate import allow, anyone, logged_in
from huying.kernel.qr import qr
from huying.people.newcomers import take
from huying.people.queries import may_manage
from huying.places.models import Place
from huying.places.queries import address, search, whereabouts
from huying.reportin.actions import members as actions
from huying.reportin.forms.members import MemberForm, SlipForm, UnitChoice
from huying.reportin.models import MemberInvitation
from huying.reportin.models.reports import MEMBER_LINK
from huying.reportin.queries_reports import community_of, find_units, nameable_units, receipt_number
from huying.reportin.views.base import community


def units_to_show(place: Place, given, kept: Unit | None = None) -> list[Unit]:
    """The units that a form offers: the one that is chosen, then those that the words find."""
    found = find_units(place, given.get("q", ""))
    chosen = given.get("unit", "")
    first = [kept] if kept is not None else []
    if chosen.isascii() and chosen.isdigit() and len(chosen) < 16 and not (kept and str(kept.pk) == chosen):
        first += list(nameable_units(place).filter(pk=int(chosen)))
    return [*first, *(unit for unit in found if unit not in first)]


def _person_of(pk: int):
    return Member.objects.select_related("person").get(pk=pk).person


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("password")
@allow(anyone)
def register(request: HttpRequest, tag: str) -> HttpResponse:
    """Somebody reports in with the community where they live."""
    place = community(request, tag, "member")
    if not isinstance(place, Place):
        return place
    known = request.actor.is_person
    current = membership_of(request.actor) if known else None
    if current is not None and request.method != "POST":
        context = {"member": current, "place": place, "same": current.place_id == place.pk}
        return render(request, "reportin/members/already.html", context)
    if request.method != "POST":
        chosen = request.GET.get("unit", "")
        found = units_to_show(place, {"unit": chosen})
        form = MemberForm(initial={"key": new_key(), "unit": chosen}, known=known, found=found)
        return _show(request, place, form)
    form = MemberForm(request.POST, known=known, found=units_to_show(place, request.POST))
    if request.POST.get("do") == "find":
        # Looked for without JavaScript: the form as it is, with what was found.
        shown = MemberForm(initial=_typed(request.POST), known=known, found=list(form.found.values()))
        return _show(request, place, shown, searched=True)
    if not form.is_valid():
        return _show(request, place, form, status=422)
    given = form.cleaned_data

    def work() -> int:
        return actions.register(
            place,
            by=request.actor,
            skills=given["skills"],
            services=given["services"],
            unit=form.chosen,
            newcomer=form.newcomer,
        ).pk

    try:
        take(request, "reportin.member", form, _person_of, work)
    except BadInput as refusal:
        form.refuse(refusal)
        return _show(request, place, form, status=422)
    except StepRefused as refusal:
        form.add_error(None, refusal.reason)
        return _show(request, place, form, status=409)
    return HttpResponseRedirect(reverse("reportin:me") + "?new=1", status=303)


def _typed(given) -> dict:
    """What was typed so far, the password left out."""
    one = {name: given.get(name, "") for name in ("q", "unit", "called", "username", "key")}
    return one | {name: given.getlist(name) for name in ("skills", "services")}


def _show(request: HttpRequest, place: Place, form: MemberForm, status: int = 200, **more) -> HttpResponse:
    context = {"place": place, "where": address(place), "form": form, **more}
    return render(request, "reportin/members/register.html", context, status=status)


@require_safe
@allow(anyone)
def units(request: HttpRequest, tag: str) -> HttpResponse:
    """The fragment under the search for one's unit."""
    place = community_of(tag)
    found = units_to_show(place, request.GET) if place is not None else []
    form = UnitChoice(initial={"unit": request.GET.get("unit", "")}, found=found)
    context = {"form": form, "searched": bool(request.GET.get("q", "").strip()), "found": found}
    return render(request, "reportin/members/_units.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("password")
@allow(anyone)
def slip(request: HttpRequest, secret: str) -> HttpResponse:
    """The page behind a slip: nobody is a member before they say so here; no is an answer too."""
    number = links.read(MEMBER_LINK, secret)
    found = MemberInvitation.objects.select_related("unit", "place")
    invitation = found.filter(pk=number).first() if number else None
    if invitation is None:
        raise Http404
    if not invitation.is_open() and not (request.method == "POST" and invitation.accepted_at):
        return render(request, "reportin/members/slip_spent.html", {"invitation": invitation}, status=410)
    place = _place_of_slip(request, invitation)
    if request.method == "POST" and request.POST.get("do") == "no":
        actions.decline(invitation, by=request.actor)
        return render(request, "reportin/members/slip_declined.html", {"invitation": invitation})
    if place is None:
        return _choose_place(request, invitation)
    known = request.actor.is_person
    if request.method != "POST":
        return _show_slip(request, invitation, place, SlipForm(initial={"key": new_key()}, known=known))
    form = SlipForm(request.POST, known=known)
    if not form.is_valid():
        return _show_slip(request, invitation, place, form, status=422)
    given = form.cleaned_data

    def work() -> int:
        return actions.accept(
            invitation,
            place,
            by=request.actor,
            skills=given["skills"],
            services=given["services"],
            newcomer=form.newcomer,
        ).pk

    try:
        take(request, f"reportin.slip.{invitation.pk}", form, _person_of, work)
    except BadInput as refusal:
        form.refuse(refusal)
        return _show_slip(request, invitation, place, form, status=422)
    except StepRefused as refusal:
        form.add_error(None, refusal.reason)
        return _show_slip(request, invitation, place, form, status=409)
    return HttpResponseRedirect(reverse("reportin:me") + "?new=1", status=303)


def _place_of_slip(request: HttpRequest, invitation: MemberInvitation) -> Place | None:
    """Where the holder lives: as they chose, else as the unit knows it; None when that is not known or has ended."""
    if "q" in request.GET:
        return None
    chosen = community_of(request.GET.get("at", "")) if request.GET.get("at") else invitation.place
    return chosen if chosen is not None and chosen.is_current() else None


def _choose_place(request: HttpRequest, invitation: MemberInvitation) -> HttpResponse:
    text = request.GET.get("q", "")
    city = ".".join(invitation.unit.place.path.split(".")[:2])
    found = search(text, within=city, kinds=["community", "compound"], limit=20) if text.strip() else []
    where = whereabouts(found)
    context = {
        "invitation": invitation,
        "q": text.replace("\x00", "")[:60],
        "found": [(one, where[one.pk]) for one in found],
    }
    return render(request, "reportin/members/slip_where.html", context)


def _show_slip(
    request: HttpRequest, invitation: MemberInvitation, place: Place, form: SlipForm, status: int = 200
) -> HttpResponse:
    context = {
        "invitation": invitation,
        "place": place,
        "where": address(place),
        "form": form,
        "current": membership_of(request.actor) if request.actor.is_person else None,
    }
    return render(request, "reportin/members/slip.html", context, status=status)


@require_safe
@never_cache
@allow(logged_in)
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """The printable receipt of somebody's report-in: for themselves, their unit and the community."""
    found = Member.objects.visible_to(request.actor).select_related("person", "place", "unit")
    member = get_object_or_404(found, pk=pk)
    context = {
        "member": member,
        "number": receipt_number(member),
        "where": address(member.place),
        "code": qr(settings.BASE_URL + reverse("reportin:receipt", args=[pk])),
        "manages": may_manage(request.actor, member.person),
    }
    return render(request, "reportin/members/receipt.html", context)


@require_POST
@allow(logged_in)
def unlink(request: HttpRequest, pk: int) -> HttpResponse:
    """The unit says that somebody is not of it."""
    member = get_object_or_404(Member.objects.visible_to(request.actor).select_related("person", "unit"), pk=pk)
    unit = member.unit_id
    actions.unlink(member, by=request.actor)
    messages.success(request, _("已经去掉；%(name)s会收到消息，报到不受影响。") % {"name": member.person.name})
    return HttpResponseRedirect(reverse("reportin:people", args=[unit]))

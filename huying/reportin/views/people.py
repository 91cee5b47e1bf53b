"""A unit's own page: who of it reported in where, whom it invites, who is exempt."""

import csv

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huying.directory.models import Member, Unit
from huying.directory.queries import unit_ids_of
from huying.kernel.errors import BadInput
from huying.kernel.gate import allow, logged_in
from huying.kernel.policy import load
from huying.kernel.qr import qr
from huying.kernel.sheets import XLSX, harmless
from huying.people.models import Person
from huying.places.household_files import LARGEST_FILE
from huying.reportin import people_files, people_lists
from huying.reportin.actions import exemptions
from huying.reportin.forms.members import ExemptOtherForm, ListForm
from huying.reportin.models import Exemption, ExemptionReason, MemberInvitation, PeopleList, UnitReport

REASONS = dict(ExemptionReason.choices)
MOST, LISTED, SLIPS = 500, 100, 200


def _unit(request: HttpRequest, pk: int) -> Unit:
    """A unit that the actor speaks for."""
    return get_object_or_404(Unit.objects.filter(pk__in=unit_ids_of(request.actor)).select_related("place"), pk=pk)


@require_safe
@never_cache
@allow(logged_in)
def people(request: HttpRequest, pk: int) -> HttpResponse:
    """Who of the unit reported in where: what they are called by and the community, nothing more."""
    return _show(request, _unit(request, pk), ExemptOtherForm())


def _show(request: HttpRequest, unit: Unit, form: ExemptOtherForm, status: int = 200) -> HttpResponse:
    slips = MemberInvitation.objects.filter(unit=unit, revoked_at=None)
    waiting = slips.filter(accepted_at=None, declined_at=None, expires_at__gt=timezone.now())
    listed = list(waiting.select_related("place").order_by("-pk")[:LISTED])
    members = Member.objects.current().filter(unit=unit).select_related("person", "place")
    context = {
        "unit": unit,
        "reports": UnitReport.objects.filter(unit=unit).select_related("place").order_by("-pk")[:20],
        "members": members.order_by("place__path", "person__name")[:MOST],
        "count": members.count(),
        "waiting": [(slip, slip.name_sealed.open() if slip.name_sealed else "") for slip in listed],
        "waiting_count": waiting.count(),
        "listed": LISTED,
        "accepted": slips.filter(accepted_at__isnull=False).count(),
        "declined": slips.filter(declined_at__isnull=False).count(),
        "exemptions": _exemptions(unit),
        "form": form,
    }
    return render(request, "reportin/people/people.html", context, status=status)


def _exemptions(unit: Unit) -> list[dict]:
    given = list(Exemption.objects.current().filter(unit=unit).order_by("valid_to")[:MOST])
    names = dict(Person.objects.filter(pk__in=[one.person_id for one in given]).values_list("pk", "name"))
    return [
        {
            "given": one,
            "name": one.name_sealed.open() if one.name_sealed else names.get(one.person_id, ""),
            # What somebody says of themselves is theirs; the unit reads until when, not why.
            "reason": REASONS.get(one.reason_sealed.open(), "") if one.reason_sealed and one.person_id is None else "",
            "words": one.words_sealed.open() if one.words_sealed and one.person_id is None else "",
        }
        for one in given
    ]


@require_POST
@allow(logged_in)
def exempt(request: HttpRequest, pk: int) -> HttpResponse:
    """Say of somebody of the unit who has no login that they need not report in for a while."""
    unit, form = _unit(request, pk), ExemptOtherForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            exemptions.exempt(
                given["reason"],
                given["until"],
                by=request.actor,
                words=given["words"],
                unit=unit,
                called=given["called"],
            )
        except BadInput as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("记下了，到期自己结束，不影响任何评价。"))
            return redirect("reportin:people", pk)
    return _show(request, unit, form, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@allow(logged_in)
def upload(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the list; nobody is invited before it was looked at."""
    unit = _unit(request, pk)
    form = ListForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    status = 200
    if request.method == "POST":
        try:
            kept = people_lists.propose(unit, _content(request, form), by=request.actor)
            return redirect("reportin:list", kept.pk)
        except BadInput as refusal:
            form.full_clean()
            form.errors.pop("file", None)
            form.add_error("file", refusal.reason)
            status = 422
    earlier = PeopleList.objects.filter(unit=unit, done_at__isnull=False).order_by("-pk")[:10]
    context = {"unit": unit, "form": form, "earlier": earlier}
    return render(request, "reportin/people/upload.html", context, status=status)


def _content(request: HttpRequest, form: ListForm) -> bytes:
    sent = request.FILES.get("file")
    if sent is None or not form.is_valid():
        raise BadInput(_("请选一个文件。"))
    if sent.size > LARGEST_FILE:
        raise BadInput(_("文件超过 5 MB，请分成几份。"))
    return sent.read()


@require_safe
@allow(logged_in)
def template(request: HttpRequest) -> HttpResponse:
    """The empty list to fill in."""
    response = HttpResponse(people_files.template(), content_type=XLSX)
    response["Content-Disposition"] = 'attachment; filename="people.xlsx"'
    return response


def _list(request: HttpRequest, pk: int) -> PeopleList:
    found = PeopleList.objects.filter(unit_id__in=unit_ids_of(request.actor)).select_related("unit__place")
    return get_object_or_404(found, pk=pk)


@require_safe
@never_cache
@allow(logged_in)
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """What a list would do, and what came of it."""
    kept = _list(request, pk)
    plan = people_lists.plan_of(kept)
    context = {"kept": kept, "unit": kept.unit, "plan": plan, "most": 50}
    for name in ("rows", "skipped", "rejected"):
        rows = plan.get(name, [])
        context |= {name: rows[:50], f"{name}_count": len(rows)}
    return render(request, "reportin/people/preview.html", context)


@require_POST
@allow(logged_in)
def go(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the slips of a list that was looked at: of a short one at once, of a long one by a worker."""
    kept = _list(request, pk)
    if len(people_lists.plan_of(kept).get("rows", ())) > load("reportin")["list"]["at_once"]:
        return redirect("kernel:job", people_lists.hand_over(kept, by=request.actor))
    done = people_lists.invite(kept, by=request.actor)
    messages.success(request, _("做好了 %d 张邀请，打印出来发给大家。") % done.invited)
    return redirect("reportin:list", pk)


@require_safe
@never_cache
@allow(logged_in)
def left_out(request: HttpRequest, pk: int) -> HttpResponse:
    """The rows that were not taken, with the reasons, as CSV to mend and send again."""
    plan = people_lists.plan_of(_list(request, pk))
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="left-out-{pk}.csv"'
    # The mark lets spreadsheets see that this is UTF-8.
    response.write("\ufeff")
    table = csv.writer(response)
    table.writerow([_("姓名"), _("工号"), _("社区"), _("原来第几行"), _("为什么没有收")])
    for line, why, *cells in [*plan.get("rejected", ()), *plan.get("skipped", ())]:
        table.writerow([*map(harmless, cells), line, why])
    return response


@require_safe
@never_cache
@allow(logged_in)
def slips(request: HttpRequest, pk: int) -> HttpResponse:
    """The slips that wait to be opened, to print and cut: a name, a code, and that nobody has to."""
    unit = _unit(request, pk)
    open_slips = MemberInvitation.objects.filter(unit=unit, accepted_at=None, declined_at=None, revoked_at=None)
    chosen = request.GET.get("slip", "")
    if chosen.isascii() and chosen.isdigit() and len(chosen) < 16:
        open_slips = open_slips.filter(pk=int(chosen))
    after = request.GET.get("after", "")
    if after.isascii() and after.isdigit() and len(after) < 16:
        open_slips = open_slips.filter(pk__gt=int(after))
    found = list(open_slips.filter(expires_at__gt=timezone.now()).order_by("pk")[: SLIPS + 1])
    shown = []
    for slip in found[:SLIPS]:
        address = settings.BASE_URL + reverse("reportin:slip", args=[slip.secret])
        name = slip.name_sealed.open() if slip.name_sealed else ""
        shown.append({"slip": slip, "name": name, "address": address, "code": qr(address)})
    after = found[SLIPS - 1].pk if len(found) > SLIPS else None
    return render(request, "reportin/people/slips.html", {"unit": unit, "slips": shown, "after": after})


@require_POST
@allow(logged_in)
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a slip back."""
    found = MemberInvitation.objects.filter(unit_id__in=unit_ids_of(request.actor))
    slip = get_object_or_404(found, pk=pk)
    people_lists.revoke(slip, by=request.actor)
    messages.success(request, _("收回了，上面的名字也删掉了。"))
    return redirect("reportin:people", slip.unit_id)

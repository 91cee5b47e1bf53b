"""What staff of a community see: units and members that reported in, who waits, whom they invite."""

from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from huying.directory import catalogue
from huying.directory.models import Member, Unit
from huying.directory.queries import KEEPERS, may_keep, unit_ids_of
from huying.kernel.errors import BadInput, StepRefused
from huying.kernel.gate import allow, holding, logged_in
from huying.kernel.ltree import ancestors_of
from huying.kernel.qr import qr
from huying.kernel.sheets import XLSX, workbook
from huying.people.rules import STAFF_ROLES
from huying.places.models import Kind, Place
from huying.reportin.actions import units as actions
from huying.reportin.forms.members import FilterForm
from huying.reportin.forms.units import InviteForm
from huying.reportin.models import ReportState, UnitInvitation, UnitReport
from huying.reportin.queries_reports import receipt_number, strength

PAGE, MOST, MOST_PLACES = 50, 20_000, 300
SHOWN = ("units", "members")


def _community(request: HttpRequest, pk: int) -> Place:
    place = get_object_or_404(Place.objects.filter(kind=Kind.COMMUNITY), pk=pk)
    if not request.actor.holds(STAFF_ROLES, place.path):
        raise Http404
    return place


@require_safe
@allow(logged_in)
def home(request: HttpRequest) -> HttpResponse:
    """To one's own page: the community for staff, the list of communities above it, the unit, oneself."""
    actor = request.actor
    paths = actor.paths(STAFF_ROLES)
    communities = Place.objects.filter(kind=Kind.COMMUNITY).current()
    mine = list(
        communities.filter(Q(path__within_any=paths) | Q(path__in=_above(paths))).order_by("path").defer("outline")
    )
    staffed = [place for place in mine if actor.holds(STAFF_ROLES, place.path)]
    units = list(Unit.objects.filter(pk__in=unit_ids_of(actor)).order_by("name"))
    if len(staffed) == 1 and not units:
        return redirect("reportin:community", staffed[0].pk)
    if not staffed and not mine:
        if len(units) != 1:
            return redirect("reportin:me") if not units else _home(request, [], units)
        return redirect("reportin:people", units[0].pk)
    if not staffed and not units:
        # Whoever stands below the community reads what everybody may.
        return redirect("reportin:place", mine[0].slug)
    return _home(request, staffed, units)


def _above(paths) -> list[str]:
    return [higher for path in paths for higher in ancestors_of(path)]


def _home(request: HttpRequest, places: list[Place], units: list[Unit]) -> HttpResponse:
    ids = [place.pk for place in places]
    counts = [
        dict(found.filter(place__in=ids).values_list("place").annotate(n=Count("pk")))
        for found in (
            Member.objects.current(),
            UnitReport.objects.received(),
            UnitReport.objects.filter(state=ReportState.ASKED),
        )
    ]
    rows = [(place, *(count.get(place.pk, 0) for count in counts)) for place in places]
    begun = [row for row in rows if any(row[1:])]
    context = {
        "rows": begun[:MOST_PLACES],
        "more": len(begun) > MOST_PLACES,
        "rest": len(rows) - len(begun),
        "units": units,
    }
    return render(request, "reportin/community/home.html", context)


@require_safe
@never_cache
@allow(holding(*STAFF_ROLES))
def community(request: HttpRequest, pk: int) -> HttpResponse:
    """A community's units and members, with filters; what waits to be received stands first."""
    return _show(request, _community(request, pk), InviteForm())


def _show(request: HttpRequest, place: Place, form: InviteForm, status: int = 200) -> HttpResponse:
    shown = request.GET.get("show", "units")
    shown = shown if shown in SHOWN else "units"
    keeps = may_keep(request.actor, place)
    invitations = []
    if keeps:
        made = UnitInvitation.objects.filter(place=place, report=None, revoked_at=None).order_by("-pk")[:50]
        invitations = [
            (one, settings.BASE_URL + reverse("reportin:invited", args=[one.secret])) for one in made if one.is_open()
        ]
    base = reverse("reportin:community", args=[place.pk])
    figures = strength(place)
    tabs = [
        {"label": _("单位"), "href": base, "current": shown == "units", "count": figures["units"]},
        {
            "label": _("党员"),
            "href": f"{base}?show=members",
            "current": shown == "members",
            "count": figures["members"],
        },
    ]
    context = {
        "place": place,
        "shown": shown,
        "tabs": tabs,
        "figures": figures,
        "most": {name: max((count for _c, _n, count in figures[name]), default=1) for name in ("skills", "services")},
        "waiting": UnitReport.objects.filter(place=place, state="asked")
        .select_related("unit", "contact")
        .order_by("pk"),
        "keeps": keeps,
        "form": form,
        "invitations": invitations,
        "doors": [
            (name, address, qr(address))
            for name, address in (
                (_("单位报到"), settings.BASE_URL + reverse("reportin:unit", args=[place.slug])),
                (_("党员报到"), settings.BASE_URL + reverse("reportin:member", args=[place.slug])),
            )
        ],
    }
    context |= _units(request, place) if shown == "units" else _members(request, place, base)
    return render(request, "reportin/community/community.html", context, status=status)


def _units(request: HttpRequest, place: Place) -> dict:
    asked = request.GET.get("q", "")[:60].replace("\x00", "").strip()
    found = UnitReport.objects.received().filter(place=place).select_related("unit").order_by("unit__name", "pk")
    if asked:
        found = found.filter(unit__name__icontains=asked)
    counts = dict(
        Member.objects.current().filter(place=place, unit__isnull=False).values_list("unit").annotate(n=Count("pk"))
    )
    return {"q": asked, "reports": [(one, counts.get(one.unit_id, 0)) for one in found[:500]]}


def _filtered(request: HttpRequest, place: Place):
    """The members of a community, cut by skill, kind of service and unit."""
    found = Member.objects.current().filter(place=place).select_related("person", "unit").order_by("pk")
    skill, service, unit = (request.GET.get(name, "") for name in ("skill", "service", "unit"))
    if skill in catalogue.skills():
        found = found.filter(skills__contains=[skill])
    if service in catalogue.services():
        found = found.filter(services__contains=[service])
    if unit.isascii() and unit.isdigit() and len(unit) < 16:
        found = found.filter(unit_id=int(unit))
    return found


def _members(request: HttpRequest, place: Place, base: str) -> dict:
    found = _filtered(request, place)
    page = request.GET.get("page", "")
    at = max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 6 else 1
    rows = list(found[(at - 1) * PAGE : at * PAGE + 1])
    kept = {name: request.GET[name] for name in ("skill", "service", "unit") if request.GET.get(name)}
    units = Unit.objects.filter(pk__in=Member.objects.current().filter(place=place).values("unit")).order_by("name")

    def to(number: int) -> str:
        return f"{base}?{urlencode({'show': 'members', **kept, 'page': number})}"

    return {
        "rows": [
            {"member": one, "skills": catalogue.names(one.skills), "services": catalogue.names(one.services)}
            for one in rows[:PAGE]
        ],
        "filters": FilterForm(initial=kept, units=list(units[:300])),
        "earlier": to(at - 1) if at > 1 else "",
        "later": to(at + 1) if len(rows) > PAGE else "",
        "sheet": f"{reverse('reportin:members_xlsx', args=[place.pk])}?{urlencode(kept)}",
    }


@require_safe
@never_cache
@allow(holding(*STAFF_ROLES))
def members_xlsx(request: HttpRequest, pk: int) -> HttpResponse:
    """The members as a table: what they are called by and what they offer; no phone is held, so none is given."""
    place = _community(request, pk)
    head = [_("回执号"), _("称呼"), _("单位"), _("会什么"), _("愿意做"), _("报到日期")]
    rows = [
        [
            receipt_number(one),
            one.person.name,
            one.unit.name if one.unit else "",
            "、".join(catalogue.names(one.skills)),
            "、".join(catalogue.names(one.services)),
            one.valid_from,
        ]
        for one in _filtered(request, place)[:MOST]
    ]
    response = HttpResponse(workbook([(_("报到党员"), [head, *rows])]), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="members-{place.code}-{timezone.localdate()}.xlsx"'
    return response


@require_POST
@allow(holding(*KEEPERS))
def invite(request: HttpRequest, pk: int) -> HttpResponse:
    """Make an invitation for a unit, or put it down at once (`do=put`)."""
    place, form = _community(request, pk), InviteForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            if request.POST.get("do") == "put":
                done = actions.put_down(place, by=request.actor, name=given["name"], kind=given["kind"])
                messages.success(request, _("记下了，回执在这里。"))
                return redirect("reportin:report", done.pk)
            made = actions.invite(place, given["name"], given["kind"], by=request.actor)
            messages.success(request, _("邀请做好了，把链接或者二维码给单位。"))
            return redirect("reportin:invitation", made.pk)
        except BadInput as refusal:
            form.refuse(refusal)
        except StepRefused as refusal:
            form.add_error(None, refusal.reason)
    return _show(request, place, form, status=422)


def _invitation(request: HttpRequest, pk: int) -> UnitInvitation:
    invitation = get_object_or_404(UnitInvitation.objects.select_related("place", "report"), pk=pk)
    if not may_keep(request.actor, invitation.place):
        raise Http404
    return invitation


@require_safe
@never_cache
@allow(holding(*KEEPERS))
def invitation(request: HttpRequest, pk: int) -> HttpResponse:
    """An invitation to show or print: its code, its address, until when."""
    found = _invitation(request, pk)
    address = settings.BASE_URL + reverse("reportin:invited", args=[found.secret])
    context = {
        "invitation": found,
        "place": found.place,
        "address": address,
        "code": qr(address),
        "open": found.is_open(),
    }
    return render(request, "reportin/community/invitation.html", context)


@require_POST
@allow(holding(*KEEPERS))
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """The invitation opens nothing any more."""
    found = _invitation(request, pk)
    actions.revoke(found, by=request.actor)
    messages.success(request, _("收回了，这个链接不能再用。"))
    return redirect("reportin:community", found.place_id)

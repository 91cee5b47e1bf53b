"""The list of units, one unit, and who speaks for it."""

from django.contrib import messages
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from huying.directory import actions, queries
from huying.directory.forms import SeatForm, UnitForm
from huying.directory.models import Seat, Unit, UnitKind
from huying.kernel.errors import BadInput
from huying.kernel.gate import allow, holding, logged_in
from huying.people.rules import STAFF_ROLES
from huying.places.models import Place

staff = holding(*STAFF_ROLES)
MOST = 200


def _places(request):
    """The places at which the actor registers units: those where they hold such a post."""
    ids = {post.place_id for post in request.actor.posts if post.role in queries.KEEPERS}
    return Place.objects.current().filter(pk__in=ids).order_by("path")


@allow(staff)
def units(request):
    """The units that serve, or stand in, the places of the reader."""
    text, kind = request.GET.get("q", "")[:60].replace("\x00", "").strip(), request.GET.get("kind", "")
    found = Unit.objects.visible_to(request.actor).select_related("place").order_by("closed_at", "name", "id")
    if text:
        found = found.filter(Q(name__icontains=text) | Q(duties__icontains=text))
    if kind in UnitKind.values:
        found = found.filter(kind=kind)
    rows = list(found[:MOST])
    places = _places(request)
    context = {
        "rows": rows,
        "seats": queries.current_seats(rows),
        "kinds": UnitKind.choices,
        "q": text,
        "kind": kind,
        "form": UnitForm(places=places) if places else None,
    }
    return render(request, "directory/units.html", context)


@allow(holding(*queries.KEEPERS))
@require_POST
def register(request):
    """Register a unit."""
    form = UnitForm(request.POST, places=_places(request))
    if form.is_valid():
        given = form.cleaned_data
        try:
            unit = actions.register_unit(
                given["name"], given["kind"], given["place"], by=request.actor, duties=given["duties"]
            )
        except BadInput as error:
            for field, words in error.fields.items():
                form.add_error(field, words)
        else:
            messages.success(request, _("登记好了。"))
            return redirect("directory:unit", unit.pk)
    return render(request, "directory/register.html", {"form": form}, status=422)


def _unit_or_404(request, pk: int) -> Unit:
    return get_object_or_404(Unit.objects.visible_to(request.actor).select_related("place"), pk=pk)


def _render_unit(request, unit: Unit, form: SeatForm, status: int = 200):
    context = {
        "unit": unit,
        "seats": queries.current_seats([unit]).get(unit.pk, []),
        "may_keep": queries.may_keep(request.actor, unit.place),
        "form": form,
    }
    return render(request, "directory/unit.html", context, status=status)


@allow(logged_in)
def unit(request, pk: int):
    """One unit: what it answers for, and who speaks for it."""
    return _render_unit(request, _unit_or_404(request, pk), SeatForm())


@allow(holding(*queries.KEEPERS))
@require_POST
def seat(request, pk: int):
    """Let somebody speak for the unit."""
    found, form = _unit_or_404(request, pk), SeatForm(request.POST)
    if not form.is_valid():
        return _render_unit(request, found, form, status=422)
    actions.seat(form.person, found, by=request.actor)
    messages.success(request, _("%(name)s现在代表%(unit)s。") % {"name": form.person.name, "unit": found.name})
    return redirect("directory:unit", pk)


@allow(logged_in)
@require_POST
def unseat(request, pk: int):
    """Somebody speaks for the unit no more."""
    given = get_object_or_404(Seat.objects.select_related("unit__place", "person"), pk=pk)
    _unit_or_404(request, given.unit_id)
    actions.unseat(given, by=request.actor)
    messages.success(request, _("%(name)s不再代表%(unit)s。") % {"name": given.person.name, "unit": given.unit.name})
    return redirect("directory:unit", given.unit_id)


@allow(holding(*queries.KEEPERS))
@require_POST
def close(request, pk: int):
    """The unit takes no more work."""
    found = _unit_or_404(request, pk)
    actions.close_unit(found, by=request.actor)
    messages.success(request, _("%(unit)s停了，不再派新的事。") % {"unit": found.name})
    return redirect("directory:unit", pk)

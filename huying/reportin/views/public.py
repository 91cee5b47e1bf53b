"""What everybody may read of a community's report-in: how many, and what they can do; never who."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from huying.kernel.gate import allow, anyone
from huying.people.rules import STAFF_ROLES
from huying.places.models import Place
from huying.places.queries import address
from huying.reportin.models import UnitReport
from huying.reportin.queries_reports import strength
from huying.reportin.views.base import community


@require_safe
@allow(anyone)
def place(request: HttpRequest, tag: str) -> HttpResponse:
    """Units by name, members by number only, and the two doors to report in."""
    here = community(request, tag, "place")
    if not isinstance(here, Place):
        return here
    figures = strength(here)
    context = {
        "place": here,
        "where": address(here),
        "figures": figures,
        "most": {name: max((count for _c, _n, count in figures[name]), default=1) for name in ("skills", "services")},
        "staffed": request.actor.holds(STAFF_ROLES, here.path),
        "units": UnitReport.objects.received().filter(place=here).select_related("unit").order_by("unit__name")[:200],
    }
    return render(request, "reportin/public.html", context)

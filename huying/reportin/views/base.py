"""What the pages of report-in share: finding the community, and which frame they stand in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from huying.places.models import Place
from huying.reportin.queries_reports import community_of, successors


def shell(request: HttpRequest) -> str:
    """Staff find these pages inside their own frame, everybody else one question a page."""
    return "staff.html" if request.actor.posts else "resident.html"


def community(request: HttpRequest, tag: str, way: str) -> Place | HttpResponse:
    """The community of an address, or the page that says there is none or that it has ended; `way`: member or unit."""
    place = community_of(tag)
    if place is None:
        return render(request, "reportin/no_place.html", {"way": way}, status=404)
    if not place.is_current():
        context = {"place": place, "successors": successors(place), "way": f"reportin:{way}"}
        return render(request, "reportin/ended.html", context, status=410)
    return place

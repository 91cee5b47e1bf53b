"""Posters for a place, to be printed by whoever serves there."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from huying.calls import posters, rules
from huying.kernel.errors import BadInput
from huying.kernel.gate import allow, holding
from huying.kernel.scopes import covers
from huying.places.models import Place


@require_http_methods(["GET", "HEAD"])
@allow(holding(*rules.HANDLERS))
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """The posters of a place below one's posts; 404 for places elsewhere."""
    place = get_object_or_404(Place.objects.current().public(), pk=pk)
    if not any(covers(path, place.path) for path in request.actor.paths(rules.HANDLERS)):
        raise Http404
    size, level = request.GET.get("size", "a4"), request.GET.get("level", "building")
    size = size if size in posters.SIZES else "a4"
    level = level if level in posters.LEVELS else "building"
    made, refusal = [], None
    try:
        made = posters.posters_for(place, level)
    except BadInput as error:
        refusal = error
    context = {
        "place": place,
        "pages": posters.pages_of(made, size),
        "count": len(made),
        "size": size,
        "level": level,
        # A poster speaks to residents, in whatever language the one who prints it reads.
        "spoken": settings.LANGUAGE_CODE,
        "refusal": refusal,
    }
    return render(request, "calls/posters/page.html", context, status=422 if refusal else 200)

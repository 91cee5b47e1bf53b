"""The lists behind the numbers: a call opens beside them."""

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from huying.boards import figures as sums
from huying.boards import words
from huying.boards.forms import period_of
from huying.boards.views.links import address, behind, for_staff
from huying.boards.views.public import number
from huying.calls.catalogue import category_name
from huying.calls.choices import Urgency
from huying.calls.models import Call
from huying.calls.rules import HANDLERS
from huying.calls.whereabouts import lines
from huying.kernel.gate import allow, holding
from huying.places.models import Place

PAGE = 50


@require_GET
@allow(holding(*HANDLERS))
def page(request: HttpRequest, pk: int, count: str) -> HttpResponse:
    """The calls behind a number, newest first."""
    place = get_object_or_404(Place.objects.public().defer("outline"), pk=pk)
    if count not in sums.COUNTS or not for_staff(request.actor, place):
        raise Http404
    _form, since, until = period_of(request.GET)
    asked = {name: request.GET[name] for name in ("category", "urgency") if request.GET.get(name, "\0").isprintable()}
    counted = sums.Behind(place, since, until, count, **asked)
    before = number(request.GET.get("before", ""))
    ids, more = counted.ids(PAGE, before)
    calls = Call.objects.visible_to(request.actor).filter(pk__in=ids).select_related("place").order_by("-pk")
    where = lines([call.place for call in calls])
    newest = behind(place, since, until)(count, **asked)
    narrowed = [category_name(asked["category"])] if asked.get("category") else []
    narrowed += [str(dict(Urgency.choices)[asked["urgency"]])] if asked.get("urgency") in Urgency.values else []
    context = {
        "place": place,
        "since": since,
        "until": until,
        "title": " · ".join([str(words.COUNTS[count]), *narrowed]),
        "total": counted.total(),
        "calls": [
            {"call": call, "category": category_name(call.category) or _("未分类"), "where": where[call.place_id]}
            for call in calls
        ],
        "older": f"{newest}&{urlencode({'before': ids[-1]})}" if more else "",
        "newest": newest if before else "",
        # Where a call's panel leads when it is closed: to this very page.
        "along": urlencode({"back": request.get_full_path()}),
        "back": address("boards:figures", place, since, until),
    }
    return render(request, "boards/behind.html", context)

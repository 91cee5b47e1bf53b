"""Public pages: a community or compound with its calls and answers, one call, the Atom feed."""

from urllib.parse import urlencode

from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import feedgenerator
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from huying.boards import public
from huying.calls.catalogue import category_name
from huying.calls.live import public_within
from huying.calls.models import Call
from huying.kernel.gate import allow, anyone
from huying.kernel.live import LiveResponse
from huying.places.models import Place

PAGE = 20
SHOWN = ("open", "answered")


def _place(tag: str) -> Place:
    """The place by its tag, or by its division code (the present one, where a code was given anew)."""
    by_code = tag.isascii() and tag.isdigit()
    found = Place.objects.public().filter(code=tag) if by_code else Place.objects.public().filter(tag=tag)
    place = found.order_by(F("valid_to").desc(nulls_first=True)).first()
    if place is None:
        raise Http404
    return place


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


@require_GET
@allow(anyone)
def place(request: HttpRequest, tag: str) -> HttpResponse:
    """A place's open calls and their answers, newest first; never a person."""
    here = _place(tag)
    only = request.GET.get("show", "")
    only = only if only in SHOWN else ""
    before = _number(request.GET.get("before", ""))
    calls = public.public_calls(here, only)
    if before:
        calls = calls.filter(pk__lt=before)
    calls = list(calls[: PAGE + 1])
    more = calls[PAGE - 1].pk if len(calls) > PAGE else None
    calls = calls[:PAGE]
    wheres = public.wheres(calls)
    rows = [{"call": c, "where": wheres.get(c.place_id, ""), "category": category_name(c.category)} for c in calls]
    above = here if here.kind == "community" else here.ancestors().filter(kind="community").first()
    context = {
        "place": here,
        "community": above,
        "rows": rows,
        "only": only,
        "more": f"?{urlencode({'show': only, 'before': more})}" if more else "",
        "first": before is None,
    }
    if above:
        context["compounds"] = Place.objects.filter(parent=above, kind="compound").current().order_by("name")
    base = reverse("boards:place", args=[tag])
    context["tabs"] = [
        {"label": _("全部"), "href": base, "current": not only},
        {"label": _("正在办"), "href": f"{base}?show=open", "current": only == "open"},
        {"label": _("已答复"), "href": f"{base}?show=answered", "current": only == "answered"},
    ]
    template = "boards/place.html#list" if request.htmx and request.htmx.target == "calls" else "boards/place.html"
    return render(request, template, context)


@require_GET
@allow(anyone)
def call(request: HttpRequest, pk: int) -> HttpResponse:
    """One public call and its answer."""
    found = get_object_or_404(Call.objects.public().select_related("place", "community"), pk=pk)
    context = {
        "call": found,
        "where": public.wheres([found]).get(found.place_id, ""),
        "category": category_name(found.category),
        "way": public.way(found),
        "photos": found.photos.filter(shown=True),
    }
    return render(request, "boards/call.html", context)


@require_GET
@allow(anyone)
@cache_control(public=True, max_age=60)
def feed(request: HttpRequest, tag: str) -> HttpResponse:
    """The latest public calls of a place as Atom."""
    here = _place(tag)
    calls = list(public.public_calls(here)[:50])
    wheres = public.wheres(calls)
    atom = feedgenerator.Atom1Feed(
        title=_("%(place)s的诉求和答复") % {"place": here},
        link=request.build_absolute_uri(reverse("boards:place", args=[tag])),
        feed_url=request.build_absolute_uri(),
        description="",
        language=request.LANGUAGE_CODE,
    )
    for item in calls:
        link = request.build_absolute_uri(reverse("boards:call", args=[item.pk]))
        body = item.public_text
        if item.outcome and not item.is_open:
            body += "\n\n" + _("答复:%(outcome)s") % {"outcome": item.outcome}
        atom.add_item(
            title=f"{wheres.get(item.place_id, here)} · {category_name(item.category)} · {item.get_state_display()}",
            link=link,
            unique_id=link,
            description=body,
            pubdate=item.raised_at,
            updateddate=item.ended_at or item.resolved_at or item.accepted_at or item.raised_at,
        )
    response = HttpResponse(content_type="application/atom+xml; charset=utf-8")
    atom.write(response, "utf-8")
    return response


@require_GET
@allow(anyone)
def live(request: HttpRequest, tag: str) -> LiveResponse:
    """Wakes when something changes that a place's public page shows."""
    return LiveResponse([public_within(_place(tag).path)])

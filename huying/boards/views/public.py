"""Public pages: a community or compound with its calls and answers, one call, the Atom feed."""

from urllib.parse import urlencode

from django.conf import settings
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import feedgenerator
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from huying.boards import public
from huying.calls.catalogue import categories, category, category_name
from huying.calls.live import public_within
from huying.calls.models import Call
from huying.calls.posters import qr_svg
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


def number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


@require_GET
@allow(anyone)
def place(request: HttpRequest, tag: str) -> HttpResponse:
    """A place's notice board: its open calls and their answers, newest first; never a person."""
    here = _place(tag)
    only = request.GET.get("show", "")
    only = only if only in SHOWN else ""
    kind = request.GET.get("about", "")
    kind = kind if kind in categories() else ""
    asked = request.GET.get("q", "").strip()[: public.MOST_ASKED] if public.searchable(here) else ""
    before = number(request.GET.get("before", ""))
    calls = public.with_words(public.public_calls(here, only, kind), asked)
    if before:
        calls = calls.filter(pk__lt=before)
    rows = public.cards(list(calls[: PAGE + 1]))
    more = len(rows) > PAGE
    rows = rows[:PAGE]
    base = reverse("boards:place", args=[tag])

    def address(**changed) -> str:
        wanted = {"show": only, "about": kind, "q": asked, **changed}
        query = urlencode({name: value for name, value in wanted.items() if value})
        return f"{base}?{query}" if query else base

    above = here if here.kind == "community" else here.ancestors().filter(kind="community").first()
    context = {
        "place": here,
        "community": above,
        "rows": rows,
        "kind": category(kind),
        "asked": asked,
        "searchable": public.searchable(here),
        "only": only,
        "narrowed": bool(only or kind or asked),
        "more": address(before=rows[-1]["call"].pk) if more else "",
        "newest": address() if before else "",
        "everything": base,
        "tabs": [
            {"label": label, "href": address(show=code), "current": only == code}
            for code, label in (("", _("全部")), ("open", _("正在办")), ("answered", _("已答复")))
        ],
    }
    if request.htmx and request.htmx.target == "calls":
        return render(request, "boards/place.html#list", context)
    context["kinds"] = [
        {"label": _("什么事都看"), "icon": "list", "href": address(about=""), "current": not kind},
        *(
            {"label": one.name, "icon": one.icon, "href": address(about=one.code), "current": kind == one.code}
            for one in public.kinds_of(here, kind)
        ),
    ]
    if above:
        context["compounds"] = Place.objects.filter(parent=above, kind="compound").current().order_by("name")
    if here.tag:
        say = settings.BASE_URL + reverse("call-raise", args=[here.tag])
        context["code"] = qr_svg(say)
    return render(request, "boards/place.html", context)


@require_GET
@allow(anyone)
def call(request: HttpRequest, pk: int) -> HttpResponse:
    """One public call and its answer."""
    found = get_object_or_404(Call.objects.public().select_related("place", "community"), pk=pk)
    context = {**public.cards([found])[0], "way": public.way(found)}
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
            body += "\n\n" + _("答复：%(outcome)s") % {"outcome": item.outcome}
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

"""Walking the tree and finding places, open to all; bringing in lists, for those with a post there."""

import csv

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huying.kernel.errors import BadInput
from huying.kernel.gate import allow, anyone, holding
from huying.kernel.scopes import Actor
from huying.kernel.sheets import harmless
from huying.places import actions, drawing, queries, rules
from huying.places.forms import UploadForm
from huying.places.household_files import LARGEST_FILE
from huying.places.households import hand_over, may_import, plan_of
from huying.places.models import Kind, Place, PlaceImport

importer = holding(*rules.IMPORTERS)

_MOST_CHILDREN = 1_000
_SHOWN = 50
# Longer lists are taken in by a worker, with a bar.
_AT_ONCE = 1_500
_COUNTED = (Kind.COMPOUND, Kind.BUILDING, Kind.ENTRANCE, Kind.HOUSEHOLD)


def _shell(actor: Actor) -> str:
    return "staff.html" if actor.posts else "public.html"


def _near(actor: Actor) -> str | None:
    return actor.posts[0].path if actor.posts else None


@require_safe
@allow(anyone)
def browse(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """A place: what is above it, what stands in it, its outline; the top of the tree without a place."""
    actor = request.actor
    place = get_object_or_404(Place.objects.visible_to(actor).select_related("parent"), pk=pk) if pk else None
    inside = place.children if place else Place.objects.filter(parent=None)
    children = list(inside.visible_to(actor).current()[:_MOST_CHILDREN])
    children.sort(
        key=lambda child: (rules.KINDS.index(child.kind), child.code or "", rules.natural(child.pinyin or str(child)))
    )
    drawn = [one for one in (*children, place) if one and one.outline]
    # A place's own outline is drawn when nothing in it has one.
    drawn = [one for one in drawn if one is not place] or drawn
    sheet = drawing.draw((one.pk, one.outline) for one in drawn)
    names = {one.pk: one for one in drawn}
    context = {
        "shell": _shell(actor),
        "place": place,
        "above": list(place.ancestors()) if place else [],
        "children": children,
        "own": _own(actor) if place is None else [],
        "drawing": sheet,
        "shapes": [(shape, names[shape.key]) for shape in sheet.shapes] if sheet else [],
        "counts": _counts(place) if place and actor.holds(rules.IMPORTERS, place.path) else [],
        "may_print": place is not None
        and place.is_current()
        and place.kind in rules.TAGGED
        and actor.holds(rules.PRINTERS, place.path),
        "may_import": place is not None and place.is_current() and may_import(actor, place),
        "successors": [link.new for link in place.successor_links.select_related("new")] if place else [],
        "former": list(place.former_names.order_by("-valid_to")) if place else [],
    }
    return render(request, "places/browse.html", context)


def _own(actor: Actor) -> list[Place]:
    """Where the actor holds a post, the smallest first."""
    held = Place.objects.current().filter(pk__in={post.place_id for post in actor.posts})
    return sorted(held, key=lambda one: (-rules.KINDS.index(one.kind), rules.natural(one.pinyin)))


def _counts(place: Place) -> list[tuple[str, int]]:
    found = queries.counts(place, _COUNTED)
    return [(Kind(kind).label, found[kind]) for kind in _COUNTED if found[kind]]


@require_safe
@allow(anyone)
def find(request: HttpRequest) -> HttpResponse:
    """Places by name, pinyin or initials: a page, its list alone for htmx, or JSON for whoever asks for JSON."""
    text = request.GET.get("q", "")
    within = _place_asked(request.GET.get("within", ""))
    kinds = [kind for kind in request.GET.getlist("kind") if kind in rules.KINDS] or None
    near = _place_asked(request.GET.get("near", "")) or _near(request.actor)
    places = queries.search(text, within=within, near=near, kinds=kinds)
    where = queries.whereabouts(places)
    if _wants_json(request):
        found = [
            {
                "id": one.pk,
                "name": str(one),
                "kind": one.kind,
                "kind_label": one.get_kind_display(),
                "where": where[one.pk],
            }
            for one in places
        ]
        return JsonResponse({"results": found})
    context = {
        "shell": _shell(request.actor),
        "q": text.replace("\x00", "")[:60],
        "within": within,
        "found": [(one, where[one.pk]) for one in places],
    }
    return render(request, f"places/search.html{'#found' if request.htmx else ''}", context)


def _wants_json(request: HttpRequest) -> bool:
    accept = request.headers.get("Accept", "")
    return request.GET.get("format") == "json" or ("application/json" in accept and "text/html" not in accept)


def _place_asked(text: str) -> Place | None:
    """The place with this id that anybody may know of."""
    if not (text.isascii() and text.isdigit()) or len(text) > 15:
        return None
    return Place.objects.public().filter(pk=int(text)).first()


@require_http_methods(["GET", "HEAD", "POST"])
@allow(importer)
def upload(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a list of buildings and households; nothing is done before it was looked at."""
    place = get_object_or_404(Place.objects.visible_to(request.actor), pk=pk)
    if not may_import(request.actor, place):
        raise Http404
    form = UploadForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        try:
            batch = actions.propose_import(place, *_file(request, form), by=request.actor)
            return redirect("places:import", batch.pk)
        except BadInput as refusal:
            form.full_clean()
            form.errors.pop("file", None)
            form.add_error("file", refusal.reason)
            status = 422
    earlier = PlaceImport.objects.filter(
        place=place, source=PlaceImport.Source.HOUSEHOLDS, done_at__isnull=False
    ).order_by("-done_at")[:10]
    context = {"place": place, "where": queries.address(place), "form": form, "earlier": earlier}
    return render(request, "places/upload.html", context, status=status)


def _file(request: HttpRequest, form: UploadForm) -> tuple[str, bytes]:
    sent = request.FILES.get("file")
    if sent is None or not form.is_valid():
        raise BadInput(_("请选一个文件。"))
    if sent.size > LARGEST_FILE:
        raise BadInput(_("文件超过 5 MB，请分成几份。"))
    return sent.name, sent.read()


def _batch(request: HttpRequest, pk: int) -> PlaceImport:
    batch = get_object_or_404(
        PlaceImport.objects.select_related("place").filter(source=PlaceImport.Source.HOUSEHOLDS), pk=pk
    )
    if not may_import(request.actor, batch.place):
        raise Http404
    return batch


@require_safe
@allow(importer)
def proposal(request: HttpRequest, pk: int) -> HttpResponse:
    """What a list would add, and what came of it."""
    batch = _batch(request, pk)
    sheet = batch.plan or {}
    context = {
        "batch": batch,
        "place": batch.place,
        "where": queries.address(batch.place),
        "sheet": sheet,
        "columns": sheet.get("columns", ()),
        "rejected": sheet.get("rejected", ())[:_SHOWN],
        "rejected_more": max(0, len(sheet.get("rejected", ())) - _SHOWN),
    }
    if sheet and not batch.done_at:
        plan = plan_of(batch.place, [tuple(row) for row in sheet["rows"]])
        context |= {
            "plan": plan,
            "counts": [(Kind(kind).label, plan.count(kind)) for kind in _COUNTED if plan.count(kind)],
            "sample": [(one, one.parent) for one in plan.new[:12]],
            "more": max(0, len(plan.new) - 12),
        }
    return render(request, "places/proposal.html", context)


@require_POST
@allow(importer)
def take_in(request: HttpRequest, pk: int) -> HttpResponse:
    """Take in a list that was looked at: a short one at once, a long one by a worker."""
    batch = _batch(request, pk)
    if len((batch.plan or {}).get("rows", ())) > _AT_ONCE:
        return redirect("kernel:job", hand_over(batch, by=request.actor))
    try:
        batch = actions.import_households(batch, by=request.actor)
    except BadInput as refusal:
        messages.warning(request, refusal.reason)
    else:
        messages.success(request, ngettext("新增了 %d 处。", "新增了 %d 处。", batch.added) % batch.added)
    return redirect("places:import", pk)


@require_POST
@allow(importer)
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo an import, as long as nothing refers to it."""
    actions.undo_import(_batch(request, pk), by=request.actor)
    messages.success(request, _("已经撤销，这次新增的地点都拿掉了。"))
    return redirect("places:import", pk)


@require_safe
@allow(importer)
def rejected(request: HttpRequest, pk: int) -> HttpResponse:
    """The rows that were not taken, with the reasons, as CSV to mend and send again."""
    batch = _batch(request, pk)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="rejected-{batch.pk}.csv"'
    # The mark lets spreadsheets see that this is UTF-8.
    response.write("\ufeff")
    table = csv.writer(response)
    table.writerow([_("小区"), _("楼栋"), _("单元"), _("门牌号"), _("原来第几行"), _("哪里不对")])
    for line, reason, *cells in (batch.plan or {}).get("rejected", ()):
        table.writerow([*map(harmless, cells), line, reason])
    return response

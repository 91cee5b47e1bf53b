"""Collecting wishes: the page behind a code, without an account; and what is written down in a visit or at the counter."""

from django.conf import settings
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from huying.kernel.errors import BadInput
from huying.kernel.forms import new_key
from huying.kernel.gate import allow, anyone
from huying.kernel.rate import Limiter
from huying.kernel.scopes import ANONYMOUS, Actor, covers
from huying.places import queries
from huying.places.models import Place
from huying.places.rules import natural, tag_from
from huying.wishes import actions, rules
from huying.wishes.actions import Intake
from huying.wishes.forms.resident import VisitForm, WishForm
from huying.wishes.models import Wish
from huying.wishes.pictures import qr_svg
from huying.wishes.views.common import collector, private

MOST_TILES = 14
GIVEN = (
    *("text", "kind", "name", "phone", "address", "through_writer", "agreed", "hardship", "agreed_hardship"),
    *("minor", "guardian", "key"),
)
# Of one place in one process; a whole compound that wishes at once passes.
FLOOD = Limiter(per_minute=30, burst=60)


# Exempt from the CSRF token: the form acts for nobody but whoever fills it in, and lies open in a phone for days.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@allow(anyone)
def page(request: HttpRequest, tag: str) -> HttpResponse:
    """Make a wish at the place of a code: no account, and only one way to be reached."""
    place = place_of(tag)
    if place is None or not place.is_current():
        status = 404 if place is None else 410
        return render(request, "wishes/resident/no_place.html", {"place": place}, status=status)
    if request.method != "POST":
        return _page(request, place, WishForm(initial={"key": new_key()}))
    form = WishForm(request.POST)
    form.is_valid()
    if form.cleaned_data.get("website") or FLOOD.take(place.pk):
        return _page(request, place, form, status=429, held=True)
    # Whoever has a login open on this phone is known as the wisher, so that they do not take on their own wish.
    by = request.actor if request.actor.is_person else ANONYMOUS
    try:
        wish, _new = actions.collect(_intake(form, place, "page"), by=by)
    except BadInput as refusal:
        form.refuse(refusal)
        return _page(request, place, form, status=422)
    return redirect(reverse("wish-follow", args=[wish.secret]) + "?new=1")


def place_of(name: str) -> Place | None:
    """A place from the community down by its tag, or a community by its code."""
    known = tag_from(name)
    found = Place.objects.filter(tag=known) if known else Place.objects.current().filter(code=name, kind="community")
    return found.select_related("parent").first()


def _page(request, place: Place, form: WishForm, *, status: int = 200, held: bool = False) -> HttpResponse:
    context = {"place": place, "line": tiles([place])[0][1], "form": form, "held": held}
    return render(request, "wishes/resident/wish.html", context, status=status)


def _intake(form: WishForm, place: Place, channel: str) -> Intake:
    given = {name: form.cleaned_data.get(name) for name in GIVEN}
    return Intake(place=place, channel=channel, **given)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(collector)
@private
def visit(request: HttpRequest) -> HttpResponse:
    """Write a wish down for somebody: in a visit, or at the counter."""
    actor = request.actor
    if request.method != "POST":
        own = own_places(actor)
        usual = "head" if any(p.role in ("building_head", "compound_secretary") for p in actor.posts) else "counter"
        first = {"key": new_key(), "channel": usual, "place": str(own[0].pk) if own else ""}
        chosen = in_reach(actor, request.GET.get("place", ""))
        if chosen is not None:
            first["place"] = str(chosen.pk)
        return _visit(request, VisitForm(initial=first), chosen=chosen)
    form = VisitForm(request.POST)
    if request.POST.get("do") == "find":
        return _visit(request, form, found=search(actor, request.POST.get("q", "")))
    form.is_valid()
    place, channel = in_reach(actor, form.cleaned_data["place"]), form.cleaned_data["channel"]
    wrong = {}
    if place is None:
        wrong["place"] = _("请选是哪里。")
    if channel not in ("head", "counter"):
        wrong["channel"] = _("请选是怎么来的。")
    try:
        if wrong:
            raise BadInput(next(iter(wrong.values())), fields=wrong)
        wish, _new = actions.collect(_intake(form, place, channel), by=actor)
    except BadInput as refusal:
        form.refuse(refusal)
        return _visit(request, form, status=422)
    return redirect(reverse("wish-slip", args=[wish.pk]))


def _visit(request, form: VisitForm, *, chosen=None, found=(), status: int = 200) -> HttpResponse:
    own = own_places(request.actor)
    picked = form["place"].value() or ""
    chosen = chosen or in_reach(request.actor, picked)
    more = [one for one in ([chosen] if chosen else []) + list(found) if one not in own]
    context = {
        "form": form,
        "own": tiles(own),
        "tiles": tiles(list(dict.fromkeys(more))),
        "place": picked,
        "asked": request.POST.get("q", ""),
    }
    return render(request, "wishes/staff/visit.html", context, status=status)


def in_reach(actor: Actor, text: str) -> Place | None:
    """The current place with this id, from community to household, at or below the actor's posts; None otherwise."""
    if not text.isdigit() or len(text) > 15:
        return None
    place = Place.objects.current().filter(pk=int(text)).select_related("parent").first()
    reach = actor.paths(rules.COLLECTORS)
    return place if place is not None and any(covers(path, place.path) for path in reach) else None


def own_places(actor: Actor) -> list[Place]:
    """The places of one's own posts, the smallest first, and the doors of one's own building."""
    held = {post.place_id for post in actor.posts if post.role in rules.COLLECTORS}
    wanted = Q(pk__in=held) | Q(parent__in=held, kind="entrance", parent__kind="building")
    own = Place.objects.current().filter(wanted)
    return sorted(own, key=lambda one: (-one.path.count("."), natural(str(one))))[:MOST_TILES]


def search(actor: Actor, text: str) -> list[Place]:
    """Places at or below one's posts by name."""
    text = text.replace("\x00", "").strip()[:60]
    found: dict[int, Place] = {}
    for path in actor.paths(rules.COLLECTORS)[:4] if text else ():
        for place in queries.search(text, within=path, kinds=("community", "compound", "building"), limit=8):
            found[place.pk] = place
    return list(found.values())[:MOST_TILES]


def tiles(places: list[Place]) -> list[tuple[str, str]]:
    """Places as choices: (id, words from the compound down)."""
    said = ("compound", "building", "entrance", "household")
    told = []
    for place in places:
        chain = [one for one in place.ancestors() if one.kind in said]
        told.append((str(place.pk), " ".join(map(str, [*chain, place]))))
    return told


@require_safe
@allow(collector)
@private
def slip(request: HttpRequest, pk: int) -> HttpResponse:
    """What the wisher takes along: the code of their page. Only for whoever wrote it down, for a day."""
    wish = get_object_or_404(Wish.objects.filter(written_by_id=request.actor.id).select_related("community"), pk=pk)
    if timezone.now() - wish.collected_at > timezone.timedelta(hours=24):
        raise Http404
    address = settings.BASE_URL + reverse("wish-follow", args=[wish.secret])
    context = {"wish": wish, "address": address, "code": qr_svg(address), "spoken": settings.LANGUAGE_CODE}
    response = render(request, "wishes/staff/slip.html", context)
    response["Referrer-Policy"] = "no-referrer"
    return response

"""Writing a call down for a resident: on the stairs, at the counter, on the phone; in under a minute."""

import datetime as dt

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from huying.calls import photos, rules
from huying.calls.catalogue import categories
from huying.calls.forms.resident import CHIPS, BehalfForm
from huying.calls.intake import Intake, take_in
from huying.calls.models import Call
from huying.calls.posters import qr_svg
from huying.calls.whereabouts import lines, natural, phone_for, standing
from huying.kernel.errors import BadInput
from huying.kernel.forms import new_key
from huying.kernel.gate import allow, holding
from huying.kernel.scopes import Actor, covers
from huying.places import queries
from huying.places.models import Place

CHANNELS = ("head", "counter", "phone")
NEAR = ("building", "entrance")
MOST_TILES = 12
SLIP_FOR = dt.timedelta(hours=24)
staff = holding(*rules.HANDLERS)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(staff)
def page(request: HttpRequest) -> HttpResponse:
    """The form, with what is known filled in: one's own building, and how the resident came."""
    if request.method != "POST":
        own = own_places(request.actor)
        first = {"key": new_key(), "channel": usual_channel(request.actor), "place": str(own[0].pk) if own else ""}
        asked = request.GET.get("place", "")
        chosen = place_in_reach(request.actor, asked)
        if chosen is not None:
            first["place"] = asked
        return show(request, BehalfForm(initial=first), found=[chosen] if chosen else None)
    form = BehalfForm(request.POST, request.FILES)
    if request.POST.get("do") == "find":
        return show(request, form, found=search(request.actor, request.POST.get("q", "")))
    form.is_valid()
    try:
        number = take(request.actor, form.cleaned_data)
    except BadInput as refusal:
        form.refuse(refusal)
        return show(request, form, status=422, had_photos=bool(request.FILES))
    good, refused = photos.read_all(request.FILES.getlist("photos"))
    photos.attach(number, good, by=request.actor)
    lost = "".join(f"&photo={position + 1}.{code}" for position, code in sorted(refused.items()))
    return redirect(f"{reverse('call-slip', args=[number])}?new=1{lost}")


def take(actor: Actor, given: dict) -> int:
    """Take the call in as the resident's; BadInput when the place, the way or the consent is missing."""
    place = place_in_reach(actor, given["place"])
    wrong = {}
    if place is None:
        wrong["place"] = _("请选是哪里的事。")
    if given["channel"] not in CHANNELS:
        wrong["channel"] = _("请选是怎么来的。")
    if (given["name"].strip() or given["phone"].strip()) and not given["agreed"]:
        wrong["agreed"] = _("留称呼和电话，要本人同意。没同意就不要填。")
    if wrong:
        raise BadInput(next(iter(wrong.values())), fields=wrong)
    intake = Intake(
        place=place,
        text=given["text"],
        key=given["key"],
        channel=given["channel"],
        name=given["name"],
        phone=given["phone"],
        category=given["category"],
        private=given["private"],
        extra={"agreed": bool(given["agreed"])},
    )
    return take_in(intake, by=actor)[0]


def usual_channel(actor: Actor) -> str:
    """A building head meets people; the others sit at the counter."""
    return "head" if any(post.role in ("building_head", "compound_secretary") for post in actor.posts) else "counter"


def place_in_reach(actor: Actor, text: str) -> Place | None:
    """The current place with this id at or below the actor's posts; None otherwise."""
    if not text.isdigit() or len(text) > 15:
        return None
    place = Place.objects.current().public().filter(pk=int(text)).first()
    reach = actor.paths(rules.HANDLERS)
    return place if place is not None and any(covers(path, place.path) for path in reach) else None


def own_places(actor: Actor) -> list[Place]:
    """The places of one's own posts, the smallest first, and the doors of one's own building."""
    held = {post.place_id for post in actor.posts if post.role in rules.HANDLERS}
    own = sorted(Place.objects.current().filter(pk__in=held), key=lambda one: (-len(one.path.split(".")), str(one)))
    doors = Place.objects.current().filter(
        parent__in=[one.pk for one in own if one.kind == "building"], kind="entrance"
    )
    return [*own, *sorted(doors, key=lambda one: natural(str(one)))][:MOST_TILES]


def search(actor: Actor, text: str) -> list[Place]:
    """Places at or below one's posts by name, and the doors of the buildings among them."""
    text = text.replace("\x00", "").strip()[:60]
    if not text:
        return []
    found: dict[int, Place] = {}
    for path in actor.paths(rules.HANDLERS)[:4]:
        for place in queries.search(text, within=path, kinds=("community", "compound", "building"), limit=6):
            found[place.pk] = place
    buildings = [one.pk for one in found.values() if one.kind == "building"]
    doors = Place.objects.current().filter(parent__in=buildings, kind="entrance")[:MOST_TILES]
    return [*found.values(), *doors][:MOST_TILES]


@require_safe
@allow(staff)
def places(request: HttpRequest) -> HttpResponse:
    """The fragment with the places that were found."""
    found = search(request.actor, request.GET.get("q", ""))
    context = {"tiles": tiles(found), "asked": request.GET.get("q", ""), "place": request.GET.get("place", "")}
    return render(request, "calls/behalf/new.html#found", context)


def tiles(places: list[Place]) -> list[tuple[str, str]]:
    """Places as choices: (id, words)."""
    told = lines(places)
    return [(str(place.pk), told[place.pk]) for place in places]


def show(request, form: BehalfForm, *, found: list[Place] | None = None, status: int = 200, had_photos=False):
    """The page with the form as it is; the chosen place stays among the tiles."""
    own = own_places(request.actor)
    chosen = place_in_reach(request.actor, form["place"].value() or "")
    found = [one for one in (found or []) if one not in own]
    if chosen is not None and chosen not in own and chosen not in found:
        found = [chosen, *found]
    kinds = list(categories().values())
    picked = form["category"].value() or ""
    context = {
        "form": form,
        "own": tiles(own),
        "tiles": tiles(found),
        "place": form["place"].value() or "",
        "asked": request.POST.get("q", ""),
        "first_kinds": kinds[:CHIPS],
        "other_kinds": kinds[CHIPS:],
        "chosen": picked,
        "chose_other": picked in [kind.code for kind in kinds[CHIPS:]],
        "left_name": bool(form["name"].value() or form["phone"].value() or form["agreed"].errors),
        "had_photos": had_photos,
    }
    return render(request, "calls/behalf/new.html", context, status=status)


@require_safe
@allow(staff)
def slip(request: HttpRequest, pk: int) -> HttpResponse:
    """What the resident takes along: the number and the code of their page. Only for whoever wrote it down, for a day."""
    call = get_object_or_404(Call.objects.filter(written_by_id=request.actor.id).select_related("place"), pk=pk)
    if timezone.now() - call.raised_at > SLIP_FOR:
        raise Http404
    address = settings.BASE_URL + reverse("call-follow", args=[call.secret])
    context = {
        "call": call,
        "where": standing(call.place),
        "address": address,
        "code": qr_svg(address),
        "spoken": settings.LANGUAGE_CODE,
        "phone": phone_for(call.place),
        "new": "new" in request.GET,
        "danger": rules.emergency_number(call.text),
        "photos_refused": photos.refusals_in(request),
    }
    response = render(request, "calls/behalf/slip.html", context)
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response

"""The page behind a QR code: three taps from the code to 'received', without an account."""

import structlog
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from huying.calls.catalogue import categories
from huying.calls.intake import Intake, take_in
from huying.calls.resident_forms import CHIPS, RaiseForm, new_key
from huying.calls.whereabouts import neighbours, phone_for, standing, successors
from huying.kernel import links
from huying.kernel.errors import BadInput
from huying.kernel.gate import allow, anyone
from huying.kernel.scopes import ANONYMOUS
from huying.places.models import Place
from huying.places.rules import tag_from

log = structlog.get_logger("huying.calls")

# What is carried along when the place is corrected; photos cannot be.
CARRIED = ("text", "category", "name", "phone", "private", "key", "same")


# Exempt from the CSRF token: nobody is logged in on this page and the form acts for nobody, so there is no authority
# that another site could borrow; without the token it needs no cookie and can lie open in a phone for days.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@allow(anyone)
def page(request: HttpRequest, tag: str) -> HttpResponse:
    """Raise a call at the place of a QR code."""
    place = place_of(tag)
    if place is None:
        return render(request, "calls/resident/no_place.html", {"phone": phone_for_nowhere()}, status=404)
    if not place.is_current():
        return ended(request, place)
    if request.method != "POST":
        first = {"key": new_key(), "same": request.GET.get("same", "")}
        return show(request, place, RaiseForm(initial=first))
    todo = request.POST.get("do", "")
    if todo == "where":
        return choose_place(request, place)
    if todo == "stay":
        return show(request, place, RaiseForm(request.POST))
    form = RaiseForm(request.POST, request.FILES)
    form.is_valid()
    given = form.cleaned_data
    try:
        number, _new = take_in(
            Intake(
                place=place,
                text=given["text"],
                key=given["key"],
                channel="qr",
                name=given["name"],
                phone=given["phone"],
                category=given["category"],
                private=bool(given["private"]),
            ),
            by=ANONYMOUS,
        )
    except BadInput as refusal:
        form.refuse(refusal)
        return show(request, place, form, status=422)
    return HttpResponseRedirect(reverse("call-follow", args=[links.make("call", number)]) + "?new=1", status=303)


def place_of(tag: str) -> Place | None:
    """The place of a tag as it stands on a poster, or as somebody typed it."""
    known = tag_from(tag)
    return Place.objects.filter(tag=known).first() if known else None


def show(request: HttpRequest, place: Place, form: RaiseForm, *, status: int = 200, **more) -> HttpResponse:
    """The page itself, with the form as it is."""
    kinds = list(categories().values())
    context = {
        "form": form,
        "where": standing(place),
        "first_kinds": kinds[:CHIPS],
        "other_kinds": kinds[CHIPS:],
        "chosen": form["category"].value() or "",
        "phone": phone_for(place),
        **more,
    }
    return render(request, "calls/resident/raise.html", context, status=status)


@require_http_methods(["GET", "HEAD"])
@allow(anyone)
def where(request: HttpRequest, tag: str) -> HttpResponse:
    """The other buildings and entrances of the compound."""
    place = place_of(tag)
    if place is None:
        return render(request, "calls/resident/no_place.html", {"phone": phone_for_nowhere()}, status=404)
    return choose_place(request, place)


def choose_place(request: HttpRequest, place: Place) -> HttpResponse:
    """Pick another place; what was typed goes along."""
    here = standing(place)
    context = {
        "where": here,
        "groups": grouped(neighbours(here.scope)),
        "carried": carried(request),
        "had_photos": bool(request.FILES),
    }
    return render(request, "calls/resident/where.html", context)


def ended(request: HttpRequest, place: Place) -> HttpResponse:
    """The place is no more: say so, and lead to what took over. What was typed goes along."""
    context = {
        "where": standing(place),
        "successors": [standing(one) for one in successors(place) if one.tag],
        "carried": carried(request),
        "phone": phone_for(place),
    }
    return render(request, "calls/resident/ended.html", context, status=410)


def carried(request: HttpRequest) -> list[tuple[str, str]]:
    """What was typed so far, to be sent along with the next choice."""
    return [(name, request.POST[name]) for name in CARRIED if request.POST.get(name)]


def grouped(places: list[Place]) -> list[tuple[Place, list[Place]]]:
    """Buildings with their entrances below them; what stands alone comes with an empty list."""
    groups: dict[int, tuple[Place, list[Place]]] = {}
    for place in places:
        if place.parent_id in groups and place.kind == "entrance":
            groups[place.parent_id][1].append(place)
        else:
            groups[place.pk] = (place, [])
    return list(groups.values())


def phone_for_nowhere() -> str:
    """The number to ring when not even the place is known."""
    return phone_for(Place(path=""))

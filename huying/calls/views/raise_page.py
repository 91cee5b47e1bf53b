"""The page behind a QR code: three taps from the code to 'received', without an account."""

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from huying.calls import actions, alike, flood, photos
from huying.calls.catalogue import categories
from huying.calls.forms.resident import CHIPS, RaiseForm
from huying.calls.intake import Intake, take_in
from huying.calls.models import Call
from huying.calls.whereabouts import neighbours, phone_for, standing, successors, tagged
from huying.kernel import links
from huying.kernel.errors import BadInput
from huying.kernel.forms import new_key
from huying.kernel.gate import allow, anyone
from huying.kernel.scopes import ANONYMOUS, link_holder
from huying.places.models import Place
from huying.places.rules import tag_from

# What is carried along when the place is corrected; photos cannot be.
CARRIED = ("text", "category", "name", "phone", "private", "key", "same")


# Exempt from the CSRF token: nobody is logged in on this page and the form acts for nobody, so there is no authority
# that another site could borrow; without the token it needs no cookie and can lie open in a phone for days.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@allow(anyone)
def page(request: HttpRequest, tag: str) -> HttpResponse:
    """Raise a call at the place of a QR code."""
    quota = photos.watch(request) if request.content_type == "multipart/form-data" else None
    place = place_of(tag)
    if place is None:
        return no_place(request)
    if not place.is_current():
        return ended(request, place)
    if request.method != "POST":
        first = first_words(request)
        return show(request, place, RaiseForm(initial=first), hold=flood.foreseen(request, place.pk, first["key"]))
    try:
        todo = request.POST.get("do", "")
    except (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent, MultiPartParserError):
        # What cannot even be read is still in the browser's own draft of this form.
        return show(request, place, RaiseForm(initial={"key": new_key()}), status=413, unread=True)
    if todo == "where":
        return choose_place(request, place)
    if todo == "stay":
        return show(request, place, RaiseForm(request.POST))
    return take(request, place, quota.dropped if quota else {})


def take(request: HttpRequest, place: Place, dropped: dict[int, str]) -> HttpResponse:
    """Take the call in, then what came with it: a photo that cannot be read costs the photo, never the call.

    The busiest write of all: a form is only built when it has to be shown again.
    """
    given = request.POST
    key = key_of(given.get("key", ""))
    hold = flood.held(request, place.pk, key, suspicious=bool(given.get("website")))
    if hold is not None:
        return held(request, place, key, hold)
    intake = Intake(
        place=place,
        text=given.get("text", ""),
        key=key,
        channel="qr",
        name=given.get("name", ""),
        phone=given.get("phone", ""),
        category=given.get("category", ""),
        private=bool(given.get("private")),
    )
    try:
        number, new = take_in(intake, by=ANONYMOUS)
    except BadInput as refusal:
        form = RaiseForm(given, request.FILES)
        form.refuse(refusal)
        hold = flood.foreseen(request, place.pk, key)
        return show(request, place, form, status=422, hold=hold, had_photos=bool(request.FILES or dropped))
    told = "?new=1"
    if request.FILES or dropped:
        good, refused = photos.read_all(request.FILES.getlist("photos"), dropped)
        photos.attach(number, good, by=link_holder("call", number))
        told += "".join(f"&photo={position + 1}.{code}" for position, code in sorted(refused.items()))
    if new and given.get("same"):
        same_as(number, given["same"])
    where_to = reverse("call-follow", args=[links.make("call", number)])
    return HttpResponseRedirect(where_to + told, status=303)


def key_of(given: str) -> str:
    """The form's key; a new one when it was lost on the way, so that nobody has to begin again."""
    return given if 8 <= len(given) <= 64 and given.isascii() and given.isprintable() else new_key()


def held(request: HttpRequest, place: Place, key: str, hold: flood.Hold) -> HttpResponse:
    """Too much came at once: the form again, with all that was typed and what opens the way."""
    kept = request.POST.copy()
    # A program that fills in everything fills in the hidden field too; somebody's browser may, and gets through all the same.
    kept["website"], kept["key"] = "", key
    form = RaiseForm(kept)
    response = show(request, place, form, status=429, hold=hold, held=True, had_photos=bool(request.FILES))
    response["Retry-After"] = str(hold.seconds)
    return response


def same_as(number: int, other: str) -> None:
    """Note that the caller means the same matter as a public call; whoever accepts decides on merging."""
    if not other.isdigit() or len(other) > 12:
        return
    call = Call.objects.select_related("place").get(pk=number)
    twin = Call.objects.public().within(standing(call.place).scope).filter(pk=int(other)).first()
    if twin is not None:
        words = _("和 %(number)s 号是同一件事。") % {"number": twin.number}
        actions.add_words(call, words, by=link_holder("call", number), key=f"same-{number}")


def first_words(request: HttpRequest) -> dict:
    """What a fresh form begins with: a key, and what somebody agrees with who comes from a public call."""
    first = {"key": new_key()}
    same = request.GET.get("same", "")
    if same.isdigit() and len(same) <= 12:
        twin = Call.objects.public().open().filter(pk=int(same)).first()
        if twin is not None:
            first |= {"same": str(twin.pk), "text": _("我也遇到了：%(text)s") % {"text": twin.public_text}}
    return first


def place_of(tag: str) -> Place | None:
    """The place of a tag as it stands on a poster, or as somebody typed it."""
    known = tag_from(tag)
    return tagged(known) if known else None


def show(request: HttpRequest, place: Place, form: RaiseForm, *, status: int = 200, **more) -> HttpResponse:
    """The page itself, with the form as it is."""
    kinds, chosen = list(categories().values()), form["category"].value() or ""
    context = {
        "form": form,
        "where": standing(place),
        "first_kinds": kinds[:CHIPS],
        "other_kinds": kinds[CHIPS:],
        "chosen": chosen,
        "chose_other": chosen in [kind.code for kind in kinds[CHIPS:]],
        "left_name": bool(form["name"].value() or form["phone"].value()),
        "phone": phone_for(place),
        **more,
    }
    return render(request, "calls/resident/raise.html", context, status=status)


@csrf_exempt
@require_POST
@allow(anyone)
def looks_alike(request: HttpRequest, tag: str) -> HttpResponse:
    """The fragment under the words: open public calls of the neighbourhood that may be the same matter."""
    place = place_of(tag)
    found = []
    if place is not None and not flood.too_many_hints(request):
        text = request.POST.get("text", "")[:500]
        found = alike.find(standing(place).scope, text, category=request.POST.get("category", ""))
    return render(request, "calls/resident/raise.html#alike", {"found": found, "same": request.POST.get("same", "")})


@require_http_methods(["GET", "HEAD"])
@allow(anyone)
def where(request: HttpRequest, tag: str) -> HttpResponse:
    """The other buildings and entrances of the compound."""
    place = place_of(tag)
    return no_place(request) if place is None else choose_place(request, place)


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


def no_place(request: HttpRequest) -> HttpResponse:
    """No place has this code."""
    return render(request, "calls/resident/no_place.html", {"phone": phone_for(Place(path=""))}, status=404)


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

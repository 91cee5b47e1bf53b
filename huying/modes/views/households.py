"""Households that need help first: numbers, the list when it may be opened, writing down, taking back; a household's own page."""

import datetime as dt

import segno
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huying.kernel import links
from huying.kernel.errors import BadInput, Forbidden, Refusal
from huying.kernel.forms import new_key
from huying.kernel.gate import allow, anyone, unseen
from huying.kernel.scopes import Actor, link_holder
from huying.modes import banner, households
from huying.modes.forms import HouseholdForm, OpenForm
from huying.modes.models import PriorityHousehold
from huying.modes.queries import mode_of
from huying.modes.views.common import MOST_CHOICES, by_id, choices, full_names, in_order, staff
from huying.people.models import ROLE_NAMES
from huying.people.rules import STAFF_ROLES
from huying.places.models import Place

# Nothing of a list stays in the browser. (Not `unseen`: without a referrer the browser's forms would prove no origin.)
unkept = cache_control(private=True, no_store=True)


def concerned(request: HttpRequest) -> bool:
    """Whoever writes down or keeps the lists of any place."""
    roles = {*households.rule()["writers"], *households.rule()["keepers"], *households.rule()["helpers"]}
    return any(post.role in roles for post in request.actor.posts)


def _own(actor: Actor, roles) -> list[Place]:
    """The places of the actor's posts of some roles."""
    held = {post.place_id for post in actor.posts if post.role in roles}
    return in_order(Place.objects.current().filter(pk__in=held))


def _lists(actor: Actor) -> list[Place]:
    """The places whose list the actor may open now: always those that they keep, others while an emergency opens them."""
    rule = households.rule()
    readable = [*_own(actor, rule["keepers"])]
    helping = [one for one in _own(actor, rule["helpers"]) if one not in readable]
    seen = PriorityHousehold.objects.current().visible_to(actor)
    readable += [one for one in helping if seen.within(one.path).exists()]
    below = Place.objects.current().filter(parent__in=[p.pk for p in readable], kind="compound")[:MOST_CHOICES]
    return in_order({place.pk: place for place in [*readable, *below]}.values())


@require_safe
@allow(staff)
@unkept
def index(request: HttpRequest) -> HttpResponse:
    """How many there are, nothing of whom; and the way to the list for those who may read it now."""
    return _index(request, None)


def _index(request, form: OpenForm | None, *, status: int = 200) -> HttpResponse:
    actor = request.actor
    own = _own(actor, STAFF_ROLES)
    lists = _lists(actor)
    # Building heads and compound secretaries are told numbers in an emergency only: of one door a number says who.
    shown = [place for place in own if place.kind in ("community", "street", "district", "city")]
    counts = households.counts(place.path for place in shown)
    form = form or (OpenForm(initial={"place": str(lists[0].pk)}) if lists else None)
    if form is not None:
        form.fields["place"].widget.choices = choices(lists)
    context = {
        "rows": [(place, counts[place.path]) for place in shown],
        "form": form,
        "peace": any(mode_of(place.path) is None for place in lists),
        "may_write": any(post.role in households.rule()["writers"] for post in actor.posts),
        "modes": banner.of(actor),
    }
    return render(request, "modes/households.html", context, status=status)


@require_POST
@allow(concerned)
@unkept
def opened(request: HttpRequest) -> HttpResponse:
    """The list itself, shown on this answer only; each household is told who read of it."""
    form = OpenForm(request.POST)
    form.is_valid()
    lists = _lists(request.actor)
    place = by_id(lists, form.cleaned_data.get("place", ""))
    if place is None and not form.cleaned_data.get("place") and lists:
        form.refuse(BadInput(_("请选哪里的名单。"), fields={"place": _("请选哪里的名单。")}))
        return _index(request, form, status=422)
    if place is None:
        raise Forbidden(_("现在是平时，或者这一级的应急不打开名单，您看不到这里的重点户。"))
    try:
        rows = households.open_list(place, by=request.actor, reason=form.cleaned_data["reason"])
    except Forbidden:
        raise
    except Refusal as refusal:
        form.refuse(refusal)
        return _index(request, form, status=refusal.status)
    names = dict(full_names([row.household.place for row in rows]))
    context = {
        "place": place,
        "rows": [(row, names[str(row.household.place_id)]) for row in rows],
        "mode": mode_of(place.path),
        "now": timezone.now(),
    }
    return render(request, "modes/opened.html", context)


def writable(actor: Actor) -> list[Place]:
    """Buildings and entrances where the actor writes households down."""
    reach = actor.paths(households.rule()["writers"])
    found = Place.objects.current().filter(path__within_any=reach, kind__in=("building", "entrance"))
    return in_order(found.only("id", "path", "name", "short_name", "kind")[: MOST_CHOICES * 2])


@require_http_methods(["GET", "HEAD", "POST"])
@allow(concerned)
@unkept
def add(request: HttpRequest) -> HttpResponse:
    """Write a household down with its consent."""
    places = writable(request.actor)
    mode = next((one for one in banner.of(request.actor) if not one.is_drill), None)
    months = households.rule()["default_months"]
    first = {"until": timezone.localdate() + dt.timedelta(days=30 * months)}
    if len(places) == 1:
        first["place"] = str(places[0].pk)
    data = request.POST if request.method == "POST" else None
    named = [("", _("请选")), *full_names(places)]
    form = HouseholdForm(data, places=named, needs=households.needs(), mode=mode, initial=first)
    if data is None:
        return render(request, "modes/household_new.html", {"form": form})
    form.is_valid()
    given = {name: form.cleaned_data.get(name) for name in ("needs", "words", "name", "phone", "how", "until", "key")}
    try:
        if form.errors:
            return render(request, "modes/household_new.html", {"form": form}, status=422)
        household = households.add(
            households.Given(
                place=by_id(places, form.cleaned_data["place"]),
                drills=bool(form.cleaned_data.get("drills")),
                only_now=bool(form.cleaned_data.get("only_now")),
                **given | {"key": given["key"] or new_key()},
            ),
            by=request.actor,
        )
    except Forbidden:
        raise
    except Refusal as refusal:
        form.refuse(refusal)
        return render(request, "modes/household_new.html", {"form": form}, status=refusal.status)
    messages.success(request, _("登记好了。请把这一页打印或者拍给这一户：随时能看、能收回。"))
    return redirect("modes:own", household.secret)


@require_POST
@allow(concerned)
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """A household told its keeper that it no longer agrees."""
    seen = PriorityHousehold.objects.visible_to(request.actor)
    household = get_object_or_404(seen, pk=pk)
    households.withdraw(household, by=request.actor)
    messages.success(request, _("已经按这一户的意思删掉了，什么都没有留。"))
    return redirect("modes:households")


def _by_secret(secret: str) -> PriorityHousehold:
    pk = links.read("household", secret)
    found = (
        PriorityHousehold.objects.current().filter(pk=pk).select_related("place", "community", "recorded_by").first()
    )
    if found is None:
        raise Http404
    return found


@require_safe
@allow(anyone)
@unseen
def own(request: HttpRequest, secret: str) -> HttpResponse:
    """A household's own page: what is held, until when, who looked and when, and taking it back."""
    household = _by_secret(secret)
    looks = household.looks.select_related("by", "mode").order_by("-id")[:100]
    address = settings.BASE_URL + reverse("modes:own", args=[secret])
    code = segno.make_qr(address, error="q").svg_inline(border=2, omitsize=True, dark="#000", light="#fff")
    context = {
        "household": household,
        "held": households.own_page(household),
        "where": dict(full_names([household.place]))[str(household.place_id)],
        "looks": [(look, ROLE_NAMES[look.role]) for look in looks],
        "address": address,
        "code": mark_safe(code),  # noqa: S308 (our own SVG)
        "secret": secret,
        "place": household.place,
    }
    return render(request, "modes/own.html", context)


@csrf_exempt  # whoever holds the secret link may; there is no session to abuse
@require_POST
@allow(anyone)
@unseen
def take_back(request: HttpRequest, secret: str) -> HttpResponse:
    """The household takes its consent back: gone at once."""
    household = _by_secret(secret)
    households.withdraw(household, by=link_holder("household", household.pk))
    return render(request, "modes/gone.html")

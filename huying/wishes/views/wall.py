"""The wall as a list, a leaf on it, and taking a wish on: for everybody, and for those who give."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from huying.directory.queries import may_give
from huying.kernel.errors import BadInput, Refusal
from huying.kernel.gate import allow, anyone, logged_in
from huying.places.models import Place
from huying.places.rules import tag_from
from huying.wishes import rules
from huying.wishes.actions import Gone
from huying.wishes.actions.claim import is_own
from huying.wishes.choices import Kind
from huying.wishes.forms.steps import GiveForm
from huying.wishes.models import Claim, Share, Wish
from huying.wishes.queries import (
    claimable,
    farness,
    holds_claim,
    home_paths,
    others_instead,
    shown_names,
    where_shown,
)
from huying.wishes.views.common import private, rows, staff
from huying.wishes.workflow import WISH

A_PAGE = 60
MOST_OPEN = 200
GROUPS = (
    ("open", gettext_lazy("等人认领")),
    ("held", gettext_lazy("有人在办")),
    ("true", gettext_lazy("实现了")),
)
IN = {"open": (rules.PUBLISHED,), "held": rules.HELD, "true": (rules.CONFIRMED, rules.CLOSED)}


def place_of(name: str) -> Place:
    """A place by its tag or its division code; 404 when there is none."""
    tag = tag_from(name)
    place = Place.objects.filter(tag=tag).first() if tag else None
    if place is None and name.isdigit():
        place = Place.objects.current().filter(code=name).first()
    if place is None or place.kind == "household":
        raise Http404
    return place


@require_safe
@allow(anyone)
def at(request: HttpRequest, tag: str) -> HttpResponse:
    """The wishes of a place as a list that everybody can read."""
    place = place_of(tag)
    kind = request.GET.get("kind", "")
    wishes = Wish.objects.public().within(place.path)
    if kind in rules.KINDS:
        wishes = wishes.filter(kind=kind)
    else:
        kind = ""
    page = request.GET.get("page", "1")
    first = (int(page) - 1) * A_PAGE if page.isdigit() and 1 <= int(page) <= 500 else 0
    found = list(wishes.order_by("-slot", "-pk")[first : first + A_PAGE + 1])
    lines = rows(found[:A_PAGE], lambda wish: reverse("wish-leaf", args=[wish.pk]))
    groups = [
        {"key": key, "label": label, "rows": [line for line in lines if line.wish.state in IN[key]]}
        for key, label in GROUPS
    ]
    query = f"kind={kind}&" if kind else ""
    number = first // A_PAGE + 1
    context = {
        "place": place,
        "groups": [group for group in groups if group["rows"]],
        "kinds": [{"code": code, "label": label, "current": code == kind} for code, label in Kind.choices],
        "kind": kind,
        "earlier": f"?{query}page={number + 1}" if len(found) > A_PAGE else "",
        "later": f"?{query}page={number - 1}" if number > 1 else "",
    }
    return render(request, "wishes/wall/at.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(anyone)
def leaf(request: HttpRequest, pk: int) -> HttpResponse:
    """One wish as everybody reads it; whoever may give takes it on here."""
    wish = get_object_or_404(Wish.objects.public().select_related("place", "community"), pk=pk)
    actor = request.actor
    if request.method != "POST":
        return _leaf(request, wish)
    if not actor.is_person:
        return redirect(f"{reverse('account_login')}?next={reverse('wish-leaf', args=[pk])}")
    step = "join" if request.POST.get("do") == "join" else "claim"
    form = GiveForm(request.POST, wish=wish, actor=actor, step=step)
    form.is_valid()
    try:
        form.act()
    except BadInput as refusal:
        form.refuse(refusal)
        return _leaf(request, wish, form=form, status=422)
    except Refusal as refusal:
        wish.refresh_from_db()
        return _leaf(request, wish, refusal=refusal, status=refusal.status)
    if step == "join":
        return redirect(reverse("wish-mine") + "?joined=1")
    return redirect("wish-detail", pk=pk)


def _leaf(request, wish: Wish, *, form=None, refusal=None, status: int = 200) -> HttpResponse:
    actor = request.actor
    mine = holds_claim(actor, wish)
    step = next((name for name in ("claim", "join") if actor.is_person and _offers(name, wish, actor)), "")
    if form is None and step and not mine:
        form = GiveForm(wish=wish, actor=actor, step=step)
    others = []
    if isinstance(refusal, Gone) or (refusal is None and not step and not mine and wish.state not in rules.ENDED):
        others = others_instead(wish, actor)
    names = shown_names([wish.path])
    context = {
        "wish": wish,
        "where": where_shown(wish.path, names),
        "form": form if step and not mine else None,
        "step": step,
        "mine": mine,
        "own": is_own(wish, actor),
        "may_give": may_give(actor),
        "early": wish.open_at if step == "claim" and claimable(actor).filter(pk=wish.pk).first() is None else None,
        "refusal": refusal,
        "others": rows(others, lambda one: reverse("wish-leaf", args=[one.pk])),
        "gone": isinstance(refusal, Gone),
        "giver": _giver(wish),
        "joined": actor.is_person
        and Share.objects.filter(claim__wish=wish, claim__ended_at=None, person_id=actor.id).exists(),
    }
    return render(request, "wishes/wall/leaf.html", context, status=status)


def _offers(name: str, wish: Wish, actor) -> bool:
    step = WISH[name]
    return wish.state in step.sources and step.when(wish) and step.may(actor, wish)


def _giver(wish: Wish) -> str:
    """Which unit has it, or that somebody has: a person who gives is not put on show."""
    claim = wish.claims.select_related("unit").order_by("-id").first()
    if claim is None or claim.how_ended in ("released", "lapsed", "not_right", "taken_down"):
        return ""
    return claim.unit.name if claim.unit else _("一位好心人")


@require_safe
@allow(logged_in)
@private
def open_list(request: HttpRequest) -> HttpResponse:
    """The wishes that the reader could take on, the nearest first."""
    actor = request.actor
    kind = request.GET.get("kind", "")
    homes = home_paths(actor)
    wishes = claimable(actor).select_related("place")
    if homes:
        # As far as the city around: nobody brings a fan from another one.
        wishes = wishes.filter(path__within_any=sorted({".".join(path.split(".")[:2]) for path in homes}))
    if kind in rules.KINDS:
        wishes = wishes.filter(kind=kind)
    else:
        kind = ""
    found = sorted(
        wishes.order_by("offered_at")[:MOST_OPEN], key=lambda one: (farness(one.path, homes), one.offered_at)
    )
    lines = rows(found[:A_PAGE], lambda wish: reverse("wish-leaf", args=[wish.pk]))
    context = {
        "rows": lines,
        "kinds": [{"code": code, "label": label, "current": code == kind} for code, label in Kind.choices],
        "kind": kind,
        "may_give": may_give(actor),
        "tab": "open",
        "desk": staff(request),
    }
    return render(request, "wishes/wall/open.html", context)


@require_safe
@allow(logged_in)
@private
def mine(request: HttpRequest) -> HttpResponse:
    """What the reader, or a unit of theirs, has taken on."""
    actor = request.actor
    claims = list(
        Claim.objects.of(actor).select_related("wish", "wish__place", "unit", "person").order_by("-id")[:A_PAGE]
    )
    shares = list(
        Share.objects.filter(person_id=actor.id)
        .select_related("claim__wish", "claim__unit", "claim__person", "unit")
        .order_by("-id")[:A_PAGE]
    )
    held = [one for one in claims if one.ended_at is None]
    past = [one for one in claims if one.ended_at is not None]
    by_wish = {one.wish_id: one for one in held}
    context = {
        "held": rows(
            [one.wish for one in held],
            lambda wish: reverse("wish-detail", args=[wish.pk]),
            lambda wish: [(by_wish[wish.pk].unit.name, "building")] if by_wish[wish.pk].unit else [],
        ),
        "past": past,
        "shares": shares,
        "joined": "joined" in request.GET,
        "tab": "mine",
        "desk": staff(request),
    }
    return render(request, "wishes/wall/mine.html", context)

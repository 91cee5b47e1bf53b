"""Numbers on the day, without a log-in: take one, wait, help at the entrance or at a lane, the screen on the wall."""

import functools
import time

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huying.callouts import site_rules
from huying.callouts.actions import site_queue as queues
from huying.callouts.forms.sites import BackForm, TakeForm
from huying.callouts.live_sites import queue_topic
from huying.callouts.models import SiteQueue, Slip
from huying.callouts.models.sites import LANES_APART
from huying.callouts.queries_sites import Standing, lane_slip, missed, standing
from huying.callouts.site_catalogue import numbers
from huying.kernel import links
from huying.kernel.errors import BadInput, Refusal, StepRefused
from huying.kernel.forms import new_key
from huying.kernel.gate import allow, anyone, unseen
from huying.kernel.live import LiveResponse
from huying.kernel.qr import qr
from huying.kernel.rate import Limiter
from huying.kernel.scopes import Actor, link_holder
from huying.people.accounts import client_address

COOKIE_SECONDS = 12 * 3600
# Seconds between two messages to a screen, and to the phones of those who wait: hundreds of them look at every call.
SCREEN_GAP, PHONE_GAP = 1.0, 6.0
NEXT_SHOWN, WALL_NEXT = 4, 8


@functools.cache
def _flood() -> Limiter:
    policy = numbers()["queue"]
    return Limiter(policy["per_address_minute"], policy["per_address_burst"])


def forget() -> None:
    """Begin anew, as after a restart; for tests."""
    _flood.cache_clear()


def _found(purpose: str, secret: str) -> int:
    number = links.read(purpose, secret)
    if number is None:
        raise Http404
    return number


def _queue(pk: int) -> SiteQueue:
    queue = SiteQueue.objects.select_related("place").filter(pk=pk).first()
    if queue is None:
        raise Http404
    return queue


def _helper(queue: SiteQueue) -> Actor:
    """Whoever holds a link of the entrance or of a lane."""
    return link_holder("sitequeue", queue.pk)


# What many phones ask for at the same moment is read once: how a queue stands, until it moves on or a moment has passed.
_lately: dict[int, tuple[tuple, float, Standing]] = {}
_FRESH, _KEPT = 2.0, 200


def _standing(queue: SiteQueue) -> Standing:
    key = (queue.version, queue.taken, queue.calls)
    known = _lately.get(queue.pk)
    if known and known[0] == key and time.monotonic() - known[1] < _FRESH:
        return known[2]
    found = standing(queue)
    if len(_lately) > _KEPT:
        _lately.clear()
    _lately[queue.pk] = (key, time.monotonic(), found)
    return found


# --- taking a number --------------------------------------------------------------------------------------------


# Exempt from the CSRF token: the form acts for nobody but whoever fills it in, and lies open in a phone for hours.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@allow(anyone)
@unseen
def take(request: HttpRequest, secret: str) -> HttpResponse:
    """Take a number: no name, no phone, one tap."""
    queue = _queue(_found("site-queue", secret))
    if request.method != "POST":
        return _take_page(request, queue, TakeForm(initial={"key": new_key()}))
    form = TakeForm(request.POST)
    form.is_valid()
    if _flood().take(client_address(request)):
        return _take_page(request, queue, form, status=429, held=True)
    # Once, so that the key's own words are not needed: an old page without one gets a fresh key.
    key = form.cleaned_data.get("key") or new_key()
    try:
        slip = queues.take_number(
            queue, key=key, first=form.cleaned_data["first"], by=link_holder("site-queue", queue.pk)
        )
    except BadInput:
        return _take_page(request, queue, TakeForm(initial={"key": new_key()}), status=422)
    except StepRefused as refusal:
        return _take_page(request, queue, form, status=refusal.status, refusal=refusal)
    response = redirect("site-slip", slip.secret)
    response.set_cookie(
        _cookie(queue), slip.secret, max_age=COOKIE_SECONDS, httponly=True, samesite="Lax", secure=request.is_secure()
    )
    return response


def _cookie(queue: SiteQueue) -> str:
    return f"slip-{queue.pk}"


def _take_page(request, queue: SiteQueue, form, *, status=200, held=False, refusal=None) -> HttpResponse:
    own = links.read("slip", request.COOKIES.get(_cookie(queue), ""))
    mine = queue.slips.filter(pk=own, state__in=(site_rules.WAITING, site_rules.CALLED)).first() if own else None
    context = {
        "queue": queue,
        "now": _standing(queue),
        "form": form,
        "held": held,
        "refusal": refusal,
        "mine": mine,
        "open": queue.state == site_rules.OPEN,
    }
    return render(request, "callouts/sites/take.html", context, status=status)


# --- waiting ----------------------------------------------------------------------------------------------------


def _slip(secret: str) -> Slip:
    found = Slip.objects.select_related("queue__place").filter(pk=_found("slip", secret)).first()
    if found is None:
        raise Http404
    return found


@require_safe
@allow(anyone)
@unseen
def slip(request: HttpRequest, secret: str) -> HttpResponse:
    """One's number: how many are before it and about how long, or to which lane."""
    return _slip_page(request, _slip(secret))


def _slip_page(request, own: Slip, *, refusal: Refusal | None = None) -> HttpResponse:
    queue = own.queue
    now = _standing(queue)
    ahead = now.ahead_of(own.number) if own.state == site_rules.WAITING else None
    if ahead is None and own.state == site_rules.WAITING:
        ahead = standing(queue).ahead_of(own.number)
    context = {
        "slip": own,
        "queue": queue,
        "now": now,
        "ahead": ahead,
        "minutes": now.about(ahead + 1) if ahead is not None else 0,
        "open": queue.state == site_rules.OPEN,
        "refusal": refusal,
    }
    template = "callouts/sites/slip.html"
    if request.htmx and request.htmx.target == "slip":
        template += "#slip"
    return render(request, template, context, status=refusal.status if refusal else 200)


@csrf_exempt
@require_POST
@allow(anyone)
@unseen
def leave(request: HttpRequest, secret: str) -> HttpResponse:
    """Wait no longer."""
    own = _slip(secret)
    try:
        queues.give_up(own, by=link_holder("slip", own.pk))
    except StepRefused as refusal:
        own.refresh_from_db()
        return _slip_page(request, own, refusal=refusal)
    return redirect("site-slip", secret)


# --- the entrance -----------------------------------------------------------------------------------------------


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@allow(anyone)
@unseen
def desk(request: HttpRequest, secret: str) -> HttpResponse:
    """The helper at the entrance: a number for whoever has no phone, and those who missed theirs."""
    queue = _queue(_found("site-desk", secret))
    if request.method != "POST":
        return _desk_page(request, queue, secret)
    try:
        if request.POST.get("do") == "back":
            form = BackForm(request.POST)
            if not form.is_valid():
                return _desk_page(request, queue, secret, back=form, status=422)
            queues.come_back(queue, form.cleaned_data["number"], by=_helper(queue))
            messages.success(request, _("%(n)d 号排回去了，很快会再叫。") % {"n": form.cleaned_data["number"]})
            return redirect("site-desk", secret)
        key = request.POST.get("key") or new_key()
        given = queues.take_number(
            queue, key=key, first=request.POST.get("first") == "1", by=_helper(queue), by_helper=True
        )
    except (BadInput, StepRefused) as refusal:
        return _desk_page(request, queue, secret, refusal=refusal, status=refusal.status)
    return redirect(reverse("site-desk", args=[secret]) + f"?given={given.number}")


def _desk_page(request, queue, secret, *, back=None, refusal=None, status=200) -> HttpResponse:
    given = request.GET.get("given", "")
    number = int(given) if given.isascii() and given.isdigit() and len(given) < 8 else 0
    context = {
        "queue": queue,
        "secret": secret,
        "now": _standing(queue),
        "given": queue.slips.filter(number=number).first() if number else None,
        "key": new_key(),
        "back": back or BackForm(),
        "missed": missed(queue),
        "refusal": refusal,
        "open": queue.state == site_rules.OPEN,
    }
    return render(request, "callouts/sites/desk.html", context, status=status)


@require_safe
@allow(anyone)
@unseen
def paper(request: HttpRequest, secret: str, number: int) -> HttpResponse:
    """A number on paper, with a code by which a relative can follow it."""
    queue = _queue(_found("site-desk", secret))
    own = queue.slips.filter(number=number).first()
    if own is None:
        raise Http404
    context = {
        "queue": queue,
        "slip": own,
        "secret": secret,
        "code": qr(settings.BASE_URL + reverse("site-slip", args=[own.secret])),
        "spoken": settings.LANGUAGE_CODE,
    }
    return render(request, "callouts/sites/paper.html", context)


# --- a lane -----------------------------------------------------------------------------------------------------


def _lane(secret: str) -> tuple[SiteQueue, int]:
    pk, number = divmod(_found("site-lane", secret), LANES_APART)
    return _queue(pk), number


@require_safe
@allow(anyone)
@unseen
def lane(request: HttpRequest, secret: str) -> HttpResponse:
    """The screen of a lane: whom it has, who is next, one large button."""
    queue, number = _lane(secret)
    return _lane_page(request, queue, number, secret)


def _lane_page(request, queue, number, secret, *, refusal=None, back=None, focus="", status=200) -> HttpResponse:
    current = lane_slip(queue, number)
    now = standing(queue)
    context = {
        "queue": queue,
        "lane": number,
        "secret": secret,
        "current": current,
        "now": now,
        "next": [(one, one in _first_numbers(queue, now)) for one in now.upcoming[:NEXT_SHOWN]],
        "missed": missed(queue, 8),
        "refusal": refusal,
        "back": back or BackForm(),
        "focus": focus,
        "open": queue.state == site_rules.OPEN,
        "shut": number > queue.lanes,
    }
    template = "callouts/sites/lane.html"
    if request.htmx and request.htmx.target == "lane":
        template += "#lane"
    return render(request, template, context, status=status)


def _first_numbers(queue: SiteQueue, now: Standing) -> set[int]:
    shown = now.upcoming[: max(NEXT_SHOWN, WALL_NEXT)]
    return set(queue.slips.filter(number__in=shown, first=True).values_list("number", flat=True))


@csrf_exempt
@require_POST
@allow(anyone)
@unseen
def lane_do(request: HttpRequest, secret: str, step: str) -> HttpResponse:
    """Next, not there, done, taken back: what was seen decides, so that a second tap does nothing."""
    queue, number = _lane(secret)
    by = _helper(queue)
    text = request.POST.get("seen", "")
    seen = int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0
    refusal, back = None, None
    try:
        if step in ("next", "missed"):
            queues.call_next(queue, number, seen=seen, by=by, missed=step == "missed")
        elif step == "finish":
            queues.finish(queue, number, seen=seen, by=by)
        elif step == "undo":
            queues.take_back(queue, number, seen=seen, by=by)
        elif step == "back":
            back = BackForm(request.POST)
            if not back.is_valid():
                raise BadInput(str(back.errors["number"][0]))
            queues.come_back(queue, back.cleaned_data["number"], by=by)
            back = None
        else:
            raise Http404
    except (BadInput, StepRefused) as error:
        refusal = error
    queue.refresh_from_db()
    if refusal is None and not request.htmx:
        return redirect("site-lane", secret)
    status = refusal.status if refusal else 200
    return _lane_page(request, queue, number, secret, refusal=refusal, back=back, focus=step, status=status)


# --- the wall ---------------------------------------------------------------------------------------------------


@require_safe
@allow(anyone)
@unseen
def wall(request: HttpRequest, secret: str) -> HttpResponse:
    """The screen on the wall: lanes and numbers, who is next, about how long. No names anywhere."""
    queue = _queue(_found("site-queue", secret))
    now = _standing(queue)
    first = _first_numbers(queue, now)
    context = {
        "queue": queue,
        "secret": secret,
        "now": now,
        "lanes": [
            {"lane": lane, "number": number, "first": number in now.firsts} for lane, number in now.at_lanes.items()
        ],
        "next": [(one, one in first) for one in now.upcoming[:WALL_NEXT]],
        "more": max(0, now.waiting - WALL_NEXT),
        "missed": missed(queue, 6),
        "code": qr(settings.BASE_URL + reverse("site-take", args=[queue.secret])),
        "open": queue.state == site_rules.OPEN,
    }
    template = "callouts/sites/wall.html"
    if request.htmx and request.htmx.target == "wall":
        template += "#wall"
    return render(request, template, context)


@require_safe
@allow(anyone)
def live(request: HttpRequest, secret: str) -> LiveResponse:
    """Wakes the screens of a queue when a number is taken or called."""
    return LiveResponse([queue_topic(_found("site-queue", secret))], gap=SCREEN_GAP)


@require_safe
@allow(anyone)
def live_slip(request: HttpRequest, secret: str) -> LiveResponse:
    """Wakes the phone of one who waits, more seldom than a screen: there are hundreds."""
    return LiveResponse([queue_topic(_slip(secret).queue_id)], gap=PHONE_GAP)

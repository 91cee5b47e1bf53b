"""The organiser at the place: the code for the screen, the list that works without network, the board, the wall."""

import datetime as dt
import json

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from huying.callouts import codes, rules
from huying.callouts.actions import answer, ask
from huying.callouts.actions import attendance as place
from huying.callouts.catalogue import numbers
from huying.callouts.choices import CheckedBy
from huying.callouts.forms.attendance import MistakeForm, WalkInForm
from huying.callouts.live import callout_topic
from huying.callouts.models import Asked, Callout, Shift, Signup, Volunteer
from huying.callouts.queries_place import Board, board
from huying.callouts.queries_sites import queue_of
from huying.callouts.views.common import organiser, private
from huying.kernel import links
from huying.kernel.errors import BadInput, Refusal
from huying.kernel.gate import allow, anyone, unseen
from huying.kernel.live import LiveResponse

LOOKS = {
    "there": ("check", "answer"),
    "left": ("logout", "quiet"),
    "missing": ("warning", "warn"),
    "coming": ("clock", "info"),
    "offered": ("bell", "call"),
}
MOST_TICKS = 200
# A little past the end, for those who check out late.
LEAST_CODES = 20


def find(request: HttpRequest, pk: int) -> Callout:
    """A call-out that the reader organises, else 404."""
    return get_object_or_404(Callout.objects.organised_by(request.actor).select_related("place"), pk=pk)


def _id(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def _address(callout: Callout) -> str:
    """Where the picture leads, with `{code}` for the digits."""
    whole = reverse("callout-scan", args=[callout.pk, "0" * codes.DIGITS])
    return settings.BASE_URL + whole.replace("0" * codes.DIGITS + "/", "{code}/")


def _ahead(callout: Callout, now: dt.datetime) -> dict:
    """The codes of the next hours for the page at the place, which then needs no network; the secret stays here."""
    policy = numbers()["checkin"]
    end = callout.ends_at + dt.timedelta(minutes=policy["after_minutes"])
    until = min(now + dt.timedelta(hours=policy["code_hours"]), end)
    first = codes.step_of(now) - 1
    count = max(LEAST_CODES, codes.step_of(until) - first + 1)
    return {
        "now": int(now.timestamp() * 1000),
        "step": codes.STEP,
        "first": first,
        "codes": codes.ahead(place.secret_of(callout), first, count),
    }


@require_safe
@allow(organiser)
@private
def code(request: HttpRequest, pk: int) -> HttpResponse:
    """The code at the place, as large as the screen; with `?codes` only those of the next hours, for a page that is open."""
    callout, now = find(request, pk), timezone.now()
    if not callout.is_live:
        return render(request, "callouts/board/no_code.html", {"callout": callout}, status=409)
    if "codes" in request.GET:
        return JsonResponse(_ahead(callout, now))
    if request.htmx:
        return render(
            request, "callouts/board/code.html#counts", {"callout": callout, "board": board(callout, now=now)}
        )
    address, told = _address(callout), _ahead(callout, now)
    drawn = codes.pictures(address)
    digits = told["codes"][codes.DIGITS : 2 * codes.DIGITS]
    context = {
        "callout": callout,
        "board": board(callout, now=now),
        "told": told | {"size": drawn.size, "base": drawn.base, "parts": drawn.parts},
        "picture": codes.svg(address, digits),
        "digits": digits,
        "spoken": f"{digits[:3]} {digits[3:]}",
    }
    return render(request, "callouts/board/code.html", context)


@require_safe
@allow(organiser)
@private
def here(request: HttpRequest, pk: int) -> HttpResponse:
    """The list at the place: one community worker guides the whole from it, on a phone."""
    return _here(request, find(request, pk))


def _here(
    request: HttpRequest,
    callout: Callout,
    *,
    walkin: WalkInForm | None = None,
    mistake: tuple[int, MistakeForm] | None = None,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    shown = board(callout, now=now, day=_day(request))
    queue = queue_of(callout=callout)
    choices = [(str(crew.shift.pk), f"{crew.shift.name} {_hours(crew.shift)}") for crew in shown.crews if not crew.over]
    context = {
        "callout": callout,
        "board": shown,
        "looks": LOOKS,
        "queue": queue,
        "walkin": walkin or WalkInForm(shifts=choices),
        "mistake": mistake,
        "refusal": refusal,
        "wall": reverse("callout-wall", args=[links.make("wall", callout.pk)]),
        "may_ask": callout.state == rules.OPEN and shown.wanted > 0,
        "now": int(now.timestamp() * 1000),
    }
    part = "#list" if request.htmx and request.method == "GET" else ""
    return render(request, f"callouts/board/here.html{part}", context, status=status)


def _day(request: HttpRequest) -> dt.date | None:
    try:
        return parse_date(request.GET.get("day", "")[:10])
    except ValueError:
        return None


def _hours(shift: Shift) -> str:
    return f"{timezone.localtime(shift.starts_at):%H:%M}–{timezone.localtime(shift.ends_at):%H:%M}"


def _ticks(text: str) -> list[place.Tick]:
    """The ticks that a page sends, or BadInput: nothing is guessed."""
    try:
        given = json.loads(text)
        if not isinstance(given, list) or len(given) > MOST_TICKS:
            raise ValueError
        found = []
        for one in given:
            at = parse_datetime(one["at"])
            if (
                at is None
                or timezone.is_naive(at)
                or not 8 <= len(one["key"]) <= 64
                or one["what"] not in ("in", "out")
            ):
                raise ValueError
            found.append(place.Tick(str(one["key"]), int(one["signup"]), one["what"], at))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise BadInput(_("这些记号看不懂，请刷新这一页；记号还在这台设备上。"), code="unreadable") from error
    return found


@require_POST
@allow(organiser)
@private
def ticks(request: HttpRequest, pk: int) -> JsonResponse:
    """Take what a page at the place has ticked: each for itself, told one by one what became of it."""
    callout = find(request, pk)
    told = []
    try:
        given = _ticks(request.POST.get("ticks", ""))
    except BadInput as refusal:
        return JsonResponse({"words": refusal.reason}, status=refusal.status)
    # In the order of their times, so that nobody leaves before they came.
    for one in sorted(given, key=lambda tick: (tick.at, tick.what)):
        try:
            done = place.take_tick(callout, one, by=request.actor)
            told.append({"key": one.key, "code": "done" if done.now else "already", "words": ""})
        except Refusal as refusal:
            told.append({"key": one.key, "code": "refused", "words": refusal.reason})
    return JsonResponse({"ticks": told})


ACTS = ("in", "out", "back", "walkin", "came", "cannot", "ask")


@require_POST
@allow(organiser)
@private
def do(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """One act of the list without a script, and all that is rare: taken back, a walk-in, cannot come, asking others."""
    callout = find(request, pk)
    if act not in ACTS:
        raise Http404
    if act == "walkin":
        return _walk_in(request, callout)
    if act == "back":
        return _take_back(request, callout)
    try:
        messages.success(request, _done(request, callout, act))
    except Refusal as refusal:
        return _here(request, callout, refusal=refusal, status=refusal.status)
    return redirect("callout-here", pk)


def _signup(request: HttpRequest, callout: Callout) -> Signup:
    rows = Signup.objects.filter(shift__callout=callout).select_related("shift__callout", "person")
    return get_object_or_404(rows, pk=_id(request.POST.get("signup", "")))


def _done(request: HttpRequest, callout: Callout, act: str) -> str:
    """Do it; returns what is said."""
    by = request.actor
    if act == "ask":
        count = ask.ask(callout, by=by, more=True)
        return _("又问了 %(n)d 个人。") % {"n": count} if count else _("附近合适的人都问过了。")
    if act == "came":
        shift, person = _who_came(request, callout)
        done = place.walk_in(shift, person, by=by, how=CheckedBy.LIST)
        return _("记下了：%(name)s到了。") % {"name": done.attendance.signup.person.name}
    signup = _signup(request, callout)
    name = signup.person.name
    if act == "cannot":
        answer.withdraw(signup, by=by)
        return _("%(name)s来不了，位子给候补了。") % {"name": name}
    check = place.check_in if act == "in" else place.check_out
    done = check(signup, by=by, how=CheckedBy.LIST)
    if not done.now:
        return _("%(name)s已经记过了，一次就够。") % {"name": name}
    return (_("%(name)s到了。") if act == "in" else _("%(name)s走了。")) % {"name": name}


def _who_came(request: HttpRequest, callout: Callout) -> tuple[Shift, int]:
    """Somebody who waits, or said that they can come, stands there: the post and the person."""
    if request.POST.get("signup"):
        signup = _signup(request, callout)
        return signup.shift, signup.person_id
    asked = get_object_or_404(Asked.objects.filter(callout=callout), pk=_id(request.POST.get("asked", "")))
    shift = get_object_or_404(callout.shifts.select_related("callout"), pk=_id(request.POST.get("shift", "")))
    return shift, asked.person_id


def _walk_in(request: HttpRequest, callout: Callout) -> HttpResponse:
    crews = board(callout).crews
    choices = [(str(crew.shift.pk), f"{crew.shift.name} {_hours(crew.shift)}") for crew in crews if not crew.over]
    form = WalkInForm(request.POST, shifts=choices)
    form.is_valid()
    try:
        person = _volunteer(callout, request.actor, form.cleaned_data["who"])
        shift = callout.shifts.filter(pk=_id(form.cleaned_data["shift"])).select_related("callout").first()
        if shift is None:
            wrong = _("请选一个岗位。")
            raise BadInput(wrong, fields={"shift": wrong})
        done = place.walk_in(shift, person.person_id, by=request.actor, how=CheckedBy.LIST)
    except Refusal as refusal:
        form.refuse(refusal)
        return _here(request, callout, walkin=form, status=refusal.status)
    messages.success(request, _("记下了：%(name)s到了。") % {"name": done.attendance.signup.person.name})
    return redirect("callout-here", callout.pk)


def _volunteer(callout: Callout, actor, text: str) -> Volunteer:
    """The one volunteer of that number or name, registered where the organiser or the call-out is heard; else BadInput."""
    who = " ".join(text.split())[:40]
    seen = Volunteer.objects.current().filter(path__within_any=[*actor.paths(rules.ORGANISERS), callout.reach_path])
    found = list(seen.filter(number=who)[:1]) or list(seen.filter(person__name=who).order_by("pk")[:5]) if who else []
    if not found:
        wrong = _("没有登记过这个名字。请先替他登记成志愿者。") if who else _("请写是谁。")
        raise BadInput(wrong, fields={"who": wrong})
    if len(found) > 1:
        wrong = _("有几位同名：%(numbers)s。请写编号。") % {"numbers": "、".join(one.number for one in found)}
        raise BadInput(wrong, fields={"who": wrong})
    return found[0]


def _take_back(request: HttpRequest, callout: Callout) -> HttpResponse:
    signup, form = _signup(request, callout), MistakeForm(request.POST)
    form.is_valid()
    try:
        place.take_back(signup, form.cleaned_data["reason"], by=request.actor)
    except Refusal as refusal:
        form.refuse(refusal)
        return _here(request, callout, mistake=(signup.pk, form), status=refusal.status)
    messages.success(request, _("撤回了。"))
    return redirect("callout-here", callout.pk)


# The wall


def _walled(secret: str) -> Callout:
    number = links.read("wall", secret)
    if number is None:
        raise Http404
    return get_object_or_404(Callout.objects.select_related("place"), pk=number)


@unseen
@require_safe
@allow(anyone)
def wall(request: HttpRequest, secret: str) -> HttpResponse:
    """The board for a wall: posts and numbers, no names; no login, for days."""
    callout = _walled(secret)
    shown: Board = board(callout)
    context = {"callout": callout, "board": shown, "queue": queue_of(callout=callout), "secret": secret}
    part = "#now" if request.htmx else ""
    return render(request, f"callouts/board/wall.html{part}", context)


@unseen
@require_safe
@allow(anyone)
def wall_live(request: HttpRequest, secret: str) -> LiveResponse:
    """Wakes when something happens at the call-out."""
    return LiveResponse([callout_topic(_walled(secret).pk)], gap=2)

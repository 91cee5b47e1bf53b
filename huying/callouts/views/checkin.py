"""The volunteer at the place: a scan, one tap, 'you are here'; and later the hours that were measured."""

import datetime as dt

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huying.callouts import rules, rules_hours
from huying.callouts.actions import attendance as place
from huying.callouts.actions import hours
from huying.callouts.catalogue import numbers
from huying.callouts.forms.attendance import CodeForm
from huying.callouts.forms.hours import QuestionForm
from huying.callouts.models import Attendance, Callout, Signup
from huying.callouts.queries_place import Hours, hours_of, own_signups, with_room
from huying.callouts.views.common import private
from huying.callouts.views.phone import remember_scan, scanned_at, who_is
from huying.kernel.errors import BadInput, Refusal, TooMany
from huying.kernel.gate import allow, anyone, logged_in, unseen
from huying.kernel.rate import Limiter

# Guessing: of a million codes three are right at a time.
GUESSES = Limiter(per_minute=10, burst=20)
SCANS = Limiter(per_minute=120, burst=300)
HOURS_LOOKS = {
    "running": ("clock", "answer"),
    "open": ("edit", "info"),
    "short": ("info", "warn"),
    "shown": ("eye", "info"),
    "asked": ("call", "call"),
    "counted": ("check", "answer"),
}


def _callout(pk: int) -> Callout:
    return get_object_or_404(Callout.objects.select_related("place"), pk=pk)


def _patience(request: HttpRequest, callout: Callout, person: int | None) -> None:
    """TooMany for whoever tries codes."""
    key = (callout.pk, person or request.META.get("REMOTE_ADDR", ""))
    wait = (GUESSES if person else SCANS).take(key)
    if wait:
        raise TooMany(_("试得太多了，等一分钟再试，或者告诉现场的组织者。"), retry_after=int(wait) + 1)


@unseen
@require_safe
@allow(anyone)
def scan(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """What the picture at the place leads to: the scan is kept on this phone, then the page that one can act on."""
    callout = _callout(pk)
    who = who_is(request, callout)
    _patience(request, callout, who[1] if who else None)
    try:
        place.checked_code(callout, code)
    except BadInput as refusal:
        # What was scanned is not put into the field: it is no longer the code.
        return _page(request, callout, refusal=refusal, status=422)
    response = redirect("callout-in", pk)
    return remember_scan(request, response, callout, timezone.now().timestamp())


# Exempt from the CSRF token: a page at the place stays open for hours, also without network. Another site can send
# neither the digits nor the cookies, which are not sent along with its requests.
@csrf_exempt
@unseen
@require_http_methods(["GET", "HEAD", "POST"])
@allow(anyone)
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """One's own posts of a call-out with the one tap that fits; what is sent by a script is answered in JSON."""
    callout = _callout(pk)
    if request.method != "POST":
        return _page(request, callout)
    plain = "application/json" in request.headers.get("Accept", "")
    try:
        done = _act(request, callout)
    except Refusal as refusal:
        if plain:
            return JsonResponse({"code": refusal.code, "words": refusal.reason}, status=refusal.status)
        return _page(request, callout, refusal=refusal, status=refusal.status)
    if plain:
        return JsonResponse({"code": "done", "words": done})
    return redirect(reverse("callout-in", args=[pk]) + f"?done={request.POST['act']}")


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def _act(request: HttpRequest, callout: Callout) -> str:
    """Check in, out, or join; returns what is said."""
    who = who_is(request, callout)
    if who is None:
        raise BadInput(_("还不知道您是谁：请登录，或者在这部手机上打开召集消息里的链接，再扫一次。"), code="who")
    actor, person = who
    act, now = request.POST.get("act", ""), timezone.now()
    at, late = _moment(request, callout, person, now)
    if act == "join":
        shift = callout.shifts.filter(pk=_number(request.POST.get("shift", ""))).first()
        if shift is None:
            raise BadInput(_("没有找到这个岗位。"))
        place.walk_in(shift, person, by=actor, at=at)
        return _("签到好了，谢谢您来。")
    rows = Signup.objects.filter(shift__callout=callout, person_id=person)
    signup = rows.filter(pk=_number(request.POST.get("signup", ""))).select_related("shift__callout").first()
    if signup is None:
        raise BadInput(_("您没有报名这个岗位。"), code="not_signed_up")
    if act == "in":
        done = place.check_in(signup, by=actor, at=at, late=late)
        return _("签到好了，谢谢您来。") if done.now else _("您已经签过到了，一次就够。")
    if act == "out":
        done = place.check_out(signup, by=actor, at=at, late=late)
        return _("签退好了，辛苦了。") if done.now else _("您已经签退了，辛苦了。")
    raise BadInput(_("只能签到或签退。"))


def _moment(request: HttpRequest, callout: Callout, person: int, now: dt.datetime) -> tuple[dt.datetime, bool]:
    """The moment that counts, and whether it reaches us late: that of the digits, or of the scan on this phone."""
    typed = request.POST.get("code", "")
    if typed.strip():
        _patience(request, callout, person)
        ago = _number(request.POST.get("ago", ""))
        said = now - dt.timedelta(seconds=min(ago, 30 * 24 * 3600)) if ago else None
        late = place.checked_code(callout, typed, at=said, now=now)
        return (said, True) if late and said else (now, False)
    scanned = scanned_at(request, callout)
    if scanned is None:
        words = _("请扫现场屏幕上的二维码，或者输入下面的六个数字。")
        raise BadInput(words, fields={"code": words}, code="no_code")
    return dt.datetime.fromtimestamp(scanned, dt.UTC), False


def _rows(callout: Callout, person: int, now: dt.datetime) -> list[dict]:
    """One's own posts as the page shows them: what can be done at each now."""
    policy, told = numbers()["checkin"], {line.signup.pk: line for line in hours_of(person, callout=callout)}
    found = []
    for signup, attendance in own_signups(callout, person):
        shift = signup.shift
        door = rules_hours.door(place.window_of(shift), now, policy["early_minutes"])
        there = attendance is not None and attendance.is_there
        came = attendance is not None and attendance.in_at is not None
        act = ""
        if there:
            act = "out"
        elif not came and door == rules_hours.OPEN and signup.state in rules.HOLDING and callout.is_live:
            act = "in"
        opens = shift.starts_at - dt.timedelta(minutes=policy["early_minutes"])
        found.append(
            {
                "signup": signup,
                "attendance": attendance,
                "act": act,
                "there": there,
                "came": came,
                "early": door == rules_hours.EARLY,
                "opens": opens,
                "over": door == rules_hours.OVER,
                "hours": told.get(signup.pk),
            }
        )
    return found


def _page(
    request: HttpRequest,
    callout: Callout,
    *,
    refusal: Refusal | None = None,
    status: int = 200,
    asked: tuple[int, QuestionForm] | None = None,
) -> HttpResponse:
    """The page at the place, for whoever stands there."""
    now, who, scanned = timezone.now(), who_is(request, callout), scanned_at(request, callout)
    rows = _rows(callout, who[1], now) if who else []
    held = [row["signup"].shift for row in rows if row["signup"].state in rules.HOLDING]
    # What lies beside one's own post is no help: nobody stands in two places.
    room = [
        one
        for one in (with_room(callout, now) if who and callout.is_live else [])
        if not any(one.starts_at < own.ends_at and own.starts_at < one.ends_at for own in held)
    ]
    form = CodeForm(request.POST if refusal is not None and "code" in getattr(refusal, "fields", {}) else None)
    context = {
        "callout": callout,
        "known": who is not None,
        "scanned": scanned is not None,
        "rows": rows,
        # Who stands at a post already needs no other one now.
        "room": [] if any(row["there"] for row in rows) else room,
        "code_form": form,
        "refusal": refusal,
        "done": request.GET.get("done", "") if refusal is None else "",
        "login": reverse("account_login") + "?next=" + reverse("callout-in", args=[callout.pk]),
        "looks": HOURS_LOOKS,
        "asked": asked,
        "question_form": asked[1] if asked else QuestionForm(),
        "acts": any(row["act"] for row in rows),
    }
    return render(request, "callouts/checkin/page.html", context, status=status)


@csrf_exempt
@unseen
@require_POST
@allow(anyone)
def question(request: HttpRequest, pk: int, attendance: int) -> HttpResponse:
    """'This is not right': the person's words about their hours."""
    callout = _callout(pk)
    who = who_is(request, callout)
    if who is None:
        raise Http404
    own = Attendance.objects.filter(signup__shift__callout=callout, signup__person_id=who[1])
    found = get_object_or_404(own, pk=attendance)
    form = QuestionForm(request.POST)
    form.is_valid()
    try:
        hours.question(found, form.cleaned_data["words"], by=who[0])
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(request, callout, asked=(attendance, form), status=refusal.status)
    return redirect(reverse("callout-in", args=[pk]) + "?done=question")


@require_safe
@allow(logged_in)
@private
def mine(request: HttpRequest) -> HttpResponse:
    """One's own hours, post by post; nobody else's, and no sum over people."""
    lines: list[Hours] = hours_of(request.actor.id)
    context = {"lines": [(line, HOURS_LOOKS[line.state]) for line in lines[:200]], "more": len(lines) > 200}
    return render(request, "callouts/hours/mine.html", context)

"""Answering a call-out: behind the link of the message, or logged in. One page, one tap for most."""

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huying.callouts import rules
from huying.callouts.actions import answer
from huying.callouts.actions.signup import sign_up
from huying.callouts.actions.signup_words import refused
from huying.callouts.catalogue import numbers
from huying.callouts.forms.answer import CanForm, WithdrawForm
from huying.callouts.live import callout_topic
from huying.callouts.models import Asked, Callout, Signup, Volunteer
from huying.callouts.queries_desk import mine_of
from huying.callouts.views.common import LOOKS, SIGNUP_LOOKS, Post, by_window, over_night, private, where_of
from huying.callouts.views.phone import remember_link
from huying.kernel import links
from huying.kernel.errors import BadInput, Refusal
from huying.kernel.forms import Form
from huying.kernel.gate import allow, anyone, logged_in, unseen
from huying.kernel.live import LiveResponse
from huying.kernel.scopes import Actor, link_holder
from huying.places.maps import plan_of

ACTS = ("can", "cannot", "undo", "accept", "decline", "withdraw", "take")


def opened(secret: str) -> tuple[Callout, Asked, Actor]:
    """The call-out behind a secret link, the question to its holder, and the actor that they are; 404 for any other."""
    number = links.read("asked", secret)
    asked = Asked.objects.filter(pk=number).first() if number is not None else None
    if asked is None or number is None:
        raise Http404
    holder = link_holder("asked", number)
    return (
        get_object_or_404(Callout.objects.visible_to(holder).select_related("place"), pk=asked.callout_id),
        asked,
        holder,
    )


@unseen
@require_http_methods(["GET", "HEAD"])
@allow(anyone)
def page(request: HttpRequest, secret: str) -> HttpResponse:
    """What is wanted, and what its reader can say to it; no account, no login."""
    callout, asked, _holder = opened(secret)
    return remember_link(request, show(request, callout, asked.person_id, secret=secret), callout.pk, secret)


def not_taken(request: HttpRequest, secret: str, refusal: Refusal) -> HttpResponse:
    """A sign-up by link that was refused: the page itself, with the words and all that is open besides."""
    callout, asked, _holder = opened(secret)
    return show(request, callout, asked.person_id, secret=secret, refusal=refusal, status=refusal.status)


# Exempt from the CSRF token: the authority is the secret in the address, which no other site knows.
@csrf_exempt
@unseen
@require_POST
@allow(anyone)
def act(request: HttpRequest, secret: str, act: str) -> HttpResponse:
    """One answer by link."""
    callout, asked, holder = opened(secret)
    return acted(request, callout, asked.person_id, holder, act, secret=secret)


@require_POST
@allow(logged_in)
@private
def act_own(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """One answer of somebody who is logged in."""
    callout = get_object_or_404(Callout.objects.visible_to(request.actor).select_related("place"), pk=pk)
    return acted(request, callout, request.actor.id, request.actor, act)


def acted(request, callout: Callout, person_id: int, by: Actor, act: str, *, secret: str = "") -> HttpResponse:
    """Take the answer; a refusal is shown on the page with what was typed."""
    if act not in ACTS:
        raise Http404
    form: Form | None = None
    try:
        if act == "can":
            form = CanForm(request.POST)
            if not form.is_valid():
                raise BadInput(
                    str(next(iter(form.errors.values()))[0]), fields={k: str(v[0]) for k, v in form.errors.items()}
                )
            answer.say_can(callout, person_id, by=by, **form.cleaned_data)
        elif act == "cannot":
            form = WithdrawForm(request.POST)
            form.is_valid()
            answer.say_cannot(callout, person_id, by=by, words=form.cleaned_data["words"])
        elif act == "undo":
            answer.take_back(callout, person_id, by=by)
        elif act == "take":
            outcome = sign_up(_shift(callout, request), person_id, by=by)
            if not outcome.stands:
                raise refused(outcome)
        else:
            form = WithdrawForm(request.POST)
            form.is_valid()
            _on_signup(request, callout, person_id, by, act, form)
    except BadInput as refusal:
        if form is not None:
            form.refuse(refusal)
        return show(request, callout, person_id, secret=secret, bound={act: form}, refusal=refusal, status=422)
    except Refusal as refusal:
        callout.refresh_from_db()
        return show(
            request, callout, person_id, secret=secret, bound={act: form}, refusal=refusal, status=refusal.status
        )
    to = reverse("callout-link", args=[secret]) if secret else reverse("callout-detail", args=[callout.pk])
    told = urlencode({"done": act})
    return HttpResponseRedirect(f"{to}?{told}", status=303)


def _on_signup(request, callout: Callout, person_id: int, by: Actor, act: str, form: Form) -> None:
    """Accept, decline or withdraw one's own sign-up that the form names."""
    number = request.POST.get("signup", "")
    own = Signup.objects.filter(shift__callout=callout, person_id=person_id).select_related("shift__callout")
    signup = get_object_or_404(own, pk=int(number) if number.isdigit() and len(number) < 18 else 0)
    if act == "accept":
        answer.accept(signup, by=by)
    elif act == "decline":
        answer.decline(signup, by=by)
    else:
        answer.withdraw(signup, by=by, words=form.cleaned_data["words"])


def _shift(callout: Callout, request) -> int:
    number = request.POST.get("shift", "")
    if not number.isdigit() or len(number) > 17 or not callout.shifts.filter(pk=int(number)).exists():
        raise Http404
    return int(number)


def show(
    request, callout: Callout, person_id: int, *, secret: str = "", bound=None, refusal=None, status: int = 200
) -> HttpResponse:
    """The page: what, where, when, which posts, and what its reader can say."""
    bound = bound or {}
    mine = mine_of(callout, person_id)
    volunteer = Volunteer.objects.current().filter(person_id=person_id).first()
    now = timezone.now()
    late = answer.is_late(callout, now)
    posts = [
        {
            "post": Post(shift),
            "mine": mine.standing.get(shift.pk),
            "look": SIGNUP_LOOKS[mine.standing[shift.pk].state] if shift.pk in mine.standing else None,
            "line": mine.lines.get(shift.pk),
            "gone": shift.starts_at <= now,
            "withdraw": bound.get("withdraw")
            if request.POST.get("signup") == str(getattr(mine.standing.get(shift.pk), "pk", ""))
            else None,
        }
        for shift in callout.shifts.order_by("starts_at", "id")
    ]
    plan = plan_of(callout.place)
    lng, lat = (callout.lng, callout.lat) if callout.lng is not None else (callout.place.lng, callout.place.lat)
    shown = plan is not None and lng is not None and lat is not None and plan.has(lng, lat)
    first = {"can_from": callout.starts_at, "can_to": callout.ends_at}
    asked = mine.asked
    if asked is not None and asked.answer == "can":
        first |= {"any_post": asked.any_post, "words": asked.words}
        if asked.can_from is not None:
            first |= {"can_from": asked.can_from, "can_to": asked.can_to}
    context = {
        "base": "resident.html" if secret else "staff.html",
        "callout": callout,
        "where": where_of([callout])[callout.pk],
        "badge": LOOKS[callout.state],
        "windows": by_window(posts),
        "mine": mine,
        "asked": asked,
        "volunteer": volunteer,
        "secret": secret,
        "open": callout.state == rules.OPEN and callout.closes_at > now,
        "late": late,
        "private": callout.private_sealed.open() if mine.confirmed and callout.private_sealed is not None else "",
        "guardian": volunteer is not None and _needs_guardian(volunteer, callout),
        "plan": plan if shown else None,
        "pin": plan.place(lng, lat) if shown and plan is not None else None,
        "can_form": bound.get("can") or CanForm(initial=first),
        "cannot_form": bound.get("cannot") or WithdrawForm(),
        "bound": dict.fromkeys(bound, True),
        "refusal": refusal if refusal is not None and not getattr(refusal, "fields", None) else None,
        "done": request.GET.get("done", ""),
        "long": over_night(callout.starts_at, callout.ends_at),
        "standing": sorted(mine.standing.values(), key=lambda one: (one.state != rules.OFFERED, one.shift.starts_at)),
    }
    return render(request, "callouts/answer.html", context, status=status)


def _needs_guardian(volunteer: Volunteer, callout: Callout) -> bool:
    """Whether the reader is a minor whose guardian has not agreed yet."""
    if volunteer.born is None or volunteer.guardian_agreed_at is not None:
        return False
    return rules.age_on(volunteer.born, timezone.localtime(callout.starts_at).date()) < numbers()["limits"]["adult"]


@require_safe
@allow(logged_in)
def live(request: HttpRequest, pk: int) -> LiveResponse:
    """Wakes when anything happens to the call-out."""
    get_object_or_404(Callout.objects.visible_to(request.actor), pk=pk)
    return LiveResponse([callout_topic(pk)])

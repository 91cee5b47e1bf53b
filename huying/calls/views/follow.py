"""The page that follows a call: whoever has its link reads how it goes, and has the last word."""

import functools

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from huying.calls import actions, rules
from huying.calls.models import Call
from huying.calls.resident_forms import AnswerForm, Form, ReasonForm, SayForm, new_key
from huying.calls.telling import story_of
from huying.calls.whereabouts import phone_for, standing
from huying.calls.workflow import CALL
from huying.kernel import links
from huying.kernel.errors import BadInput, Refusal
from huying.kernel.gate import allow, anyone
from huying.kernel.scopes import Actor, link_holder
from huying.people.models import Unsealing

FORMS: dict[str, type[Form]] = {"say": SayForm, "answer": AnswerForm, "reopen": ReasonForm, "withdraw": ReasonForm}


def unseen(view):
    """Keep a secret page out of search engines, other sites' logs and shared caches."""

    @functools.wraps(view)
    def guarded(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        response["Referrer-Policy"] = "no-referrer"
        response["Cache-Control"] = "private, no-store"
        return response

    return guarded


def opened(secret: str) -> tuple[Call, Actor]:
    """The call behind a secret link and the actor that its holder is; 404 when we did not make the link."""
    number = links.read("call", secret)
    if number is None:
        raise Http404
    holder = link_holder("call", number)
    call = (
        Call.objects.visible_to(holder)
        .filter(pk=number)
        .select_related("place", "community", "merged_into", "identity")
        .first()
    )
    if call is None:
        raise Http404
    return call, holder


@unseen
@require_http_methods(["GET", "HEAD"])
@allow(anyone)
def page(request: HttpRequest, secret: str) -> HttpResponse:
    """How it goes, and what its caller can do."""
    call, holder = opened(secret)
    return show(request, call, holder)


# Exempt from the CSRF token: the authority is the secret in the address, which no other site knows.
@csrf_exempt
@unseen
@require_POST
@allow(anyone)
def act(request: HttpRequest, secret: str, step: str) -> HttpResponse:
    """Take one of the resident's steps; a refusal is shown on the page with what was typed."""
    call, holder = opened(secret)
    if step not in FORMS:
        raise Http404
    form = FORMS[step](request.POST, request.FILES)
    form.is_valid()
    try:
        STEPS[step](call, form.cleaned_data, holder)
    except BadInput as refusal:
        form.refuse(refusal)
        return show(request, call, holder, status=422, bound={step: form})
    except Refusal as refusal:
        call, holder = opened(secret)
        return show(request, call, holder, status=refusal.status, bound={step: form}, refusal=refusal)
    return HttpResponseRedirect(f"{reverse('call-follow', args=[secret])}?done={step}", status=303)


def _say(call: Call, given: dict, holder: Actor) -> None:
    actions.add_words(call, given["text"], by=holder, key=given["key"][:64] or None)


def _answer(call: Call, given: dict, holder: Actor) -> None:
    rating, text = given["rating"], given["text"]
    if rating in ("satisfied", "mostly"):
        actions.confirm(call, rating, by=holder, text=text)
    elif rating == "not" and given["again"] == "yes":
        actions.reopen(call, text, by=holder)
    elif rating == "not" and given["again"] != "no":
        from django.utils.translation import gettext as _

        wrong = _("要不要再办一次?请选一个。")
        raise BadInput(wrong, fields={"again": wrong})
    else:
        actions.close(call, rating, by=holder, text=text)


def _reopen(call: Call, given: dict, holder: Actor) -> None:
    actions.reopen(call, given["reason"], by=holder)


def _withdraw(call: Call, given: dict, holder: Actor) -> None:
    actions.withdraw(call, by=holder, reason=given["reason"])


STEPS = {"say": _say, "answer": _answer, "reopen": _reopen, "withdraw": _withdraw}


def show(request, call: Call, holder: Actor, *, status: int = 200, bound=None, refusal=None) -> HttpResponse:
    """The page, with forms for the steps that are open."""
    may = {step.name for step in CALL.available(call, holder)}
    bound = bound or {}
    context = {
        "call": call,
        "secret": call.secret,
        "where": standing(call.place),
        "story": story_of(call),
        "entries": [entry for entry in call.entries.select_related("by") if entry.for_resident],
        "photos": list(call.photos.defer("thumb")),
        "looks": list(
            Unsealing.objects.filter(subject_type="call", subject_id=call.pk).select_related("by").order_by("-id")[:20]
        ),
        "phone": phone_for(call.place),
        "danger": rules.emergency_number(call.text) if call.state == rules.RAISED else "",
        "new": "new" in request.GET,
        "done": request.GET.get("done", ""),
        "refusal": refusal,
        "say": bound.get("say") or (SayForm(initial={"key": new_key()}) if "add_words" in may else None),
        "answer": bound.get("answer") or (AnswerForm() if "confirm" in may else None),
        "withdraw": bound.get("withdraw") or (ReasonForm() if "withdraw" in may else None),
        "reopen": bound.get("reopen")
        or (ReasonForm() if {"reopen", "refer"} & may and call.state != rules.RESOLVED else None),
        "last_time": "refer" in may,
    }
    return render(request, "calls/resident/follow.html", context, status=status)

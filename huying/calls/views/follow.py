"""The page that follows a call: whoever has its link reads how it goes, and has the last word."""

from urllib.parse import urlencode

import segno
from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from huying.calls import actions, alike, flood, photos, rules
from huying.calls.choices import EntryKind
from huying.calls.forms.resident import AnswerForm, ReasonForm, SayForm
from huying.calls.models import Call, Entry
from huying.calls.telling import story_of
from huying.calls.views.raise_page import same_as
from huying.calls.whereabouts import phone_for, standing_at
from huying.calls.workflow import CALL
from huying.kernel import links
from huying.kernel.errors import BadInput, Refusal, TooMany
from huying.kernel.forms import Form, new_key
from huying.kernel.gate import allow, anyone, unseen
from huying.kernel.scopes import Actor, link_holder
from huying.kernel.words import clean
from huying.people.models import Unsealing

FORMS: dict[str, type[Form]] = {
    "say": SayForm,
    "answer": AnswerForm,
    "reopen": ReasonForm,
    "withdraw": ReasonForm,
    "same": SayForm,
}
MOST_ENTRIES = 100


def opened(secret: str) -> tuple[Call, Actor]:
    """The call behind a secret link and the actor that its holder is; 404 when we did not make the link."""
    number = links.read("call", secret)
    if number is None:
        raise Http404
    holder = link_holder("call", number)
    call = Call.objects.visible_to(holder).filter(pk=number).order_by().first()
    if call is None:
        raise Http404
    return call, holder


@unseen
@require_http_methods(["GET", "HEAD"])
@allow(anyone)
def page(request: HttpRequest, secret: str) -> HttpResponse:
    """How it goes, and what its caller can do. Asked by htmx, only what has changed since."""
    call, holder = opened(secret)
    if getattr(request, "htmx", False) and request.GET.get("version") == str(call.version):
        return HttpResponse(status=204)
    return show(request, call, holder)


@unseen
@require_http_methods(["GET", "HEAD"])
@allow(anyone)
def code(request: HttpRequest, secret: str) -> HttpResponse:
    """The page's own address as a QR code, for another phone."""
    call, _holder = opened(secret)
    address = settings.BASE_URL + reverse("call-follow", args=[call.secret])
    svg = segno.make_qr(address, error="m").svg_inline(scale=4, border=2, dark="#000", light="#fff")
    return HttpResponse(
        svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1), content_type="image/svg+xml"
    )


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
    quota = photos.watch(request)
    form = FORMS[step](request.POST, request.FILES)
    form.is_valid()
    told = [("done", step)]
    try:
        wait = flood.wait_for_words(call.pk)
        if wait:
            raise TooMany(
                _("一下子写得太多了，请等 %(n)d 秒再发。您写的都还在。") % {"n": wait + 1}, retry_after=int(wait) + 1
            )
        if step == "say":
            told += say(call, form.cleaned_data, holder, request, quota)
        else:
            STEPS[step](call, form.cleaned_data, holder)
    except BadInput as refusal:
        form.refuse(refusal)
        return show(request, call, holder, status=422, bound={step: form})
    except Refusal as refusal:
        call, holder = opened(secret)
        response = show(request, call, holder, status=refusal.status, bound={step: form}, refusal=refusal)
        if isinstance(refusal, TooMany):
            response["Retry-After"] = str(refusal.retry_after)
        return response
    return HttpResponseRedirect(f"{reverse('call-follow', args=[secret])}?{urlencode(told)}", status=303)


def say(call: Call, given: dict, holder: Actor, request: HttpRequest, quota: photos.Quota) -> list[tuple[str, str]]:
    """Add words and photos; returns which photos were not taken and why, for the page."""
    files = request.FILES.getlist("photos")
    good, refused = photos.read_all(files, quota.dropped)
    says_something = bool(clean(given["text"]))
    if refused and not good and not says_something:
        wrong = photos.why(next(iter(refused.values())))
        raise BadInput(wrong, fields={"photos": wrong})
    key = given["key"][:64] or None
    if key is None or not Entry.objects.filter(key=key).exists():
        with transaction.atomic():
            new, beyond = photos.keep(call, good)
            # A photo sent twice is there already: that is no reason to ask for words.
            if new or says_something or not good:
                actions.add_words(call, given["text"], by=holder, key=key, photos=new)
            if beyond:
                refused |= dict.fromkeys(range(len(files) - beyond, len(files)), "many")
    return [("photo", f"{position + 1}.{code}") for position, code in sorted(refused.items())]


def _answer(call: Call, given: dict, holder: Actor) -> None:
    rating, text = given["rating"], given["text"]
    if rating in ("satisfied", "mostly"):
        actions.confirm(call, rating, by=holder, text=text)
    elif rating == "not" and given["again"] == "yes":
        try:
            actions.reopen(call, text, by=holder)
        except BadInput as refusal:
            raise BadInput(refusal.reason, fields={"text": refusal.reason}) from None
    elif rating == "not" and given["again"] != "no":
        wrong = _("要不要再办一次？请选一个。")
        raise BadInput(wrong, fields={"again": wrong})
    else:
        actions.close(call, rating, by=holder, text=text)


def _reopen(call: Call, given: dict, holder: Actor) -> None:
    actions.reopen(call, given["reason"], by=holder)


def _withdraw(call: Call, given: dict, holder: Actor) -> None:
    actions.withdraw(call, by=holder, reason=given["reason"])


def _same(call: Call, given: dict, holder: Actor) -> None:
    CALL.check("add_words", call, holder)
    same_as(call.pk, given["key"])


STEPS = {"answer": _answer, "reopen": _reopen, "withdraw": _withdraw, "same": _same}


def show(request, call: Call, holder: Actor, *, status: int = 200, bound=None, refusal=None) -> HttpResponse:
    """The page, with forms for the steps that are open and what is worth saying first."""
    where, bound = standing_at(call.place_id, call.path), bound or {}
    call.place = where.place
    forms = open_forms(call, holder, bound)
    entries = list(
        call.entries.filter(kind__in=(EntryKind.WORDS, EntryKind.REPLY))
        .select_related("by")
        .only("call", "kind", "text", "at", "by__name")
        .order_by("-id")[:MOST_ENTRIES]
    )
    pictures = list(call.photos.only("call", "key", "of_answer"))
    new, twin = "new" in request.GET, call.merged_into if call.merged_into_id else None
    context = {
        "call": call,
        "secret": call.secret,
        "address": settings.BASE_URL + reverse("call-follow", args=[call.secret]),
        "where": where,
        "story": story_of(call),
        "entries": entries[::-1],
        "photos": [one for one in pictures if not one.of_answer],
        "answer_photos": [one for one in pictures if one.of_answer],
        "looks": Unsealing.objects.filter(subject_type="call", subject_id=call.pk).order_by("-id")[:20]
        if call.identity_id
        else [],
        "phone": phone_for(call.place),
        "wish_secret": links.make("wish", call.wish_number) if call.wish_number else "",
        "danger": rules.emergency_number(call.text) if call.state == rules.RAISED else "",
        "new": new,
        "done": request.GET.get("done", ""),
        "photos_refused": photos.refusals_in(request),
        "refusal": refusal,
        "lost": [
            form.data.get("text") or form.data.get("reason") for name, form in bound.items() if not forms.get(name)
        ],
        "forms": forms,
        "shape": "-".join(name for name, form in forms.items() if form),
        "twin": twin if twin and twin.is_public and twin.state in rules.SHOWN else None,
        "alike": alike.find(where.scope, call.text, category=call.category, besides=call.pk)
        if new and call.state == rules.RAISED
        else [],
    }
    if getattr(request, "htmx", False):
        # The forms are only replaced when others take their place, so that nothing is lost that is being written.
        context["fresh_forms"] = request.GET.get("shape", "") != context["shape"]
        return render(request, "calls/resident/follow.html#fresh", context)
    return render(request, "calls/resident/follow.html", context, status=status)


def open_forms(call: Call, holder: Actor, bound: dict[str, Form]) -> dict[str, Form | None]:
    """A form for each step that the resident can take now; one that was refused keeps what was typed."""
    steps = (CALL[name] for name in ("confirm", "add_words", "reopen", "refer", "withdraw"))
    may = {step.name for step in steps if call.state in step.sources and step.when(call) and step.may(holder, call)}
    last = "refer" in may
    makers = {
        "answer": ("confirm" in may, lambda: AnswerForm(last=last)),
        "say": ("add_words" in may, lambda: SayForm(initial={"key": new_key()})),
        "reopen": (bool({"reopen", "refer"} & may) and call.state != rules.RESOLVED, lambda: ReasonForm(last=last)),
        "withdraw": ("withdraw" in may, ReasonForm),
    }
    return {name: (bound.get(name) or make()) if possible else None for name, (possible, make) in makers.items()}

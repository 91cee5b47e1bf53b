"""The wisher's page: how it goes, who opened their contact, and the last word. Whoever has the link is the wisher."""

from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from huying.kernel import links
from huying.kernel.errors import BadInput, Refusal, TooMany
from huying.kernel.forms import Form, new_key
from huying.kernel.gate import allow, anyone, unseen
from huying.kernel.rate import Limiter
from huying.kernel.scopes import Actor, link_holder
from huying.wishes import actions, rules
from huying.wishes.choices import EntryKind
from huying.wishes.forms.resident import AnswerForm, SayForm, TakeDownForm
from huying.wishes.models import Wish
from huying.wishes.queries import last_claim
from huying.wishes.telling import story_of
from huying.wishes.workflow import WISH

FORMS: dict[str, type[Form]] = {"answer": AnswerForm, "say": SayForm, "take_down": TakeDownForm}
TALK = Limiter(per_minute=6, burst=6)
MOST_ENTRIES = 60


def opened(secret: str) -> tuple[Wish, Actor]:
    """The wish behind a secret link and the actor that its holder is; 404 when we did not make the link."""
    number = links.read("wish", secret)
    if number is None:
        raise Http404
    holder = link_holder("wish", number)
    wish = Wish.objects.visible_to(holder).select_related("community").filter(pk=number).first()
    if wish is None:
        raise Http404
    return wish, holder


@unseen
@require_http_methods(["GET", "HEAD"])
@allow(anyone)
def page(request: HttpRequest, secret: str) -> HttpResponse:
    """How it goes, and what its wisher can do."""
    wish, holder = opened(secret)
    return show(request, wish, holder)


# Exempt from the CSRF token: the authority is the secret in the address, which no other site knows.
@csrf_exempt
@unseen
@require_POST
@allow(anyone)
def act(request: HttpRequest, secret: str, step: str) -> HttpResponse:
    """Take one of the wisher's steps; a refusal is shown on the page with what was typed."""
    wish, holder = opened(secret)
    if step not in FORMS:
        raise Http404
    form = FORMS[step](request.POST)
    form.is_valid()
    try:
        wait = TALK.take(wish.pk)
        if wait:
            raise TooMany(_("一下子写得太多了，请歇一会儿再发。您写的都还在。"), retry_after=int(wait) + 1)
        TAKE[step](wish, form.cleaned_data, holder)
    except BadInput as refusal:
        form.refuse(refusal)
        return show(request, wish, holder, status=422, bound={step: form})
    except Refusal as refusal:
        wish, holder = opened(secret)
        response = show(request, wish, holder, status=refusal.status, bound={step: form}, refusal=refusal)
        if isinstance(refusal, TooMany):
            response["Retry-After"] = str(refusal.retry_after)
        return response
    told = urlencode({"done": step})
    return HttpResponseRedirect(f"{reverse('wish-follow', args=[secret])}?{told}", status=303)


def _answer(wish: Wish, given: dict, holder: Actor) -> None:
    rating, text = given["rating"], given["text"]
    if rating == "not" and given["again"] == "yes":
        try:
            actions.reoffer(wish, text, by=holder)
        except BadInput as refusal:
            raise BadInput(refusal.reason, fields={"text": refusal.reason}) from None
    elif rating == "not" and given["again"] != "no":
        wrong = _("要不要请别人再来？请选一个。")
        raise BadInput(wrong, fields={"again": wrong})
    elif rating == "not":
        actions.close(wish, rating, by=holder, text=text)
    else:
        actions.confirm(wish, rating, by=holder, text=text)


def _say(wish: Wish, given: dict, holder: Actor) -> None:
    actions.tell(wish, given["text"], by=holder, key=given["key"][:64] or None)


def _take_down(wish: Wish, given: dict, holder: Actor) -> None:
    actions.take_down(wish, given["reason"], by=holder)


TAKE = {"answer": _answer, "say": _say, "take_down": _take_down}


def show(request, wish: Wish, holder: Actor, *, status: int = 200, bound=None, refusal=None) -> HttpResponse:
    """The page, with forms for the steps that are open."""
    bound = bound or {}
    claim = last_claim(wish) if wish.state in (*rules.HELD, rules.CONFIRMED, rules.CLOSED) else None
    giver = (claim.unit.name if claim.unit else claim.person.name) if claim else ""
    may = {step.name for step in WISH.available(wish, holder)}
    makers = {
        "answer": ("confirm" in may, AnswerForm),
        "say": ("say" in may, lambda: SayForm(initial={"key": new_key()})),
        "take_down": ("take_down" in may, TakeDownForm),
    }
    forms = {name: (bound.get(name) or make()) if possible else None for name, (possible, make) in makers.items()}
    context = {
        "wish": wish,
        "secret": wish.secret,
        "address": settings.BASE_URL + reverse("wish-follow", args=[wish.secret]),
        "call_secret": links.make("call", wish.call_number) if wish.call_number else "",
        "story": story_of(wish, giver),
        "giver": giver,
        "entries": wish.entries.filter(kind__in=(EntryKind.WORDS, EntryKind.REPLY)).select_related("by")[:MOST_ENTRIES],
        "openings": wish.openings.select_related("by", "claim__unit").order_by("-id")[:20],
        "forms": forms,
        "on_tree": wish.state in rules.SHOWN,
        "new": "new" in request.GET,
        "done": request.GET.get("done", ""),
        "refusal": refusal,
        "lost": [form.data.get("text") or form.data.get("reason") for name, form in bound.items() if not forms[name]],
    }
    return render(request, "wishes/resident/follow.html", context, status=status)

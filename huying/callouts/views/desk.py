"""The organiser's desk: which call-outs are under way, who stands where, who waits, and the steps."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from huying.callouts import rules
from huying.callouts.actions import answer, ask, change
from huying.callouts.actions.signup import sign_up
from huying.callouts.actions.signup_words import refused, words_of
from huying.callouts.forms.answer import BehalfForm, CallOffForm, ReopenForm
from huying.callouts.live import desk_topic
from huying.callouts.models import Callout, Shift, Signup, Volunteer
from huying.callouts.queries_desk import desk_of, ended_ones, live_ones
from huying.callouts.views import answer as answering
from huying.callouts.views.common import (
    LOOKS,
    SIGNUP_LOOKS,
    Post,
    by_window,
    organises_somewhere,
    over_night,
    private,
    where_of,
)
from huying.callouts.workflow import CALLOUT
from huying.kernel.errors import BadInput, Forbidden, Refusal
from huying.kernel.forms import Form
from huying.kernel.gate import allow, logged_in
from huying.kernel.live import LiveResponse
from huying.kernel.scopes import Actor

STEPS = ("close", "reopen", "call_off", "finish", "ask", "insure", "cancel", "behalf")


@require_safe
@allow(logged_in)
@private
def index(request: HttpRequest) -> HttpResponse:
    """What is under way: the organiser's own, or those that concern whoever looks; the next first."""
    actor = request.actor
    organises = organises_somewhere(request)
    callouts = live_ones(actor, own=organises)
    ended = ended_ones(actor) if organises else []
    where = where_of([*callouts, *ended])
    day = timezone.localdate()
    shown = [(_row(one, where), timezone.localtime(one.starts_at).date()) for one in callouts]
    groups = [
        (_("今天"), [row for row, date in shown if date <= day]),
        (_("以后"), [row for row, date in shown if date > day]),
    ]
    context = {
        "organises": organises,
        "groups": [(name, rows) for name, rows in groups if rows],
        "ended": [_row(one, where) for one in ended],
        "registered": Volunteer.objects.current().filter(person_id=actor.id).exists(),
        "mine": _own_signups(actor),
    }
    part = "#now" if request.htmx else ""
    return render(request, f"callouts/index.html{part}", context)


def _own_signups(actor: Actor) -> list[Signup]:
    """Where the reader stands themselves, the next first."""
    own = Signup.objects.standing().filter(person_id=actor.id, shift__ends_at__gt=timezone.now())
    return list(own.select_related("shift__callout").order_by("shift__starts_at", "id")[:20])


def _row(callout: Callout, where: dict[int, str]) -> dict:
    posts = [Post(shift, getattr(shift, "waiting_count", 0)) for shift in callout.shifts.all()]
    return {
        "callout": callout,
        "where": where.get(callout.pk, ""),
        "badge": LOOKS[callout.state],
        "long": over_night(callout.starts_at, callout.ends_at),
        "posts": posts[:6],
        "hidden": max(0, len(posts) - 6),
        "wanted": sum(post.shift.capacity for post in posts),
        "held": sum(post.shift.taken for post in posts),
        "free": sum(post.shift.free for post in posts),
        "waiting": sum(post.waiting for post in posts),
        "shut": any(post.shut for post in posts) and callout.is_live,
    }


@require_safe
@allow(logged_in)
@private
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One call-out: to whoever organises it the desk, to all others the page on which they answer."""
    actor = request.actor
    seen = Callout.objects.visible_to(actor).select_related("place", "posted_by")
    callout = get_object_or_404(seen, pk=pk)
    if not actor.holds(rules.ORGANISERS, callout.path) or "answer" in request.GET:
        return answering.show(request, callout, actor.id)
    return panel(request, callout)


def panel(request, callout: Callout, bound: dict[str, Form] | None = None, *, refusal=None, status: int = 200):
    """The organiser's page of a call-out."""
    bound = bound or {}
    desk = desk_of(callout)
    posts = [
        {"post": Post(one.shift, len(one.waiting)), "holding": one.holding, "waiting": one.waiting}
        for one in desk.posts
    ]
    may = {step.name for step in CALLOUT.available(callout, request.actor)}
    now = timezone.now()
    if callout.starts_at > now:
        may.discard("finish")
    free = sum(one.shift.free for one in desk.posts)
    quiet = ask.night(now)
    choices = [(str(one.shift.pk), _named(one.shift)) for one in desk.posts if one.shift.ends_at > now]
    context = {
        "callout": callout,
        "where": where_of([callout])[callout.pk],
        "badge": LOOKS[callout.state],
        "long": over_night(callout.starts_at, callout.ends_at),
        "looks": SIGNUP_LOOKS,
        "windows": by_window(posts),
        "desk": desk,
        "may": may,
        "free": free,
        "shut": sum(one["post"].shut for one in posts) if callout.is_live else 0,
        "wanted": sum(one.shift.capacity for one in desk.posts),
        "quiet": quiet if not callout.emergency else None,
        "private": callout.private_sealed.open() if callout.private_sealed is not None else "",
        "forms": {
            "call_off": bound.get("call_off") or CallOffForm(),
            "reopen": bound.get("reopen") or ReopenForm(),
            "behalf": bound.get("behalf") or BehalfForm(shifts=choices),
        },
        "refusal": refusal if refusal is not None and not getattr(refusal, "fields", None) else None,
    }
    part = "#now" if request.htmx and request.method == "GET" else ""
    return render(request, f"callouts/detail.html{part}", context, status=status)


def _named(shift: Shift) -> str:
    start, end = timezone.localtime(shift.starts_at), timezone.localtime(shift.ends_at)
    return f"{shift.name} {start:%m-%d %H:%M}–{end:%H:%M}"


@require_POST
@allow(logged_in)
@private
def do(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    """A step of the organiser; a refusal is shown on the page with what was typed."""
    actor = request.actor
    callout = get_object_or_404(Callout.objects.visible_to(actor).select_related("place", "posted_by"), pk=pk)
    if step not in STEPS:
        raise Http404
    if not actor.holds(rules.ORGANISERS, callout.path):
        raise Forbidden(_("您没有这一步的权限。"))
    form: Form | None = None
    try:
        if step in ("call_off", "reopen", "behalf"):
            form = _form(step, callout, request)
            form.is_valid()
        done = TAKE[step](request, callout, form, actor)
    except BadInput as refusal:
        if form is not None:
            form.refuse(refusal)
        return panel(request, callout, {step: form} if form is not None else {}, refusal=refusal, status=422)
    except Forbidden:
        raise
    except Refusal as refusal:
        callout.refresh_from_db()
        bound = {step: form} if form is not None else {}
        return panel(request, callout, bound, refusal=refusal, status=refusal.status)
    messages.success(request, done)
    return redirect("callout-detail", pk=pk)


def _form(step: str, callout: Callout, request) -> Form:
    if step == "behalf":
        shifts = [(str(one.pk), _named(one)) for one in callout.shifts.order_by("starts_at", "id")]
        return BehalfForm(request.POST, shifts=shifts)
    return {"call_off": CallOffForm, "reopen": ReopenForm}[step](request.POST)


def _close(request, callout, form, actor) -> str:
    change.close(callout, by=actor)
    return _("停止报名了。候补还会按先后补上。")


def _reopen(request, callout, form, actor) -> str:
    if form.errors:
        raise BadInput(str(next(iter(form.errors.values()))[0]), fields={k: str(v[0]) for k, v in form.errors.items()})
    change.reopen(callout, form.cleaned_data["closes_at"], by=actor)
    return _("又可以报名了。")


def _call_off(request, callout, form, actor) -> str:
    change.call_off(callout, form.cleaned_data["reason"], by=actor)
    return _("取消了，报了名的人都会收到消息。")


def _finish(request, callout, form, actor) -> str:
    change.finish(callout, by=actor)
    return _("结束了。谢谢大家。")


def _ask(request, callout, form, actor) -> str:
    count = ask.ask(callout, by=actor, more=True)
    if not count:
        return _("合适的、还可以问的人都问过了。范围可以选大一点，或者把要求放宽一点。")
    return ngettext("又问了 %(n)d 个人。", "又问了 %(n)d 个人。", count) % {"n": count}


def _insure(request, callout, form, actor) -> str:
    for shift in callout.shifts.filter(risky=True, insured_at=None).order_by("pk"):
        change.insure(shift, by=actor)
    return _("记下了，有风险的岗位开放了。")


def _cancel(request, callout, form, actor) -> str:
    own = Signup.objects.filter(shift__callout=callout).select_related("shift__callout")
    answer.cancel(_row_of(own, request, "signup"), by=actor)
    return _("取消了这个报名，本人会收到消息。")


def _row_of(rows, request, name: str):
    number = request.POST.get(name, "")
    return get_object_or_404(rows, pk=int(number) if number.isdigit() and len(number) < 18 else 0)


def _behalf(request, callout, form, actor) -> str:
    who, number = " ".join(form.cleaned_data["who"].split()), form.cleaned_data["shift"]
    # Those registered where this organiser, or the call-out, is heard.
    seen = Volunteer.objects.current().filter(path__within_any=[*actor.paths(rules.ORGANISERS), callout.reach_path])
    found = list(seen.filter(number=who)[:1]) or list(seen.filter(person__name=who).select_related("person")[:5])
    if not who or not found:
        wrong = _("没有登记过这个名字。请先替他登记成志愿者。") if who else _("请写是谁。")
        raise BadInput(wrong, fields={"who": wrong})
    if len(found) > 1:
        wrong = _("有几位同名：%(numbers)s。请写编号。") % {"numbers": "、".join(one.number for one in found)}
        raise BadInput(wrong, fields={"who": wrong})
    shift = callout.shifts.filter(pk=int(number) if number.isdigit() and len(number) < 18 else 0).first()
    if shift is None:
        wrong = _("请选一个岗位。")
        raise BadInput(wrong, fields={"shift": wrong})
    outcome = sign_up(shift, found[0].person_id, by=actor, how="staff")
    if not outcome.stands:
        raise refused(outcome)
    return words_of(outcome)


TAKE = {
    "close": _close,
    "reopen": _reopen,
    "call_off": _call_off,
    "finish": _finish,
    "ask": _ask,
    "insure": _insure,
    "cancel": _cancel,
    "behalf": _behalf,
}


@require_safe
@allow(logged_in)
def live(request: HttpRequest) -> LiveResponse:
    """Wakes when a call-out at one of the reader's places moves."""
    return LiveResponse([desk_topic(path) for path in request.actor.paths(rules.ORGANISERS)])

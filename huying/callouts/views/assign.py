"""The first assignment: one button proposes, a person moves, one button publishes."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from huying.callouts import rules
from huying.callouts.actions import assign
from huying.callouts.models import Callout, Proposal
from huying.callouts.queries_assign import candidates
from huying.callouts.telling_plans import board_of
from huying.callouts.telling_roster import weeks_of
from huying.kernel.errors import BadInput, Refusal, StalePage, StepRefused
from huying.kernel.gate import allow, holding

private = cache_control(private=True, no_store=True)
organisers = allow(holding(*rules.ORGANISERS))


def organised(request) -> QuerySet:
    """The call-outs that the reader may assign people to."""
    return Callout.objects.organised_by(request.actor).select_related("place")


def find(request, pk: int) -> tuple[Callout, Proposal | None]:
    """The call-out and its latest draft or published assignment; 404 when it is not the reader's."""
    callout = get_object_or_404(organised(request), pk=pk)
    latest = callout.proposals.exclude(state=Proposal.State.DROPPED).order_by("-pk").first()
    return callout, latest


def board(request, callout: Callout, proposal: Proposal | None, refusal: Refusal | None = None) -> HttpResponse:
    """The draft as posts with seats; only the board when htmx asked for it."""
    draft = proposal is not None and proposal.state == Proposal.State.DRAFT
    shown = board_of(callout, proposal)
    context = {
        "callout": callout,
        "proposal": proposal,
        "draft": draft,
        "board": shown,
        "refusal": refusal,
        "live": callout.is_live,
    }
    if callout.kind == "roster":
        context["weeks"] = weeks_of(shown)
        opened = _number(request.POST.get("shift") or request.GET.get("shift", ""))
        context["cell"] = next((one for one in shown.columns if one.shift.pk == opened), None)
        context["people"] = sorted(candidates(callout).values(), key=lambda one: one.person_id)
        return render(request, "callouts/assign/roster.html", context, status=refusal.status if refusal else 200)
    name = "callouts/assign/page.html" + ("#board" if request.htmx else "")
    return render(request, name, context, status=refusal.status if refusal else 200)


@require_safe
@organisers
@private
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Who goes where, as it is proposed now."""
    return board(request, *find(request, pk))


@require_POST
@organisers
@private
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    """Work it out."""
    callout, latest = find(request, pk)
    try:
        made = assign.propose(callout, by=request.actor)
    except StepRefused as refusal:
        return board(request, callout, latest, refusal)
    return board(request, callout, made) if request.htmx else redirect("callout-assign", pk=pk)


@require_POST
@organisers
@private
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Move one person by hand."""
    person, source, target = (_number(request.POST.get(name, "")) for name in ("person", "source", "target"))
    return _changed(request, pk, lambda draft, version: assign.move(draft, person, source, target, by=request.actor, version=version))  # fmt: skip


@require_POST
@organisers
@private
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the latest move back."""
    return _changed(request, pk, lambda draft, version: assign.undo(draft, by=request.actor, version=version))


@require_POST
@organisers
@private
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish it, at once."""
    callout, draft = find(request, pk)
    if draft is None or draft.state != Proposal.State.DRAFT:
        return board(request, callout, draft, StalePage(_("没有可以公布的草稿。")))
    try:
        made = assign.publish(draft, by=request.actor, version=_number(request.POST.get("version", "")))
    except (BadInput, StepRefused) as refusal:
        return board(request, *find(request, pk), refusal)
    failed = made.placings.exclude(refused="").count()
    messages.success(request, _("分工已公布，每个人都会收到消息。"))
    if failed:
        words = ngettext("有 %(n)d 人没排上，原因写在卡片上。", "有 %(n)d 人没排上，原因写在卡片上。", failed)
        messages.warning(request, words % {"n": failed})
    return redirect("callout-assign", pk=pk)


def _changed(request, pk: int, act) -> HttpResponse:
    callout, draft = find(request, pk)
    if draft is None or draft.state != Proposal.State.DRAFT:
        return board(request, callout, draft, StalePage(_("草稿已经公布或作废了。")))
    try:
        draft = act(draft, _number(request.POST.get("version", "")))
    except (BadInput, StepRefused) as refusal:
        return board(request, *find(request, pk), refusal)
    if request.htmx:
        return board(request, callout, draft)
    shift = _number(request.POST.get("shift", ""))
    return redirect(reverse("callout-assign", args=[pk]) + (f"?shift={shift}#cell" if shift else ""))


def _number(text: str) -> int:
    """A number that a form sent; one that fits nothing when it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0

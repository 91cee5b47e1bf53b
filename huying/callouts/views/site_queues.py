"""Queues by numbers for those who keep them: open one, hand out its links, look how it goes, close it."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huying.callouts import site_rules
from huying.callouts.actions import site_queue as queues
from huying.callouts.forms.sites import LanesForm, QueueForm
from huying.callouts.models import Callout, SitePlan, SiteQueue
from huying.callouts.queries_sites import counts, missed, standing
from huying.callouts.site_catalogue import numbers
from huying.callouts.views.sites_base import chosen, keeps, own_places, private
from huying.callouts.workflow_sites import QUEUE
from huying.kernel.errors import BadInput, StepRefused
from huying.kernel.gate import allow
from huying.kernel.qr import qr

LISTED = 30


@require_safe
@allow(keeps)
@private
def index(request: HttpRequest) -> HttpResponse:
    """The queues that run below one's posts, and those of the last days."""
    mine = SiteQueue.objects.visible_to(request.actor).select_related("place").order_by("-id")
    running = [standing(queue) for queue in mine.open()[:LISTED]]
    return render(
        request,
        "callouts/sites/queues.html",
        {"running": running, "past": mine.filter(state=site_rules.CLOSED)[:LISTED]},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@allow(keeps)
@private
def new(request: HttpRequest) -> HttpResponse:
    """Open a queue, perhaps from a plan or for a call-out: what they know is filled in."""
    given = request.POST if request.method == "POST" else request.GET
    plan = _one(SitePlan.objects.visible_to(request.actor).kept(), given.get("plan", ""))
    callout = _one(Callout.objects.organised_by(request.actor), given.get("callout", ""))
    wanted = given.get("place") or (str(plan.place_id) if plan else str(callout.place_id) if callout else "")
    places = own_places(request.actor, site_rules.KEEPERS, wanted)
    first = {"place": wanted or (str(places[0].pk) if len(places) == 1 else "")}
    if callout is not None:
        first |= {"callout": str(callout.pk), "name": callout.title}
    if plan is not None:
        first |= {"plan": str(plan.pk), "name": plan.name, "lanes": plan.lanes}
    form = QueueForm(request.POST if request.method == "POST" else None, places=places, initial=first)
    status = 200
    if request.method == "POST":
        try:
            queue = _opened(request, form, places, plan, callout)
            messages.success(request, _("开始叫号了。把下面的二维码和链接交给现场的人。"))
            return redirect("site-queue", queue.pk)
        except (BadInput, StepRefused) as refusal:
            form.refuse(refusal)
            status = refusal.status
    return render(request, "callouts/sites/queue_new.html", {"form": form, "plan": plan}, status=status)


def _one(found, pk: str):
    """The row with an id as it was sent; None when there is none, or nonsense."""
    return found.filter(pk=int(pk)).first() if pk.isascii() and pk.isdigit() and len(pk) < 15 else None


def _opened(request, form: QueueForm, places, plan, callout) -> SiteQueue:
    if not form.is_valid():
        found = {name: str(words[0]) for name, words in form.errors.items()}
        raise BadInput(next(iter(found.values())), fields=found)
    given = form.cleaned_data
    return queues.open_queue(
        chosen(places, given["place"]),
        given["name"],
        given["lanes"],
        key=given["key"] or form.initial["key"],
        by=request.actor,
        plan=plan,
        callout=callout,
    )


def _queue(request: HttpRequest, pk: int) -> SiteQueue:
    mine = SiteQueue.objects.visible_to(request.actor).select_related("place", "plan", "callout")
    return get_object_or_404(mine, pk=pk)


@require_safe
@allow(keeps)
@private
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A queue: how it goes, and the links for the entrance, the lanes and the wall."""
    return _page(request, _queue(request, pk))


def _page(request, queue: SiteQueue, *, lanes: LanesForm | None = None, status: int = 200) -> HttpResponse:
    now = standing(queue)
    how_many = counts(queue)
    context = {
        "queue": queue,
        "now": now,
        "served": how_many.get(site_rules.DONE, 0),
        "left": how_many.get(site_rules.LEFT, 0),
        "missed": missed(queue),
        "steps": {step.name for step in QUEUE.available(queue, request.actor)},
        "lanes_form": lanes or LanesForm(initial={"lanes": queue.lanes, "version": queue.version}),
        "keep_days": numbers()["queue"]["keep_days"],
    }
    if request.htmx and request.htmx.target == "queue-now":
        return render(request, "callouts/sites/queue.html#now", context, status=status)
    base = settings.BASE_URL
    desk = reverse("site-desk", args=[queue.desk_secret])
    context |= {
        "take_code": qr(base + reverse("site-take", args=[queue.secret])),
        "take_url": reverse("site-take", args=[queue.secret]),
        "wall_url": reverse("site-wall", args=[queue.secret]),
        "desk_url": desk,
        "desk_code": qr(base + desk),
        "lane_links": [
            {"lane": lane, "href": href, "code": qr(base + href)}
            for lane in range(1, queue.lanes + 1)
            for href in [reverse("site-lane", args=[queue.lane_secret(lane)])]
        ],
    }
    return render(request, "callouts/sites/queue.html", context, status=status)


@require_POST
@allow(keeps)
def do(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    """Close, go on, or open more or fewer lanes."""
    queue = _queue(request, pk)
    if step == "change":
        form = LanesForm(request.POST)
        try:
            if not form.is_valid():
                words = str(next(iter(form.errors.values()))[0])
                raise BadInput(words, fields={"lanes": words})
            version = form.cleaned_data["version"]
            queues.change_lanes(queue, form.cleaned_data["lanes"], by=request.actor, version=version)
        except (BadInput, StepRefused) as refusal:
            form.refuse(refusal)
            return _page(request, queue, lanes=form, status=refusal.status)
        messages.success(request, _("现在开 %(n)d 条通道。新通道的链接在下面。") % {"n": queue.lanes})
    elif step == "close":
        queues.close_queue(queue, by=request.actor)
        messages.success(request, _("收队了，不再发号、叫号。"))
    elif step == "reopen":
        queues.reopen_queue(queue, by=request.actor)
        messages.success(request, _("接着叫号。"))
    else:
        raise Http404
    return redirect("site-queue", pk)


@require_safe
@allow(keeps)
@private
def poster(request: HttpRequest, pk: int) -> HttpResponse:
    """The sheet for the entrance: scan for a number, or ask the helper."""
    queue = _queue(request, pk)
    context = {
        "queue": queue,
        "code": qr(settings.BASE_URL + reverse("site-take", args=[queue.secret])),
        "spoken": settings.LANGUAGE_CODE,
    }
    return render(request, "callouts/sites/poster.html", context)

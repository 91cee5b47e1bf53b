"""Posting a call-out: pick a picture, look over what is filled in, send. And changing one that is under way."""

import datetime as dt

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huying.callouts import queries_telling as telling
from huying.callouts import rules
from huying.callouts.actions import change as changing
from huying.callouts.actions.ask import night
from huying.callouts.actions.post import Posting, post, reach_path, times_of
from huying.callouts.catalogue import numbers, reaches_of, template, templates
from huying.callouts.forms.post import OWN, ChangeForm, PostForm, WithLines, first_of, first_of_change
from huying.callouts.models import Callout, SitePlan
from huying.callouts.rules_asking import wave
from huying.callouts.views.common import organiser, own_places, private
from huying.kernel.errors import BadInput, Forbidden, Refusal, StalePage
from huying.kernel.gate import allow
from huying.kernel.scopes import Actor, covers
from huying.modes.queries import mode_of
from huying.places import queries as places
from huying.places.maps import Plan, plan_of
from huying.places.models import Place

# A call-out from nothing: no template, everything empty.
BLANK = "blank"
KINDS = ("community", "compound", "building")


@require_safe
@allow(organiser)
@private
def pick(request: HttpRequest) -> HttpResponse:
    """What is it about? A picture each."""
    own = own_places(request.actor)
    mode = mode_of(own[0].path) if own else None
    kinds = templates("emergency" if mode is not None else "peace")
    return render(request, "callouts/post_pick.html", {"templates": kinds, "mode": mode, "plan": _plan(request)})


def from_plan(plan: SitePlan, first: dict) -> list[dict]:
    """The posts that a plan of a site needs; its day and hours, when it has a day to come, are filled in."""
    first["title"] = first["title"] or plan.name
    if plan.day is not None and plan.day >= timezone.localdate():
        first["when"] = OWN
        for name, at in (("starts_at", plan.opens), ("ends_at", plan.closes)):
            first[name] = timezone.make_aware(dt.datetime.combine(plan.day, at))
    return [{"name": name, "places": places} for name, places in plan.posts()]


def _plan(request) -> str:
    given = request.GET.get("plan", "")
    return given if given.isdigit() and len(given) < 15 else ""


@require_http_methods(["GET", "HEAD", "POST"])
@allow(organiser)
@private
def new(request: HttpRequest, code: str) -> HttpResponse:
    """One page with everything filled in; sent twice, it is one call-out."""
    actor = request.actor
    kind = None if code == BLANK else template(code)
    if code != BLANK and kind is None:
        return redirect("callout-new")
    all_reaches = reaches_of(one.role for one in actor.posts)
    if request.method != "POST":
        first, rows = first_of(kind, all_reaches)
        own = own_places(actor)
        wanted = request.GET.get("place", "")
        plan = SitePlan.objects.visible_to(actor).kept().filter(pk=int(_plan(request) or 0)).first()
        if plan is not None:
            rows, wanted = from_plan(plan, first), wanted or str(plan.place_id)
        chosen = in_reach(actor, wanted) or (own[0] if own else None)
        first["place"] = str(chosen.pk) if chosen else ""
        form = PostForm(initial=first, lines=rows, reaches=all_reaches, template=kind)
        return page(request, form, kind, chosen)
    form = PostForm(request.POST, reaches=all_reaches, template=kind)
    do = request.POST.get("do", "")
    if do == "find":
        found = search(actor, request.POST.get("q", ""))
        return page(request, form, kind, found=found)
    if do:
        form.change_rows(do)
        return page(request, form, kind)
    form.is_valid()
    place = in_reach(actor, form.cleaned_data.get("place", ""))
    try:
        if place is None:
            wrong = _("请选是哪里。")
            raise BadInput(wrong, fields={"place": wrong, **form.unreadable()})
        wrong = form.unreadable()
        if wrong:
            raise BadInput(next(iter(wrong.values())), fields=wrong)
        callout, made = post(form.posting(place), by=actor)
    except BadInput as refusal:
        form.refuse(refusal)
        return page(request, form, kind, place, status=422)
    if made:
        messages.success(request, _("发出去了。有人回答，这一页会自己变。"))
    return redirect("callout-detail", pk=callout.pk)


def page(request, form: PostForm, kind, chosen: Place | None = None, *, found=(), status: int = 200) -> HttpResponse:
    """The page of a new call-out, with what was typed."""
    actor = request.actor
    picked = str(form["place"].value() or "")
    chosen = chosen or in_reach(actor, picked)
    own = own_places(actor)
    more = [one for one in ([chosen] if chosen else []) + list(found) if one not in own]
    context = {
        "form": form,
        "kind": kind,
        "own": tiles(own),
        "tiles": tiles(list(dict.fromkeys(more))),
        "place": picked or (str(chosen.pk) if chosen else ""),
        "asked": request.POST.get("q", ""),
        "at": chosen,
        **map_of(chosen, form),
        **(_range_first(form, chosen, actor) if not form.is_bound else preview(form, chosen, actor)),
    }
    return render(request, "callouts/post.html", context, status=status)


def map_of(place: Place | None, form: WithLines) -> dict:
    """The small map with its pin; without a position there is none, and the words of the meeting point do."""
    plan: Plan | None = plan_of(place) if place is not None else None
    if plan is None or place is None:
        return {"plan": None}
    try:
        point = float(form["lng"].value()), float(form["lat"].value())
    except (TypeError, ValueError):
        point = None
    moved = point is not None and plan.has(*point)
    if not moved:
        own = place.lng is not None and place.lat is not None and plan.has(place.lng, place.lat)
        point = (place.lng, place.lat) if own else plan.degrees(plan.width / 2, plan.height / 2)
    return {"plan": plan, "pin": plan.place(*point), "moved": moved}


def _range_first(form: PostForm, place: Place | None, actor: Actor) -> dict:
    """The preview of what is filled in at first: the form read as if it had been sent so."""
    data = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    for line in form.lines:
        for name in line.fields:
            value = line[name].value()
            if value not in (None, False, [], ""):
                data[line.add_prefix(name)] = value
    read = PostForm(
        _Given(data), reaches=reaches_of(one.role for one in actor.posts), template=template(data.get("template", ""))
    )
    return preview(read, place, actor)


class _Given(dict):
    """A dict that is read like what a browser sends."""

    def getlist(self, name: str) -> list:
        value = self.get(name, [])
        return list(value) if isinstance(value, (list, tuple)) else [value]


def preview(form: PostForm, place: Place | None, actor: Actor) -> dict:
    """How many it reaches, and how many are asked first; nothing as long as place and times are not known."""
    form.is_valid()
    if place is None:
        return {"reach_words": ""}
    posting = form.posting(place)
    wrong: dict[str, str] = {}
    path = reach_path(place, posting.reach, actor, wrong)
    wanted = _wanted(posting)
    if (
        wrong
        or not wanted
        or posting.ends_at is None
        or posting.starts_at is None
        or posting.ends_at <= posting.starts_at
    ):
        return {"reach_words": ""}
    now, told = timezone.now(), numbers()["asking"]
    morning = night(now)
    found = telling.range_of(path, [one for one, _n in wanted], now, night=morning is not None and posting.emergency)
    places_wanted = sum(count for _one, count in wanted)
    everybody = posting.tell_all or posting.emergency
    first = (
        found.registered
        if everybody
        else min(found.fitting, wave(places_wanted, 0, 0, told["per_place"], told["most"]))
    )
    return {
        "reach_words": True,
        "registered": found.registered,
        "fitting": found.fitting,
        "free": found.free,
        "first": first,
        "places_wanted": places_wanted,
        "shifts_wanted": len(wanted),
        "everybody": everybody,
        "morning": None if morning is None or posting.emergency else morning,
        "short": found.fitting < places_wanted,
    }


def _wanted(posting: Posting) -> list[tuple[telling.Wanted, int]]:
    """What the posts ask, and how many of each; rows that cannot be yet are left out."""
    most = numbers()["posting"]
    found = []
    for line in posting.lines:
        if line.places is None or not 0 < line.places <= most["most_places"]:
            continue
        for start, end in times_of(line, posting):
            if start < end and len(found) < most["most_shifts"]:
                asks = (line.skills, line.body, line.min_age, line.max_age)
                found.append((telling.Wanted(start, end, *asks, line.rest), line.places))
    return found


@require_POST
@allow(organiser)
@private
def in_range(request: HttpRequest) -> HttpResponse:
    """The preview of what is typed, and the map of the place that is chosen: a part of the page."""
    actor = request.actor
    form = PostForm(
        request.POST,
        reaches=reaches_of(one.role for one in actor.posts),
        template=template(request.POST.get("template", "")),
    )
    place = in_reach(actor, request.POST.get("place", ""))
    context = {"form": form, "at": place, **preview(form, place, actor), "fresh": False}
    if place is not None and request.POST.get("mapped", "") != str(place.pk):
        context |= map_of(place, form) | {"fresh": True}
    return render(request, "callouts/_range.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(organiser)
@private
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a live call-out; whoever stands in it is told."""
    callout = get_object_or_404(Callout.objects.organised_by(request.actor).select_related("place"), pk=pk)
    if not callout.is_live:
        return redirect("callout-detail", pk=pk)
    status, stale = 200, None
    if request.method != "POST":
        first, rows = first_of_change(callout)
        form = ChangeForm(initial=first, lines=rows)
    else:
        form = ChangeForm(request.POST)
        do = request.POST.get("do", "")
        if do:
            form.change_rows(do)
        else:
            try:
                return _changed(request, callout, form)
            except StalePage as refusal:
                status, stale = refusal.status, refusal
                form.refuse(refusal)
                form.data = form.data.copy()
                form.data["version"] = str(Callout.objects.values_list("version", flat=True).get(pk=pk))
            except Forbidden:
                raise
            except Refusal as refusal:
                status = refusal.status
                form.refuse(refusal)
    taken = dict(callout.shifts.values_list("pk", "taken"))
    for line in form.lines:
        value = line["pk"].value()
        line.taken = taken.get(int(value), 0) if str(value or "").isdigit() else 0
    context = {"form": form, "callout": callout, "stale": stale, "at": callout.place, **map_of(callout.place, form)}
    return render(request, "callouts/change.html", context, status=status)


def _changed(request, callout: Callout, form: ChangeForm) -> HttpResponse:
    form.is_valid()
    wrong = form.unreadable()
    if wrong:
        raise BadInput(next(iter(wrong.values())), fields=wrong)
    changing.change(callout, form.change(), by=request.actor, version=form.cleaned_data["version"])
    count = callout.shifts.filter(taken__gt=0).count()
    done = _("改好了。")
    if count:
        done += _("报了名的人会收到消息。")
    messages.success(request, done)
    return redirect("callout-detail", pk=callout.pk)


def in_reach(actor: Actor, text: str) -> Place | None:
    """The current place with this id, from community to building, at or below the actor's posts; None otherwise."""
    if not text.isdigit() or len(text) > 15:
        return None
    place = Place.objects.current().filter(pk=int(text), kind__in=KINDS).select_related("parent").first()
    reach = actor.paths(rules.ORGANISERS)
    return place if place is not None and any(covers(path, place.path) for path in reach) else None


def search(actor: Actor, text: str) -> list[Place]:
    """Places at or below one's posts by name."""
    text = text.replace("\x00", "").strip()[:60]
    found: dict[int, Place] = {}
    for path in actor.paths(rules.ORGANISERS)[:4] if text else ():
        for place in places.search(text, within=path, kinds=KINDS, limit=8):
            found[place.pk] = place
    return list(found.values())[:12]


def tiles(found: list[Place]) -> list[tuple[str, str]]:
    """Places as choices: (id, words from the compound down)."""
    return [
        (str(one.pk), " ".join(map(str, [*[up for up in one.ancestors() if up.kind == "compound"], one])))
        for one in found
    ]

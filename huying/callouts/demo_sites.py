"""The sites of the demo: plans of the compound at the heart of the story to compare, and a queue that runs beside it."""

import datetime as dt

from django.utils import timezone

from huying.callouts.actions import site_plans, site_queue
from huying.callouts.models import SitePlan, SiteQueue
from huying.callouts.queries_sites import lane_slip
from huying.callouts.site_catalogue import numbers, templates
from huying.kernel.scopes import Actor, link_holder
from huying.people.models import Post
from huying.people.queries import actor_for
from huying.places.models import Place

# (key, community, compound, kind, name, people, lanes, curve)
PLANS = (
    ("demo-site-1", "骊山新家园社区", "骊山新家园", "testing", "小广场四条通道", 2400, 4, "morning"),
    ("demo-site-2", "骊山新家园社区", "骊山新家园", "testing", "小广场五条通道", 2400, 5, "morning"),
    ("demo-site-3", "广场社区", "人民大厦小区", "goods", "门口发菜", 400, 2, "even"),
)
QUEUE = "demo-queue-1"
# So many took a number; of these every so many go first, and so many were called by now.
TAKEN, FIRST_EVERY, CALLED = 26, 6, 13


def load() -> int:
    """Work the plans out, open a queue from the last one and call some numbers; returns how many plans are new. Idempotent."""
    new, last = 0, None
    for key, community, compound, kind, name, people, lanes, curve in PLANS:
        place = Place.objects.current().filter(kind="compound", name=compound, parent__short_name=community).first()
        by = _keeper(place) if place is not None else None
        if place is None or by is None:
            continue
        known = SitePlan.objects.filter(key=key).first()
        template, policy = templates()[kind], numbers()
        draft = site_plans.Draft(
            template=template,
            people=people,
            opens=template.opens,
            closes=template.closes,
            curve_kind=curve,
            lanes=lanes,
            stations=tuple((one.mean, one.spread) for one in template.stations),
            first_percent=policy["first_percent"],
            in_row=policy["in_row"],
            target=policy["target_minutes"],
        )
        day = timezone.localdate() + dt.timedelta(days=1)
        last = known or site_plans.save_plan(draft, name, place, day, key=key, by=by, made_up=True), by
        new += known is None
    if last is not None and new:
        _queue(*last)
    return new


def _keeper(place: Place) -> Actor | None:
    """Whoever would plan there: somebody of the community or the compound."""
    roles = ("compound_secretary", "community_worker", "community_secretary")
    post = Post.objects.filter(role__in=roles, place__path__ancestors=place.path).order_by("-place__path", "id").first()
    return actor_for(post.person) if post is not None else None


def _queue(plan: SitePlan, by: Actor) -> None:
    """A queue of today, with some who were served, some at the lanes and some who wait."""
    if SiteQueue.objects.filter(place_id=plan.place_id).exists():
        return
    queue = site_queue.open_queue(plan.place, plan.name, plan.lanes, key=QUEUE, by=by, plan=plan, made_up=True)
    helper = link_holder("sitequeue", queue.pk)
    for number in range(1, TAKEN + 1):
        key = f"{QUEUE}-{number:04d}"
        site_queue.take_number(queue, key=key, first=number % FIRST_EVERY == 0, by=helper, by_helper=number % 3 == 0)
    for turn in range(CALLED):
        lane = turn % queue.lanes + 1
        here = lane_slip(queue, lane)
        site_queue.call_next(queue, lane, seen=here.pk if here else 0, by=helper, missed=turn == 7)

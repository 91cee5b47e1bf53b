"""Numbers on the day: opening a queue, taking a number, calling the next, taking a call back, erasing what was."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.callouts import events, site_rules
from huying.callouts.models import Callout, SitePlan, SiteQueue, Slip
from huying.callouts.queries_sites import lane_slip
from huying.callouts.site_catalogue import numbers
from huying.callouts.workflow_sites import QUEUE, SLIP
from huying.kernel import prepared
from huying.kernel.errors import BadInput, Forbidden, StepRefused
from huying.kernel.idempotency import checked_key
from huying.kernel.log import record
from huying.kernel.scopes import Actor
from huying.kernel.words import clean
from huying.places.models import Place
from huying.solvers.site_formula import pace

# The queue's row counts its numbers: locked by the UPDATE until the slip is written, it leaves no gap and gives none
# twice. A key that is there already takes nothing.
TAKE = """
WITH queue AS (
    UPDATE callouts_sitequeue q SET taken = taken + 1
    WHERE id = %(queue)s AND state = 'open' AND taken < %(most)s
        AND NOT EXISTS (SELECT FROM callouts_slip s WHERE s.queue_id = %(queue)s AND s.key = %(key)s)
    RETURNING id, taken, place_id
), slip AS (
    INSERT INTO callouts_slip (queue_id, number, state, version, "first", by_helper, run_before, key)
    SELECT id, taken, 'waiting', 0, %(first)s, %(by_helper)s, 0, %(key)s FROM queue
    RETURNING id, number, queue_id
), event AS (
    INSERT INTO kernel_event (at, kind, subject_type, subject_id, actor_kind, actor_id, place_id, facts)
    SELECT clock_timestamp(), 'callouts.number_taken', 'slip', s.id, %(actor_kind)s, %(actor_id)s, q.place_id,
        jsonb_build_object('version', 0, 'queue', s.queue_id, 'number', s.number)
    FROM slip s JOIN queue q ON q.id = s.queue_id
)
SELECT id FROM slip
"""


def open_queue(
    place: Place | None,
    name: str,
    lanes: int,
    *,
    key: str,
    by: Actor,
    plan: SitePlan | None = None,
    callout: Callout | None = None,
    day: dt.date | None = None,
    made_up: bool = False,
) -> SiteQueue:
    """Open a queue at a place for a day, today by default. One place has one open queue. The same key is the same queue."""
    known = SiteQueue.objects.filter(key=key, opened_by_id=by.id).first()
    if known is not None:
        return known
    wrong: dict[str, str] = {}
    title = clean(name) or (plan.name if plan else "")
    if not title:
        wrong["name"] = _("写一句叫什么，比如“核酸采样点”，大家在屏幕上看到的就是它。")
    elif len(title) > 40:
        wrong["name"] = _("最多 %(most)d 字，现在有 %(now)d 字。") % {"most": 40, "now": len(title)}
    most = numbers()["queue"]["lanes_most"]
    if not 1 <= lanes <= most:
        wrong["lanes"] = _("请写 1 到 %(most)d 条通道。") % {"most": most}
    if place is None or not place.is_current():
        wrong["place"] = _("请选在哪里叫号。")
    elif not by.holds(site_rules.KEEPERS, place.path) and by.kind != "system":
        raise Forbidden(_("只有这里的书记、社区工作者和街道能开叫号。"))
    if wrong:
        raise BadInput(next(iter(wrong.values())), fields=wrong)
    given = {
        "name": title,
        "place": place,
        "path": place.path,
        "plan": plan,
        "callout": callout,
        "day": day or timezone.localdate(),
        "lanes": lanes,
        "in_row": plan.in_row if plan else numbers()["in_row"],
        "seconds_each": pace(plan.site.stations).mean if plan else numbers()["queue"]["seconds_each"],
        "key": checked_key(key),
        "opened_by_id": by.id,
        "made_up": made_up,
    }
    try:
        with transaction.atomic():
            queue = SiteQueue.objects.create(**given)
            record(events.QUEUE_OPENED, queue, by=by, place=place.pk, version=0, lanes=lanes)
    except IntegrityError:
        there = SiteQueue.objects.filter(key=key, opened_by_id=by.id).first()
        if there is not None:
            return there
        raise StepRefused(_("这里已经有一个在叫号的队，先收了它，再开新的。"), code="open_already") from None
    queue.refresh_from_db()
    return queue


def change_lanes(queue: SiteQueue, lanes: int, *, by: Actor, version: int | None = None) -> SiteQueue:
    """Open more lanes or fewer; a lane beyond the number finishes whom it has, and calls nobody after them."""
    most = numbers()["queue"]["lanes_most"]
    if not 1 <= lanes <= most:
        words = _("请写 1 到 %(most)d 条通道。") % {"most": most}
        raise BadInput(words, fields={"lanes": words})
    with QUEUE.step("change", queue, by=by, version=version, lanes=lanes) as row:
        row.lanes = lanes
    return queue


def close_queue(queue: SiteQueue, *, by: Actor, version: int | None = None) -> SiteQueue:
    """No more numbers, no more calls. Whoever still waits reads so on their slip."""
    with QUEUE.step("close", queue, by=by, version=version) as row:
        row.closed_at = timezone.now()
    return queue


def reopen_queue(queue: SiteQueue, *, by: Actor, version: int | None = None) -> SiteQueue:
    """Go on where it was; only while its slips are kept, and no other queue is open at the place."""
    if queue.erased_at is not None:
        raise StepRefused(_("这一队的号已经删掉了，请开一个新的。"), code="erased")
    try:
        with QUEUE.step("reopen", queue, by=by, version=version) as row:
            row.closed_at = None
    except IntegrityError:
        raise StepRefused(_("这里已经有一个在叫号的队，先收了它，再开新的。"), code="open_already") from None
    return queue


def take_number(queue: SiteQueue, *, key: str, first: bool, by: Actor, by_helper: bool = False) -> Slip:
    """Take the next number: one statement. The same key again is the same slip. StepRefused when no more are given."""
    given = {
        "queue": queue.pk,
        "most": queue.most,
        "key": checked_key(key),
        "first": first,
        "by_helper": by_helper,
        "actor_kind": by.kind,
        "actor_id": by.id,
    }
    try:
        with transaction.atomic():
            made = prepared.rows(TAKE, given)
    except IntegrityError:
        # The same form twice in the very same moment: the other one has the number.
        made = []
    slip = queue.slips.filter(pk=made[0][0]).first() if made else queue.slips.filter(key=key).first()
    if slip is not None:
        return slip
    queue.refresh_from_db()
    if queue.state != site_rules.OPEN:
        raise StepRefused(_("今天不再发号了。有事请问现场的工作人员。"), code="closed")
    raise StepRefused(_("号已经发完了，请问现场的工作人员。"), code="full")


def _locked(queue: SiteQueue, lane: int, by: Actor) -> SiteQueue:
    """The queue, locked: whatever calls and takes back goes one after the other, and the slips follow their queue."""
    locked = SiteQueue.objects.select_for_update(of=("self",)).get(pk=queue.pk)
    if not (by.opens("sitequeue", locked.pk) or by.holds(site_rules.KEEPERS, locked.path)):
        raise Forbidden(_("这个叫号页不对您开放。"))
    if locked.state != site_rules.OPEN:
        raise StepRefused(_("这一队已经收了。"), code="closed")
    if lane < 1 or lane > numbers()["queue"]["lanes_most"]:
        raise BadInput(_("没有这条通道。"))
    return locked


def call_next(queue: SiteQueue, lane: int, *, seen: int, by: Actor, missed: bool = False) -> Slip | None:
    """Finish whom the lane has (or, with `missed`, set them aside: not there) and call the next; None when nobody waits.

    `seen` is the slip that the page showed, 0 for none. When the lane has moved on since, this was a second tap, or a second
    phone: nothing happens, and who is there now is returned.
    """
    with transaction.atomic():
        locked = _locked(queue, lane, by)
        current = lane_slip(locked, lane)
        if (current.pk if current else 0) != seen:
            return current
        now = timezone.now()
        facts = {"queue": locked.pk, "lane": lane}
        if current is not None:
            with SLIP.step("miss" if missed else "finish", current, by=by, number=current.number, **facts) as row:
                row.ended_at = now
        following = _next(locked) if lane <= locked.lanes else None
        if following is None:
            return None
        locked.calls += 1
        with SLIP.step("call", following, by=by, number=following.number, **facts) as row:
            row.lane, row.called_at, row.called_as = lane, now, locked.calls
            row.run_before = locked.run
        locked.run = locked.run + 1 if following.first else 0
        locked.save(update_fields=["calls", "run"])
    return following


def _next(queue: SiteQueue) -> Slip | None:
    """Whose turn it is by the rule, of those who wait."""
    waiting = queue.slips.filter(state=site_rules.WAITING).order_by("number")
    first, other = waiting.filter(first=True).first(), waiting.filter(first=False).first()
    if first is not None and (queue.run < queue.in_row or other is None):
        return first
    return other


def finish(queue: SiteQueue, lane: int, *, seen: int, by: Actor) -> Slip | None:
    """Whom the lane has is done, and nobody is called yet: a pause. Returns who is there now."""
    with transaction.atomic():
        locked = _locked(queue, lane, by)
        current = lane_slip(locked, lane)
        if current is None or current.pk != seen:
            return current
        with SLIP.step("finish", current, by=by, queue=locked.pk, lane=lane, number=current.number) as row:
            row.ended_at = timezone.now()
    return None


def take_back(queue: SiteQueue, lane: int, *, seen: int, by: Actor) -> Slip | None:
    """Take the lane's last call back: the number waits again, and whoever was served before it is served still.

    StepRefused when the lane has moved on, or the call is too long ago.
    """
    with transaction.atomic():
        locked = _locked(queue, lane, by)
        current = lane_slip(locked, lane)
        if current is None or current.pk != seen:
            raise StepRefused(_("这条通道已经叫了别的号，没有什么可以退回。"), code="moved_on")
        called = current.called_at
        limit = numbers()["queue"]["undo_seconds"]
        if timezone.now() - called > dt.timedelta(seconds=limit):
            raise StepRefused(_("叫号已经超过 %(n)d 秒，退不回了。") % {"n": limit}, code="too_late")
        facts = {"queue": locked.pk, "lane": lane}
        if current.called_as == locked.calls:
            # Nobody was called since, so the rule goes on as if this had not been.
            locked.run = current.run_before
            locked.save(update_fields=["run"])
        with SLIP.step("undo", current, by=by, number=current.number, **facts) as row:
            row.lane = row.called_at = row.called_as = None
        before = locked.slips.filter(lane=lane, state=site_rules.DONE, ended_at=called).order_by("-called_as").first()
        if before is not None:
            with SLIP.step("resume", before, by=by, number=before.number, **facts) as row:
                row.ended_at = None
    return before


def come_back(queue: SiteQueue, number: int, *, by: Actor) -> Slip:
    """Whoever missed their call is there after all: the number waits again, and by its order it is soon."""
    with transaction.atomic():
        locked = _locked(queue, 1, by)
        slip = locked.slips.filter(number=number).first()
        if slip is None:
            words = _("没有 %(n)d 号。") % {"n": number}
            raise BadInput(words, fields={"number": words})
        if slip.state == site_rules.WAITING:
            return slip
        with SLIP.step("back", slip, by=by, queue=locked.pk, number=number) as row:
            row.lane = row.called_at = row.called_as = row.ended_at = None
    return slip


def give_up(slip: Slip, *, by: Actor) -> Slip:
    """The holder waits no longer; said twice, it is once."""
    if slip.state == site_rules.LEFT:
        return slip
    with SLIP.step("leave", slip, by=by, queue=slip.queue_id, number=slip.number) as row:
        row.ended_at = timezone.now()
    return slip


def erase_old(today: dt.date | None = None) -> int:
    """Close queues of days gone by and erase their slips once they have been kept long enough; returns how many slips."""
    today = today or timezone.localdate()
    SiteQueue.objects.open().filter(day__lt=today).update(state=site_rules.CLOSED, closed_at=timezone.now())
    last = today - dt.timedelta(days=numbers()["queue"]["keep_days"])
    erased = 0
    for queue in SiteQueue.objects.filter(day__lt=last, erased_at__isnull=True).order_by("id")[:500]:
        with transaction.atomic():
            erased += Slip.objects.filter(queue=queue).delete()[0]
            SiteQueue.objects.filter(pk=queue.pk).update(erased_at=timezone.now())
    return erased

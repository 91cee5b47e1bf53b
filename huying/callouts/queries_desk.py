"""What stands at the organiser's desk and on the page of somebody who answers: few queries, however many people."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Count, Prefetch, Q
from django.utils import timezone

from huying.callouts import queries_telling as telling
from huying.callouts import rules
from huying.callouts.actions.base import silence
from huying.callouts.models import Asked, Callout, Shift, Signup
from huying.kernel.scopes import Actor

# So many names of a waiting list, and of those who can come, are shown; the rest is a number.
MOST_NAMES = 100
MOST_LIVE = 60


def with_posts(callouts):
    """Call-outs with their posts, each with the number of those who wait: one more query for all."""
    waiting = Count("signups", filter=Q(signups__state=rules.WAITING))
    posts = Shift.objects.annotate(waiting_count=waiting).order_by("starts_at", "id")
    return callouts.select_related("place", "posted_by").prefetch_related(Prefetch("shifts", queryset=posts))


def live_ones(actor: Actor, *, own: bool) -> list[Callout]:
    """Call-outs under way, the next first: those that the actor organises, or those that concern them."""
    seen = Callout.objects.organised_by(actor) if own else Callout.objects.visible_to(actor)
    return list(with_posts(seen.live().order_by("starts_at", "id"))[:MOST_LIVE])


def ended_ones(actor: Actor, limit: int = 10) -> list[Callout]:
    """What ended last at the actor's places."""
    seen = Callout.objects.organised_by(actor).exclude(state__in=rules.LIVE)
    return list(with_posts(seen.order_by("-ended_at", "-id"))[:limit])


@dataclass
class PostAtDesk:
    """A post with who holds it and who waits."""

    shift: Shift
    holding: list[Signup] = field(default_factory=list)
    waiting: list[Signup] = field(default_factory=list)


@dataclass
class Desk:
    """All that the organiser sees of a call-out."""

    posts: list[PostAtDesk]
    told: telling.Told
    # Who can come and stands nowhere yet, and who left a word.
    can: list[Asked]
    said: list[Asked]
    volunteers: dict[int, str]


def desk_of(callout: Callout, now: dt.datetime | None = None) -> Desk:
    """The organiser's view of a call-out: five queries."""
    posts = {one.pk: PostAtDesk(one) for one in callout.shifts.order_by("starts_at", "id")}
    standing = Signup.objects.standing().filter(shift__in=posts).select_related("person").order_by("id")
    placed = set()
    for signup in standing:
        post = posts[signup.shift_id]
        (post.waiting if signup.state == rules.WAITING else post.holding).append(signup)
        placed.add(signup.person_id)
    spoke = Asked.objects.filter(callout=callout).exclude(answer="", words="").select_related("person").order_by("id")
    can, said = [], []
    for one in spoke[: MOST_NAMES * 4]:
        if one.answer == "can" and one.person_id not in placed:
            can.append(one)
        if one.words:
            said.append(one)
    moment = now or timezone.now()
    told = telling.told_of(callout, moment - silence(callout))
    return Desk(list(posts.values()), told, can[:MOST_NAMES], said[:MOST_NAMES], {})


@dataclass
class Mine:
    """What a call-out is to one person: what they were asked and said, and where they stand."""

    asked: Asked | None
    standing: dict[int, Signup]
    confirmed: bool
    # Place in the line, from 1, of those posts for which the person waits.
    lines: dict[int, int]
    ended: dict[int, Signup]


def mine_of(callout: Callout, person_id: int | None) -> Mine:
    """One person's part in a call-out: three queries."""
    if person_id is None:
        return Mine(None, {}, False, {}, {})
    asked = Asked.objects.filter(callout=callout, person_id=person_id).first()
    own = Signup.objects.filter(shift__callout=callout, person_id=person_id).select_related("shift").order_by("id")
    standing = {one.shift_id: one for one in own if one.state in rules.STANDING}
    ended = {one.shift_id: one for one in own if one.state not in rules.STANDING}
    waits = [one for one in standing.values() if one.state == rules.WAITING]
    lines: dict[int, int] = defaultdict(int)
    for one in waits:
        ahead = Signup.objects.filter(shift_id=one.shift_id, state=rules.WAITING, pk__lt=one.pk)[:200].count()
        lines[one.shift_id] = ahead + 1
    confirmed = any(one.state == rules.CONFIRMED for one in standing.values())
    return Mine(asked, standing, confirmed, dict(lines), ended)

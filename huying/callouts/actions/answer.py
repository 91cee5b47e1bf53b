"""What people answer: I can come, I can't, yes to an offered place, no to it, I must withdraw after all."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.callouts import events, rules
from huying.callouts.actions.base import look_for_people, taken_words
from huying.callouts.actions.signup import release_place
from huying.callouts.models import Asked, Callout, Signup, Volunteer
from huying.callouts.workflow import SIGNUP
from huying.kernel.errors import BadInput, Forbidden, StepRefused
from huying.kernel.log import record
from huying.kernel.scopes import SYSTEM, Actor

LATE = "late"
SAID = ("answer", "answered_at", "can_from", "can_to", "any_post", "words")


def is_late(callout: Callout, now: dt.datetime | None = None) -> bool:
    """Whether the organiser counts on who is signed up: after the closing time a withdrawal takes a word to them."""
    return callout.state != rules.OPEN or callout.closes_at <= (now or timezone.now())


def say_can(
    callout: Callout,
    person_id: int,
    *,
    by: Actor,
    can_from: dt.datetime | None = None,
    can_to: dt.datetime | None = None,
    any_post: bool = False,
    words: str = "",
) -> Asked:
    """'I can come, from … to …': kept for this call-out only; said again, it replaces what was said before.

    Without times it is the whole of it. BadInput for times that cannot be, StepRefused when no answers are taken any more.
    """
    wrong: dict[str, str] = {}
    text = taken_words(words, 200, wrong, "words")
    start, end = _times(callout, can_from, can_to, wrong)
    if wrong:
        raise BadInput(next(iter(wrong.values())), fields=wrong)
    with transaction.atomic():
        _open(callout)
        asked = _own_row(callout, person_id, by)
        before = (asked.answer, asked.can_from, asked.can_to, asked.any_post, asked.words)
        now = ("can", start, end, any_post, text)
        if before != now:
            asked.answer, asked.can_from, asked.can_to, asked.any_post, asked.words = now
            asked.answered_at = timezone.now()
            asked.save(update_fields=SAID)
            record(events.ANSWERED, callout, by=by, place=callout.place_id, answer="can", person=person_id)
    return asked


def _times(callout: Callout, start: dt.datetime | None, end: dt.datetime | None, wrong: dict) -> tuple:
    """The times that somebody can come, cut to those of the call-out; (None, None) for all of it."""
    if start is None and end is None:
        return None, None
    first, last = max(start or callout.starts_at, callout.starts_at), min(end or callout.ends_at, callout.ends_at)
    if start is not None and end is not None and end <= start:
        wrong["can_to"] = _("结束要在开始之后。")
    elif last <= first:
        wrong["can_from"] = _("这段时间不在召集的时间里面。")
    if (first, last) == (callout.starts_at, callout.ends_at):
        return None, None
    return first, last


def say_cannot(callout: Callout, person_id: int, *, by: Actor, words: str = "") -> Asked:
    """'I can't', without a reason. Whatever they stood in is given back, and somebody else is asked at once.

    Nothing of it goes into the log: that somebody could not come is nobody's record.
    """
    if not callout.is_live:
        raise StepRefused(_("这次召集已经结束了。"), code="wrong_state")
    with transaction.atomic():
        asked = _own_row(callout, person_id, by)
        for signup in Signup.objects.standing().filter(shift__callout=callout, person_id=person_id).order_by("pk"):
            (decline if signup.state == rules.OFFERED else withdraw)(signup, by=by, **_said(signup, words))
        if asked.answer != "cannot":
            asked.refresh_from_db()
            asked.answer, asked.answered_at = "cannot", timezone.now()
            asked.can_from = asked.can_to = None
            asked.any_post = False
            asked.save(update_fields=SAID)
        look_for_people(callout)
    return asked


def _said(signup: Signup, words: str) -> dict:
    return {} if signup.state == rules.OFFERED else {"words": words}


def take_back(callout: Callout, person_id: int, *, by: Actor) -> Asked:
    """Take an answer back: as if nothing had been said. Sign-ups stand as they are."""
    if not callout.is_live:
        raise StepRefused(_("这次召集已经结束了。"), code="wrong_state")
    with transaction.atomic():
        asked = _own_row(callout, person_id, by)
        asked.answer, asked.words, asked.answered_at, asked.any_post = "", "", None, False
        asked.can_from = asked.can_to = None
        asked.save(update_fields=SAID)
    return asked


def _open(callout: Callout) -> None:
    if callout.state != rules.OPEN:
        raise StepRefused(
            _("这次召集现在是“%(state)s”，不再收新的回答。") % {"state": callout.get_state_display()}, code="closed"
        )
    if callout.closes_at <= timezone.now():
        raise StepRefused(_("报名时间过了，谢谢您。"), code="closed")


def _own_row(callout: Callout, person_id: int, by: Actor) -> Asked:
    """The locked row of what somebody was asked and said; of who came by themselves it is made."""
    own = Asked.objects.select_for_update().filter(callout=callout, person_id=person_id).first()
    if by.id != person_id and not (own is not None and by.opens("asked", own.pk)):
        raise Forbidden(_("只能替自己回答。"))
    if own is None:
        if not Volunteer.objects.current().filter(person_id=person_id).exists():
            raise StepRefused(_("先登记成志愿者，一分钟就好，再来报名。"), code="not_registered")
        Asked.objects.get_or_create(callout=callout, person_id=person_id, defaults={"wave": 0})
        own = Asked.objects.select_for_update().get(callout=callout, person_id=person_id)
    return own


def facts_of(signup: Signup) -> dict:
    """What the log says of each step of a sign-up."""
    return {"callout": signup.shift.callout_id, "shift": signup.shift_id, "person": signup.person_id}


def accept(signup: Signup, *, by: Actor, version: int | None = None, at: dt.datetime | None = None) -> Signup:
    """Confirm an offered place before the offer ends."""
    now = at or timezone.now()
    with SIGNUP.step("accept", signup, by=by, version=version, at=at, **facts_of(signup)) as row:
        if row.expires_at <= now:
            raise StepRefused(_("确认的时间过了，位子已经给了下一位。您可以再报一次。"), code="lapsed")
        _check_live(row)
        row.expires_at, row.confirmed_at = None, now
    return signup


def decline(signup: Signup, *, by: Actor, version: int | None = None) -> Signup:
    """Leave an offered place to the next."""
    with _giving_back(signup), SIGNUP.step("decline", signup, by=by, version=version, **facts_of(signup)) as row:
        row.expires_at, row.ended_at = None, timezone.now()
    return signup


def lapse(signup: Signup, *, at: dt.datetime | None = None) -> Signup:
    """An offer that nobody confirmed in time goes to the next."""
    now = at or timezone.now()
    with _giving_back(signup), SIGNUP.step("lapse", signup, by=SYSTEM, at=at, **facts_of(signup)) as row:
        if row.expires_at > now:
            raise StepRefused(_("还没有到时间。"), code="not_due")
        row.expires_at, row.ended_at = None, now
    return signup


@contextmanager
def _giving_back(signup: Signup) -> Iterator[None]:
    """After the step within: the place that was held is free, the line moves up, and when nobody waits others are asked."""
    with transaction.atomic():
        held = type(signup).objects.filter(pk=signup.pk, state__in=rules.HOLDING).select_for_update().exists()
        yield
        if held:
            release_place(signup)
            look_for_people(signup.shift.callout)


def lapse_due(at: dt.datetime | None = None, limit: int = 1000) -> int:
    """Let all offers lapse whose time is over; returns how many."""
    now = at or timezone.now()
    due = Signup.objects.filter(state=rules.OFFERED, expires_at__lte=now).select_related("shift__callout")
    lapsed = 0
    for signup in due.order_by("expires_at", "pk")[:limit]:
        try:
            lapse(signup, at=at)
            lapsed += 1
        except StepRefused:
            # Accepted or declined in this very moment.
            continue
    return lapsed


def withdraw(signup: Signup, *, by: Actor, words: str = "", version: int | None = None) -> Signup:
    """Leave a post or its waiting list: freely before the closing time, with a word to the organiser after it."""
    callout = signup.shift.callout
    late = signup.state == rules.CONFIRMED and is_late(callout)
    own = by.id == signup.person_id or by.subject is not None
    wrong: dict[str, str] = {}
    missing = _("报名已经截止，组织的人算上您了。请留一句话，马上告诉他们。") if late and own else ""
    text = taken_words(words, 200, wrong, "words", missing)
    if wrong:
        raise BadInput(wrong["words"], fields=wrong)
    facts = facts_of(signup) | ({LATE: 1} if late else {})
    with _giving_back(signup), SIGNUP.step("withdraw", signup, by=by, version=version, **facts) as row:
        if hasattr(row, "attendance"):
            raise StepRefused(_("已经签到了，请直接签退。"), code="checked_in")
        row.ended_at = timezone.now()
        if text:
            Asked.objects.get_or_create(callout=callout, person_id=row.person_id, defaults={"wave": 0})
            Asked.objects.filter(callout=callout, person_id=row.person_id).update(words=text)
    return signup


def cancel(signup: Signup, *, by: Actor, version: int | None = None) -> Signup:
    """The organiser takes somebody off a post; they are told."""
    with _giving_back(signup), SIGNUP.step("cancel", signup, by=by, version=version, **facts_of(signup)) as row:
        row.expires_at, row.ended_at = None, timezone.now()
    return signup


def _check_live(row: Signup) -> None:
    if not row.shift.callout.is_live:
        raise StepRefused(_("这次召集已经结束了。"), code="wrong_state")

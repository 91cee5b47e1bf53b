"""Being there: check-in and check-out by the code at the place or by the list, walk-ins, what was ticked by mistake."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.callouts import codes, events, rules, rules_hours
from huying.callouts.actions.signup import place as give_place
from huying.callouts.actions.signup_words import refused
from huying.callouts.catalogue import numbers
from huying.callouts.choices import CheckedBy
from huying.callouts.models import Asked, Attendance, Callout, Correction, Shift, Signup
from huying.callouts.queries import is_own, organises
from huying.callouts.workflow import SIGNUP
from huying.kernel.errors import BadInput, Forbidden, StepRefused
from huying.kernel.idempotency import once
from huying.kernel.log import record
from huying.kernel.scopes import SYSTEM, Actor
from huying.kernel.words import clean

# A device's clock may be a little ahead of ours.
AHEAD = dt.timedelta(minutes=2)
MOST_REASON = 200
CAME = ["in_at", "how_in", "in_by", "in_sent_at", "minutes"]
LEFT = ["out_at", "how_out", "out_by", "out_sent_at"]


@dataclass(frozen=True)
class Done:
    """What came of it: `now` False when it had been done before."""

    attendance: Attendance
    now: bool


def window_of(shift) -> rules_hours.Window:
    """The time in which the hours of a post are measured."""
    return rules_hours.Window(shift.starts_at, shift.ends_at)


def secret_of(callout: Callout) -> str:
    """The secret behind the code of a call-out; made at first need, once however many ask."""
    if callout.totp_sealed is None:
        with transaction.atomic():
            locked = Callout.objects.select_for_update().only("totp_sealed").get(pk=callout.pk)
            if locked.totp_sealed is None:
                locked.totp_sealed = codes.new_secret()
                locked.save(update_fields=["totp_sealed"])
        callout.refresh_from_db(fields=["totp_sealed"])
    return callout.totp_sealed.open()


def checked_code(
    callout: Callout, typed: str, *, at: dt.datetime | None = None, now: dt.datetime | None = None
) -> bool:
    """Whether the digits were shown at the place; BadInput or StepRefused say in words why they are not taken.

    `at` is when they were typed in, where that was earlier than now because there was no network. Returns whether it was.
    """
    now = now or timezone.now()
    policy = numbers()["checkin"]
    digits = codes.cleaned(typed)
    if not digits:
        words = _("签到码是六个数字，在现场屏幕的二维码下面。")
        raise BadInput(words, fields={"code": words}, code="not_six")
    late = at is not None and at < now - dt.timedelta(seconds=codes.STEP)
    if at is not None and at < now - dt.timedelta(minutes=policy["sent_late_minutes"]):
        words = _("这个签到码送到得太晚了，请告诉现场的组织者，由他补记。")
        raise StepRefused(words, code="sent_too_late")
    moment = at if late and at is not None else now
    secret = secret_of(callout)
    if codes.match(secret, digits, moment, policy["previous_codes"]) is None:
        # Told apart, so that somebody who was a little slow is not thought to be wrong.
        recent = codes.match(secret, digits, moment, 20 * 60 // codes.STEP)
        if recent is not None:
            words = _("这个签到码已经换了，请再扫一次现场屏幕上的二维码。")
            raise BadInput(words, fields={"code": words}, code="code_changed")
        words = _("签到码不对，或者不是这次召集的。请看现场屏幕，扫那里的二维码，或输入下面的六个数字。")
        raise BadInput(words, fields={"code": words}, code="wrong_code")
    return late


@contextmanager
def _locked(signup: Signup) -> Iterator[tuple[Signup, Attendance | None]]:
    """The sign-up under its lock, with what is known of its attendance: code and list at once are one after the other."""
    with transaction.atomic():
        row = Signup.objects.select_for_update(of=("self",)).select_related("shift__callout").get(pk=signup.pk)
        found = Attendance.objects.filter(signup=row).first()
        if found is not None:
            found.signup = row
        yield row, found


def _may(signup: Signup, by: Actor, how: str) -> None:
    allowed = is_own(by, signup) if how == CheckedBy.CODE else organises(by, signup.shift.callout)
    if not allowed:
        raise Forbidden(_("您没有这一步的权限。"))


def facts_of(signup: Signup, **more) -> dict:
    """What every event of hours tells: ids only."""
    return {"callout": signup.shift.callout_id, "shift": signup.shift_id, "person": signup.person_id, **more}


def tell(kind: str, signup: Signup, by: Actor, **more) -> None:
    """Record an event of a sign-up's hours."""
    record(kind, signup, by=by, place=signup.shift.callout.place_id, **facts_of(signup, **more))


def check_in(
    signup: Signup, *, by: Actor, how: str = CheckedBy.CODE, at: dt.datetime | None = None, late: bool = False
) -> Done:
    """Somebody is there. A second time is the first once more; refusals say in words what to do.

    at: the moment itself. late: it reaches us only now, and is marked so.
    """
    at = at or timezone.now()
    with _locked(signup) as (row, found):
        _may(row, by, how)
        if found is not None and found.in_at is not None:
            return Done(found, False)
        _refuse_entry(row, found, at)
        if row.state == rules.OFFERED:
            # Who comes has said yes; nobody says it for another.
            with SIGNUP.step("accept", row, by=by, **facts_of(row)) as step:
                step.expires_at, step.confirmed_at = None, at
        came = {
            "in_at": at,
            "how_in": how,
            "in_by_id": by.id if how == CheckedBy.LIST else None,
            "in_sent_at": timezone.now() if late else None,
            "minutes": None,
        }
        if found is None:
            found = Attendance.objects.create(signup=row, made_up=row.made_up, **came)
        else:
            found.__dict__.update(came)
            found.save(update_fields=CAME)
        tell(events.CHECKED_IN, row, by, how=str(how), late=late)
    return Done(found, True)


def _refuse_entry(row: Signup, found: Attendance | None, at: dt.datetime) -> None:
    """StepRefused with the words that help, where somebody cannot check in now."""
    shift, callout = row.shift, row.shift.callout
    if callout.state == rules.CALLED_OFF:
        raise StepRefused(_("这次召集取消了：%(why)s") % {"why": callout.called_off_reason}, code="called_off")
    if row.state == rules.WAITING:
        raise StepRefused(_("您还在候补。看看哪个岗位有空，到场就可以加入；或者问现场的组织者。"), code="waiting")
    if row.state == rules.OFFERED and row.expires_at is not None and row.expires_at <= at:
        raise StepRefused(_("留给您的位置过时了。看看哪个岗位有空，到场就可以加入。"), code="offer_over")
    if row.state not in rules.HOLDING:
        raise StepRefused(_("您没有报名这个岗位，或者已经退出了。有空位的话，到场就可以加入。"), code="not_signed_up")
    if found is not None and (found.granted_minutes is not None or found.counted_at is not None):
        raise StepRefused(_("组织者已经记了这一班的时长。"), code="granted")
    early = numbers()["checkin"]["early_minutes"]
    when = rules_hours.door(window_of(shift), at, early)
    if when == rules_hours.EARLY:
        opens = timezone.localtime(shift.starts_at - dt.timedelta(minutes=early))
        raise StepRefused(_("还早，%(when)s起可以签到。") % {"when": f"{opens:%m-%d %H:%M}"}, code="early")
    if when == rules_hours.OVER:
        raise StepRefused(_("这一班已经结束了。您来过的话，请告诉组织者，由他补记时长。"), code="over")


def check_out(
    signup: Signup, *, by: Actor, how: str = CheckedBy.CODE, at: dt.datetime | None = None, late: bool = False
) -> Done:
    """Somebody leaves. A second time is the first once more."""
    at = at or timezone.now()
    with _locked(signup) as (row, found):
        _may(row, by, how)
        if found is None or found.in_at is None:
            raise StepRefused(_("还没有签到，先签到。"), code="not_there")
        if found.out_at is not None:
            return Done(found, False)
        if at < found.in_at:
            raise StepRefused(_("签退比签到还早，请看一下时间。"), code="out_before_in")
        if not rules_hours.may_leave(window_of(row.shift), at, numbers()["checkin"]["after_minutes"]):
            at, how = max(found.in_at, row.shift.ends_at), CheckedBy.END
        found.out_at, found.how_out = at, how
        found.out_by_id = by.id if how == CheckedBy.LIST else None
        found.out_sent_at = timezone.now() if late else None
        found.save(update_fields=LEFT)
        tell(events.CHECKED_OUT, row, by, how=str(how), late=late, minutes=found.measured)
    return Done(found, True)


def take_back(signup: Signup, reason: str, *, by: Actor) -> Attendance:
    """A check-in that was a mistake: they were not there. It stays on record as a correction, with the reason."""
    reason = said(reason, _("请写明为什么，比如点错了人。"))
    with _locked(signup) as (row, found):
        if not organises(by, row.shift.callout):
            raise Forbidden(_("您没有这一步的权限。"))
        if found is None or found.in_at is None:
            raise StepRefused(_("没有这个签到。"), code="not_there")
        if found.granted_minutes is not None or found.shown_until is not None:
            raise StepRefused(_("时长已经公示了，请在时长页更正。"), code="shown")
        Correction.objects.create(
            attendance=found, field="in_at", was=found.in_at.isoformat(), became="-", reason=reason, by_id=by.id
        )
        found.in_at = found.out_at = found.in_by = found.out_by = found.in_sent_at = found.out_sent_at = None
        found.how_in = found.how_out = ""
        found.minutes = 0
        found.save(update_fields=[*CAME, *LEFT])
        tell(events.NOT_THERE, row, by)
    return found


def said(reason: str, missing: str) -> str:
    """A reason, or BadInput with the words of what is missing."""
    reason = clean(reason or "")
    if not reason:
        raise BadInput(missing, fields={"reason": missing})
    if len(reason) > MOST_REASON:
        words = _("最多 %(n)d 个字。") % {"n": MOST_REASON}
        raise BadInput(words, fields={"reason": words})
    return reason


def walk_in(
    shift: Shift, person_id: int, *, by: Actor, how: str = CheckedBy.CODE, at: dt.datetime | None = None
) -> Done:
    """Somebody simply comes: a place in a post with room, past the line, by all rules that protect them; and they are there.

    by CODE: the person themselves, whom the code at the place vouches for; by LIST: the organiser.
    """
    at = at or timezone.now()
    callout = shift.callout
    if how == CheckedBy.CODE and not is_themselves(by, callout, person_id):
        raise Forbidden(_("您没有这一步的权限。"))
    if not callout.is_live:
        raise StepRefused(_("这次召集已经结束了。"), code="ended")
    when = rules_hours.door(window_of(shift), at, numbers()["checkin"]["early_minutes"])
    if when != rules_hours.OPEN:
        words = _("这一班现在不能签到：还没到时间，或者已经结束了。")
        raise StepRefused(words, code=when)
    gives = SYSTEM if how == CheckedBy.CODE else by
    outcome = give_place(shift, person_id, by=gives, how="walkin", state=rules.CONFIRMED, at=at)
    if outcome.signup_id is None or outcome.state == rules.WAITING or outcome.code == rules.WAITING:
        raise refused(outcome)
    return check_in(Signup.objects.get(pk=outcome.signup_id), by=by, how=how, at=at)


def is_themselves(by: Actor, callout: Callout, person_id: int) -> bool:
    """Whether the actor is that person: by their login, or by the link of the message that they got for this call-out."""
    if by.is_person:
        return by.id == person_id
    if by.subject is None or by.subject[0] != "asked":
        return False
    return Asked.objects.filter(pk=by.subject[1], callout=callout, person_id=person_id).exists()


@dataclass(frozen=True)
class Tick:
    """One tick of the list as it was made at the place: its own key, whose, in or out, when."""

    key: str
    signup: int
    what: str
    at: dt.datetime


def take_tick(callout: Callout, tick: Tick, *, by: Actor, now: dt.datetime | None = None) -> Done:
    """Take a tick that was made at the place, maybe without network: once for its key, at the time when it was made."""
    now = now or timezone.now()
    if not organises(by, callout):
        raise Forbidden(_("您没有这一步的权限。"))
    if tick.at < now - dt.timedelta(hours=numbers()["checkin"]["tick_hours"]):
        raise StepRefused(_("这个记号是很久以前的了，请在时长页补记时长。"), code="sent_too_late")
    signup = Signup.objects.filter(pk=tick.signup, shift__callout=callout).first()
    if signup is None:
        raise StepRefused(_("这次召集里没有这个人。"), code="not_signed_up")
    at = now if tick.at > now + AHEAD else tick.at
    late = at < now - AHEAD
    act = {"in": check_in, "out": check_out}.get(tick.what)
    if act is None:
        raise BadInput(_("只能签到或签退。"))
    result: list[Done] = []

    def work() -> int:
        result.append(act(signup, by=by, how=CheckedBy.LIST, at=at, late=late))
        return result[0].attendance.pk

    body = {"signup": tick.signup, "what": tick.what}
    pk, new = once(f"callouts.tick:{callout.pk}", tick.key, body, work)
    if new:
        return result[0]
    return Done(Attendance.objects.select_related("signup__shift").get(pk=pk), False)

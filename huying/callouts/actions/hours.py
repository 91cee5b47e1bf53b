"""Hours: ended where somebody forgot to, confirmed by the organiser, shown to the person, questioned, corrected, counted."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.callouts import events, rules, rules_hours
from huying.callouts.actions.attendance import CAME, LEFT, said, tell, window_of
from huying.callouts.catalogue import numbers
from huying.callouts.choices import CheckedBy
from huying.callouts.models import Attendance, Callout, Correction, Question, Signup
from huying.callouts.queries import is_own, organises
from huying.kernel.calendar import add_working_days
from huying.kernel.errors import BadInput, Forbidden, StepRefused
from huying.kernel.scopes import SYSTEM, Actor
from huying.kernel.words import clean


def _refuse(by: Actor, callout: Callout) -> None:
    if not organises(by, callout):
        raise Forbidden(_("您没有这一步的权限。"))


def _own(pk: int) -> Attendance:
    """An attendance with its sign-up, locked: the sign-up first, as everywhere (docs/locking.md)."""
    signup = Signup.objects.select_for_update(of=("self",)).select_related("shift__callout").get(attendance__pk=pk)
    found = Attendance.objects.select_for_update(of=("self",)).get(pk=pk)
    found.signup = signup
    return found


def stands(attendance: Attendance) -> bool:
    """Whether there is something to count: enough was measured, or something was granted."""
    if attendance.granted_minutes is not None:
        return True
    window = window_of(attendance.signup.shift)
    return rules_hours.is_enough(window, attendance.measured, numbers()["hours"]["least_share"])


def _over(attendance: Attendance) -> bool:
    return attendance.out_at is not None or attendance.in_at is None


def _show(attendance: Attendance, by: Actor, at: dt.datetime) -> None:
    """Show hours to the person from now on; they count after so many working days."""
    attendance.shown_until = add_working_days(at, numbers()["hours"]["shown_days"])
    attendance.counted_at = None
    attendance.save(update_fields=["shown_until", "counted_at"])
    tell(events.SHOWN, attendance.signup, by, minutes=attendance.measured, granted=attendance.granted_minutes or 0)


def confirm(callout: Callout, *, by: Actor, at: dt.datetime | None = None) -> list[int]:
    """All as measured, and as granted: from now on shown to the people. Returns the ids, for taking it back."""
    if by != SYSTEM:
        _refuse(by, callout)
    at = at or timezone.now()
    waiting = Attendance.objects.filter(
        signup__shift__callout=callout, shown_until__isnull=True, counted_at__isnull=True
    ).order_by("signup_id")
    shown = []
    with transaction.atomic():
        for pk in waiting.values_list("pk", flat=True):
            one = _own(pk)
            if one.shown_until is None and _over(one) and stands(one):
                _show(one, by, at)
                shown.append(pk)
    return shown


def hold_back(callout: Callout, pks: Iterable[int], *, by: Actor) -> int:
    """Take a confirmation back, as long as the hours have not counted; returns of how many."""
    _refuse(by, callout)
    held = 0
    with transaction.atomic():
        found = Attendance.objects.filter(pk__in=list(pks), signup__shift__callout=callout).order_by("signup_id")
        for pk in found.values_list("pk", flat=True):
            one = _own(pk)
            if one.shown_until is not None and one.counted_at is None:
                one.shown_until = None
                one.save(update_fields=["shown_until"])
                tell(events.HELD_BACK, one.signup, by)
                held += 1
    return held


def grant(
    signup: Signup,
    minutes: int | None,
    reason: str,
    *,
    by: Actor,
    done: str | None = None,
    at: dt.datetime | None = None,
) -> Attendance:
    """Grant minutes beside those measured: with a reason, never more than the post is long. What was measured stays.

    Who has hours that were shown already gets a correction on record, and is shown them anew.
    """
    at = at or timezone.now()
    with transaction.atomic():
        row = Signup.objects.select_for_update(of=("self",)).select_related("shift__callout").get(pk=signup.pk)
        _refuse(by, row.shift.callout)
        longest = window_of(row.shift).minutes
        wrong = {}
        if minutes is None or not 0 <= minutes <= longest:
            wrong["minutes"] = _("认定的时长在 0 到 %(n)d 分钟之间，不能比这一班还长。") % {"n": longest}
        try:
            reason = said(reason, _("请写明为什么认定，比如提前到场布置。"))
        except BadInput as refusal:
            wrong |= refusal.fields
        if wrong:
            raise BadInput(next(iter(wrong.values())), fields=wrong)
        if row.state != rules.CONFIRMED:
            raise StepRefused(_("只有确认了的报名可以认定时长。"), code="not_signed_up")
        if at < row.shift.ends_at:
            raise StepRefused(_("这一班还没有结束，结束后再认定。"), code="not_over")
        found = Attendance.objects.filter(signup=row).first()
        was = found.granted_minutes if found else None
        granted = {
            "granted_minutes": minutes,
            "granted_reason": clean(reason),
            "granted_by_id": by.id,
            "granted_at": at,
        } | ({} if done is None else {"done": clean(done)[:120]})
        anew = found is not None and found.shown_until is not None
        if found is None:
            found = Attendance.objects.create(signup=row, minutes=0, made_up=row.made_up, **granted)
        found.signup = row
        if found.in_at is not None and found.out_at is None:
            found.out_at, found.how_out = max(found.in_at, row.shift.ends_at), CheckedBy.END
        found.__dict__.update(granted)
        found.save(update_fields=[*LEFT, "granted_minutes", "granted_reason", "granted_by", "granted_at", "done"])
        if was is not None:
            Correction.objects.create(
                attendance=found,
                field="granted_minutes",
                was=str(was),
                became=str(minutes),
                reason=reason,
                by_id=by.id,
                at=at,
            )
        tell(events.GRANTED, row, by, minutes=minutes)
        if anew:
            _show(found, by, at)
    return found


def correct(
    attendance: Attendance,
    came: dt.datetime | None,
    left: dt.datetime | None,
    reason: str,
    *,
    by: Actor,
    at: dt.datetime | None = None,
) -> Attendance:
    """Put check-in and check-out right, with a reason: what was, stays on record; hours that were shown are shown anew."""
    at = at or timezone.now()
    with transaction.atomic():
        one = _own(attendance.pk)
        _refuse(by, one.signup.shift.callout)
        if one.in_at is None and one.minutes and one.counted_at is not None:
            raise StepRefused(_("确切的时间已经按期删除了，可以认定时长。"), code="times_erased")
        came, left = came or one.in_at, left or one.out_at
        window = window_of(one.signup.shift)
        wrong = {}
        if came is None:
            wrong["came"] = _("请写签到时间。")
        elif left is not None and left < came:
            wrong["left"] = _("签退不能早于签到。")
        early = window.starts_at - dt.timedelta(minutes=numbers()["checkin"]["early_minutes"])
        late = window.ends_at + dt.timedelta(minutes=numbers()["checkin"]["after_minutes"])
        for name, moment in (("came", came), ("left", left)):
            if moment is not None and name not in wrong and not early <= moment <= min(late, at):
                wrong[name] = _("时间要在这一班前后，也不能在以后。")
        try:
            reason = said(reason, _("请写明为什么更正，本人会看到。"))
        except BadInput as refusal:
            wrong |= refusal.fields
        if wrong:
            raise BadInput(next(iter(wrong.values())), fields=wrong)
        changed = [(n, a, b) for n, a, b in (("in_at", one.in_at, came), ("out_at", one.out_at, left)) if a != b]
        if not changed:
            raise StepRefused(_("时间没有变化。"), code="nothing_changed")
        for name, was, became in changed:
            Correction.objects.create(
                attendance=one,
                field=name,
                was=was.isoformat() if was else "",
                became=became.isoformat(),
                reason=reason,
                by_id=by.id,
                at=at,
            )
            setattr(one, name, became)
            # Whoever puts it right answers for it, as with the list.
            setattr(one, "how_in" if name == "in_at" else "how_out", CheckedBy.LIST)
            setattr(one, "in_by_id" if name == "in_at" else "out_by_id", by.id)
        one.minutes = None
        one.save(update_fields=[*CAME, *LEFT])
        tell(events.CORRECTED, one.signup, by, minutes=one.measured)
        if one.shown_until is not None:
            _show(one, by, at)
    return one


def question(attendance: Attendance, words: str, *, by: Actor, at: dt.datetime | None = None) -> Question:
    """'This is not right': the person's words to the organiser. The hours do not count before the answer."""
    most = numbers()["hours"]["question_chars"]
    words = clean(words or "")
    if not words or len(words) > most:
        wrong = _("最多 %(n)d 个字。") % {"n": most} if words else _("请写哪里不对，组织者会看到。")
        raise BadInput(wrong, fields={"words": wrong})
    with transaction.atomic():
        one = _own(attendance.pk)
        if not is_own(by, one.signup):
            raise Forbidden(_("您没有这一步的权限。"))
        if not _over(one):
            raise StepRefused(_("这一班还没有结束。"), code="not_over")
        open_one = one.questions.filter(answered_at__isnull=True).first()
        if open_one is not None:
            if open_one.words == words:
                return open_one
            raise StepRefused(_("您已经说过一次，组织者还没有答复。"), code="asked_already")
        made = Question.objects.create(attendance=one, words=words, asked_at=at or timezone.now())
        tell(events.QUESTIONED, one.signup, by)
    return made


def answer(asked: Question, words: str, *, by: Actor, at: dt.datetime | None = None) -> Question:
    """The organiser's answer to a question of hours; what is wrong they correct or grant beside it."""
    at = at or timezone.now()
    words = said(words, _("请写一句答复，本人会看到。"))
    with transaction.atomic():
        one = _own(asked.attendance_id)
        _refuse(by, one.signup.shift.callout)
        found = Question.objects.get(pk=asked.pk)
        if found.answered_at is not None:
            return found
        found.answer, found.answered_by_id, found.answered_at = words, by.id, at
        found.save(update_fields=["answer", "answered_by", "answered_at"])
        tell(events.ANSWERED_HOURS, one.signup, by)
    return found


def end_forgotten(*, at: dt.datetime | None = None, limit: int = 2000) -> int:
    """Set the end of the post as the check-out of those who forgot it; returns of how many."""
    at = at or timezone.now()
    over = at - dt.timedelta(minutes=numbers()["checkin"]["after_minutes"])
    due = Attendance.objects.filter(in_at__isnull=False, out_at__isnull=True, signup__shift__ends_at__lte=over)
    ended = 0
    for pk in list(due.order_by("signup_id").values_list("pk", flat=True)[:limit]):
        with transaction.atomic():
            one = _own(pk)
            if one.in_at is None or one.out_at is not None:
                continue
            one.out_at, one.how_out = max(one.in_at, one.signup.shift.ends_at), CheckedBy.END
            one.save(update_fields=["out_at", "how_out"])
            tell(events.CHECKED_OUT, one.signup, SYSTEM, how=CheckedBy.END.value, late=False, minutes=one.measured)
            ended += 1
    return ended


def confirm_late(*, at: dt.datetime | None = None) -> int:
    """Show measured hours that no organiser has confirmed in time, as they are; returns of how many."""
    at = at or timezone.now()
    over = at - dt.timedelta(days=numbers()["hours"]["confirm_days"])
    # What has stood for longer than twice that was looked at before: too little was measured.
    due = Callout.objects.filter(ends_at__lte=over, ends_at__gt=over - dt.timedelta(days=30))
    waiting = Attendance.objects.filter(
        signup__shift__callout=OuterRef("pk"), shown_until__isnull=True, counted_at__isnull=True
    )
    return sum(len(confirm(one, by=SYSTEM, at=at)) for one in due.filter(Exists(waiting)).order_by("pk"))


def count_due(*, at: dt.datetime | None = None, limit: int = 2000) -> int:
    """Count the hours that were shown long enough, and that nobody questions; returns how many."""
    at = at or timezone.now()
    open_question = Question.objects.filter(attendance=OuterRef("pk"), answered_at__isnull=True)
    due = Attendance.objects.filter(shown_until__lte=at, counted_at__isnull=True).exclude(Exists(open_question))
    counted = 0
    for pk in list(due.order_by("signup_id").values_list("pk", flat=True)[:limit]):
        with transaction.atomic():
            one = _own(pk)
            asked = one.questions.filter(answered_at__isnull=True).exists()
            if one.counted_at is not None or asked or one.shown_until is None or one.shown_until > at:
                continue
            one.counted_at = at
            one.save(update_fields=["counted_at"])
            minutes = one.measured if _enough(one) else 0
            tell(events.COUNTED, one.signup, SYSTEM, minutes=minutes, granted=one.granted_minutes or 0)
            counted += 1
    return counted


def _enough(one: Attendance) -> bool:
    share = numbers()["hours"]["least_share"]
    return rules_hours.is_enough(window_of(one.signup.shift), one.measured, share)


def forget_times(*, at: dt.datetime | None = None, limit: int = 5000) -> int:
    """Erase when exactly somebody came and left, what was put right and asked about it; the minutes stay. Of how many."""
    at = at or timezone.now()
    days = dt.timedelta(days=numbers()["keep"]["times_days"])
    old = Attendance.objects.filter(in_at__isnull=False, signup__shift__ends_at__lte=at - days)
    gone = 0
    for pk in list(old.order_by("signup_id").values_list("pk", flat=True)[:limit]):
        with transaction.atomic():
            one = _own(pk)
            if one.shown_until is not None and one.counted_at is None:
                continue  # still being shown
            one.minutes = one.measured
            one.in_at = one.out_at = one.in_sent_at = one.out_sent_at = one.in_by = one.out_by = None
            one.how_in = one.how_out = ""
            one.save(update_fields=[*CAME, *LEFT])
            one.questions.filter(answered_at__isnull=False).delete()
            one.corrections.all().delete()
            gone += 1
    return gone

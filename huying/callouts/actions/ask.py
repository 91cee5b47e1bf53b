"""Telling people: waves of as many as the empty places need, or everybody at once."""

import datetime as dt

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.callouts import queries_telling as telling
from huying.callouts import rules
from huying.callouts.actions.base import alarm_of, moving, silence
from huying.callouts.catalogue import numbers
from huying.callouts.models import Asked, Callout
from huying.callouts.rules_asking import quiet_ends, wave
from huying.callouts.workflow import CALLOUT
from huying.kernel.errors import StepRefused
from huying.kernel.scopes import SYSTEM, Actor


def night(at: dt.datetime) -> dt.datetime | None:
    """The end of the quiet hours in which `at` lies, else None."""
    told = numbers()["asking"]
    return quiet_ends(timezone.localtime(at), told["quiet_from"], told["quiet_until"])


def ask(callout: Callout, *, by: Actor = SYSTEM, at: dt.datetime | None = None, more: bool = False) -> int:
    """Tell the next people of a call-out that takes sign-ups; returns how many were told.

    As many as the empty places need; `more` asks anew without waiting for those who have not answered. In the quiet hours
    only those who may be woken, and only in an emergency. StepRefused when the organiser asks in the night, or too late.
    """
    now = at or timezone.now()
    told = numbers()["asking"]
    with transaction.atomic():
        # Before the rows are looked at, so that the next wave sees what this one wrote; and before the call-out is
        # locked, so that sign-ups wait only for the end of it.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [telling.LOCK])
        callout.refresh_from_db()
        CALLOUT.check("ask", callout, by)
        morning = night(now)
        if morning is not None and not callout.emergency and more:
            raise StepRefused(
                _("现在是夜里，%(time)s 再问，不把人吵醒。有紧急情况，请在“修改”里勾上“紧急”。")
                % {"time": f"{timezone.localtime(morning):%H:%M}"},
                code="quiet",
            )
        shifts = telling.open_shifts(callout, now)
        count = 0
        state = telling.told_of(callout, now - silence(callout))
        if shifts and (morning is None or callout.emergency):
            dark = morning is not None
            if callout.tell_all or callout.emergency:
                count = telling.tell_everybody(callout, state.waves + 1, now, night=dark)
            else:
                free = sum(shift.free for shift in shifts)
                pending = 0 if more else state.pending
                most = wave(free, state.willing, pending, told["per_place"], told["most"])
                if most:
                    count = telling.tell_fitting(callout, shifts, most, state.waves + 1, now, night=dark)
        alarm = alarm_of(callout, callout.state, _again(callout, now, bool(shifts), count or state.pending, morning))
        if count:
            with moving("ask", callout, by=by, at=at, wave=state.waves + 1, count=count) as row:
                row.next_alarm_at = alarm
        else:
            Callout.objects.filter(pk=callout.pk).update(next_alarm_at=alarm)
            callout.next_alarm_at = alarm
    return count


def _again(
    callout: Callout, now: dt.datetime, wanted: bool, waited_for: int, morning: dt.datetime | None
) -> dt.datetime | None:
    """When to look for people again: once those asked had time to answer, and not in the night."""
    if not wanted:
        return None
    wait = silence(callout) if waited_for else dt.timedelta(minutes=numbers()["asking"]["again"])
    then = now + wait
    if callout.emergency:
        # Those who may not be woken hear of it in the morning.
        return min(then, morning) if morning else then
    return morning or night(then) or then


def forget_asked(now: dt.datetime | None = None, limit: int = 50_000) -> int:
    """Delete who was asked, and what they said, some days after the end of the call-out; returns how many."""
    old = (now or timezone.now()) - dt.timedelta(days=numbers()["keep"]["asked_days"])
    gone = Asked.objects.filter(callout__ends_at__lt=old).exclude(callout__state__in=rules.LIVE).values("pk")[:limit]
    return Asked.objects.filter(pk__in=gone).delete()[0]


def forget_private(now: dt.datetime | None = None) -> int:
    """Delete what was private at the place a day after the end; returns of how many call-outs."""
    old = (now or timezone.now()) - dt.timedelta(days=numbers()["keep"]["private_days"])
    ended = Callout.objects.filter(ended_at__lt=old, private_sealed__isnull=False).exclude(state__in=rules.LIVE)
    return ended.update(private_sealed=None)

"""What the actions of call-outs share: cleaned words, moving a call-out with its alarm."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.callouts import events, rules
from huying.callouts.catalogue import numbers
from huying.callouts.models import Callout, Shift
from huying.callouts.rules_asking import next_alarm
from huying.callouts.workflow import CALLOUT
from huying.kernel import jobs
from huying.kernel.log import record
from huying.kernel.scopes import Actor
from huying.kernel.words import clean


def taken_words(text: str, most: int, wrong: dict, field: str, missing: str = "") -> str:
    """Cleaned words; what cannot be taken is said in `wrong` at its field."""
    cleaned = clean(text or "")
    if missing and not cleaned:
        wrong[field] = missing
    if len(cleaned) > most:
        wrong[field] = _("最多 %(most)d 字，现在有 %(now)d 字。") % {"most": most, "now": len(cleaned)}
    return cleaned


def put_up(
    key: str,
    given: dict,
    shifts: Callable[[Callout, dt.datetime], list[Shift]],
    *,
    by: Actor,
    at: dt.datetime | None = None,
    **facts,
) -> tuple[Callout, bool]:
    """Write a call-out or a roster with its posts, and have people told; (call-out, whether it is new).

    `given`: its columns, looked at already; `shifts` makes the posts. The same key is one call-out, though two forms come in
    the same moment. `at` dates it, and then nobody is told (the demo only).
    """
    now = at or timezone.now()
    with transaction.atomic():
        callout, new = Callout.objects.get_or_create(
            key=key, defaults={**given, "posted_by_id": by.id, "posted_at": now}
        )
        if not new:
            return callout, False
        callout.next_alarm_at = alarm_of(callout, callout.state, now)
        callout.save(update_fields=["next_alarm_at"])
        Shift.objects.bulk_create(shifts(callout, now))
        record(events.POSTED, callout, by=by, place=callout.place_id, at=at, version=0, **facts)
        if at is None:
            look_for_people(callout)
    return callout, True


@contextmanager
def moving(
    name: str, callout: Callout, *, by: Actor, version: int | None = None, at: dt.datetime | None = None, **facts
) -> Iterator[Callout]:
    """`CALLOUT.step` that also sets when the system must look at the call-out next. `at` dates the step (the demo only)."""
    with CALLOUT.step(name, callout, by=by, version=version, at=at, **facts) as row:
        row.at = at or timezone.now()
        yield row
        state = CALLOUT[name].target or row.state
        if state not in rules.LIVE:
            row.ended_at = row.ended_at or row.at
            row.next_alarm_at = None
        elif name != "ask":
            row.next_alarm_at = alarm_of(row, state, row.at)


def alarm_of(row: Callout, state: str, wave_at: dt.datetime | None) -> dt.datetime:
    """When the system must look at a live call-out next; for people at `wave_at` when it still takes some."""
    asks = wave_at if state == rules.OPEN else None
    return next_alarm(closes_at=row.closes_at, ends_at=row.ends_at, open=state == rules.OPEN, wave_at=asks)[0]


def look_for_people(callout: Callout) -> None:
    """Have the empty places looked after once this transaction is through; a crowd of such wishes is one."""
    jobs.enqueue(jobs.JOBS["callouts.ask_more"], key=f"callouts.ask:{callout.pk}", callout=callout.pk)


def silence(callout: Callout) -> dt.timedelta:
    """How long an answer is waited for."""
    told = numbers()["asking"]
    return dt.timedelta(minutes=told["silence_urgent" if callout.emergency else "silence"])

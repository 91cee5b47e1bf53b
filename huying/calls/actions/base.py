"""What the actions of calls share: moving a call with its alarm, its clock, its words."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone
from django.utils.translation import gettext as _

from huying.calls import rules, rules_modes
from huying.calls.catalogue import numbers
from huying.calls.choices import EntryKind
from huying.calls.models import Call, Entry
from huying.calls.workflow import CALL
from huying.kernel.calendar import add_working_days
from huying.kernel.errors import BadInput
from huying.kernel.scopes import Actor
from huying.kernel.words import clean
from huying.modes.queries import mode_of
from huying.people.private_words import private_words


def clock_of(call: Call, state: str) -> rules.Clock:
    """What the alarms of a call depend on, as it will be in `state`."""
    review = None
    if call.review_on:
        review = timezone.make_aware(dt.datetime.combine(call.review_on, dt.time(9)))
    return rules.Clock(
        state=state,
        level=call.level,
        urgent=call.urgency == "urgent",
        offered_at=call.offered_at,
        dispatched_at=call.dispatched_at,
        due_at=call.due_at,
        resolved_at=call.resolved_at,
        review_on=review,
        reminded=call.reminded,
        asked=call.asked,
    )


@contextmanager
def moving(
    name: str, call: Call, *, by: Actor, version: int | None = None, at: dt.datetime | None = None, **facts
) -> Iterator[Call]:
    """`CALL.step` that also sets when the system must look at the call next.

    `at` dates the step (old records and the demo only); the body finds the moment of the step as `row.at`.
    """
    with CALL.step(name, call, by=by, version=version, at=at, **facts) as row:
        row.at = at or timezone.now()
        before = (row.due_at, row.urgency, row.level)
        yield row
        # Figures are derived from the log, so it says what they depend on, as it stands after the step.
        if row.due_at and row.due_at != before[0]:
            row.facts["due"] = row.due_at.isoformat()
        if row.urgency != before[1] or name in ("accept", "settle"):
            row.facts["urgency"] = row.urgency
        if row.level != before[2]:
            row.facts["level"] = row.level
        alarm = rules.next_alarm(clock_of(row, CALL[name].target or row.state), numbers())
        row.next_alarm_at = alarm[0] if alarm else None


def due(call: Call, start: dt.datetime, extra: int = 0) -> dt.datetime:
    """When the call is due by its class, counted from `start`, with `extra` days granted."""
    return rules.deadline(start, numbers()["deadlines"][call.urgency], add_working_days, extra)


def set_due(call: Call, peace: dt.datetime, now: dt.datetime, extra: int = 0, start: dt.datetime | None = None) -> None:
    """Set the deadline: that of peacetime, or an earlier one while an emergency is on at the place (docs/modes.md).

    The emergency's hours count from `start` (the call's dispatch), though never from before its level was set; `extra` days on top.
    """
    mode = mode_of(call.path, now)
    hours = rules_modes.hours_of(numbers(), mode.level if mode else None, call.urgency)
    call.due_at, call.peace_due_at, call.reminded = peace, None, 0
    if mode is not None and hours is not None:
        begun = max(start or call.dispatched_at or now, mode.level_since)
        call.due_at, call.peace_due_at = rules_modes.in_emergency(peace, begun, hours + 24 * extra), peace


def dispatch(call: Call, now: dt.datetime) -> None:
    """Start the clock at the first dispatch. Sending it on does not start it again: nobody wins time by passing it round."""
    if call.dispatched_at is None:
        call.dispatched_at = now
        set_due(call, due(call, now), now)


def words(text: str, field: str, missing: str, most: int | None = None) -> str:
    """Cleaned words, or BadInput on `field` when there are none or too many."""
    cleaned = clean(text or "")
    most = most or numbers()["text"]["words_most"]
    if missing and not cleaned:
        raise BadInput(missing, fields={field: missing})
    if len(cleaned) > most:
        too_long = _("最多 %(most)d 字，现在有 %(now)d 字。") % {"most": most, "now": len(cleaned)}
        raise BadInput(too_long, fields={field: too_long})
    return cleaned


def say(call: Call, kind: str, text: str, by: Actor, step: str, key: str | None = None) -> Entry | None:
    """Keep the words that go with a step; nothing when there are none."""
    if not text:
        return None
    at = call.__dict__.get("at") or timezone.now()
    return Entry.objects.create(call=call, kind=kind, text=text, by_id=by.id, step=step, key=key or None, at=at)


def fit_for_public(text: str, field: str) -> None:
    """BadInput on `field` when a text that everybody will read may give somebody away."""
    found = private_words(text)
    if found:
        hint = _("“%(words)s”可能暴露个人信息，请改写后再公开。") % {"words": found[0][1]}
        raise BadInput(hint, fields={field: hint})


def show(call: Call, public_text: str, public: bool, photos: list[int] | None) -> None:
    """Set what everybody will see; BadInput when it would give somebody away."""
    text = words(public_text, "public_text", "")
    if public and call.wants_private:
        refused = _("居民要求不公开，这件不能公开。")
        raise BadInput(refused, fields={"is_public": refused})
    if public and not text:
        missing = _("公开之前，请写好给大家看的文字。")
        raise BadInput(missing, fields={"public_text": missing})
    if public:
        fit_for_public(text, "public_text")
    call.public_text, call.is_public = text, public
    if photos is not None:
        call.photos.exclude(pk__in=photos).filter(shown=True).update(shown=False)
        call.photos.filter(pk__in=photos, shown=False).update(shown=public)
    elif not public:
        call.photos.filter(shown=True).update(shown=False)


__all__ = ["EntryKind", "clock_of", "dispatch", "due", "fit_for_public", "moving", "say", "set_due", "show", "words"]

"""Time: extension, parking, and the steps that the system's timers take."""

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _

from huying.calls import events
from huying.calls.actions.base import EntryKind, due, fit_for_public, moving, say, set_due, words
from huying.calls.models import Call
from huying.kernel.errors import BadInput
from huying.kernel.scopes import SYSTEM, Actor


def ask_extension(
    call: Call, days: int, reason: str, *, by: Actor, version: int | None = None, at: dt.datetime | None = None
) -> Call:
    """Ask for the one extension, in days (1 to 15), with the reason."""
    reason = words(reason, "reason", _("请写明为什么要延期。"), 200)
    if not isinstance(days, int) or not 1 <= days <= 15:
        wrong = _("延期可以是 1 到 15 天。")
        raise BadInput(wrong, fields={"days": wrong})
    with moving("ask_extension", call, by=by, version=version, days=days, at=at) as row:
        row.extension_days, row.extension_reason = days, reason
    return call


def extend(call: Call, *, by: Actor, version: int | None = None, at: dt.datetime | None = None) -> Call:
    """Approve the extension; the resident is told by the event."""
    with moving("extend", call, by=by, version=version, at=at) as row:
        row.facts["days"] = row.extension_days
        row.extended_at = row.at
        set_due(row, due(row, row.dispatched_at, row.extension_days), row.at, row.extension_days)
    return call


def refuse_extension(call: Call, text: str = "", *, by: Actor, version: int | None = None) -> Call:
    """Refuse the extension; the deadline stays. It may be asked for again, since none was granted."""
    text = words(text, "text", "", 500)
    with moving("refuse_extension", call, by=by, version=version) as row:
        row.facts["days"] = row.extension_days
        row.extension_days, row.extension_reason = None, ""
        say(row, EntryKind.NOTE, text, by, events.EXTENSION_REFUSED)
    return call


def park(
    call: Call,
    *,
    by: Actor,
    reason: str,
    basis: str,
    person: str,
    review_on: dt.date,
    public_words: str,
    version: int | None = None,
    at: dt.datetime | None = None,
) -> Call:
    """Park what cannot be done now: reason, basis, who answers for it, when it is looked at again, words for everybody."""
    reason = words(reason, "reason", _("请写明为什么现在办不了。"), 500)
    basis = words(basis, "basis", _("请写明依据。"), 200)
    person = words(person, "person", _("请写明由谁负责。"), 40)
    public_words = words(public_words, "public_words", _("请写一句给大家看的话。"), 500)
    if review_on is None or review_on <= timezone.localdate(at):
        wrong = _("复查的日子要在今天之后。")
        raise BadInput(wrong, fields={"review_on": wrong})
    with moving("park", call, by=by, version=version, review_on=review_on.isoformat(), at=at) as row:
        if row.is_public:
            fit_for_public(public_words, "public_words")
        row.parked_at, row.parked_by_id = row.at, by.id
        row.parked_reason, row.parked_basis, row.parked_person = reason, basis, person
        row.parked_words, row.review_on = public_words, review_on
    return call


def unpark(call: Call, *, by: Actor, version: int | None = None, at: dt.datetime | None = None) -> Call:
    """Go on with a parked call; the time that it was parked is added to its deadline."""
    with moving("unpark", call, by=by, version=version, at=at) as row:
        if row.due_at and row.parked_at:
            reminded = row.reminded
            set_due(row, (row.peace_due_at or row.due_at) + (row.at - row.parked_at), row.at, start=row.at)
            # What was reminded of before stands, unless an emergency has set another deadline.
            row.reminded = reminded if row.peace_due_at is None else 0
        row.review_on = None
        if row.owner_id is None:
            row.owner_id = by.id
    return call


def remind(call: Call, share: float, *, at: dt.datetime | None = None) -> Call:
    """Remind the holder that `share` of the time has passed."""
    with moving("remind", call, by=SYSTEM, share=share, at=at) as row:
        row.reminded += 1
    return call


def overdue(call: Call, *, at: dt.datetime | None = None) -> Call:
    """Tell the level above that the call is overdue, once a day."""
    with moving("overdue", call, by=SYSTEM, at=at) as row:
        row.reminded += 1
    return call


def review(call: Call, *, at: dt.datetime | None = None) -> Call:
    """Tell who parked the call that it is to be looked at again; once more each week until it is."""
    with moving("review", call, by=SYSTEM, at=at) as row:
        row.review_on = timezone.localdate(row.at) + dt.timedelta(days=7)
    return call


def ask_again(call: Call, *, at: dt.datetime | None = None) -> Call:
    """Ask the resident once more whether it was done."""
    with moving("ask_again", call, by=SYSTEM, at=at) as row:
        row.asked += 1
    return call


def lapse(call: Call, *, at: dt.datetime | None = None) -> Call:
    """Close an answered call on which the resident stayed silent, without a rating."""
    with moving("lapse", call, by=SYSTEM, at=at) as row:
        row.ended_at = row.at
    return call

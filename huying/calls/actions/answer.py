"""Answering a call, and the resident's word on the answer."""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.calls import events, rules
from huying.calls.actions.base import EntryKind, dispatch, fit_for_public, moving, say, words
from huying.calls.actions.take import _take_on
from huying.calls.catalogue import numbers
from huying.calls.choices import GuideKind
from huying.calls.models import Assist, Call
from huying.directory.models import Unit
from huying.directory.queries import unit_ids_of
from huying.kernel.errors import BadInput, Forbidden, StepRefused
from huying.kernel.log import record
from huying.kernel.scopes import Actor


def _answer(row: Call, outcome: str, by: Actor) -> None:
    now = row.at
    row.outcome = words(outcome, "outcome", _("请写下做了什么。"), numbers()["text"]["outcome_most"])
    if row.is_public:
        fit_for_public(row.outcome, "outcome")
    row.resolved_at, row.resolved_by_id = now, by.id
    row.asked = 1
    row.rating, row.rated_at = "", None


def settle(
    call: Call,
    outcome: str,
    category: str,
    *,
    by: Actor,
    public_text: str = "",
    public: bool = False,
    photos: list[int] | None = None,
    contacted: bool = True,
    version: int | None = None,
    at: dt.datetime | None = None,
) -> Call:
    """Accept and resolve in one step what can be settled on the spot; nothing is sent up."""
    with moving("settle", call, by=by, version=version, category=category, contacted=contacted, at=at) as row:
        _take_on(row, category, "", public_text, public, photos, by)
        _answer(row, outcome, by)
        if contacted:
            row.contacted_at = row.resolved_at
    return call


def resolve(call: Call, outcome: str, *, by: Actor, version: int | None = None, at: dt.datetime | None = None) -> Call:
    """Report what was done; the resident then confirms or reopens."""
    with moving("resolve", call, by=by, version=version, at=at) as row:
        row.facts["unit"] = row.unit_id
        _answer(row, outcome, by)
    return call


def decline(
    call: Call, guided: str, guided_to: str, *, by: Actor, version: int | None = None, at: dt.datetime | None = None
) -> Call:
    """Guide one of the six kinds to where it is dealt with; the resident is told where."""
    if guided not in rules.GUIDED:
        wrong = _("请选是哪一种情况。")
        raise BadInput(wrong, fields={"guided": wrong})
    guided_to = words(guided_to, "guided_to", _("请告诉居民可以去找谁。"), 500)
    with moving("decline", call, by=by, version=version, guided=guided, at=at) as row:
        row.guided, row.guided_to = guided, guided_to
        row.is_public, row.ended_at = False, row.at
        row.contacted_at = row.contacted_at or row.ended_at
    return call


def make_wish(call: Call, *, by: Actor, version: int | None = None, at: dt.datetime | None = None) -> Call:
    """It is a small wish and no public matter: whoever hears the event collects it as a wish; both keep the other's number."""
    with moving("make_wish", call, by=by, version=version, guided="wish", at=at) as row:
        row.guided, row.guided_to = GuideKind.WISH, _("这是一个微心愿，已经转给心愿树，社区看过就会挂上去。")
        row.is_public, row.ended_at = False, row.at
        row.contacted_at = row.contacted_at or row.ended_at
    return call


def link_wish(number: int, wish: int) -> None:
    """Keep the number of the wish that a call came from or became; the event that made it says so already."""
    Call.objects.filter(pk=number).update(wish_number=wish)


def contact(
    call: Call,
    text: str,
    *,
    by: Actor,
    key: str | None = None,
    version: int | None = None,
    at: dt.datetime | None = None,
) -> Call:
    """Say something to the resident, on their page; the first time counts as the response."""
    text = words(text, "text", _("想对居民说什么？"))
    if key and call.entries.filter(key=key).exists():
        return call
    with moving("contact", call, by=by, version=version, at=at) as row:
        row.contacted_at = row.contacted_at or row.at
        say(row, EntryKind.REPLY, text, by, events.CONTACTED, key)
    return call


def unreached(
    call: Call, text: str = "", *, by: Actor, version: int | None = None, at: dt.datetime | None = None
) -> Call:
    """Note that the resident was tried and could not be reached; it leaves the response rate's base."""
    text = words(text, "text", "", 500)
    with moving("unreached", call, by=by, version=version, at=at) as row:
        row.unreached_at = row.at
        say(row, EntryKind.NOTE, text, by, events.UNREACHED)
    return call


def ask_assist(call: Call, unit: Unit, *, by: Actor, version: int | None = None) -> Call:
    """Ask a unit to help; it reports to the owner, who keeps the call."""
    with moving("ask_assist", call, by=by, version=version, unit=unit.pk) as row:
        if unit.pk == row.unit_id:
            wrong = _("这个单位已经是主办。")
            raise BadInput(wrong, fields={"unit": wrong})
        _assist, new = Assist.objects.get_or_create(call=row, unit=unit, defaults={"asked_by_id": by.id})
        if not new:
            raise StepRefused(_("已经请过这个单位协办。"), code="asked_already")
    return call


def report_assist(call: Call, text: str, *, by: Actor) -> Call:
    """An assisting unit reports to the owner what it did."""
    text = words(text, "text", _("请写下做了什么。"))
    with transaction.atomic():
        assist = Assist.objects.select_for_update().filter(call=call, unit_id__in=unit_ids_of(by)).first()
        if assist is None:
            raise Forbidden(_("您没有这一步的权限。"))
        if assist.reported_at is not None:
            raise StepRefused(_("已经反馈过了。"), code="reported")
        assist.report, assist.reported_at = text, timezone.now()
        assist.save(update_fields=["report", "reported_at"])
        say(call, EntryKind.REPORT, text, by, events.ASSIST_REPORTED)
        record(events.ASSIST_REPORTED, call, by=by, place=call.place_id, unit=assist.unit_id, version=call.version)
    return call


def _rate(row: Call, rating: str, allowed: tuple[str, ...]) -> None:
    if rating not in allowed:
        wrong = _("请选一个，或选“不想说”。")
        raise BadInput(wrong, fields={"rating": wrong})
    row.rating, row.rated_at = rating, row.at


def confirm(call: Call, rating: str, *, by: Actor, text: str = "", at: dt.datetime | None = None) -> Call:
    """The resident confirms that it was done 😊: satisfied, mostly satisfied, or no wish to say."""
    text = words(text, "text", "", 500)
    with moving("confirm", call, by=by, rating=rating, on_behalf=by.is_person, at=at) as row:
        _rate(row, rating, ("satisfied", "mostly", "unsaid"))
        row.ended_at = row.at
        say(row, EntryKind.WORDS, text, by, events.CONFIRMED)
    return call


def close(call: Call, rating: str, *, by: Actor, text: str = "", at: dt.datetime | None = None) -> Call:
    """The resident leaves it at that without confirming: not satisfied, or no wish to say."""
    text = words(text, "text", "", 500)
    with moving("close", call, by=by, rating=rating, on_behalf=by.is_person, at=at) as row:
        _rate(row, rating, ("not", "unsaid"))
        row.ended_at = row.at
        say(row, EntryKind.WORDS, text, by, events.CLOSED)
    return call


def reopen(call: Call, reason: str, *, by: Actor, at: dt.datetime | None = None) -> Call:
    """Not done: the call goes back to those who answered it, twice at most, then to a joint meeting.

    The third time is the step `refer`. The clock starts anew from now.
    """
    reason = words(reason, "reason", _("请说说哪里没办好。"), 500)
    last = call.reopened >= numbers()["reopen"]["most"]
    now = at or timezone.now()
    since = now - (call.resolved_at or now)
    if since.days >= numbers()["reopen"]["within_days"]:
        raise StepRefused(_("办结已经超过 30 天，请再提一件新的，我们会连着看。"), code="too_late")
    with moving("refer" if last else "reopen", call, by=by, on_behalf=by.is_person, at=at) as row:
        row.rating, row.rated_at = "not", now
        if last:
            row.ended_at = now
        else:
            row.reopened += 1
            row.unit, row.assigned_at, row.dispute_open = None, None, False
            row.dispatched_at = row.due_at = row.ended_at = row.extended_at = row.extension_days = None
            row.asked = 0
            dispatch(row, now)
            if row.level == "building" and row.reopened > 1:
                row.level = rules.level_above(row.level)
        say(row, EntryKind.WORDS, reason, by, events.REFERRED if last else events.REOPENED)
    return call

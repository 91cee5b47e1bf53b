"""A story step by step through the real actions, each at its moment; the timers that would have rung in between, ring."""

import datetime as dt
import re

from django.utils import timezone

from huying.calls import actions, rules
from huying.calls.actions.base import clock_of
from huying.calls.catalogue import category, numbers
from huying.calls.demo.players import Players
from huying.calls.forms.send import guide_words
from huying.calls.jobs import ring
from huying.calls.models import Call
from huying.calls.workflow import CALL
from huying.kernel.scopes import Actor, link_holder
from huying.people.private_words import private_words

MOST_ALARMS = 40
_SPAN = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?")


def span(text: str) -> dt.timedelta:
    """'1d6h30m' as a length of time."""
    found = _SPAN.fullmatch(text)
    if not text or found is None:
        raise ValueError(f"not a length of time: {text!r}")
    days, hours, minutes = (int(part or 0) for part in found.groups())
    return dt.timedelta(days=days, hours=hours, minutes=minutes)


def replay(call: Call, story: dict, players: Players, made: dict[str, Call], now: dt.datetime) -> None:
    """Take the steps of a story that lie before now; it stops where somebody who would have to act is not there."""
    begin = call.raised_at
    for step in story["steps"]:
        moment = begin + span(step["after"])
        if moment > now:
            break
        _ring_until(call, moment)
        by = _actor(call, step, players)
        if by is None or not _take(call, story, step, by, players, made, moment):
            break
    _ring_until(call, now)


def _ring_until(call: Call, moment: dt.datetime) -> None:
    for _ in range(MOST_ALARMS):
        alarm = rules.next_alarm(clock_of(call, call.state), numbers())
        if alarm is None or alarm[0] > moment:
            return
        ring(call, alarm[1], at=alarm[0])


def _actor(call: Call, step: dict, players: Players) -> Actor | None:
    part = step.get("by", "resident")
    if part == "resident":
        return link_holder("call", call.pk)
    if part == "unit":
        return players.speaker(call.unit_id) if call.unit_id else None
    return players.actor(part)


def _take(call, story, step, by, players, made, at) -> bool:
    """Take one step; False when the story cannot go on from here."""
    do = step["do"]
    name = {"words": "add_words", "extension": "ask_extension"}.get(do, do)
    if not CALL[name].may(by, call) or call.state not in CALL[name].sources:
        return False
    if do in ("accept", "settle"):
        return _take_on(call, story, step, by, at)
    if do == "assign":
        unit = players.unit(step["unit"])
        if unit is None or players.speaker(unit.pk) is None:
            return False
        actions.assign(call, unit, by=by, text=step.get("text", ""), at=at)
    elif do == "merge":
        if step["into"] not in made:
            return False
        actions.merge(call, made[step["into"]], by=by, at=at)
    elif do == "hand_over":
        to = players.actor(step["to"])
        if to is None or to.id == by.id:
            return False
        actions.hand_over(call, to.id, by=by, at=at)
    else:
        _SIMPLE[do](call, step, by, at)
    return True


def _take_on(call, story, step, by, at) -> bool:
    public = not story.get("private", False)
    text = story["text"] if not private_words(story["text"]) else ""
    shown = {"public_text": text, "public": public and bool(text), "at": at, "by": by}
    code = step.get("category") or story["category"]
    if step["do"] == "settle":
        actions.settle(call, step["outcome"], code, **shown)
    else:
        actions.accept(call, code, urgency=step.get("class", ""), **shown)
    if step.get("reply"):
        actions.contact(call, step["reply"], by=by, at=at + dt.timedelta(minutes=1))
    if step.get("start"):
        actions.start(call, by=by, at=at + dt.timedelta(minutes=2))
    return category(code) is not None


def _park(call, step, by, at):
    review = timezone.localdate(at) + dt.timedelta(days=step["review"])
    words = {name: step[name] for name in ("reason", "basis", "person")}
    actions.park(call, by=by, review_on=review, public_words=step["words"], at=at, **words)


_SIMPLE = {
    "take": lambda call, step, by, at: actions.take(call, by=by, at=at),
    "start": lambda call, step, by, at: actions.start(call, by=by, at=at),
    "contact": lambda call, step, by, at: actions.contact(call, step["text"], by=by, at=at),
    "unreached": lambda call, step, by, at: actions.unreached(call, by=by, at=at),
    "words": lambda call, step, by, at: actions.add_words(call, step["text"], by=by, at=at),
    "escalate": lambda call, step, by, at: actions.escalate(call, step["reason"], by=by, at=at),
    "dispute": lambda call, step, by, at: actions.dispute(call, step["reason"], step["right"], by=by, at=at),
    "extension": lambda call, step, by, at: actions.ask_extension(call, step["days"], step["reason"], by=by, at=at),
    "park": _park,
    "resolve": lambda call, step, by, at: actions.resolve(call, step["outcome"], by=by, at=at),
    "confirm": lambda call, step, by, at: actions.confirm(
        call, step["rating"], by=by, text=step.get("text", ""), at=at
    ),
    "close": lambda call, step, by, at: actions.close(call, step["rating"], by=by, text=step.get("text", ""), at=at),
    "reopen": lambda call, step, by, at: actions.reopen(call, step["reason"], by=by, at=at),
    "withdraw": lambda call, step, by, at: actions.withdraw(call, by=by, at=at),
    "decline": lambda call, step, by, at: actions.decline(
        call, step["guided"], step.get("words") or guide_words()[step["guided"]], by=by, at=at
    ),
}

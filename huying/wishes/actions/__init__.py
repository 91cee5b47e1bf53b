"""Every write to wishes. Each takes the actor as `by=`, is one transaction, and records one event."""

from huying.wishes.actions.claim import Gone, answer, answer_due, claim, join, lapse, release, remind
from huying.wishes.actions.collect import Intake, collect
from huying.wishes.actions.give import (
    ask_again,
    close,
    confirm,
    contact,
    expire,
    fulfil,
    look_into,
    reoffer,
    reveal,
    revealed,
    tell,
)
from huying.wishes.actions.wall import decline, link_call, move, publish, reword, take_down, verify

__all__ = [
    "Gone",
    "Intake",
    "answer",
    "answer_due",
    "ask_again",
    "claim",
    "close",
    "collect",
    "confirm",
    "contact",
    "decline",
    "expire",
    "fulfil",
    "join",
    "lapse",
    "link_call",
    "look_into",
    "move",
    "publish",
    "release",
    "remind",
    "reoffer",
    "reveal",
    "revealed",
    "reword",
    "take_down",
    "tell",
    "verify",
]

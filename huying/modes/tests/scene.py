"""Modes for tests: switched on in one line."""

import datetime as dt
import secrets

from django.utils import timezone

from huying.modes import actions, households
from huying.modes.models import Mode, PriorityHousehold


def switched(
    stage, at: str = "community", kind: str = "emergency", level: int = 1, by: str = "jie", hours: float = 24
) -> Mode:
    """A mode that one of the cast switched on just now."""
    return actions.switch_on(
        stage.place(at),
        kind,
        level,
        authority="街道防汛办〔2026〕7号",
        reason="暴雨红色预警",
        until=timezone.now() + dt.timedelta(hours=hours),
        key=secrets.token_hex(8),
        by=stage.actor(by),
    )


def household(stage, by: str = "lu", place: str = "entrance", **changed) -> PriorityHousehold:
    """An old neighbour on oxygen who agreed that the building head writes them down."""
    given = {
        "needs": ["lives_alone", "oxygen"],
        "name": "王奶奶",
        "phone": "139 0000 1234",
        "words": "302，钥匙在对门",
        "how": "spoken",
        "until": timezone.localdate() + dt.timedelta(days=365),
        "key": secrets.token_hex(8),
    } | changed
    return households.add(households.Given(place=stage.place(given.pop("place", place)), **given), by=stage.actor(by))

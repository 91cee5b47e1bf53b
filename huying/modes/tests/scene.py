"""Modes for tests: switched on in one line."""

import datetime as dt
import secrets

from django.utils import timezone

from huying.modes import actions
from huying.modes.models import Mode


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

"""The calls of the demo: made up, replayed step by step through the real actions, dated over the last 30 days."""

import datetime as dt
import tomllib
from collections.abc import Callable
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from huying.calls.demo.players import Players, find_place
from huying.calls.demo.replay import replay, span
from huying.calls.intake import Intake, raise_call
from huying.calls.models import Call
from huying.kernel.scopes import ANONYMOUS

HERE = Path(__file__).resolve().parent
STORIES = ("lishan.toml", "guangchang.toml", "others.toml")


def stories() -> list[dict]:
    """All calls of the demo, as they are written down."""
    return [call for name in STORIES for call in tomllib.loads((HERE / name).read_text(encoding="utf-8"))["calls"]]


def raised_at(story: dict, now: dt.datetime) -> dt.datetime:
    """When a story begins: so many days ago at its hour; one of today that would lie ahead begins a little while ago."""
    day = timezone.localdate(now) - dt.timedelta(days=story["day"])
    hour, minute = (int(part) for part in story["at"].split(":"))
    moment = timezone.make_aware(dt.datetime.combine(day, dt.time(hour, minute)))
    # Keep the order that they were written in: what was to come at 8 lies before what was to come at 9.
    return moment if moment <= now else now - dt.timedelta(minutes=(24 * 60 - hour * 60 - minute) // 20)


def load(progress: Callable[[int, int], None] = lambda done, total: None, now: dt.datetime | None = None) -> int:
    """Raise and replay the demo's calls where their places exist; returns how many are new. Idempotent.

    Each call is one transaction, so that what was interrupted is taken up again the next time.
    """
    now = now or timezone.now()
    told = sorted(stories(), key=lambda story: raised_at(story, now))
    made: dict[str, Call] = {}
    new = 0
    for done, story in enumerate(told, 1):
        place = find_place(story["place"])
        if place is not None:
            with transaction.atomic():
                made[story["key"]], is_new = _raise(story, place, now)
                if is_new:
                    new += 1
                    replay(made[story["key"]], story, Players(place), made, now)
        progress(done, len(told))
    return new


def _raise(story: dict, place, now: dt.datetime) -> tuple[Call, bool]:
    channel = story.get("channel", "qr")
    writer = {"head": "head", "counter": "worker", "phone": "worker"}.get(channel)
    by = (Players(place).actor(writer) if writer else None) or ANONYMOUS
    intake = Intake(
        place=place,
        text=story["text"],
        key=f"demo-{story['key']}",
        channel=channel,
        name=story.get("name", ""),
        phone=story.get("phone", ""),
        private=story.get("private", False),
        made_up=True,
        raised_at=raised_at(story, now),
    )
    return raise_call(intake, by=by)


__all__ = ["load", "span", "stories"]

"""Opening a standing roster: a weekly pattern becomes its shifts; people say that they take part, then it is worked out."""

import datetime as dt
import re
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from huying.callouts import rules
from huying.callouts.actions.base import put_up, taken_words
from huying.callouts.actions.post import reach_path
from huying.callouts.catalogue import numbers
from huying.callouts.models import Callout, Shift
from huying.kernel.errors import BadInput, Forbidden
from huying.kernel.scopes import Actor
from huying.places.models import Place

BLOCK = re.compile(r"(\d{1,2}):(\d{2})\s*[-–—~至到]\s*(\d{1,2}):(\d{2})")
DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Pattern:
    """A roster as it is asked for. blocks: '08:00-12:00 14:00-18:00', an end at or before its start is on the next day.

    days: 0 for Monday to 6; rest in hours after each shift; hours_a_week: of one person at most. The same key is one roster.
    """

    place: Place
    title: str
    first: dt.date | None
    weeks: int | None
    days: tuple[int, ...]
    blocks: str
    people: int | None
    key: str
    post: str = ""
    rest: int | None = 0
    hours_a_week: int | None = None
    reach: str = "community"
    words: str = ""
    meeting: str = ""
    emergency: bool = False
    made_up: bool = False
    at: dt.datetime | None = None


def open_roster(pattern: Pattern, *, by: Actor) -> tuple[Callout, bool]:
    """Write a roster with all its shifts and have people asked; returns (roster, whether it is new). BadInput names the fields."""
    known = Callout.objects.filter(key=pattern.key).first()
    if known is not None:
        return known, False
    if not by.holds(rules.ORGANISERS, pattern.place.path):
        raise Forbidden(_("您不能在这里排值班表。"))
    given, times = _checked(pattern, by)

    def shifts(roster: Callout, _now: dt.datetime) -> list[Shift]:
        return [
            Shift(
                callout=roster,
                name=pattern.post.strip() or roster.title[:30],
                starts_at=start,
                ends_at=end,
                capacity=pattern.people,
                rest=(pattern.rest or 0) * 60,
            )
            for start, end in times
        ]

    facts = {"template": "roster", "reach": pattern.reach}
    return put_up(pattern.key, given, shifts, by=by, at=pattern.at, **facts)


def blocks_of(text: str) -> list[tuple[dt.time, dt.timedelta]]:
    """Blocks of a day as (beginning, length); ValueError when the text is none, or one is longer than a day."""
    found = []
    for hour, minute, to_hour, to_minute in BLOCK.findall(text):
        start, end = (
            dt.timedelta(hours=int(hour), minutes=int(minute)),
            dt.timedelta(hours=int(to_hour), minutes=int(to_minute)),
        )
        if start >= DAY or end > DAY or int(minute) > 59 or int(to_minute) > 59:
            raise ValueError("no time of the day")
        found.append((dt.time(int(hour), int(minute)), end - start if end > start else end + DAY - start))
    if not found or BLOCK.sub("", text).strip(" ,，;；、\n\r\t"):
        raise ValueError("no blocks")
    return found


def times_of(pattern: Pattern) -> list[tuple[dt.datetime, dt.datetime]]:
    """Every shift of a pattern whose fields are all there, in order of time."""
    blocks, times = blocks_of(pattern.blocks), []
    for number in range(pattern.weeks * 7):
        day = pattern.first + number * DAY
        if day.weekday() in pattern.days:
            for start, length in blocks:
                begin = timezone.make_aware(dt.datetime.combine(day, start))
                times.append((begin, begin + length))
    return sorted(times)


def _checked(pattern: Pattern, by: Actor) -> tuple[dict, list[tuple[dt.datetime, dt.datetime]]]:
    """The columns and the shifts; BadInput says all that cannot be taken, at its field."""
    told, wrong = numbers()["roster"], {}
    if not 8 <= len(pattern.key) <= 64 or not pattern.key.isascii() or not pattern.key.isprintable():
        raise BadInput(_("这一页已经过期，请重新打开。"), fields={"key": _("缺少表单编号。")})
    given = {
        "kind": "roster",
        "title": taken_words(pattern.title, 40, wrong, "title", _("请写这张值班表叫什么。")),
        "words": taken_words(pattern.words, 1000, wrong, "words"),
        "meeting": taken_words(pattern.meeting, 80, wrong, "meeting"),
        "hours_a_week": pattern.hours_a_week,
        "place": pattern.place,
        "path": pattern.place.path,
        "reach": pattern.reach,
        "reach_path": reach_path(pattern.place, pattern.reach, by, wrong),
        "emergency": pattern.emergency,
        "made_up": pattern.made_up or pattern.place.made_up,
    }
    taken_words(pattern.post, 30, wrong, "post")
    if not pattern.place.is_current():
        wrong["place"] = _("这个地点已经停用，请换一个。")
    today = timezone.localdate(pattern.at or timezone.now())
    if pattern.first is None:
        wrong.setdefault("first", _("请选从哪一天开始。"))
    elif pattern.first <= today:
        wrong["first"] = _("最早从明天开始，大家才来得及回答。")
    elif pattern.first > today + dt.timedelta(days=numbers()["posting"]["days_ahead"]):
        wrong["first"] = _("最早提前 %(days)d 天排。") % {"days": numbers()["posting"]["days_ahead"]}
    for name, value, least, most in (
        ("weeks", pattern.weeks, 1, told["most_weeks"]),
        ("people", pattern.people, 1, told["most_people"]),
        ("rest", pattern.rest, 0, told["most_rest"]),
        ("hours_a_week", pattern.hours_a_week, 1, numbers()["limits"]["hours_a_week"]),
    ):
        if value is None or not least <= value <= most:
            wrong[name] = _("请写 %(least)d 到 %(most)d 之间的数。") % {"least": least, "most": most}
    if not set(pattern.days) & set(range(7)):
        wrong["days"] = _("请至少选一天。")
    try:
        blocks_of(pattern.blocks)
    except ValueError:
        wrong["blocks"] = _("请写成 08:00-12:00 14:00-18:00 这样，几段之间用空格隔开。")
    if wrong:
        raise BadInput(next(iter(wrong.values())), fields=wrong)
    times = times_of(pattern)
    if len(times) > told["most_shifts"]:
        words = _("一共 %(now)d 班，一张表最多 %(most)d 班。请排短一点。") % {
            "now": len(times),
            "most": told["most_shifts"],
        }
        raise BadInput(words, fields={"weeks": words})
    return given | {"starts_at": times[0][0], "ends_at": times[-1][1], "closes_at": times[0][0]}, times

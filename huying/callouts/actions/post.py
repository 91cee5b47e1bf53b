"""Posting a call-out: everything is checked at once, and said at its field; the same form twice is one call-out."""

import datetime as dt
from dataclasses import dataclass, field

from django.utils import timezone
from django.utils.translation import gettext as _

from huying.callouts import rules
from huying.callouts.actions.base import put_up, taken_words
from huying.callouts.catalogue import numbers, reaches_of
from huying.callouts.models import Callout, Shift
from huying.callouts.rules_asking import turns
from huying.directory.catalogue import skills as known_skills
from huying.kernel.errors import BadInput, Forbidden
from huying.kernel.scopes import Actor, covers
from huying.places.models import Place
from huying.places.rules import DIVISIONS

# Clocks differ, and forms take a minute to fill in.
GRACE = dt.timedelta(minutes=2)
OLDEST = 100


@dataclass(frozen=True)
class Line:
    """One post as it is asked for; with times of its own, or for the whole call-out in shifts of `Posting.turn` hours."""

    name: str
    places: int | None
    duties: str = ""
    skills: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    min_age: int | None = None
    max_age: int | None = None
    risky: bool = False
    insured: bool = False
    rest: int = 0
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None
    # Of a change: the post that it stands for.
    pk: int | None = None


@dataclass(frozen=True)
class Posting:
    """A call-out as it is asked for. `key` is made with the form: the same key twice is the same call-out."""

    place: Place
    title: str
    starts_at: dt.datetime | None
    ends_at: dt.datetime | None
    closes_at: dt.datetime | None
    lines: list[Line]
    key: str
    reach: str = "community"
    words: str = ""
    meeting: str = ""
    lng: float | None = None
    lat: float | None = None
    risk: str = ""
    private: str = ""
    template: str = ""
    turn: int = 0
    tell_all: bool = False
    emergency: bool = False
    drill: bool = False
    made_up: bool = False
    # Dates it, and lets it lie in the past: the demo only.
    at: dt.datetime | None = None
    facts: dict = field(default_factory=dict)


def post(posting: Posting, *, by: Actor) -> tuple[Callout, bool]:
    """Post a call-out and have people told; returns (call-out, whether it is new).

    BadInput names every field that cannot be taken; Forbidden where the actor posts none.
    """
    known = Callout.objects.filter(key=posting.key).first()
    if known is not None:
        return known, False
    if not by.holds(rules.ORGANISERS, posting.place.path):
        raise Forbidden(_("您不能在这里发召集。"))
    given = checked(posting, by)
    facts = {"template": posting.template, "reach": posting.reach, **posting.facts}
    shifts = lambda callout, now: shifts_of(callout, posting, by, now)  # noqa: E731
    return put_up(posting.key, given, shifts, by=by, at=posting.at, **facts)


def shifts_of(callout: Callout, posting: Posting, by: Actor, now: dt.datetime) -> list[Shift]:
    """The posts of a call-out, cut into shifts; not saved."""
    made = []
    for line in posting.lines:
        insured = line.risky and line.insured
        for start, end in times_of(line, posting):
            made.append(
                Shift(
                    callout=callout,
                    name=line.name.strip(),
                    duties=line.duties.strip(),
                    starts_at=start,
                    ends_at=end,
                    capacity=line.places,
                    skills=list(line.skills),
                    body=list(line.body),
                    min_age=line.min_age,
                    max_age=line.max_age,
                    risky=line.risky,
                    insured_at=now if insured else None,
                    insured_by_id=by.id if insured else None,
                    rest=line.rest,
                )
            )
    return made


def times_of(line: Line, posting: Posting) -> list[tuple[dt.datetime, dt.datetime]]:
    """The shifts of a post: its own times, else those of the call-out, cut into turns."""
    start, end = line.starts_at or posting.starts_at, line.ends_at or posting.ends_at
    if start is None or end is None:
        return []
    own = line.starts_at is not None or line.ends_at is not None
    return [(start, end)] if own else turns(start, end, posting.turn)


def checked(posting: Posting, by: Actor) -> dict:
    """The columns of a call-out; BadInput says all that cannot be taken, at its field."""
    if not 8 <= len(posting.key) <= 64 or not posting.key.isascii() or not posting.key.isprintable():
        raise BadInput(_("这一页已经过期，请重新打开。"), fields={"key": _("缺少表单编号。")})
    wrong: dict[str, str] = {}
    given = {
        "title": taken_words(posting.title, 40, wrong, "title", _("请写一句，是什么事。")),
        "words": taken_words(posting.words, 1000, wrong, "words"),
        "meeting": taken_words(posting.meeting, 80, wrong, "meeting"),
        "risk": taken_words(posting.risk, 300, wrong, "risk"),
        "private_sealed": taken_words(posting.private, 1000, wrong, "private") or None,
        "template": posting.template if posting.template in numbers()["templates"] else "",
    }
    if not posting.place.is_current():
        wrong["place"] = _("这个地点已经停用，请换一个。")
    for name in ("tell_all", "emergency", "drill", "lng", "lat", "reach", "starts_at", "ends_at", "closes_at"):
        given[name] = getattr(posting, name)
    given |= {"place": posting.place, "path": posting.place.path, "made_up": posting.made_up or posting.place.made_up}
    given["reach_path"] = reach_path(posting.place, posting.reach, by, wrong)
    check_times(posting, wrong)
    check_lines(posting, wrong)
    if given["risk"] == "" and any(line.risky for line in posting.lines) and "risk" not in wrong:
        wrong["risk"] = _("有的岗位有风险，请如实写明是什么风险、怎么防。")
    if wrong:
        raise BadInput(next(iter(wrong.values())), fields=wrong)
    return given


def reaches(by: Actor, path: str) -> tuple[str, ...]:
    """How far the actor may be heard from a place, by the posts held there or above it."""
    return reaches_of(one.role for one in by.posts if covers(one.path, path))


def reach_path(place: Place, reach: str, by: Actor, wrong: dict) -> str:
    """The path whose volunteers are in range; says in `wrong` when the reach is none, or not the actor's to choose."""
    if reach not in reaches(by, place.path):
        wrong["reach"] = _("您的岗位叫不了这么远，请选近一点的，或者请上一级来发。")
        return place.path
    if reach == "compound":
        above = next((one for one in (place, *reversed(list(place.ancestors()))) if one.kind == "compound"), None)
        if above is None:
            wrong["reach"] = _("这里不在一个小区里，请选社区。")
            return place.path
        return above.path
    labels = place.path.split(".")
    depth = DIVISIONS.index(reach) + 1
    if len(labels) < depth:
        wrong["reach"] = _("这个地点比您选的范围还大，请选具体的地点。")
    return ".".join(labels[:depth])


def check_times(posting: Posting, wrong: dict) -> None:
    """Say in `wrong` what of the times cannot be."""
    now = posting.at or timezone.now()
    told = numbers()["posting"]
    start, end, close = posting.starts_at, posting.ends_at, posting.closes_at
    if start is None:
        wrong.setdefault("starts_at", _("请选几时开始。"))
    elif start < now - GRACE:
        wrong["starts_at"] = _("开始的时间已经过去了，请选以后的时间。")
    elif start > now + dt.timedelta(days=told["days_ahead"]):
        wrong["starts_at"] = _("最早提前 %(days)d 天发。") % {"days": told["days_ahead"]}
    if end is None:
        wrong.setdefault("ends_at", _("请选几时结束。"))
    elif start is not None and end <= start:
        wrong["ends_at"] = _("结束要在开始之后。跨夜的，结束请选第二天。")
    elif start is not None and end - start > dt.timedelta(days=told["longest_days"]):
        wrong["ends_at"] = _("一次召集最长 %(days)d 天，再长请排值班表。") % {"days": told["longest_days"]}
    if close is None:
        wrong.setdefault("closes_at", _("请选报名几时截止。"))
    elif start is not None and close > start:
        wrong["closes_at"] = _("报名截止要在开始之前。")
    elif close < now - GRACE and "starts_at" not in wrong:
        wrong["closes_at"] = _("报名截止的时间已经过去了。")


def check_lines(posting: Posting, wrong: dict) -> None:
    """Say in `wrong` what of the posts cannot be; fields are named line-<number>-<name>."""
    told = numbers()["posting"]
    if not posting.lines:
        wrong["lines"] = _("请至少写一个岗位。")
        return
    places = shifts = 0
    for number, line in enumerate(posting.lines):
        cut = [] if {"starts_at", "ends_at"} & set(wrong) else times_of(line, posting)
        check_line(line, f"line-{number}-", wrong)
        if any(end - start > rules.LONGEST_SHIFT for start, end in cut):
            wrong.setdefault("turn", _("一班最长 24 小时，请分班。"))
        if any(start < posting.starts_at or end > posting.ends_at for start, end in cut):
            wrong[f"line-{number}-starts_at"] = _("岗位的时间要在召集的时间里面。")
        elif any(end <= start for start, end in cut):
            wrong[f"line-{number}-ends_at"] = _("结束要在开始之后。")
        places += (line.places or 0) * max(1, len(cut))
        shifts += max(1, len(cut))
    if places > told["most_places"] and not any(field.endswith("-places") for field in wrong):
        wrong["lines"] = _("一共要 %(now)d 人次，一次召集最多 %(most)d。请看看人数有没有多写一位，或者分几次发。") % {
            "now": places,
            "most": told["most_places"],
        }
    if shifts > told["most_shifts"]:
        wrong["lines"] = _("一共 %(now)d 个班次，一次召集最多 %(most)d 个。请把班分长一点，或者分几次发。") % {
            "now": shifts,
            "most": told["most_shifts"],
        }


def check_line(line: Line, at: str, wrong: dict) -> None:
    """Say in `wrong` what of one post cannot be; `at` begins the names of its fields."""
    taken_words(line.name, 30, wrong, f"{at}name", _("请写岗位叫什么。"))
    taken_words(line.duties, 200, wrong, f"{at}duties")
    most = numbers()["posting"]["most_places"]
    if line.places is None or line.places < 1:
        wrong[f"{at}places"] = _("请写要几个人，至少 1 个。")
    elif line.places > most:
        wrong[f"{at}places"] = _("一个岗位最多 %(most)d 人，请看看有没有多写一位。") % {"most": most}
    for name in ("min_age", "max_age"):
        age = getattr(line, name)
        if age is not None and not 0 <= age <= OLDEST:
            wrong[f"{at}{name}"] = _("请写 0 到 100 之间的年龄。")
    if line.min_age is not None and line.max_age is not None and line.min_age > line.max_age:
        wrong[f"{at}max_age"] = _("最大年龄比最小年龄还小。")
    if not set(line.skills) <= set(known_skills()):
        wrong[f"{at}skills"] = _("没有这样的技能，请从列表里选。")
    if not set(line.body) <= set(rules.BODY):
        wrong[f"{at}body"] = _("请从列表里选。")

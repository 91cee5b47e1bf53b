"""The pure rules of calls: classes, levels, duties, deadlines, alarms. No Django, no clock."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

RAISED, ACCEPTED, ASSIGNED, UNDERWAY, PARKED = "raised", "accepted", "assigned", "underway", "parked"
RESOLVED, CONFIRMED, CLOSED = "resolved", "confirmed", "closed"
MERGED, WITHDRAWN, DECLINED, REFERRED = "merged", "withdrawn", "declined", "referred"

OPEN = (RAISED, ACCEPTED, ASSIGNED, UNDERWAY, PARKED)
TAKEN = (ACCEPTED, ASSIGNED, UNDERWAY)
ANSWERED = (RESOLVED, CONFIRMED, CLOSED, REFERRED)
# What a public page may show: taken on, being answered or answered. See domain.md, 'A call is public only once accepted'.
SHOWN = (ACCEPTED, ASSIGNED, UNDERWAY, PARKED, *ANSWERED)

CLASSES = ("urgent", "utility", "usual", "hard")
CHANNELS = ("qr", "head", "counter", "phone", "wechat", "open311", "api", "import")
RATINGS = ("satisfied", "mostly", "not", "unsaid")

# Where a call can lie, nearest first, and the roles that answer there.
LEVELS = ("building", "compound", "community", "street", "district", "city")
LEVEL_OF_ROLE = {
    "building_head": "building",
    "compound_secretary": "compound",
    "community_worker": "community",
    "community_secretary": "community",
    "street_staff": "street",
    "district_staff": "district",
    "city_staff": "city",
}
HANDLERS = tuple(LEVEL_OF_ROLE)
DISPATCHERS = ("community_worker", "community_secretary", "street_staff", "district_staff", "city_staff")
DECIDERS = ("community_secretary", "street_staff", "district_staff", "city_staff")
# A place's kind → the level at whose desk its calls first lie, when somebody is there.
LEVEL_OF_KIND = {
    "household": "building",
    "entrance": "building",
    "building": "building",
    "compound": "compound",
    "grid": "community",
    "community": "community",
    "street": "street",
    "district": "district",
    "city": "city",
}

# The six kinds that are guided, not taken (domain.md).
GUIDED = ("emergency", "statutory", "same_matter", "secret", "outside", "unlawful")


def rank(level: str) -> int:
    """How far from the door a level is: building 0 … city 5."""
    return LEVELS.index(level)


def level_above(level: str) -> str | None:
    """The next level up, or None above the city."""
    at = rank(level) + 1
    return LEVELS[at] if at < len(LEVELS) else None


def desks(kind: str) -> list[tuple[str | None, str]]:
    """Where a call at a place of that kind may lie first, nearest first: (the role that must be held there, level).

    Building head, then compound secretary, then community (domain.md, 'The nearest first'); the last needs nobody.
    """
    floor = rank(LEVEL_OF_KIND[kind])
    community = rank("community")
    near = [(role, level) for role, level in LEVEL_OF_ROLE.items() if floor <= rank(level) < community]
    return [*near, (None, LEVELS[max(floor, community)])]


def roles_from(level: str) -> tuple[str, ...]:
    """The roles that may take a call lying at `level`: those of the level and of all above it."""
    return tuple(role for role, own in LEVEL_OF_ROLE.items() if rank(own) >= rank(level))


_EMERGENCY = {
    "119": ("着火", "起火", "失火", "火灾", "冒浓烟", "电梯困人", "困在电梯"),
    "120": ("晕倒", "昏迷", "大出血", "心脏病发", "没有呼吸", "触电"),
    "110": ("有人打架", "持刀", "入室盗窃", "被抢", "要跳楼", "跳楼"),
    "122": ("交通事故", "撞人"),
}


def emergency_number(text: str) -> str:
    """The number to call first when the words sound like danger to life ('119'), or ''. The call is taken all the same."""
    for number, words in _EMERGENCY.items():
        if any(word in text for word in words):
            return number
    return ""


# --- duties ---------------------------------------------------------------------------------------------------


def duty_of(duties: Mapping[str, str], level: str) -> str:
    """'lead', 'assist' or 'none': what a level has to do with a category. A level that is not named leads (domain.md, 'The duty list')."""
    return duties.get(level, "lead")


# --- time -----------------------------------------------------------------------------------------------------

AddWorkingDays = Callable[[dt.datetime, int], dt.datetime]


def deadline(start: dt.datetime, limit: Mapping, add_working_days: AddWorkingDays, extra: int = 0) -> dt.datetime:
    """When a class is due, from its dispatch: `limit` is {'hours': h} or {'days': d, 'working': bool}; `extra` days on top."""
    if "hours" in limit:
        return start + dt.timedelta(hours=limit["hours"], days=extra)
    days = limit["days"] + extra
    return add_working_days(start, days) if limit.get("working") else start + dt.timedelta(days=days)


@dataclass(frozen=True)
class Clock:
    """What the alarms of a call depend on; times are aware."""

    state: str
    level: str
    urgent: bool
    offered_at: dt.datetime
    dispatched_at: dt.datetime | None = None
    due_at: dt.datetime | None = None
    resolved_at: dt.datetime | None = None
    review_on: dt.datetime | None = None
    reminded: int = 0  # reminders sent so far, of this deadline
    asked: int = 0  # follow-up questions asked so far


def next_alarm(clock: Clock, policy: Mapping) -> tuple[dt.datetime, str] | None:
    """When the system must look at a call next, and why: 'offer_up' | 'remind' | 'overdue' | 'review' | 'ask_again' | 'lapse'."""
    if clock.state == RAISED:
        offer = policy["offer"]
        hours = offer["urgent"] if clock.urgent else offer.get(clock.level)
        # Above the community nobody is further up who could take it sooner; it waits there, seen as waiting.
        if hours is None or level_above(clock.level) is None:
            return None
        return clock.offered_at + dt.timedelta(hours=hours), "offer_up"
    if clock.state in TAKEN and clock.due_at and clock.dispatched_at:
        shares = policy["reminders"]["shares"]
        if clock.reminded < len(shares):
            way = clock.due_at - clock.dispatched_at
            return clock.dispatched_at + way * shares[clock.reminded], "remind"
        every = dt.timedelta(hours=policy["reminders"]["overdue_every_hours"])
        return clock.due_at + every * (clock.reminded - len(shares) + 1), "overdue"
    if clock.state == PARKED and clock.review_on:
        return clock.review_on, "review"
    if clock.state == RESOLVED and clock.resolved_at:
        days = policy["follow_up"]
        if clock.asked < 2:
            return clock.resolved_at + dt.timedelta(days=days["again_days"]), "ask_again"
        return clock.resolved_at + dt.timedelta(days=days["silent_days"]), "lapse"
    return None

"""The demo's modes: a drill a few days ago with its report, and a few households that agreed. Nothing is on now."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from huying.kernel.log import record
from huying.kernel.scopes import SYSTEM
from huying.modes import events, households, report
from huying.modes.models import Mode, PriorityHousehold
from huying.people.models import Person
from huying.people.queries import actor_for
from huying.places.models import Place

KEY = "demo-drill"
# Needs, what whoever comes must know, what to call them, whether they may be practised with.
NEIGHBOURS = (
    (("oxygen", "lives_alone"), "302，制氧机断电能撑 2 小时，钥匙在对门", "王奶奶", True),
    (("cannot_walk",), "501，坐轮椅，下楼要两个人抬", "李爷爷", False),
    (("newborn",), "204，孩子刚满月", "陈女士", True),
    (("dialysis",), "403，周二、周四、周六透析", "周师傅", False),
)


def load(community: Place) -> None:
    """A drill that is over and its report, written as it would have been then; and households of the first compound."""
    _households(community)
    if Mode.objects.filter(key=KEY).exists():
        return
    secretary = Person.objects.filter(posts__role="community_secretary", posts__place=community).first()
    start = timezone.localtime() - dt.timedelta(days=4)
    start = start.replace(hour=9, minute=0, second=0, microsecond=0)
    end = start + dt.timedelta(hours=30)
    by = actor_for(secretary) if secretary else SYSTEM
    with transaction.atomic():
        mode = Mode.objects.create(
            state="ended",
            version=3,
            key=KEY,
            kind="drill",
            level=2,
            level_since=start + dt.timedelta(hours=2),
            place=community,
            path=community.path,
            authority="社区防汛演练方案〔2026〕3号",
            reason="汛期前走一遍：断电断水时先照应谁、多久有人到",
            starts_at=start,
            expires_at=start + dt.timedelta(hours=48),
            switched_by=secretary,
            ended_at=end,
            ended_by=secretary,
            ended_why="各小区都走完一遍了",
            made_up=True,
        )
        told = (
            (events.SWITCHED_ON, start, {"mode_kind": "drill", "level": 3, "until": mode.expires_at.isoformat()}),
            (events.LEVEL_CHANGED, mode.level_since, {"level": 2, "was": 3}),
            (events.ENDED, end, {"level": 2}),
        )
        for kind, at, facts in told:
            record(kind, mode, by=by, place=community.pk, at=at, **facts)
    report.store(mode)


def _households(community: Place) -> None:
    if PriorityHousehold.objects.within(community.path).exists():
        return
    compound = Place.objects.within(community).current().filter(kind="compound").order_by("id").first()
    doors = Place.objects.within(compound).current().filter(kind="entrance").order_by("id")
    lu = Person.objects.filter(
        posts__role="building_head", posts__place__path__within=compound.path, username="lu"
    ).first()
    by = actor_for(lu) if lu else SYSTEM
    own = [door for door in doors if by.kind == "system" or households.may_write(by, door.path)]
    for number, (needs, words, name, drills) in enumerate(NEIGHBOURS if own else ()):
        given = households.Given(
            place=own[number % len(own)],
            needs=needs,
            name=name,
            words=words,
            how="spoken",
            drills=drills,
            until=timezone.localdate() + dt.timedelta(days=300),
            key=f"demo-household-{number}",
            made_up=True,
        )
        households.add(given, by=by)

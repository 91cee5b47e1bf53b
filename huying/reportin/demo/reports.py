"""Units and members of the demo: each by their own doing, as everywhere."""

import datetime as dt
from collections.abc import Callable

from django.utils import timezone

from huying.directory.models import Member, Unit
from huying.directory.queries import unit_ids_of
from huying.people.models import Person
from huying.people.queries import actor_for
from huying.places.models import Place
from huying.reportin.actions import exemptions, members, units
from huying.reportin.models import MemberInvitation, UnitReport
from huying.reportin.people_lists import key_of

# (name, kind, username, what their person is called by, received); the first two stand in the three lists too.
UNITS = (
    ("骊山路小学", "school", "xuexiao", "骊山路小学德育处", True),
    ("骊山社区卫生服务站", "hospital", "weisheng", "卫生站护士长", True),
    ("骊山供电所", "utility", "gongdian", "窦师傅", False),
)
# (username, called by, which unit, skills, services)
MEMBERS = (
    ("dangyuan", "梁老师", "骊山路小学", ["teaching", "writing"], ["children", "publicity"]),
    ("m-shi", "石师傅", "物业", ["repair", "driving"], ["safety", "errand"]),
    ("m-jiang", "江医生", "骊山社区卫生服务站", ["medical", "first_aid"], ["elderly", "visit"]),
    ("m-hong", "洪护士", "骊山社区卫生服务站", ["medical"], ["elderly"]),
    ("m-gong", "龚律师", "", ["legal", "mediation"], ["publicity"]),
    ("m-wan", "万阿姨", "", ["cooking", "haircut"], ["elderly", "visit", "clean"]),
    ("m-duan", "段老师", "骊山路小学", ["arts", "computer"], ["children"]),
    ("m-qian", "钱师傅", "", ["repair"], ["order", "safety"]),
    ("m-tang", "汤同志", "", ["driving", "computer"], ["errand", "order"]),
    ("m-yin", "尹老师", "骊山路小学", ["counselling"], ["children", "visit"]),
    ("m-li", "黎师傅", "物业", ["repair", "haircut"], ["clean", "order"]),
    ("m-wu", "武同志", "", [], ["order", "publicity", "give"]),
)
# How many of them the other communities have, a few each.
ELSEWHERE = 4


def load(communities: dict[str, Place], person_of: Callable[[str, str], Person]) -> None:
    """Units and members; one unit waits to be received, one slip to be opened."""
    for number, place in enumerate(communities.values(), 1):
        heart = number == 1
        mark = "" if heart else f"c{number}-"
        keeper = _keeper(place)
        if keeper is None:
            continue
        short = place.short_name.removesuffix("社区")
        if heart:
            for name, kind, username, called, received in UNITS:
                _unit(place, name, kind, person_of(username, called), keeper if received else None)
        property_firm = Unit.objects.filter(place=place, name=f"{short}物业服务中心").first()
        if property_firm is not None and not UnitReport.objects.filter(unit=property_firm, place=place).exists():
            units.put_down(place, by=keeper, unit=property_firm)
        for username, called, what, skills, services in MEMBERS if heart else MEMBERS[1 : 1 + ELSEWHERE]:
            unit = property_firm if what == "物业" else Unit.objects.filter(place=place, name=what).first()
            received = unit is not None and UnitReport.objects.received().filter(unit=unit).exists()
            _member(place, person_of(mark + username, called), skills, services, unit if received else None)
        if heart:
            _slip_and_exemption(place, "骊山路小学", person_of("m-wan", "万阿姨"))
    UnitReport.objects.filter(unit__made_up=True).update(made_up=True)


def _keeper(place: Place):
    """The community worker who receives there."""
    person = (
        Person.objects.filter(made_up=True, posts__role="community_worker", posts__place=place).order_by("pk").first()
    )
    return actor_for(person) if person is not None else None


def _unit(place: Place, name: str, kind: str, person: Person, keeper) -> None:
    if UnitReport.objects.filter(place=place, unit__name=name).exists():
        return
    actor = actor_for(person)
    own = Unit.objects.filter(pk__in=unit_ids_of(actor), place=place, name=name).first()
    report = units.ask(place, by=actor, name=name, kind=kind, unit=own, made_up=True)
    if keeper is not None:
        units.receive(report, by=keeper)


def _member(place: Place, person: Person, skills: list[str], services: list[str], unit: Unit | None) -> None:
    if not Member.objects.filter(person=person).exists():
        members.register(place, by=actor_for(person), skills=skills, services=services, unit=unit, made_up=True)


def _slip_and_exemption(place: Place, school: str, person: Person) -> None:
    """A slip for somebody who has not opened it, and somebody who is away for a while."""
    unit = Unit.objects.filter(place=place, name=school).first()
    if unit is None or MemberInvitation.objects.filter(unit=unit).exists():
        return
    MemberInvitation.objects.create(
        unit=unit,
        place=place,
        name_sealed="包老师",
        key=key_of(unit, "包老师", ""),
        expires_at=timezone.now() + dt.timedelta(days=30),
    )
    exemptions.exempt("away", timezone.localdate() + dt.timedelta(days=60), by=actor_for(person))

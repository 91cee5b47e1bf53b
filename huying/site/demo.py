"""The demo: made-up neighbours below real communities of Xi'an, and logins to see it from every side."""

import secrets
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.utils import timezone

from huying.appraisals import demo as appraisals
from huying.callouts import demo as callouts
from huying.callouts import demo_sites as sites
from huying.callouts import demo_volunteers as volunteers
from huying.calls import demo as calls
from huying.directory import actions as directory
from huying.directory.models import Unit
from huying.kernel.scopes import SYSTEM
from huying.modes import demo as modes
from huying.people import actions as people
from huying.people.accounts import DEMO_PASSWORD, is_loopback
from huying.people.models import Person, Post
from huying.people.rules import Role
from huying.places import demo as places
from huying.places.models import Kind, Place
from huying.reportin import demo as reportin
from huying.wishes import demo as wishes

Progress = Callable[[int, int | None, str], None]

# Surnames of the made-up; no full name stands anywhere.
SURNAMES = "李王张刘陈杨黄周吴孙马朱胡郭何林罗郑梁谢宋唐韩曹邓冯程蔡彭潘袁于董余苏叶吕魏蒋田杜丁沈任姚卢傅钟姜崔谭"
# One building in so many has nobody yet, so that the page of posts has gaps to show.
GAP_EVERY = 4
# The one at the heart of the story, and the one that looks in from outside.
HEART, OUTSIDE = "骊山新家园社区", "广场社区"


@dataclass(frozen=True)
class Part:
    """Somebody of the cast: username, name, role, place."""

    username: str
    name: str
    role: Role
    place: Place


def loopback_only() -> bool:
    """Whether this installation is reached from this machine alone, as far as it was told."""
    return is_loopback(urlsplit(settings.BASE_URL).hostname or "")


def password() -> str:
    """The cast's one password: the well-known one while nobody else can reach it, else a random one kept 0600."""
    file = settings.HUYING_DATA / "demo-password"
    known = file.read_text().strip() if file.exists() else ""
    if known and (known != DEMO_PASSWORD or loopback_only()):
        return known
    chosen = DEMO_PASSWORD if loopback_only() else secrets.token_urlsafe(9)
    file.touch(mode=stat.S_IRUSR | stat.S_IWUSR)
    file.write_text(chosen + "\n")
    if known:
        # What was reached from this machine alone is about to be reached from others.
        cast = Person.objects.filter(made_up=True)
        for old in set(cast.values_list("password", flat=True)):
            if check_password(known, old):
                cast.filter(password=old).update(password=make_password(chosen))
    return chosen


def load(progress: Progress = lambda done, total, what: None) -> None:
    """Load the demo into this installation; what is there already stays as it is."""
    communities = places.load(progress)
    cast = list(_cast(communities))
    hashed = make_password(password())
    for done, one in enumerate(cast, 1):
        _put(one, hashed)
        progress(done, len(cast), "People")
    _units(communities, hashed)
    calls.load(lambda done, total: progress(done, total, "Calls"))
    reportin.load(communities, lambda username, name: _person(username, name, hashed))
    wishes.load(lambda done, total: progress(done, total, "Wishes"))
    appraisals.load(communities[HEART])
    modes.load(communities[HEART])
    volunteers.load(_below(communities[HEART], Kind.COMPOUND)[0])
    sites.load()
    callouts.load()


def _put(one: Part, hashed: str) -> None:
    """Somebody with a login and a post; neither is given twice."""
    person = _person(one.username, one.name, hashed)
    if not Post.objects.current().filter(person=person, role=one.role, place=one.place).exists():
        people.appoint(person, one.role, one.place, by=SYSTEM)


def _person(username: str, name: str, hashed: str) -> Person:
    person = Person.objects.filter(username=username).first()
    if person is None:
        person = people.add_person(username, name, by=SYSTEM, made_up=True)
        # One hash for all: hashing a hundred times what everybody knows would only take time.
        Person.objects.filter(pk=person.pk).update(password=hashed)
    return person


def _cast(communities: dict[str, Place]) -> Iterator[Part]:
    """Everybody: the named of the story first, then the other communities' and those above."""
    surnames = iter(SURNAMES * 9)
    heart = communities[HEART]
    compounds = _below(heart, Kind.COMPOUND)
    buildings = _below(compounds[0], Kind.BUILDING)
    yield Part("lu", "芦楼长", Role.BUILDING_HEAD, buildings[16])
    yield Part("zhi", "郅书记", Role.COMPOUND_SECRETARY, compounds[0])
    yield Part("gao", "高社工", Role.COMMUNITY_WORKER, heart)
    yield Part("shuji", "秦书记", Role.COMMUNITY_SECRETARY, heart)
    yield Part("xu", "许志愿者", Role.VOLUNTEER, heart)
    yield Part("zhao", "赵社工", Role.COMMUNITY_WORKER, communities[OUTSIDE])
    above = list(heart.ancestors())
    by_kind = {place.kind: place for place in above}
    yield Part("street", "街道韩科员", Role.STREET_STAFF, by_kind["street"])
    yield Part("district", "区里董科员", Role.DISTRICT_STAFF, by_kind["district"])
    yield Part("city", "市里苏科员", Role.CITY_STAFF, by_kind["city"])
    yield Part("operator", "系统管理员", Role.OPERATOR, by_kind["city"])
    for number, community in enumerate(communities.values(), 1):
        yield from _of_community(f"c{number}", community, surnames, skip=buildings[16] if community == heart else None)


def _of_community(code: str, community: Place, surnames: Iterator[str], skip: Place | None) -> Iterator[Part]:
    heart = skip is not None
    above = {place.kind: place for place in community.ancestors()}
    if not heart:
        yield Part(f"{code}-shuji", f"{next(surnames)}书记", Role.COMMUNITY_SECRETARY, community)
        yield Part(f"{code}-street", f"街道{next(surnames)}科员", Role.STREET_STAFF, above["street"])
        yield Part(f"{code}-district", f"区里{next(surnames)}科员", Role.DISTRICT_STAFF, above["district"])
    yield Part(f"{code}-shegong", f"{next(surnames)}社工", Role.COMMUNITY_WORKER, community)
    for at, compound in enumerate(_below(community, Kind.COMPOUND), 1):
        if not (heart and at == 1):
            yield Part(f"{code}-{at}-shuji", f"{next(surnames)}书记", Role.COMPOUND_SECRETARY, compound)
        for number, building in enumerate(_below(compound, Kind.BUILDING), 1):
            if building != skip and number % GAP_EVERY:
                head = f"{code}-{at}-{number}"
                yield Part(head, f"{next(surnames)}楼长", Role.BUILDING_HEAD, building)


def _below(place: Place, kind: str) -> list[Place]:
    """The places of a kind in another, in the order in which they were numbered."""
    return list(Place.objects.within(place).current().filter(kind=kind).order_by("id"))


def _units(communities: dict[str, Place], hashed: str) -> None:
    """Units to send calls to, each with somebody who speaks for it."""
    for number, community in enumerate(communities.values(), 1):
        above = {place.kind: place for place in community.ancestors()}
        short = community.short_name.removesuffix("社区")
        rows = [
            (
                f"{short}物业服务中心",
                "property",
                community,
                "楼道照明、垃圾清运、电梯、停车和小区里的小修小补",
                "wuye",
                "物业经理",
            ),
            (
                f"{above['street'].short_name}城管办",
                "street_office",
                above["street"],
                "市容环卫、占道、噪声",
                "chengguan",
                "城管办干事",
            ),
            (
                f"{above['district'].short_name}供热公司",
                "utility",
                above["district"],
                "集中供热、暖气不热、管网漏水",
                "gongre",
                "供热客服",
            ),
            (
                f"{above['district'].short_name}住建局",
                "department",
                above["district"],
                "房屋质量、老旧小区改造、安全隐患",
                "zhujian",
                "住建局干事",
            ),
        ]
        for name, kind, place, duties, seat, title in rows:
            if Unit.objects.filter(place=place, name=name).exists():
                continue
            unit = directory.register_unit(name, kind, place, by=SYSTEM, duties=duties, made_up=True)
            Unit.objects.filter(pk=unit.pk).update(verified_at=timezone.now(), verified_by=_operator())
            username = seat if number == 1 else f"c{number}-{seat}"
            directory.seat(_person(username, title, hashed), unit, by=SYSTEM)


def _operator() -> Person:
    return Person.objects.get(username="operator")


# Who is named where the demo says who can log in; the others are found on the pages of posts.
SHOWN = {
    "lu": "building head 楼栋长 of block 17",
    "zhi": "secretary of the compound 小区书记",
    "gao": "community worker 社区工作者",
    "shuji": "community secretary 社区书记",
    "xu": "volunteer 志愿者",
    "zhao": "community worker of another community: sees nothing of this one",
    "wuye": "property firm 物业: takes what is assigned to it",
    "xuexiao": "school that has reported in 报到单位: its people, invitations",
    "dangyuan": "registered member 报到党员",
    "street": "street staff 街道",
    "district": "district staff 区",
    "city": "city staff 市",
    "operator": "operator 系统管理员",
}


def logins() -> list[tuple[str, str, str]]:
    """(username, password, who) of the cast that a newcomer may log in as; empty when this is no demo."""
    names = set(
        Person.objects.filter(made_up=True, is_active=True, username__in=SHOWN).values_list("username", flat=True)
    )
    if not names:
        return []
    word = password()
    return [(username, word, who) for username, who in SHOWN.items() if username in names]

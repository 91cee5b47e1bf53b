"""The cast on a small stage, for the tests of every package: one community, one compound, two buildings.

district 临潼区 > street 斜口街道 > community 骊山新家园社区 > compound 骊山新家园 > buildings 16号楼, 17号楼
"""

import datetime as dt
from dataclasses import dataclass

from huying.kernel.scopes import Actor
from huying.people.models import Person, Post
from huying.people.queries import actor_for
from huying.people.rules import Role
from huying.places.models import Place


@dataclass(frozen=True)
class Stage:
    """The places that the tests speak of."""

    city: Place
    district: Place
    street: Place
    community: Place
    compound: Place
    building: Place
    other_building: Place
    elsewhere: Place


def make_stage() -> Stage:
    """Make the places, two divisions beside the usual ones included."""

    def put(kind, name, parent=None, code=None):
        return Place.objects.create(
            kind=kind, name=name, parent=parent, code=code, valid_from=dt.date(2020, 1, 1), made_up=True
        )

    province = put("province", "陕西省", code="61")
    city = put("city", "西安市", province, "6101")
    district = put("district", "临潼区", city, "610115")
    street = put("street", "斜口街道", district, "610115005")
    community = put("community", "骊山新家园社区", street, "610115005003")
    elsewhere = put("community", "秦陵社区", street, "610115005004")
    compound = put("compound", "骊山新家园", community)
    return Stage(
        city,
        district,
        street,
        community,
        compound,
        put("building", "16号楼", compound),
        put("building", "17号楼", compound),
        elsewhere,
    )


def make_person(username: str, name: str, *posts: tuple[str, Place], password: str | None = None) -> Person:
    """A person with a login, holding each (role, place) since the year's beginning."""
    person = Person.objects.create_user(username, password, name=name)
    for role, place in posts:
        Post.objects.create(person=person, role=role, place=place, valid_from=dt.date(2026, 1, 1))
    return person


@dataclass(frozen=True)
class Cast:
    """The persons; `actor("gao")` is who they are to the system."""

    stage: Stage
    lu: Person
    zhi: Person
    gao: Person
    xu: Person
    zhao: Person
    street: Person
    district: Person
    city: Person
    operator: Person

    def actor(self, username: str) -> Actor:
        """A fresh actor for one of the cast."""
        return actor_for(getattr(self, username))


def make_cast(password: str | None = None) -> Cast:
    """Building head Lu, branch secretary Zhi, worker Gao, volunteer Xu, outsider Zhao of elsewhere, and those above."""
    stage = make_stage()

    def put(username, name, role, place):
        return make_person(username, name, (role, place), password=password)

    return Cast(
        stage,
        lu=put("lu", "芦楼长", Role.BUILDING_HEAD, stage.building),
        zhi=put("zhi", "郅书记", Role.COMPOUND_SECRETARY, stage.compound),
        gao=put("gao", "高社工", Role.COMMUNITY_WORKER, stage.community),
        xu=put("xu", "许志愿者", Role.VOLUNTEER, stage.community),
        zhao=put("zhao", "赵社工", Role.COMMUNITY_WORKER, stage.elsewhere),
        street=put("street", "街道小李", Role.STREET_STAFF, stage.street),
        district=put("district", "区里小王", Role.DISTRICT_STAFF, stage.district),
        city=put("city", "市里小张", Role.CITY_STAFF, stage.city),
        operator=put("operator", "管理员", Role.OPERATOR, stage.city),
    )

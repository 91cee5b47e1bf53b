"""The fixed cast on a small stage: one street with two communities, their people, and a unit. Fixtures for all tests."""

import datetime as dt
from dataclasses import dataclass, field

import pytest
from django.utils import timezone

from huying.kernel.scopes import ANONYMOUS, SYSTEM, Actor, link_holder


@dataclass
class Stage:
    """The stage and who stands on it: `stage.actor('zhi')`."""

    places: dict = field(default_factory=dict)
    persons: dict = field(default_factory=dict)
    unit: object = None

    def place(self, name: str):
        """A place by its short key: city, district, street, community, compound, building, entrance, elsewhere."""
        return self.places[name]

    def actor(self, name: str) -> Actor:
        """A fresh actor for one of the cast, with the posts they hold today."""
        from huying.people.queries import actor_for

        if name == "system":
            return SYSTEM
        if name == "anonymous":
            return ANONYMOUS
        return actor_for(self.persons[name])

    def resident(self, call) -> Actor:
        """The one who holds the secret link of a call."""
        return link_holder("call", call.pk)


CAST = {
    # name: (display name, role, place)
    "lu": ("芦楼长", "building_head", "building"),
    "zhi": ("郅书记", "compound_secretary", "compound"),
    "gao": ("高社工", "community_worker", "community"),
    "shen": ("申社工", "community_worker", "community"),
    "qin": ("秦书记", "community_secretary", "community"),
    "jie": ("解科员", "street_staff", "street"),
    "qu": ("曲科员", "district_staff", "district"),
    "shi": ("史科员", "city_staff", "city"),
    "xu": ("徐志愿者", "volunteer", "community"),
    "zhao": ("赵社工", "community_worker", "elsewhere"),
    "operator": ("管理员", "operator", "city"),
}


def build_stage() -> Stage:
    """Write the stage into the database."""
    from huying.directory.models import Seat, Unit
    from huying.people.models import Person, Post
    from huying.places.models import Place

    stage = Stage()
    rows = (
        ("province", "province", "61", "陕西省", None),
        ("city", "city", "6101", "西安市", "province"),
        ("district", "district", "610102", "新城区", "city"),
        ("street", "street", "610102001", "西一路街道", "district"),
        ("community", "community", "610102001004", "广场社区居委会", "street"),
        ("elsewhere", "community", "610102001005", "尚勤路社区居委会", "street"),
        ("compound", "compound", None, "人民大厦小区", "community"),
        ("building", "building", None, "17栋", "compound"),
        ("bare_building", "building", None, "18栋", "compound"),
        ("entrance", "entrance", None, "1单元", "building"),
        ("household", "household", None, "101", "entrance"),
    )
    for key, kind, code, name, parent in rows:
        stage.places[key] = Place.objects.create(
            kind=kind,
            code=code,
            name=name,
            short_name=name.removesuffix("居委会"),
            parent=stage.places.get(parent),
            valid_from=timezone.localdate() - dt.timedelta(days=400),
            residents=5200 if kind == "community" else None,
        )
    for username, (name, role, place) in CAST.items():
        person = Person.objects.create_user(username, "huying-test-pw", name=name)
        Post.objects.create(
            person=person,
            role=role,
            place=stage.places[place],
            valid_from=timezone.localdate() - dt.timedelta(days=30),
        )
        stage.persons[username] = person
    stage.persons["wu"] = Person.objects.create_user("wu", "huying-test-pw", name="吴居民")
    stage.persons["tian"] = Person.objects.create_user("tian", "huying-test-pw", name="田师傅")
    stage.unit = Unit.objects.create(
        name="西一路物业",
        kind="property",
        place=stage.places["street"],
        verified_at=timezone.now(),
        verified_by=stage.persons["jie"],
    )
    Seat.objects.create(
        person=stage.persons["tian"], unit=stage.unit, valid_from=timezone.localdate() - dt.timedelta(days=30)
    )
    return stage


@pytest.fixture
def stage(db) -> Stage:
    """The cast on its stage."""
    return build_stage()


@pytest.fixture
def raise_one(stage):
    """Raise a call as a resident would: `raise_one(text=…, at='entrance')`."""
    import secrets

    from huying.calls.intake import Intake, raise_call

    def make(text="三楼楼道灯不亮了,晚上看不见台阶", at="entrance", by=ANONYMOUS, channel="qr", **more):
        key = more.pop("key", None) or secrets.token_hex(16)
        intake = Intake(place=stage.place(at), text=text, key=key, channel=channel, **more)
        return raise_call(intake, by=by)[0]

    return make

"""The tree itself: paths, who stands where, what the database refuses."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from huying.kernel.scopes import ANONYMOUS, SYSTEM, Actor, Post
from huying.places.models import Place, PlaceSuccessor, PlaceTerms, plant

DAY = dt.date(2026, 3, 1)


def test_a_path_is_made_of_codes_and_below_of_ids(tree):
    assert tree["community"].path == "61.6101.610115.610115005.610115005003"
    assert tree["household"].path == ".".join(
        [tree["community"].path, *(f"p{tree[k].pk}" for k in ("compound", "building", "entrance", "household"))]
    )


def test_a_place_knows_what_is_above_and_below(tree):
    assert [p.kind for p in tree["building"].ancestors()] == [
        "province",
        "city",
        "district",
        "street",
        "community",
        "compound",
    ]
    assert {p.pk for p in tree["compound"].descendants()} == {tree[k].pk for k in ("building", "entrance", "household")}
    assert Place.objects.within(tree["street"]).count() == 7
    assert Place.objects.filter(path__within_any=[tree["street"].path, tree["square"].path]).count() == 8
    assert not Place.objects.filter(path__within_any=[]).exists()
    assert Place.objects.filter(path__ancestors=tree["community"].path).count() == 5
    assert Place.objects.filter(path__depth=3).count() == 2


def test_a_place_is_spelt_and_tagged_when_it_is_made(tree):
    community, building = tree["community"], tree["building"]
    assert (community.short_name, community.initials) == ("骊山新家园社区", "lsxjysq")
    assert str(community) == "骊山新家园社区" and community.name == "斜口骊山新家园社区居民委员会"
    assert building.tag and tree["household"].tag is None and community.tag is None


def test_dates_are_half_open(tree):
    place = tree["village"]
    place.valid_from, place.valid_to = DAY, DAY + dt.timedelta(days=10)
    place.save(update_fields=["valid_from", "valid_to"])
    current = [on for n in range(-1, 12) if place.is_current(on := DAY + dt.timedelta(days=n))]
    assert current[0] == DAY and current[-1] == DAY + dt.timedelta(days=9)
    for n in (-1, 0, 9, 10):
        on = DAY + dt.timedelta(days=n)
        assert Place.objects.current(on).filter(pk=place.pk).exists() == place.is_current(on)


@pytest.mark.parametrize(
    ("kind", "parent"), [("grid", "city"), ("household", "community"), ("province", "city"), ("entrance", "compound")]
)
def test_a_kind_stands_only_where_it_may(tree, kind, parent):
    with pytest.raises(ValidationError):
        Place.objects.create(kind=kind, name="某处", parent=tree[parent])


@pytest.mark.parametrize(
    "change",
    [
        "code = '610115005009'",
        "code = NULL",
        "kind = 'street'",
        "kind = 'village'",
        "valid_to = valid_from",
        "parent_id = NULL",
        "name = ''",
        "lng = 181, lat = 3",
        "lng = 100",
        "path = '61.6101'",
        "path = path || 'x'",
        "residents = -1",
    ],
)
def test_the_database_refuses_what_no_place_can_be(tree, change):
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE places_place SET {change} WHERE id = %s", [tree["village"].pk])


def test_a_code_is_used_once_among_the_current_and_again_after_its_end(tree):
    village = tree["village"]
    with pytest.raises(IntegrityError), transaction.atomic():
        Place.objects.create(kind="community", code=village.code, name="岳沟村委会", parent=tree["street"])
    village.valid_from, village.valid_to = DAY, DAY + dt.timedelta(days=1)
    village.save()
    again = Place.objects.create(kind="community", code=village.code, name="岳沟社区", parent=tree["street"])
    assert again.path == village.path and again.pk != village.pk
    assert not PlaceTerms.objects.filter(place=village).exists()


def test_nothing_succeeds_itself(tree):
    with pytest.raises(IntegrityError):
        PlaceSuccessor.objects.create(old=tree["village"], new=tree["village"])


def test_a_place_with_something_in_it_is_not_deleted(tree):
    from django.db.models import ProtectedError

    with pytest.raises(ProtectedError):
        tree["compound"].delete()


def test_renaming_spells_anew(tree):
    place = tree["compound"]
    place.name = "幸福小区"
    place.save(update_fields=["name"])
    place.refresh_from_db()
    assert (place.short_name, place.initials) == ("幸福小区", "xfxq")


def test_households_are_listed_only_to_those_with_a_post_there(tree):
    household = tree["household"].pk

    def sees(actor):
        return Place.objects.visible_to(actor).filter(pk=household).exists()

    worker = Actor(id=1, kind="person", posts=(Post("community_worker", tree["community"].path, 1),))
    elsewhere = Actor(id=2, kind="person", posts=(Post("community_worker", tree["square"].path, 1),))
    assert sees(worker) and sees(SYSTEM)
    assert not sees(elsewhere) and not sees(ANONYMOUS)
    assert Place.objects.visible_to(ANONYMOUS).filter(pk=tree["building"].pk).exists()


def test_planting_costs_the_same_number_of_queries_however_many(tree):
    def cost(count):
        with CaptureQueriesContext(connection) as queries:
            plant([Place(kind="building", name=f"{count}-{n}栋", parent=tree["compound"]) for n in range(count)])
        return len([q for q in queries if "places_placeterms" not in q["sql"]])

    assert cost(3) == cost(40)

"""The demo's places stand in the real divisions."""

import pytest

from huying.places import demo
from huying.places.models import Kind, Place
from huying.places.queries import search

pytestmark = pytest.mark.django_db


@pytest.fixture
def loaded():
    return demo.load()


def test_the_places_of_the_story_are_there_and_marked_as_made_up(loaded):
    assert list(loaded) == ["骊山新家园社区", "广场社区", "端履门社区", "自强社区", "中海开元壹号社区"]
    for name, community in loaded.items():
        assert community.short_name == name and not community.made_up
    light = Place.objects.get(parent__parent__name="骊山新家园", parent__name="17栋", name="1单元")
    assert light.made_up and light.tag
    assert {c.name for c in loaded["广场社区"].children.all()} == {"西一路医院家属院", "人民大厦小区"}
    assert not Place.objects.exclude(
        kind__in=[k for k in Kind if k in ("province", "city", "district", "street")]
    ).filter(made_up=False, code=None)
    assert Place.objects.filter(made_up=True, kind="household").count() > 1000


def test_loading_twice_changes_nothing(loaded):
    before = list(Place.objects.order_by("id").values())
    demo.load()
    assert list(Place.objects.order_by("id").values()) == before


def test_every_point_lies_in_its_district(loaded):
    outlines = {
        place.path: place.outline for place in Place.objects.filter(kind="district").filter(outline__isnull=False)
    }
    assert len(outlines) == 13
    points = Place.objects.filter(lng__isnull=False, path__depth__gte=5)
    assert points.count() > 50
    for place in points:
        district = ".".join(place.path.split(".")[:3])
        assert _inside(place.lng, place.lat, outlines[district]), (place.name, place.path, place.lng, place.lat)


def _inside(x: float, y: float, outline: dict) -> bool:
    polygons = [outline["coordinates"]] if outline["type"] == "Polygon" else outline["coordinates"]
    return any(_within_ring(x, y, rings[0]) for rings in polygons)


def _within_ring(x: float, y: float, ring: list) -> bool:
    inside = False
    for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside


def test_a_resident_finds_the_story(loaded):
    for text in ("lsxjy", "骊山新家园", "骊山新家园17栋", "骊山新家园 17栋", "临潼区骊山新家园"):
        assert any(place.path.startswith(loaded["骊山新家园社区"].path) for place in search(text)), text

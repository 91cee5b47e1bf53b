"""Finding places."""

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huying.places.models import Place
from huying.places.queries import address, search, whereabouts


def found(text, **more):
    return [str(place) for place in search(text, **more)]


@pytest.mark.parametrize(
    "text",
    [
        "骊山新家园",
        "骊山",
        "家园",
        "新家园社区",
        "斜口骊山",
        "斜口骊山新家园社区居民委员会",
        "lsxjy",
        "LSXJY",
        "ｌｓｘｊｙ",
        "xjy",
        "xklsxjy",
        "lishan",
        "lish",
        "lishanxinjiayuan",
        "xinjia",
        "xiekou lishan",
        "临潼 骊山",
        "临潼区 斜口 骊山",
        "临潼区斜口街道骊山新家园",
        "陕西省西安市临潼区斜口街道骊山新家园",
        " 骊山　新家园 ",
    ],
)
def test_a_community_is_found_however_it_is_typed(tree, text):
    assert "骊山新家园社区" in found(text), text


@pytest.mark.parametrize("text", ["骊山新家园17栋", "骊山新家园 17栋", "骊山新家园 17", "新家园17栋"])
def test_a_building_is_found_by_its_compound_and_number(tree, text):
    assert "17栋" in found(text)


def test_the_best_comes_first(tree):
    assert found("斜口")[0] == "斜口街道"
    assert found("骊山新家园", kinds=["compound", "community"])[:2] == ["骊山新家园社区", "骊山新家园"]
    assert found("xa")[0] == "西安市" and found("xian")[0] == "西安市"


def test_the_own_city_comes_first(tree):
    other = Place.objects.create(kind="province", code="11", name="北京市")
    for kind, code, name in (
        ("city", "1101", "市辖区"),
        ("district", "110101", "东城区"),
        ("street", "110101001", "东华门街道"),
        ("community", "110101001001", "广场社区居委会"),
    ):
        other = Place.objects.create(kind=kind, code=code, name=name, parent=other)
    assert [place.code for place in search("广场社区", near=tree["village"])] == ["610102001004", "110101001001"]
    assert [place.code for place in search("广场社区", near=other)] == ["110101001001", "610102001004"]
    assert [place.code for place in search("北京 广场社区")] == ["110101001001"]
    assert address(other) == "北京市东城区东华门街道广场社区"


def test_a_search_stays_within_a_place_and_among_kinds(tree):
    assert not search("广场", within=tree["district"])
    assert found("斜口", within=tree["district"], kinds=["street"]) == ["斜口街道"]
    assert found("骊山", within=tree["community"]) == ["骊山新家园", "17栋"]
    assert search("骊山", kinds=[]) == []


def test_households_and_entrances_are_never_found(tree):
    for text in ("101", "1单元", "骊山新家园 101", "骊山新家园17栋101"):
        assert not {place.kind for place in search(text)} & {"household", "entrance"}


def test_ended_places_are_not_found(tree):
    village = tree["village"]
    today = timezone.localdate()
    village.valid_from, village.valid_to = today - dt.timedelta(days=9), today + dt.timedelta(days=1)
    village.save()
    assert found("岳沟") == ["岳沟村"]
    Place.objects.filter(pk=village.pk).update(valid_to=today)
    assert found("岳沟") == []


HOSTILE = [
    "",
    " ",
    "%",
    "_",
    "\x00",
    "骊\x00山",
    "'",
    "\\",
    "' | 'a",
    "a:*",
    "!",
    "&&",
    "(((",
    "😀",
    "\ud800",
    "​",
    "新" * 10_000,
    "a" * 10_000,
    "1" * 10_000,
    "🏠骊山🏠",
    "<script>",
    "=骊山新家园",
    "^骊",
    "@6101",
    "#community",
    "\u202e骊山",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_is_typed_breaks_the_search(tree, text):
    search(text)


def test_marks_of_the_index_cannot_be_typed(tree):
    assert not search("@6101") and not search("#community") and not search("%") and not search("_")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(max_size=30))
def test_any_text_is_searched_without_failing(tree, text):
    assert isinstance(search(text), list)


def test_a_limit_is_kept_to(tree):
    assert len(search("社区", limit=1)) == 1
    assert len(search("区", limit=10_000)) <= 50
    assert len(search("区", limit=-5)) <= 1


def test_a_search_takes_two_queries_however_much_it_finds(tree):
    with CaptureQueriesContext(connection) as queries:
        places = search("骊山")
        whereabouts(places)
    assert len(queries) == 3


def test_whereabouts_are_told_from_the_city_down(tree):
    words = whereabouts([tree["community"], tree["building"], tree["city"]])
    assert words[tree["community"].pk] == "西安市临潼区斜口街道"
    assert words[tree["building"].pk] == "西安市临潼区斜口街道骊山新家园社区骊山新家园"
    assert words[tree["city"].pk] == "陕西省"


def test_a_place_that_begins_today_is_found_from_midnight_on(tree):
    # One in the morning here is five in the afternoon of the day before in Greenwich.
    with time_machine.travel(dt.datetime(2027, 6, 23, 17, 0, tzinfo=dt.UTC)):
        new = Place.objects.create(kind="compound", name="天明小区", parent=tree["community"])
        assert new.valid_from == dt.date(2027, 6, 24) and found("天明") == ["天明小区"]

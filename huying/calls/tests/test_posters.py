"""Posters: one for each door, self-contained, with an address that can be typed."""

import datetime as dt

import pytest
from django.utils import translation

from huying.calls import posters
from huying.calls.tests.residents import words
from huying.kernel.errors import BadInput
from huying.places.models import Place


@pytest.fixture
def doors(stage):
    """Two more buildings, entered out of order."""
    compound = stage.place("compound")
    for name in ("2栋", "1栋"):
        building = Place.objects.create(kind="building", name=name, parent=compound)
        for door in ("2单元", "1单元"):
            Place.objects.create(kind="entrance", name=door, parent=building)
    return compound


def names(made):
    return [poster.name for poster in made]


def test_a_compound_has_one_for_its_gate_and_one_for_each_building_in_order(doors):
    assert names(posters.posters_for(doors)) == ["人民大厦小区", "1栋", "2栋", "17栋", "18栋"]


def test_for_entrances_a_building_without_any_has_its_own_door(doors):
    assert names(posters.posters_for(doors, "entrance")) == [
        "人民大厦小区", "1栋 1单元", "1栋 2单元", "2栋 1单元", "2栋 2单元", "17栋 1单元", "18栋",
    ]  # fmt: skip


def test_an_ended_building_gets_none(doors):
    Place.objects.filter(name="2栋").update(valid_from=dt.date(2025, 1, 1), valid_to=dt.date.today())
    assert "2栋" not in names(posters.posters_for(doors))


def test_a_community_has_those_of_its_compounds(stage, doors):
    made = posters.posters_for(stage.place("community"))
    assert {"人民大厦小区", "1栋"} <= set(names(made))
    assert next(poster for poster in made if poster.name == "1栋").above == "人民大厦小区"


def test_one_entrance_has_its_own(stage):
    (poster,) = posters.posters_for(stage.place("entrance"))
    assert poster.name == "17栋 1单元" and poster.address.endswith(f"/q/{stage.place('entrance').tag}/")


def test_nothing_larger_than_a_community(stage):
    for name in ("street", "district", "city"):
        with pytest.raises(BadInput):
            posters.posters_for(stage.place(name))


def test_the_file_stands_alone(doors, tmp_path):
    out = tmp_path / "posters.html"
    for size, sheets in (("a4", 5), ("a5", 3)):
        assert "5" in posters.write_posters(doors, out, size)
        text = out.read_text(encoding="utf-8")
        assert text.count('<article class="poster-sheet') == sheets and text.count("<svg") == 5
        assert "src=" not in text and "<link" not in text and "<script" not in text and "url(" not in text


def test_a_poster_speaks_to_residents_whatever_the_printer_reads(client, stage, tmp_path):
    with translation.override("en"):
        posters.write_posters(stage.place("compound"), tmp_path / "p.html")
    assert "有事，扫一扫" in (tmp_path / "p.html").read_text(encoding="utf-8")
    client.force_login(stage.persons["gao"])
    client.cookies["django_language"] = "en"
    page = words(client.get(f"/places/{stage.place('compound').pk}/posters/"))
    assert "有事，扫一扫" in page and "Paper" in page


def test_a_place_is_found_by_name_tag_or_code(stage):
    assert posters.find_place("人民大厦小区") == stage.place("compound")
    assert posters.find_place(stage.place("entrance").tag) == stage.place("entrance")
    assert posters.find_place("610102001004") == stage.place("community")
    with pytest.raises(BadInput):
        posters.find_place("没有这个地方")


def test_of_two_places_with_one_name_the_codes_are_told(stage):
    twin = Place.objects.create(kind="compound", name="人民大厦小区", parent=stage.place("elsewhere"))
    with pytest.raises(BadInput) as refused:
        posters.find_place("人民大厦小区")
    assert twin.tag in refused.value.reason and "尚勤路" in refused.value.reason


@pytest.mark.parametrize(
    ("who", "status"), [("lu", 404), ("zhi", 200), ("gao", 200), ("zhao", 404), ("xu", 403), ("", 302)]
)
def test_who_serves_there_prints_them(client, stage, who, status):
    if who:
        client.force_login(stage.persons[who])
    assert client.get(f"/places/{stage.place('compound').pk}/posters/").status_code == status


def test_the_page_takes_any_choice(client, stage):
    client.force_login(stage.persons["gao"])
    page = f"/places/{stage.place('compound').pk}/posters/"
    for query in ({"size": "a5", "level": "entrance"}, {"size": "a0", "level": "\x00"}, {}):
        response = client.get(page, query)
        assert response.status_code == 200 and "有事，扫一扫" in words(response)
    client.force_login(stage.persons["jie"])
    assert client.get(f"/places/{stage.place('street').pk}/posters/").status_code == 422

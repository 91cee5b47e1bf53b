"""The small map of a place: what is on it, and that points find their way back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huying.places.maps import PIN, WIDE, drawn, plan_of

SQUARE = {
    "type": "Polygon",
    "coordinates": [[[109.0, 34.0], [109.01, 34.0], [109.01, 34.01], [109.0, 34.01], [109.0, 34.0]]],
}


@given(lng=st.floats(109.0, 109.01), lat=st.floats(34.0, 34.01))
def test_a_point_comes_back_from_the_map(lng, lat):
    plan = drawn(SQUARE, [], None)
    assert plan.has(lng, lat)
    back = plan.degrees(*plan.place(lng, lat))
    assert back == pytest.approx((lng, lat), abs=1e-5)


def test_north_is_up_and_everything_is_on_the_sheet():
    houses = [(109.0, 34.0, "1栋"), (109.002, 34.001, "2栋")]
    plan = drawn(None, houses, None)
    south, north = plan.houses
    assert north.y < south.y and north.x > south.x and plan.outline == ""
    assert all(0 < one.x < WIDE and 0 < one.y < plan.height for one in plan.houses)


def test_a_single_point_has_a_neighbourhood_and_nothing_has_no_map():
    plan = drawn(None, [], (109.0, 34.0))
    assert plan.place(109.0, 34.0) == pytest.approx((WIDE / 2, (plan.height + PIN) / 2), abs=1)
    assert drawn(None, [], None) is None and drawn({"type": "Point"}, [], None) is None


@pytest.mark.django_db
def test_the_map_of_a_door_is_that_of_its_compound(stage, django_assert_max_num_queries):
    compound = stage.place("compound")
    assert plan_of(stage.place("entrance")) is None
    compound.lng, compound.lat = 109.2, 34.4
    compound.save()
    building = stage.place("building")
    building.lng, building.lat = 109.2005, 34.4001
    building.save()
    with django_assert_max_num_queries(2):
        plan = plan_of(stage.place("entrance"))
    assert [one.name for one in plan.houses] == ["17栋"]

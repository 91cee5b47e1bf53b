"""Outlines as SVG."""

from hypothesis import given, settings
from hypothesis import strategies as st

from huying.places.drawing import draw, rings

SQUARE = {"type": "Polygon", "coordinates": [[[108.0, 34.0], [109.0, 34.0], [109.0, 35.0], [108.0, 35.0]]]}
NUMBERS = st.floats(-80, 80, allow_nan=False)


def test_north_is_up_and_a_degree_east_is_shorter_than_one_north():
    sheet = draw([(1, SQUARE)])
    assert sheet.width == 640 and sheet.height > 640
    [shape] = sheet.shapes
    assert shape.path.startswith("M0 ") and (shape.x, shape.roomy) == (320.0, True)
    assert abs(shape.y - sheet.height / 2) < 1


def test_a_small_outline_bears_no_name():
    tiny = {"type": "Polygon", "coordinates": [[[108.0, 34.0], [108.01, 34.0], [108.01, 34.01]]]}
    assert [shape.roomy for shape in draw([(1, SQUARE), (2, tiny)]).shapes] == [True, False]


def test_what_is_no_outline_draws_nothing():
    assert draw([]) is None and draw([(1, {}), (2, {"type": "Point", "coordinates": [1, 2]})]) is None
    assert len(rings({"type": "MultiPolygon", "coordinates": [SQUARE["coordinates"], SQUARE["coordinates"]]})) == 2


@settings(deadline=None)
@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=12))
def test_any_ring_is_drawn_without_failing(ring):
    sheet = draw([(1, {"type": "Polygon", "coordinates": [ring]})])
    assert sheet.height >= 1 and len(sheet.shapes) == 1

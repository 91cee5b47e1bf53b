import re
import xml.etree.ElementTree as ET

import pytest

from huying.boards import svg


class Spot:
    """A place as the map sees it: square, so that its room is known."""

    def __init__(self, pk, west, south, size, name="某某区"):
        corners = [(west, south), (west + size, south), (west + size, south + size), (west, south + size)]
        ring = [[x + dx, y + dy] for (x, y), (u, v) in zip(corners, [*corners[1:], corners[0]], strict=True)
                for n in range(20) for dx, dy in [((u - x) * n / 20, (v - y) * n / 20)]]  # fmt: skip
        self.pk, self.name, self.outline = pk, name, {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}

    def __str__(self):
        return self.name


def drawn(*spots, values=None):
    return svg.area_map([{"place": spot} for spot in spots], values or [7] * len(spots))


def test_a_label_stands_in_the_middle_of_its_area():
    area = drawn(Spot(1, 108, 34, 1), Spot(2, 109, 34, 1))["areas"][0]
    points = [float(p) for p in re.findall(r"[0-9.]+", area["d"])]
    assert min(points[::2]) < area["x"] < max(points[::2])
    assert min(points[1::2]) < area["y"] < max(points[1::2])


def test_what_is_too_small_for_its_label_is_drawn_larger_beside():
    small = [Spot(n, 110 + 0.05 * n, 34, 0.05) for n in (3, 4)]
    found = drawn(Spot(1, 108, 34, 1), Spot(2, 109, 34, 1), *small)
    assert {area["row"]["place"].pk for area in found["inset"]["areas"]} == {3, 4}
    assert {area["row"]["place"].pk for area in found["areas"] if area["bare"]} == {3, 4}
    assert not any(area["bare"] for area in found["inset"]["areas"])


def test_no_map_without_outlines():
    spot = Spot(1, 108, 34, 1)
    spot.outline = None
    assert drawn(spot) is None


@pytest.mark.parametrize("value, band", [(0, 0), (1, 1), (100, 1), (101, 2), (400, 4), (None, 1)])
def test_the_band_is_that_of_the_legend(value, band):
    found = drawn(Spot(1, 108, 34, 1), Spot(2, 109, 34, 1), values=[value, 400])
    assert found["areas"][0]["band"] == band
    assert [(one["low"], one["high"]) for one in found["legend"]] == [
        (0, 0),
        (1, 100),
        (101, 200),
        (201, 300),
        (301, 400),
    ]


def test_columns_are_paths_that_stay_in_their_picture():
    paths = svg.columns([(0, 0), (3, 1), (6, 6)], 6)
    assert paths["calls"].count("M") == 2 and "v-30.00" in paths["calls"]
    ET.fromstring(f'<path d="{paths["calls"]}"/>')


def test_a_bar_is_as_long_as_its_count_of_the_longest():
    assert svg.bar({"done": 3, "not_done": 0, "under_way": 1}, 8) == [
        {"part": "done", "x": 0.0, "width": 37.5},
        {"part": "under_way", "x": 37.5, "width": 12.5},
    ]

import pytest

from huying.places.models import Place, plant


@pytest.fixture
def tree(db) -> dict[str, Place]:
    """Two streets of Xi'an with three communities, and one compound with a building, an entrance and a household."""
    places: dict[str, Place] = {}
    for kind, code, name, parent in (
        ("province", "61", "陕西省", None),
        ("city", "6101", "西安市", "61"),
        ("district", "610115", "临潼区", "6101"),
        ("street", "610115005", "斜口街道", "610115"),
        ("community", "610115005003", "斜口骊山新家园社区居民委员会", "610115005"),
        ("community", "610115005201", "岳沟村委会", "610115005"),
        ("district", "610102", "新城区", "6101"),
        ("street", "610102001", "西一路街道", "610102"),
        ("community", "610102001004", "广场社区居委会", "610102001"),
    ):
        places[code] = Place.objects.create(kind=kind, code=code, name=name, parent=places.get(parent))
    compound = Place(kind="compound", name="骊山新家园", parent=places["610115005003"])
    building = Place(kind="building", name="17栋", parent=compound)
    entrance = Place(kind="entrance", name="1单元", parent=building)
    household = Place(kind="household", name="101", parent=entrance)
    plant([compound, building, entrance, household])
    return places | {
        "compound": compound,
        "building": building,
        "entrance": entrance,
        "household": household,
        "community": places["610115005003"],
        "village": places["610115005201"],
        "square": places["610102001004"],
        "street": places["610115005"],
        "district": places["610115"],
        "city": places["6101"],
    }

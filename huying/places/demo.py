"""The demo's places: compounds, buildings, entrances and households, made up, below real communities of Xi'an."""

import tomllib
from collections.abc import Callable, Iterator

from django.db import transaction

from huying.places.actions import give_tag
from huying.places.divisions import DATA, load_xian
from huying.places.models import Kind, Place, plant

PLACES = DATA / "demo.toml"
# Persons to a household, for the made-up number of residents.
_TO_A_HOUSEHOLD = 2.6
# Buildings stand in rows of five, so many degrees apart (about 45 m).
_IN_A_ROW, _APART = 5, 0.0005


def load(progress: Callable[[int, int | None, str], None] = lambda done, total, what: None) -> dict[str, Place]:
    """Load Xi'an and the demo's places, and return its communities by short name; idempotent."""
    told = tomllib.loads(PLACES.read_text("utf-8"))["communities"]
    report = load_xian(progress)
    if report.rejected:
        raise RuntimeError(str(report))
    communities = {}
    for done, words in enumerate(told, 1):
        with transaction.atomic():
            communities[words["name"]] = _furnish(words)
        progress(done, len(told), "Compounds")
    return communities


def _furnish(words: dict) -> Place:
    community = Place.objects.current().get(code=words["code"])
    grids = {name: _child(community, Kind.GRID, name, words["at"]) for name in words.get("grids", ())}
    give_tag(community)
    residents = 0
    for told in words["compounds"]:
        compound = _child(grids.get(told.get("grid"), community), Kind.COMPOUND, told["name"], told["at"])
        households = told["buildings"] * told["entrances"] * told["floors"] * told["doors"]
        residents += int(households * _TO_A_HOUSEHOLD)
        if not compound.children.exists():
            compound.residents = int(households * _TO_A_HOUSEHOLD)
            compound.save(update_fields=["residents"])
            plant(list(_buildings(compound, told)))
    if community.residents is None:
        community.residents = residents
        community.lng, community.lat = words["at"]
        community.save(update_fields=["residents", "lng", "lat"])
    return community


def _child(parent: Place, kind: str, name: str, at: list[float]) -> Place:
    place = parent.children.current().filter(kind=kind, name=name).first()
    lng, lat = at
    return place or Place.objects.create(kind=kind, name=name, parent=parent, lng=lng, lat=lat, made_up=True)


def _buildings(compound: Place, told: dict) -> Iterator[Place]:
    for number in range(1, told["buildings"] + 1):
        row, column = divmod(number - 1, _IN_A_ROW)
        building = Place(
            kind=Kind.BUILDING,
            name=f"{number}栋",
            parent=compound,
            lng=round(compound.lng + (column - 2) * _APART, 6),
            lat=round(compound.lat - row * _APART, 6),
            made_up=True,
        )
        yield building
        for door in range(1, told["entrances"] + 1):
            entrance = Place(kind=Kind.ENTRANCE, name=f"{door}单元", parent=building, made_up=True)
            yield entrance
            for floor in range(1, told["floors"] + 1):
                for home in range(1, told["doors"] + 1):
                    yield Place(kind=Kind.HOUSEHOLD, name=f"{floor}{home:02d}", parent=entrance, made_up=True)

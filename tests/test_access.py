"""Every address × every role → the status, in one table. A new address that is not in the table fails the test."""

import importlib
import pkgutil

import pytest
from django.urls import get_resolver

from huying.kernel.gate import _walk
from huying.kernel.scopes import covers

from . import access
from .access.columns import WHO

# Every module of tests/access that has a table is a part; what others stand on comes first.
FIRST = ["ground", "wishes", "reportin", "reportin_lists", "appraisals"]
FOUND = sorted({module.name for module in pkgutil.iter_modules(access.__path__)} - {*FIRST, "columns"})
PARTS = [importlib.import_module(f"{access.__name__}.{name}") for name in FIRST + FOUND]
TABLE = {route: expected for part in PARTS for route, expected in part.TABLE.items()}
POSTED = {route: expected for part in PARTS for route, expected in part.POSTED.items()}


@pytest.fixture
def scene(stage, raise_one):
    """What the addresses speak of. The longer part of an address goes first, since its beginning is still as it was."""
    found = {}
    for part in PARTS:
        found.update(part.scene(stage, raise_one))
    return dict(sorted(found.items(), key=lambda item: -item[0].strip("/").count("/")))


def filled(route: str, scene: dict) -> str:
    """An address with the values of the scene in it."""
    for part, value in scene.items():
        head, _slash, tail = part.rpartition("/")
        if head and route.startswith(part):
            route = route.replace(tail, str(value), 1)
        elif not head:
            route = route.replace(part, str(value), 1)
    return "/" + route


def routes() -> set[str]:
    """Our own addresses; those of libraries bring their own rules. Streams are tried in tests/test_live.py."""
    own = {route for route, view in _walk(get_resolver().url_patterns) if hasattr(view, "allow")}
    return {route for route in own if not route.startswith(("live/", "^calls/export"))}


def test_scopes_are_what_they_say():
    assert covers("61.6101", "61.6101.610102") and not covers("61.610", "61.6101") and covers("61", "61")


@pytest.mark.parametrize("who", WHO)
def test_every_address_for(who, stage, scene, client):
    if who != "anonymous":
        client.force_login(stage.persons[who])
    wrong = []
    for route, expected in TABLE.items():
        response = client.get(filled(route, scene))
        if response.status_code != expected[who]:
            wrong.append(f"{route}: {response.status_code} instead of {expected[who]}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("route", POSTED)
def test_a_post_meets(route, stage, scene, client):
    for who, expected in POSTED[route].items():
        client.logout()
        if who != "anonymous":
            client.force_login(stage.persons[who])
        assert client.post(filled(route, scene)).status_code == expected, who


def test_no_address_is_missing_from_the_table():
    assert sorted(routes()) == sorted(TABLE)

"""Every address × every role → the status, in one table. A new address that is not in the table fails the test."""

import pytest
from django.urls import get_resolver

from huying.calls import actions
from huying.calls.models import Photo
from huying.kernel.gate import _walk
from huying.kernel.scopes import covers
from huying.site.stylesheet import bundle

# The columns. anonymous: nobody; xu: volunteer; tian: speaks for the unit; lu … shi: from the building to the city;
# zhao: the next community; op: runs the installation.
WHO = ("anonymous", "xu", "tian", "lu", "zhi", "gao", "qin", "jie", "qu", "shi", "zhao", "operator")
OK, TO_LOGIN, NO, NOT_FOUND = 200, 302, 403, 404

ALL = dict.fromkeys(WHO, OK)
PERSONS = {**ALL, "anonymous": TO_LOGIN}
HANDLERS = {**PERSONS, "xu": NO, "tian": NO, "operator": NO}
STAFF = {**PERSONS, "xu": NO, "tian": NO}
OPERATOR = {**dict.fromkeys(WHO, NO), "anonymous": TO_LOGIN, "operator": OK}
# The call lies in the building, was taken by Gao and sent to Tian's unit; who has it in reach sees it, the others do not.
IN_REACH = {**PERSONS, "xu": NOT_FOUND, "zhao": NOT_FOUND, "operator": NOT_FOUND}
# A page of the community: those below it and beside it do not find it.
OVER_COMMUNITY = {**HANDLERS, "lu": NOT_FOUND, "zhi": NOT_FOUND, "zhao": NOT_FOUND}
NOBODYS = {**PERSONS, **dict.fromkeys(WHO[1:], NOT_FOUND)}
# Only by POST: whoever comes by GET is told so; see POSTED below for what a POST meets.
POST_ONLY = dict.fromkeys(WHO, 405)
FOR_STAFF_POST_ONLY = {**dict.fromkeys(WHO, 405), "anonymous": TO_LOGIN, "xu": NO, "tian": NO}
FOR_WORKERS_POST_ONLY = {**FOR_STAFF_POST_ONLY, "lu": NO, "zhi": NO}
IMPORTERS = {
    **dict.fromkeys(WHO, NO),
    "anonymous": TO_LOGIN,
    "gao": OK,
    "qin": OK,
    "operator": OK,
    "zhi": NOT_FOUND,
    "zhao": NOT_FOUND,
}
IMPORTS = {**IMPORTERS, "gao": NOT_FOUND, "qin": NOT_FOUND, "operator": NOT_FOUND}

TABLE = {
    "": ALL,
    "healthz": ALL,
    "metrics": ALL,
    "look/": POST_ONLY,
    "look/style-<slug:digest>.css": ALL,
    "look/gallery/": OPERATOR,
    "look/gallery/<slug:shell>/": OPERATOR,
    # Residents and the public
    "q/<str:tag>/": ALL,
    "q/<str:tag>/where/": ALL,
    "q/<str:tag>/alike/": POST_ONLY,
    "c/<str:secret>/": ALL,
    "c/<str:secret>/code.svg": ALL,
    "c/<str:secret>/do/<slug:step>/": POST_ONLY,
    "c/<str:secret>/photos/<slug:key>-small.jpg": ALL,
    # The scene's photo has a thumbnail and no file.
    "c/<str:secret>/photos/<slug:key>.jpg": dict.fromkeys(WHO, NOT_FOUND),
    "p/<slug:tag>/": ALL,
    "p/<slug:tag>/feed.atom": ALL,
    "p/call/<int:pk>/": ALL,
    # On to the figures of the actor's own place.
    "figures/": {k: 302 if v == OK else v for k, v in HANDLERS.items()},
    "figures/<int:pk>/": ALL,
    "figures/<int:pk>/figures.csv": ALL,
    "places/": ALL,
    "places/<int:pk>/": ALL,
    "places/search/": ALL,
    "people/welcome/<int:pk>/<str:token>/": dict.fromkeys(WHO, 410),
    # Whoever handles calls
    "today/": PERSONS,
    "inbox/": PERSONS,
    "calls/": {**STAFF, "tian": OK, "operator": NO},
    "calls/bulk/": POST_ONLY,
    # Nobody has had many calls done at once.
    "calls/bulk/<int:pk>/": {
        **{k: NOT_FOUND if v == OK else v for k, v in STAFF.items()},
        "tian": NOT_FOUND,
        "operator": NO,
    },
    "calls/replies/": {**STAFF, "tian": OK, "operator": NO},
    "calls/saved/": POST_ONLY,
    "calls/saved/<int:pk>/": POST_ONLY,
    "calls/new/": HANDLERS,
    "calls/new/places/": HANDLERS,
    "calls/caller/": {**STAFF, "tian": OK, "operator": NO},
    "calls/<int:pk>/": IN_REACH,
    "calls/<int:pk>/row/": IN_REACH,
    "calls/<int:pk>/unseal/": POST_ONLY,
    # Nobody was asked to assist.
    "calls/<int:pk>/assist/": {k: NO if v == OK else v for k, v in IN_REACH.items()},
    # A note is for those who hold the call or are near the level where it lies.
    "calls/<int:pk>/do/<slug:step>/": {**IN_REACH, "lu": NO, "zhi": NO},
    # A slip is for who wrote the call down; this one the resident wrote.
    "calls/<int:pk>/slip/": {**HANDLERS, **{k: NOT_FOUND for k, v in HANDLERS.items() if v == OK}},
    # Not ticked to be shown: only those who handle the call see the photo.
    "photos/<slug:key>-small.jpg": {**IN_REACH, "anonymous": NOT_FOUND},
    "photos/<slug:key>.jpg": dict.fromkeys(WHO, NOT_FOUND),
    "figures/<int:pk>/list/<slug:count>/": OVER_COMMUNITY,
    "places/<int:pk>/posters/": OVER_COMMUNITY,
    "places/<int:pk>/import/": IMPORTERS,
    "places/imports/<int:pk>/": IMPORTS,
    "places/imports/<int:pk>/go/": POST_ONLY,
    "places/imports/<int:pk>/undo/": POST_ONLY,
    "places/imports/<int:pk>/rejected.csv": IMPORTS,
    # People and units
    "accounts/me/": PERSONS,
    "accounts/me/leave-everywhere/": {**POST_ONLY, "anonymous": TO_LOGIN},
    "people/second-factor/": {**dict.fromkeys(WHO, TO_LOGIN), "jie": OK, "qu": OK, "shi": OK, "operator": OK},
    # On to the actor's own place.
    "people/": {k: 302 if v == OK else v for k, v in STAFF.items()},
    "people/place/<int:pk>/": {**STAFF, "lu": NOT_FOUND, "zhi": NOT_FOUND, "zhao": NOT_FOUND},
    "people/place/<int:pk>/appoint/": FOR_STAFF_POST_ONLY,
    "people/post/<int:pk>/end/": FOR_STAFF_POST_ONLY,
    "people/person/<int:pk>/": {**STAFF, "zhao": NOT_FOUND},
    "people/person/<int:pk>/reset/": FOR_STAFF_POST_ONLY,
    "people/person/<int:pk>/leave/": FOR_STAFF_POST_ONLY,
    "directory/": STAFF,
    "directory/register/": FOR_WORKERS_POST_ONLY,
    "directory/<int:pk>/": {**PERSONS, "xu": NOT_FOUND},
    "directory/<int:pk>/seat/": FOR_WORKERS_POST_ONLY,
    "directory/<int:pk>/close/": FOR_WORKERS_POST_ONLY,
    "directory/seat/<int:pk>/end/": {**POST_ONLY, "anonymous": TO_LOGIN},
    # The operator
    "jobs/<int:pk>/": NOBODYS,
    "operator/": OPERATOR,
    "operator/again/": POST_ONLY,
    "operator/calendar/": OPERATOR,
    "operator/resend/": POST_ONLY,
    "inbox/unsent/": OPERATOR,
    "inbox/unsent/<int:pk>/again/": {**OPERATOR, "operator": 405},
}
# What a POST with nothing in it meets: those outside are sent away before anything is read.
STRANGERS = {"anonymous": TO_LOGIN, "xu": NO, "tian": NO}
POSTED = {
    "calls/bulk/": {"anonymous": TO_LOGIN, "xu": NO, "operator": NO},
    "calls/saved/": {"anonymous": TO_LOGIN, "xu": NO, "operator": NO},
    "calls/new/": {**STRANGERS, "operator": NO, "lu": 422, "gao": 422},
    "calls/<int:pk>/unseal/": {"anonymous": TO_LOGIN, "xu": NOT_FOUND, "zhao": NOT_FOUND, "operator": NOT_FOUND},
    "calls/<int:pk>/do/<slug:step>/": {"anonymous": TO_LOGIN, "xu": NOT_FOUND, "zhao": NOT_FOUND, "lu": NO, "gao": 422},
    "people/place/<int:pk>/appoint/": {**STRANGERS, "lu": NOT_FOUND, "zhao": NOT_FOUND},
    # The post is Lu's own: nobody is held against their will.
    "people/post/<int:pk>/end/": {**STRANGERS, "lu": 302, "zhi": NO, "zhao": NOT_FOUND},
    "people/person/<int:pk>/reset/": {**STRANGERS, "lu": NO, "zhi": NO, "zhao": NOT_FOUND},
    "people/person/<int:pk>/leave/": {**STRANGERS, "lu": NO, "zhi": NO, "zhao": NOT_FOUND},
    "directory/register/": {**STRANGERS, "lu": NO},
    "directory/<int:pk>/close/": {**STRANGERS, "lu": NO, "zhi": NO, "gao": NO},
    "operator/again/": {"anonymous": TO_LOGIN, "gao": NO, "shi": NO},
    "operator/resend/": {"anonymous": TO_LOGIN, "gao": NO, "shi": NO},
    "inbox/unsent/<int:pk>/again/": {"anonymous": TO_LOGIN, "gao": NO, "shi": NO},
    # A step that the resident may not take now, and one that does not exist.
    "c/<str:secret>/do/<slug:step>/": dict.fromkeys(WHO, NOT_FOUND),
}


@pytest.fixture
def scene(stage, raise_one):
    """One call that was taken by Gao, made public and sent to the unit; the values for the addresses' parts."""
    call = raise_one()
    gao = stage.actor("gao")
    actions.accept(call, "lighting", by=gao, public_text="楼道灯不亮", public=True)
    actions.assign(call, stage.unit, by=gao)
    photo = Photo.objects.create(call=call, key="0" * 32, file="calls/00/none.jpg", thumb=b"", width=1, height=1)
    post = stage.persons["lu"].posts.get()
    return {
        "<slug:key>": photo.key,
        "<slug:step>": "note",
        "people/post/<int:pk>": post.pk,
        "directory/<int:pk>": stage.unit.pk,
        "people/person/<int:pk>": stage.persons["lu"].pk,
        "people/welcome/<int:pk>": stage.persons["lu"].pk,
        "<str:token>": "x-y",
        "<str:tag>": stage.place("building").tag,
        "<slug:tag>": stage.place("building").tag,
        "<str:secret>": call.secret,
        "calls/<int:pk>": call.pk,
        "p/call/<int:pk>": call.pk,
        "<int:pk>": stage.place("community").pk,
        "<slug:count>": "calls",
        "<slug:digest>": bundle()[0],
        "<slug:shell>": "staff",
    }


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

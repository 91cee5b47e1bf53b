"""The three lists: the board is everybody's, the rest is for whoever is logged in; what is done there is cut by rights."""

from huying.reportin.actions import needs, resources

from .columns import ALL, NO, NOT_FOUND, PERSONS, POST_ONLY, TO_LOGIN, WHO

POSTERS = {**PERSONS, "xu": NO, "tian": NO, "operator": NO}

TABLE = {
    # On to the actor's own board.
    "reportin/board/": {**dict.fromkeys(WHO, 302)},
    "reportin/for-you/": PERSONS,
    "reportin/board/<slug:place>/": ALL,
    "reportin/board/<slug:place>/lists.xlsx": ALL,
    "reportin/needs/new/": POSTERS,
    "reportin/needs/<int:pk>/": PERSONS,
    "reportin/needs/<int:pk>/do/<slug:step>/": POST_ONLY,
    # The residents' code is for whoever serves at the place.
    "reportin/needs/<int:pk>/slip/": {**PERSONS, **dict.fromkeys(("xu", "tian", "zhao", "operator"), NOT_FOUND)},
    "reportin/resources/new/": PERSONS,
    "reportin/resources/<int:pk>/": PERSONS,
    "reportin/resources/<int:pk>/do/<slug:step>/": POST_ONLY,
    "reportin/projects/<int:pk>/": PERSONS,
    "reportin/projects/<int:pk>/do/<slug:step>/": POST_ONLY,
    "n/<str:secret>/": ALL,
}
POSTED = {
    "reportin/needs/new/": {"anonymous": TO_LOGIN, "xu": NO, "tian": NO, "lu": 422, "gao": 422},
    # Taken already by the unit: whoever comes now is told so.
    "reportin/needs/<int:pk>/do/<slug:step>/": {"anonymous": TO_LOGIN, "lu": 409, "xu": 409, "gao": 409},
    "reportin/resources/<int:pk>/do/<slug:step>/": {"anonymous": TO_LOGIN, "xu": NO, "lu": NO, "zhao": NO, "tian": 302},
    "reportin/projects/<int:pk>/do/<slug:step>/": {"anonymous": TO_LOGIN, "xu": NO, "lu": NO, "zhao": NO, "gao": NO},
    "n/<str:secret>/": dict.fromkeys(WHO, 422),
}


def scene(stage, raise_one) -> dict:
    """A need of the building that the unit took on, and what the unit offers; the values for the addresses' parts."""
    tian = stage.actor("tian")
    given = {"skills": ["haircut"], "services": ["elderly"]}
    need = needs.post_need(stage.place("building"), "给老人理发", by=stage.actor("lu"), key="scene-need", **given)
    resource = resources.post_resource(stage.place("compound"), "会理发", by=tian, key="scene-resource", **given)
    project = needs.claim(need, by=tian)
    return {
        # The later part of an address goes first, while what stands before it is still to be recognised.
        "reportin/needs/<int:pk>/do/<slug:step>": "claim",
        "reportin/resources/<int:pk>/do/<slug:step>": "close",
        "reportin/projects/<int:pk>/do/<slug:step>": "start",
        "reportin/board/<slug:place>": stage.place("compound").tag,
        "reportin/needs/<int:pk>": need.pk,
        "reportin/resources/<int:pk>": resource.pk,
        "reportin/projects/<int:pk>": project.pk,
        "n/<str:secret>": need.secret,
    }

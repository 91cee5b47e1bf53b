"""Wishes and their tree."""

import secrets

from huying.wishes import actions
from huying.wishes.actions import Intake
from huying.wishes.models import BoxList

from .columns import ALL, NO, NOT_FOUND, OK, PERSONS, POST_ONLY, TO_LOGIN, WHO

COLLECTORS = {**dict.fromkeys(WHO, NO), "anonymous": TO_LOGIN, **dict.fromkeys(("lu", "zhi", "gao", "qin", "zhao"), OK)}
# The wish was told at the building's entrance and is claimed by Xu, who sees it as long as the claim lasts.
IN_REACH = {**PERSONS, "tian": NOT_FOUND, "zhao": NOT_FOUND, "operator": NOT_FOUND}
KEEPERS = {**COLLECTORS, "lu": NO}
# A list of the community: those below it and beside it do not find it.
BOX = {**KEEPERS, "zhi": NOT_FOUND, "zhao": NOT_FOUND}
TABLE: dict = {
    "wish/<str:tag>/": ALL,
    "w/<str:secret>/": ALL,
    "w/<str:secret>/do/<slug:step>/": POST_ONLY,
    "wishes/at/<slug:tag>/": ALL,
    "wishes/leaf/<int:pk>/": ALL,
    "wishes/open/": PERSONS,
    "wishes/mine/": PERSONS,
    "wishes/": {**COLLECTORS, "jie": OK},
    "wishes/new/": COLLECTORS,
    # Whoever has it not in reach is led to its leaf.
    "wishes/<int:pk>/": {k: TO_LOGIN if v == NOT_FOUND else v for k, v in IN_REACH.items()},
    # For who wrote the wish down.
    "wishes/<int:pk>/slip/": {**COLLECTORS, **dict.fromkeys(("zhi", "gao", "qin", "zhao"), NOT_FOUND)},
    "wishes/box/": KEEPERS,
    "wishes/box/<int:pk>/": BOX,
    "wishes/box/<int:pk>/go/": POST_ONLY,
    "wishes/box/<int:pk>/rejected.csv": BOX,
    "wishes/<int:pk>/reveal/": POST_ONLY,
    "wishes/<int:pk>/look/": POST_ONLY,
    # The tree is everybody's.
    "tree/<slug:tag>/": ALL,
    "tree/<slug:tag>/hall/": ALL,
    "tree/<slug:tag>/now/": ALL,
    "tree/<slug:tag>/words/": ALL,
    "tree/<slug:tag>/sheet/": ALL,
    "tree/<slug:tag>/tree.svg": ALL,
    # Giving the claim back.
    "wishes/<int:pk>/do/<slug:step>/": {**IN_REACH, **dict.fromkeys(("lu", "zhi", "jie", "qu", "shi"), NO)},
}
OUTSIDE = {"anonymous": TO_LOGIN, "tian": NOT_FOUND, "zhao": NOT_FOUND, "operator": NOT_FOUND}
POSTED: dict = {
    "wish/<str:tag>/": dict.fromkeys(WHO, 422),
    "w/<str:secret>/do/<slug:step>/": dict.fromkeys(WHO, NOT_FOUND),
    "wishes/new/": {"anonymous": TO_LOGIN, "xu": NO, "tian": NO, "jie": NO, "operator": NO, "lu": 422, "gao": 422},
    "wishes/box/": {"anonymous": TO_LOGIN, "xu": NO, "lu": NO, "operator": NO, "gao": 422},
    "wishes/box/<int:pk>/go/": {"anonymous": TO_LOGIN, "xu": NO, "lu": NO, "zhao": NOT_FOUND, "gao": 409},
    "wishes/<int:pk>/reveal/": {**OUTSIDE, "lu": NO, "gao": NO, "jie": NO, "xu": TO_LOGIN},
    "wishes/<int:pk>/look/": {**OUTSIDE, "lu": NO, "jie": NO, "xu": NO, "gao": 422},
    "wishes/<int:pk>/do/<slug:step>/": {**OUTSIDE, "lu": NO, "jie": NO, "gao": 422, "xu": 422},
}


def scene(stage, raise_one) -> dict:
    """A wish that Lu wrote down in a visit, Gao hung on the tree and Xu took on."""
    intake = Intake(
        place=stage.place("entrance"),
        text="夏天到了，我想要一个风扇",
        key=secrets.token_hex(8),
        channel="head",
        phone="13800138000",
        agreed=True,
    )
    wish, _new = actions.collect(intake, by=stage.actor("lu"))
    gao = stage.actor("gao")
    actions.verify(wish, "夏天到了，我想要一个风扇", "一位奶奶", "thing", by=gao)
    actions.publish(wish, by=gao)
    actions.claim(wish, by=stage.actor("xu"))
    batch = BoxList.objects.create(place=stage.place("community"), by=stage.persons["gao"], file="box.csv")
    return {
        "wishes/box/<int:pk>": batch.pk,
        "tree/<slug:tag>": stage.place("community").slug,
        "wishes/<int:pk>/do/<slug:step>": "release",
        "wishes/<int:pk>": wish.pk,
        "wishes/leaf/<int:pk>": wish.pk,
        "w/<str:secret>": wish.secret,
    }

"""First assignments: whoever organises a call-out places people; those beside it do not find it."""

from huying.callouts.tests.scene import a_callout, a_shift

from .columns import NO, NOBODYS, NOT_FOUND, OK, POST_ONLY, TO_LOGIN, WHO

# The call-out stands in the compound; Zhi, Gao, Qin and all above them organise there, Zhao organises elsewhere.
ORGANISERS = {
    **dict.fromkeys(WHO, NO),
    "anonymous": TO_LOGIN,
    **dict.fromkeys(("zhi", "gao", "qin", "jie", "qu", "shi"), OK),
    "zhao": NOT_FOUND,
}
TABLE: dict = {
    "callouts/<int:pk>/assign/": ORGANISERS,
    "callouts/<int:pk>/assign/propose/": POST_ONLY,
    "callouts/<int:pk>/assign/move/": POST_ONLY,
    "callouts/<int:pk>/assign/undo/": POST_ONLY,
    "callouts/<int:pk>/assign/publish/": POST_ONLY,
    # The call-out of the scene is none of weeks: it has no roster, for whomever.
    "callouts/<int:pk>/roster/": NOBODYS,
    "callouts/<int:pk>/roster/swap/<int:signup>/": POST_ONLY,
    "callouts/<int:pk>/roster/keep/<int:wanted>/": POST_ONLY,
    "callouts/<int:pk>/roster/take/<int:wanted>/": POST_ONLY,
    "callouts/roster/new/": {**ORGANISERS, "zhao": OK},
}
# Nobody has said yet that they can come, and there is no draft: those who may are told so.
TOLD = {"anonymous": TO_LOGIN, "xu": NO, "lu": NO, "operator": NO, "zhao": NOT_FOUND, "zhi": 409, "qin": 409}
POSTED: dict = {f"callouts/<int:pk>/assign/{act}/": TOLD for act in ("propose", "move", "undo", "publish")} | {
    f"callouts/<int:pk>/roster/{act}/": {"anonymous": TO_LOGIN, "xu": NOT_FOUND, "zhi": NOT_FOUND}
    for act in ("swap/<int:signup>", "keep/<int:wanted>", "take/<int:wanted>")
}


def scene(stage, raise_one) -> dict:
    """A call-out of the compound with one post."""
    callout = a_callout(stage)
    a_shift(callout)
    return {"callouts/<int:pk>": callout.pk, "<int:signup>": 1, "<int:wanted>": 1}

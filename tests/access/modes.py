"""The two modes: switching, households that need help first, the report."""

from huying.modes.tests.scene import household, switched

from .columns import ALL, NO, NOT_FOUND, OK, POST_ONLY, TO_LOGIN, WHO

STAFF = {**dict.fromkeys(WHO, OK), "anonymous": TO_LOGIN, "xu": NO, "tian": NO}
# A drill in the compound: the community beside it does not see it; volunteers read what is on.
POSTED_ANYWHERE = {**STAFF, "xu": OK}
SEEN = {**POSTED_ANYWHERE, "zhao": NOT_FOUND}
WRITERS = {**dict.fromkeys(WHO, NO), "anonymous": TO_LOGIN, **dict.fromkeys(("lu", "zhi", "gao", "qin", "zhao"), OK)}
SWITCHERS = {**dict.fromkeys(WHO, NO), "anonymous": TO_LOGIN, **dict.fromkeys(("qin", "jie", "qu", "shi"), OK)}
TABLE: dict = {
    "modes/": POSTED_ANYWHERE,
    "modes/switch/": SWITCHERS,
    "modes/<int:pk>/": SEEN,
    "modes/<int:pk>/do/<slug:step>/": POST_ONLY,
    "modes/<int:pk>/report/": SEEN,
    "modes/<int:pk>/report.xlsx": SEEN,
    "modes/households/": STAFF,
    "modes/households/open/": POST_ONLY,
    "modes/households/new/": WRITERS,
    "modes/households/<int:pk>/withdraw/": POST_ONLY,
    "h/<str:secret>/": ALL,
    "h/<str:secret>/withdraw/": POST_ONLY,
}
POSTED: dict = {
    "modes/switch/": {"anonymous": TO_LOGIN, "gao": NO, "lu": NO, "zhao": NO, "qin": 422, "jie": 422},
    "modes/<int:pk>/do/<slug:step>/": {
        "anonymous": TO_LOGIN,
        "xu": NO,
        "zhao": NOT_FOUND,
        "gao": NO,
        "zhi": NO,
        "qin": 422,
    },
    "modes/households/open/": {
        "anonymous": TO_LOGIN,
        "xu": NO,
        "jie": NO,
        "lu": NO,
        "zhi": NO,
        "zhao": 422,
        "gao": 422,
    },
    "modes/households/new/": {"anonymous": TO_LOGIN, "xu": NO, "jie": NO, "lu": 422, "gao": 422},
    "modes/households/<int:pk>/withdraw/": {
        **{"anonymous": TO_LOGIN, "xu": NO, "jie": NO, "zhao": NOT_FOUND, "lu": NOT_FOUND},
        "gao": TO_LOGIN,
    },
    "h/<str:secret>/withdraw/": {"anonymous": OK, "gao": NOT_FOUND},
}


def scene(stage, raise_one) -> dict:
    """A drill in the compound, and a household that agreed."""
    mode = switched(stage, "compound", kind="drill", by="qin")
    one, other = household(stage), household(stage)
    return {
        "modes/<int:pk>/do/<slug:step>": "extend",
        "modes/<int:pk>": mode.pk,
        "modes/households/<int:pk>": one.pk,
        "h/<str:secret>": other.secret,
    }

"""Call-outs: posting, the organiser's desk, answering."""

from huying.callouts.tests.scene import a_callout, a_shift, a_volunteer

from .columns import ALL, NO, NOT_FOUND, PERSONS, POST_ONLY, TO_LOGIN, WHO

ORGANISERS = {**PERSONS, **dict.fromkeys(("xu", "tian", "lu", "operator"), NO)}
# Xu is registered in the compound where it is heard.
CONCERNED = {**PERSONS, **dict.fromkeys(("tian", "lu", "zhao", "operator"), NOT_FOUND)}
TABLE: dict = {
    "callouts/": PERSONS,
    "callouts/new/": ORGANISERS,
    "callouts/new/range/": POST_ONLY,
    "callouts/new/<slug:code>/": ORGANISERS,
    "callouts/<int:pk>/": CONCERNED,
    "callouts/<int:pk>/change/": {**ORGANISERS, "zhao": NOT_FOUND},
    "callouts/<int:pk>/do/<slug:step>/": POST_ONLY,
    "callouts/<int:pk>/me/<slug:act>/": POST_ONLY,
    "o/<str:secret>/": ALL,
    "o/<str:secret>/do/<slug:act>/": POST_ONLY,
}
NOT_SEEN = dict.fromkeys(("tian", "lu", "zhao", "operator"), NOT_FOUND)
POSTED: dict = {
    "callouts/new/range/": {"anonymous": TO_LOGIN, "xu": NO, "lu": NO, "zhi": 200, "zhao": 200},
    "callouts/new/<slug:code>/": {"anonymous": TO_LOGIN, "xu": NO, "lu": NO, "zhi": 422, "gao": 422},
    "callouts/<int:pk>/do/<slug:step>/": {"anonymous": TO_LOGIN, **NOT_SEEN, "xu": NO, "zhi": 302, "gao": 409},
    "callouts/<int:pk>/me/<slug:act>/": {"anonymous": TO_LOGIN, **NOT_SEEN, "xu": 303, "zhi": 409},
    "o/<str:secret>/do/<slug:act>/": dict.fromkeys(WHO, 303),
}


def scene(stage, raise_one) -> dict:
    """A call-out of the compound, heard in it; Xu is a volunteer there."""
    callout = a_callout(stage, reach="compound")
    a_shift(callout)
    a_volunteer(stage, "xu")
    return {
        "callouts/new/<slug:code>": "queue",
        "callouts/<int:pk>/do/<slug:step>": "close",
        "callouts/<int:pk>/me/<slug:act>": "can",
        "o/<str:secret>/do/<slug:act>": "can",
        "callouts/<int:pk>": callout.pk,
    }

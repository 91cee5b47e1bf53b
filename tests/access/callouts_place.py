"""At the place: the phone's page is everybody's, the organiser's pages are the organiser's, the wall names nobody."""

from huying.callouts.tests.scene import a_callout, a_shift
from huying.kernel import links

from .callouts_assign import ORGANISERS
from .columns import ALL, NO, NOT_FOUND, PERSONS, POST_ONLY, TO_LOGIN, WHO

TABLE: dict = {
    "in/<int:pk>/": ALL,
    # Not the code that is shown.
    "in/<int:pk>/<str:code>/": dict.fromkeys(WHO, 422),
    "in/<int:pk>/question/<int:attendance>/": POST_ONLY,
    "hours/": PERSONS,
    "callouts/<int:pk>/code/": ORGANISERS,
    "callouts/<int:pk>/here/": ORGANISERS,
    "callouts/<int:pk>/here/ticks/": POST_ONLY,
    "callouts/<int:pk>/here/do/<slug:act>/": POST_ONLY,
    "callouts/<int:pk>/hours/": ORGANISERS,
    "callouts/<int:pk>/hours/do/<slug:act>/": POST_ONLY,
    "callouts/<int:pk>/hours.xlsx": ORGANISERS,
    "wall/<str:secret>/": ALL,
}
TOLD = {"anonymous": TO_LOGIN, "xu": NO, "lu": NO, "operator": NO, "zhao": NOT_FOUND}
POSTED: dict = {
    "in/<int:pk>/": dict.fromkeys(WHO, 422),
    "in/<int:pk>/question/<int:attendance>/": dict.fromkeys(WHO, NOT_FOUND),
    "callouts/<int:pk>/here/ticks/": {**TOLD, "zhi": 422},
    "callouts/<int:pk>/here/do/<slug:act>/": {**TOLD, "zhi": 422, "gao": 422},
    "callouts/<int:pk>/hours/do/<slug:act>/": {**TOLD, "zhi": 302, "gao": 302},
}


def scene(stage, raise_one) -> dict:
    """A call-out of the compound with one post, to which nobody has signed up."""
    callout = a_callout(stage)
    a_shift(callout)
    return {
        "in/<int:pk>/question/<int:attendance>": 1,
        "in/<int:pk>/<str:code>": "000000",
        "in/<int:pk>": callout.pk,
        "wall/<str:secret>": links.make("wall", callout.pk),
        "callouts/<int:pk>/here/do/<slug:act>": "walkin",
        "callouts/<int:pk>/hours/do/<slug:act>": "confirm",
        "callouts/<int:pk>": callout.pk,
    }

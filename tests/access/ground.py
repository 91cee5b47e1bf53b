"""The ground, calls and boards."""

from huying.calls import actions
from huying.calls.models import Photo
from huying.site.stylesheet import bundle

from .columns import (
    ALL,
    FOR_STAFF_POST_ONLY,
    FOR_WORKERS_POST_ONLY,
    HANDLERS,
    IMPORTERS,
    IMPORTS,
    IN_REACH,
    NO,
    NOBODYS,
    NOT_FOUND,
    OK,
    OPERATOR,
    OVER_COMMUNITY,
    PERSONS,
    POST_ONLY,
    STAFF,
    TO_LOGIN,
    WHO,
)

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
    # On to each one's own first page.
    "start/": dict.fromkeys(WHO, 302),
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

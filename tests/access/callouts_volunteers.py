"""Volunteers, their own pages, calendars and certificates."""

import datetime as dt
import secrets

from django.utils import timezone

from huying.callouts.actions import certificates
from huying.callouts.models import Attendance, Callout, Proof, Shift, Signup, Volunteer

from .columns import ALL, NO, NOT_FOUND, OK, PERSONS, POST_ONLY, TO_LOGIN, WHO

KEEPERS = {**dict.fromkeys(WHO, NO), "anonymous": TO_LOGIN, **dict.fromkeys(("gao", "qin", "zhao"), OK)}
# Xu is registered with a compound of the community; the one beside it does not find them.
OVER_XU = {**KEEPERS, "zhao": NOT_FOUND}
KEPT_POST = {**dict.fromkeys(WHO, NO), "anonymous": TO_LOGIN, **dict.fromkeys(("gao", "qin", "zhao"), 405)}
# Only volunteers have one; whoever is none is led to the page that says so.
VOLUNTEERS = {**dict.fromkeys(WHO, TO_LOGIN), "xu": OK}
CERTIFICATE = {**dict.fromkeys(WHO, NOT_FOUND), "anonymous": TO_LOGIN, **dict.fromkeys(("xu", "gao", "qin"), OK)}
LED = ("anonymous", "xu", "gao", "qin")
TABLE: dict = {
    "volunteer/<str:tag>/": ALL,
    "volunteers/": KEEPERS,
    "volunteers/new/": KEEPERS,
    "volunteers/contact/<int:pk>/": POST_ONLY,
    "volunteers/<int:pk>/": OVER_XU,
    # A message leads those who may see it on.
    "volunteers/<int:pk>/open/": {**dict.fromkeys(WHO, NOT_FOUND), **dict.fromkeys(LED, TO_LOGIN)},
    "volunteers/<int:pk>/confirm/": POST_ONLY,
    "volunteers/<int:pk>/decline/": POST_ONLY,
    "volunteers/<int:pk>/proof/": POST_ONLY,
    "volunteers/<int:pk>/proof/<int:proof>/withdraw/": POST_ONLY,
    "volunteers/<int:pk>/guardian/": POST_ONLY,
    "volunteers/<int:pk>/insured/": POST_ONLY,
    "volunteers/<int:pk>/card/": OVER_XU,
    "volunteers/<int:pk>/certificate/": {
        **dict.fromkeys(WHO, NOT_FOUND),
        "anonymous": TO_LOGIN,
        **dict.fromkeys(("gao", "qin"), OK),
    },
    "me/service/": PERSONS,
    "me/service/change/": VOLUNTEERS,
    "me/service/week/": VOLUNTEERS,
    "me/service/pause/": VOLUNTEERS,
    "me/service/companions/": VOLUNTEERS,
    "me/service/move/": VOLUNTEERS,
    "me/service/leave/": VOLUNTEERS,
    "me/service/guardian/": POST_ONLY,
    "me/service/data.json": PERSONS,
    "me/service/record.csv": PERSONS,
    "me/service/calendar/": VOLUNTEERS,
    "me/service/shift/<int:pk>.ics": {**dict.fromkeys(WHO, NOT_FOUND), "anonymous": TO_LOGIN, "xu": OK},
    "me/service/certificate/": VOLUNTEERS,
    "cal/<str:key>.ics": ALL,
    "certificate/open/<int:pk>/": {**dict.fromkeys(WHO, NOT_FOUND), **dict.fromkeys(LED, TO_LOGIN)},
    "certificate/<str:number>/": CERTIFICATE,
    "certificate/<str:number>/service.pdf": CERTIFICATE,
    "certificate/<str:number>/revoke/": POST_ONLY,
    "verify/": ALL,
    "verify/<str:number>/": ALL,
}
_ACTS = {"anonymous": TO_LOGIN, "xu": NO, "lu": NO, "zhi": NO, "jie": NO, "operator": NO, "zhao": NOT_FOUND}
POSTED: dict = {
    "volunteer/<str:tag>/": {"anonymous": 422, "tian": 422, "xu": 422},
    "volunteers/new/": {"anonymous": TO_LOGIN, "xu": NO, "jie": NO, "gao": 422},
    "volunteers/contact/<int:pk>/": _ACTS | {"gao": TO_LOGIN},
    "volunteers/<int:pk>/decline/": _ACTS | {"gao": 422},
    "volunteers/<int:pk>/proof/": _ACTS | {"gao": 422},
    "volunteers/<int:pk>/proof/<int:proof>/withdraw/": _ACTS,
    "volunteers/<int:pk>/confirm/": _ACTS,
    "volunteers/<int:pk>/guardian/": _ACTS,
    "volunteers/<int:pk>/insured/": _ACTS,
    "me/service/guardian/": {"anonymous": TO_LOGIN},
    "certificate/<str:number>/revoke/": {
        "anonymous": TO_LOGIN,
        "zhao": NOT_FOUND,
        "lu": NOT_FOUND,
        "xu": 422,
        "gao": 422,
    },
}


def scene(stage, raise_one) -> dict:
    """Xu is a confirmed volunteer with a proof, a shift ahead and one that counts, and a paper about it."""
    from huying.callouts.views.certificates import forget_tries

    forget_tries()
    community, home, gao = stage.place("community"), stage.place("compound"), stage.persons["gao"]
    registered = {
        "number": "K7M29QXA3",
        "place": home,
        "path": home.path,
        "born": dt.date(1990, 5, 1),
        "calendar_key": secrets.token_hex(16),
        "confirmed_at": timezone.now(),
        "confirmed_by": gao,
        "valid_from": timezone.localdate() - dt.timedelta(days=90),
    }
    # The page of another half may have registered them already.
    xu, _new = Volunteer.objects.update_or_create(person=stage.persons["xu"], defaults=registered)
    proof = Proof.objects.create(volunteer=xu, skill="first_aid", basis="急救培训", given_by=gao)
    done, ahead = (_shift(stage, days) for days in (-9, 2))
    held = [_signup(stage, one) for one in (done, ahead)]
    now = timezone.now()
    Attendance.objects.create(
        signup=held[0],
        in_at=done.starts_at,
        how_in="list",
        out_at=done.ends_at,
        how_out="list",
        shown_until=now,
        counted_at=now,
    )
    day = timezone.localdate()
    paper = certificates.issue(xu, "徐小强", day - dt.timedelta(days=60), day, by=stage.actor("gao"))
    return {
        "volunteer/<str:tag>": community.slug,
        "volunteers/contact/<int:pk>": community.pk,
        "volunteers/<int:pk>/proof/<int:proof>": proof.pk,
        "volunteers/<int:pk>": xu.pk,
        "me/service/shift/<int:pk>": held[1].pk,
        "cal/<str:key>": xu.calendar_key,
        "certificate/open/<int:pk>": paper.pk,
        "certificate/<str:number>": paper.number,
        "verify/<str:number>": paper.number,
    }


def _shift(stage, days: int) -> Shift:
    start = timezone.now().replace(minute=0, second=0, microsecond=0) + dt.timedelta(days=days)
    place = stage.place("compound")
    callout = Callout.objects.create(
        key=secrets.token_urlsafe(12),
        title="排队维持",
        place=place,
        path=place.path,
        reach="community",
        reach_path=stage.place("community").path,
        starts_at=start,
        ends_at=start + dt.timedelta(hours=3),
        closes_at=start,
        posted_by=stage.persons["zhi"],
    )
    return Shift.objects.create(
        callout=callout, name="维持秩序", starts_at=start, ends_at=start + dt.timedelta(hours=3), capacity=2, taken=1
    )


def _signup(stage, shift: Shift) -> Signup:
    window = (shift.starts_at, shift.ends_at)
    return Signup.objects.create(
        shift=shift, person=stage.persons["xu"], state="confirmed", period=window, guarded=window,
        confirmed_at=timezone.now(),
    )  # fmt: skip

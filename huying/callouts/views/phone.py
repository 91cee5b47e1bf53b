"""Who stands at the place with a phone in hand: by their login, or by the link of a message that was opened on this phone."""

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from huying.callouts.catalogue import numbers
from huying.callouts.models import Asked, Callout
from huying.kernel import links
from huying.kernel.scopes import Actor, link_holder

LINK, SCAN = "asked", "scan"
KEPT = 14 * 24 * 3600
SALT = "callouts.scan"


def _cookie(
    request: HttpRequest, response: HttpResponse, callout: int, name: str, value: str, age: int
) -> HttpResponse:
    """Kept for the pages of checking in to this call-out alone, and out of reach of scripts."""
    path = reverse("callout-in", args=[callout])
    secure = request.is_secure()
    response.set_cookie(name, value, max_age=age, path=path, httponly=True, samesite="Lax", secure=secure)
    return response


def remember_link(request: HttpRequest, response: HttpResponse, callout: int, secret: str) -> HttpResponse:
    """Let this phone be known at the place: whoever opened the link of a message needs no login to check in."""
    return _cookie(request, response, callout, LINK, secret, KEPT)


def remember_scan(request: HttpRequest, response: HttpResponse, callout: Callout, at: float) -> HttpResponse:
    """A scan stands for some minutes on the phone that made it, however long logging in takes."""
    value = signing.dumps([callout.pk, int(at)], salt=SALT)
    return _cookie(request, response, callout.pk, SCAN, value, numbers()["checkin"]["scan_minutes"] * 60)


def scanned_at(request: HttpRequest, callout: Callout) -> int | None:
    """When this phone scanned the code of the call-out, in seconds; None when it did not, or too long ago."""
    try:
        age = numbers()["checkin"]["scan_minutes"] * 60
        pk, at = signing.loads(request.COOKIES.get(SCAN, ""), salt=SALT, max_age=age)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return at if pk == callout.pk else None


def who_is(request: HttpRequest, callout: Callout) -> tuple[Actor, int] | None:
    """The actor and the person that they are: logged in, or behind a link for this call-out."""
    if request.actor.is_person:
        return request.actor, request.actor.id
    number = links.read("asked", request.COOKIES.get(LINK, ""))
    if number is None:
        return None
    asked = Asked.objects.filter(pk=number, callout=callout).first()
    return (link_holder("asked", asked.pk), asked.person_id) if asked else None

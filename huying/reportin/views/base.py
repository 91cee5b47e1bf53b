"""What the pages of report-in share: finding the community, doing a form once, letting a newcomer in."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from huying.kernel.errors import BadInput
from huying.kernel.forms import new_key
from huying.kernel.idempotency import once
from huying.people.accounts import client_address
from huying.people.models import Person
from huying.places.models import Place
from huying.reportin.forms.base import NewcomerForm
from huying.reportin.newcomers import hold_floods, known
from huying.reportin.queries_reports import community_of, successors


def shell(request: HttpRequest) -> str:
    """Staff find these pages inside their own frame, everybody else one question a page."""
    return "staff.html" if request.actor.posts else "resident.html"


def community(request: HttpRequest, tag: str, way: str) -> Place | HttpResponse:
    """The community of an address, or the page that says there is none or that it has ended; `way`: member or unit."""
    place = community_of(tag)
    if place is None:
        return render(request, "reportin/no_place.html", {"way": way}, status=404)
    if not place.is_current():
        context = {"place": place, "successors": successors(place), "way": f"reportin:{way}"}
        return render(request, "reportin/ended.html", context, status=410)
    return place


def take(request: HttpRequest, scope: str, form: NewcomerForm, person_of: Callable[[int], Person | None], work) -> int:
    """Do what a valid form asks, once however often it is sent, and let a newcomer in; returns the id of what was made.

    `work()` does it and returns that id, `person_of(id)` whose it is. The password is no part of what is kept.
    """
    key = form.cleaned_data.get("key") or new_key()
    newcomer = form.newcomer
    if newcomer is not None:
        hold_floods(client_address(request))
    body = {name: value for name, value in form.cleaned_data.items() if name not in ("password", "key")}
    try:
        made, _new = once(scope, key, body, work)
    except BadInput as refusal:
        if refusal.code != "key_used":
            raise
        # Sent once, gone back to and changed: that is another wish, with a key of its own.
        made, _new = once(scope, new_key(), body, work)
    if newcomer is not None:
        owner = person_of(made)
        person = known(newcomer)
        if person is not None and owner is not None and person.pk == owner.pk:
            login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])
    return made

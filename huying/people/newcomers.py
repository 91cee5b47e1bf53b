"""Whoever comes without a login makes one together with what they came for, or neither."""

from __future__ import annotations

import functools
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest
from django.utils.translation import gettext as _

from huying.kernel.errors import BadInput, TooMany
from huying.kernel.forms import new_key
from huying.kernel.idempotency import once
from huying.kernel.policy import load
from huying.kernel.rate import Limiter
from huying.kernel.scopes import Actor
from huying.people import actions as people
from huying.people.accounts import client_address
from huying.people.models import Person
from huying.people.queries import actor_for

if TYPE_CHECKING:
    from huying.people.forms import NewcomerForm


@dataclass(frozen=True)
class Newcomer:
    """What somebody says to get a login."""

    username: str
    name: str
    password: str


def acting(by: Actor, newcomer: Newcomer | None) -> Actor:
    """Who acts: whoever is logged in, else the newcomer with the login that is made now, in the caller's transaction."""
    if by.is_person or newcomer is None:
        return by
    person = people.sign_up(newcomer.username, newcomer.name, newcomer.password, by=by)
    return actor_for(person)


def known(newcomer: Newcomer) -> Person | None:
    """The login that a newcomer made a moment ago, when a form that was sent twice comes for the second time."""
    person = Person.objects.filter(username=newcomer.username.strip().lower(), is_active=True).first()
    return person if person is not None and person.check_password(newcomer.password) else None


@functools.cache
def _limiter() -> Limiter:
    flood = load("people")["newcomers"]
    return Limiter(flood["per_minute"], flood["burst"])


def forget() -> None:
    """Begin anew, as after a restart; for tests."""
    _limiter.cache_clear()


def hold_floods(address: str) -> None:
    """TooMany when one address makes logins faster than a meeting room full of people does."""
    found = ipaddress.ip_address(address)
    if found.version == 6 and found.ipv4_mapped is None:
        address = str(ipaddress.ip_network((found, 64), strict=False))
    wait = _limiter().take(address)
    if wait:
        raise TooMany(_("同一个网络里新来的人一下子太多了，请过一会儿再试。"), retry_after=max(1, round(wait)))


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

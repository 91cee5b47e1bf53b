"""Whoever comes without a login makes one together with what they came for, or neither."""

import functools
import ipaddress
from dataclasses import dataclass

from django.utils.translation import gettext as _

from huying.kernel.errors import TooMany
from huying.kernel.policy import load
from huying.kernel.rate import Limiter
from huying.kernel.scopes import Actor
from huying.people import actions as people
from huying.people.models import Person
from huying.people.queries import actor_for


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
    flood = load("reportin")["flood"]
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
        raise TooMany(_("同一个网络里报到的人一下子太多了，请过一会儿再试。"), retry_after=max(1, round(wait)))

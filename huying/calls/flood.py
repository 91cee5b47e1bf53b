"""Against floods of calls: beyond a rate per address and per place, a call costs a second's work or a minute's wait.

Nothing is ever refused for good: whoever holds a form that was asked to wait gets through with it.
"""

import functools
import hashlib
import hmac
import ipaddress
import time
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

from huying.calls.catalogue import numbers
from huying.kernel.pow import Challenges
from huying.kernel.rate import Limiter
from huying.people.accounts import client_address

PURPOSE = "calls.raise"
WAIT = 60  # seconds, for a browser that cannot work
GOOD_FOR = 3600  # seconds that a waiting ticket can be used after its time has come


@dataclass(frozen=True)
class Hold:
    """What a held form needs: a challenge to solve, or a ticket to come back with in `seconds`."""

    challenge: str
    bits: int
    ticket: str
    seconds: int = WAIT


@functools.cache
def _limiters() -> tuple[Limiter, Limiter]:
    """By address and by place, as the policy says."""
    flood = numbers()["flood"]
    return tuple(
        Limiter(flood[f"per_{what}"] * 60 / flood[f"per_{what}_seconds"], flood[f"per_{what}"])
        for what in ("address", "place")
    )


@functools.cache
def _others() -> tuple[Limiter, Limiter]:
    """What is added to one call, and the hints that one address asks for."""
    return Limiter(per_minute=4, burst=20), Limiter(per_minute=60, burst=60)


@functools.cache
def _challenges() -> Challenges:
    return Challenges(hashlib.sha256(b"huying.flood:" + settings.SECRET_KEY.encode()).digest())


def forget() -> None:
    """Begin anew, as after a restart; for tests."""
    for kept in (_limiters, _others, _challenges):
        kept.cache_clear()


def address_of(request: HttpRequest) -> str:
    """Where a request comes from, as a household has it: an IPv4 address, or the /64 that one is given of IPv6."""
    address = ipaddress.ip_address(client_address(request))
    if address.version == 4:
        return str(address)
    return str(address.ipv4_mapped or ipaddress.ip_network((address, 64), strict=False))


def held(request: HttpRequest, place_id: int, key: str, *, suspicious: bool = False) -> Hold | None:
    """Whether this form must work or wait first; None lets it through and counts it."""
    if _solved(request) or _waited(request, key):
        return None
    by_address, by_place = _limiters()
    if not suspicious and not by_address.take(address_of(request)) and not by_place.take(place_id):
        return None
    return _hold(key)


def foreseen(request: HttpRequest, place_id: int, key: str) -> Hold | None:
    """Whether a form sent now would be held: then the page brings its challenge along, and nothing is sent twice."""
    by_address, by_place = _limiters()
    if _left(by_address, address_of(request)) >= 1 and _left(by_place, place_id) >= 1:
        return None
    return _hold(key)


def wait_for_words(call_id: int) -> float:
    """Seconds until more may be added to a call; 0 lets it through and counts it."""
    return _others()[0].take(call_id)


def too_many_hints(request: HttpRequest) -> bool:
    """Whether an address asks for hints faster than anybody types."""
    return _others()[1].take(address_of(request)) > 0


def _left(limiter: Limiter, key) -> float:
    """How many tokens a key has, without taking any: more than a full bucket is never there, so nothing is taken."""
    more = limiter.burst + 1
    return more - limiter.take(key, more) * limiter.rate


def _hold(key: str) -> Hold:
    bits = numbers()["flood"]["pow_bits"]
    return Hold(_challenges().make(PURPOSE, bits), bits, _ticket(key, int(time.time()) + WAIT))


def _solved(request: HttpRequest) -> bool:
    challenge, nonce = request.POST.get("challenge", ""), request.POST.get("nonce", "")
    return bool(challenge and nonce) and _challenges().verify(challenge, nonce, PURPOSE, numbers()["flood"]["pow_bits"])


def _ticket(key: str, ready: int) -> str:
    """A time from which a form may pass, bound to the form's key: it lets one call through, however often it is sent."""
    message = f"huying.flood.ticket:{ready}:{key}".encode()
    return f"{ready}.{hmac.new(settings.SECRET_KEY.encode(), message, hashlib.sha256).hexdigest()[:32]}"


def _waited(request: HttpRequest, key: str) -> bool:
    ticket = request.POST.get("ticket", "")
    ready = ticket.partition(".")[0]
    if not (ready.isascii() and ready.isdigit() and len(ready) <= 12):
        return False
    if not hmac.compare_digest(_ticket(key, int(ready)).encode(), ticket.encode("utf-8", "replace")):
        return False
    return int(ready) <= time.time() <= int(ready) + GOOD_FOR

"""Addresses of figures and of the lists behind them, and whose they are."""

import datetime as dt
from collections.abc import Callable
from urllib.parse import urlencode

from django.urls import reverse

from huying.calls.rules import HANDLERS
from huying.kernel.scopes import Actor
from huying.places.models import Place


def for_staff(actor: Actor, place: Place) -> bool:
    """Whether the actor sees the full figures of a place: those who handle calls there or above it."""
    return actor.holds(HANDLERS, place.path)


def address(name: str, place: Place, since: dt.date, until: dt.date, *args, **more) -> str:
    """The address of a page of a place and a period; `more` goes into the query."""
    return reverse(name, args=[place.pk, *args]) + "?" + urlencode({"since": since, "until": until, **more})


def behind(place: Place, since: dt.date, until: dt.date) -> Callable[..., str]:
    """Addresses of the lists behind the numbers of a place and period: behind(…)('done', category='lighting')."""
    return lambda count, **more: address("boards:list", place, since, until, count, **more)

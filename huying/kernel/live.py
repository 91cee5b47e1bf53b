"""Live pages, as far as a context sees them: a view answers with topics, and says which events wake which topics.

The page holds a stream open and is told that something changed, never what: it asks for its part again, and is then
shown what it may see. How streams are kept open is the web server's matter (site/live.py).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from django.http import HttpResponse

from huying.kernel.models import Event
from huying.kernel.scopes import Actor

# A stream is shut after so many seconds; the page opens it again, and is then asked again whether it may.
LIFE = 20 * 60
# What a page does that reaches us over a server without streams: open it again after so many seconds, and ask.
AGAIN = 20


class Change(NamedTuple):
    """What the page is told: a row's kind and id, and the event's kind."""

    subject: str
    id: int
    kind: str


@dataclass(frozen=True, slots=True)
class Wake:
    """An event and the topics that it wakes; `change` None tells that something changed, and not what."""

    topics: frozenset[str]
    change: Change | None = None


class LiveResponse(HttpResponse):
    """The answer of a view that a page stays connected to: woken by its topics, at most every `gap` seconds.

    Over a server that keeps no streams it is a whole, short stream, and the page comes again by itself.
    """

    def __init__(self, topics: Iterable[str], *, gap: float = 1.0):
        super().__init__(f"retry: {AGAIN * 1000}\n\ndata: {{}}\n\n", content_type="text/event-stream; charset=utf-8")
        self.topics = frozenset(topics)
        self.gap = gap
        self["Cache-Control"] = "no-store"
        self["X-Accel-Buffering"] = "no"


Source = Callable[[list[Event]], Iterable[Wake]]
_SOURCES: list[tuple[str, Source]] = []


def source(prefix: str):
    """Register the function that says which topics the events of a context ('calls.') wake: a list at a time."""

    def wrap(function: Source) -> Source:
        _SOURCES.append((prefix, function))
        return function

    return wrap


def wakes(events: list[Event]) -> list[Wake]:
    """All that these events wake."""
    found: list[Wake] = []
    for prefix, function in _SOURCES:
        own = [event for event in events if event.kind.startswith(prefix)]
        if own:
            found.extend(function(own))
    return found


def within(path: str) -> str:
    """The topic of all that happens at or below a path."""
    return f"within:{path}"


def person(pk: int) -> str:
    """The topic of what concerns a person."""
    return f"person:{pk}"


def scope(actor: Actor, roles: Iterable[str] | None = None) -> set[str]:
    """The topics of whoever works: the places below their posts, and themselves."""
    topics = {within(path) for path in actor.paths(roles)}
    if actor.id is not None:
        topics.add(person(actor.id))
    return topics

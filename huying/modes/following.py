"""How contexts follow a switch without modes knowing them, or they each other (docs/adr/0019-modes-are-a-floor.md).

A context registers in its AppConfig.ready; tests register and let go with `registered`.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from huying.modes.models import Mode
from huying.modes.rules import Standing
from huying.places.models import Place

Follower = Callable[[Mode, Standing | None, Standing | None], None]
Foreseer = Callable[[Place, str, int], Iterable[str]]
_followers: list[Follower] = []
_foreseers: list[Foreseer] = []


def on_switch(function: Follower) -> Follower:
    """Register `function(mode, before, after)`, run in the transaction of each switch; an error of it undoes the whole.

    before, after: what the mode says before and after, None where it is not on. Asked inside, `queries.mode_of` gives the
    state after. The moment is `after.since`, at the end `mode.ended_at`, which may be past when it ended by itself.
    """
    _followers.append(function)
    return function


def foresees(function: Foreseer) -> Foreseer:
    """Register `function(place, kind, level)`, which tells in sentences what would change, with numbers."""
    _foreseers.append(function)
    return function


def follow(mode: Mode, before: Standing | None, after: Standing | None) -> None:
    """Let everybody follow, in the order of registration; called within the switch's transaction."""
    for follower in _followers:
        follower(mode, before, after)


def foreseen(place: Place, kind: str, level: int) -> list[str]:
    """What a switch would change, in sentences of all who follow."""
    return [words for function in _foreseers for words in function(place, kind, level)]


@contextmanager
def registered(follower: Follower) -> Iterator[None]:
    """Have one more follower for a while."""
    _followers.append(follower)
    try:
        yield
    finally:
        _followers.remove(follower)

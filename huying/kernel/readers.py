"""Readers of the event log: each follows it with a cursor of its own, at least once, in the order of commits."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class ReaderSpec:
    """What a reader wants: `kinds` as patterns ('calls.*'), `batch` events at most at a time."""

    name: str
    function: Callable
    kinds: tuple[str, ...] = ("*",)
    batch: int = 500
    whole: bool = False
    since: str = "beginning"


READERS: dict[str, ReaderSpec] = {}


def reader(name: str, *, kinds: tuple[str, ...] = ("*",), batch: int = 500, whole: bool = False, since="beginning"):
    """Register a function of one event (with whole=True, of a list of events) as a reader of the log.

    kinds: exact kinds, or prefixes as 'calls.*'. since: 'beginning', or 'now' for a reader that must not see the past.
    """

    def wrap(function: Callable) -> Callable:
        if name in READERS:
            raise ValueError(f"there are two readers named {name}")
        READERS[name] = ReaderSpec(name, function, tuple(kinds), batch, whole, since)
        return function

    return wrap


def listen(kind: str, handler: Callable) -> None:
    """Wire a listener to an event of another context: `listen("rounds.hazard_found", calls.listeners.open_call)`."""
    module = handler.__module__.removeprefix("huying.").removesuffix(".listeners")
    reader(f"{module}.{handler.__name__}<{kind}", kinds=(kind,))(handler)

"""The pure rules of the two modes: kinds, levels, which of several counts. No Django, no clock."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

EMERGENCY, DRILL = "emergency", "drill"
KINDS = (EMERGENCY, DRILL)
# 1 red is the strictest.
LEVELS = (1, 2, 3, 4)
# A row is new only within the transaction that switches it on.
NEW, ON, ENDED, EXPIRED = "new", "on", "ended", "expired"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a mode says at a moment: its kind, its level (1 red … 4 blue), and since when it says so."""

    mode: int
    kind: str
    level: int
    since: dt.datetime

    @property
    def weight(self) -> tuple:
        """What counts before what: the real before the drill, then the strictest, then the older."""
        return self.kind != EMERGENCY, self.level, self.since, self.mode


def counting(standings: Iterable[Standing | None]) -> Standing | None:
    """Of all that cover a place the one that counts; a drill never overrides a real one."""
    return min((one for one in standings if one is not None), key=lambda one: one.weight, default=None)


@dataclass(frozen=True, slots=True)
class Area:
    """A path with the same before and after a switch; what lies in `holes` is another area or is not touched."""

    path: str
    holes: tuple[str, ...]
    before: Standing | None
    after: Standing | None

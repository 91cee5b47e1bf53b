"""What is on where: asked by time, so that what has expired is over whether or not anybody has noted it."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import Case, Q, Value, When

from huying.kernel.scopes import covers
from huying.modes import rules
from huying.modes.models import Mode
from huying.modes.rules import Area, Standing

_REAL_FIRST = Case(When(kind=rules.EMERGENCY, then=Value(0)), default=Value(1))


def mode_of(path: str, at: dt.datetime | None = None) -> Mode | None:
    """The mode that counts at a path at a moment (now): the strictest that covers it, a real one before a drill. One query."""
    modes = Mode.objects.on(at).covering(path).select_related("place")
    return modes.order_by(_REAL_FIRST, "level", "level_since", "pk").first()


def modes_over(paths: Iterable[str], at: dt.datetime | None = None) -> dict[str, Mode | None]:
    """`mode_of` for many paths with one query."""
    paths = list(dict.fromkeys(paths))
    over = Q(pk__in=[])
    for path in paths:
        over |= Q(path__ancestors=path)
    modes = {mode.pk: mode for mode in Mode.objects.on(at).filter(over).select_related("place")}
    found = {}
    for path in paths:
        counts = rules.counting(mode.standing for mode in modes.values() if covers(mode.path, path))
        found[path] = modes[counts.mode] if counts else None
    return found


def areas(mode: Mode, before: Standing | None, after: Standing | None) -> list[Area]:
    """The place of a mode cut into areas in each of which the same counts before and after, others' modes considered.

    Two queries at most, however large the place; areas where nothing changes are left out.
    """
    at = after.since if after else mode.ended_at
    others = Mode.objects.on(at).exclude(pk=mode.pk)
    touching = others.filter(Q(path__ancestors=mode.path) | Q(path__within=mode.path)).order_by("pk")
    placed = [(other.path, other.standing) for other in touching]
    paths = sorted({mode.path, *(path for path, _one in placed if covers(mode.path, path))}, key=lambda p: p.count("."))
    found = []
    for path in paths:
        here = [standing for above, standing in placed if covers(above, path)]
        area = Area(
            path,
            tuple(p for p in paths if p != path and covers(path, p)),
            rules.counting([before, *here]),
            rules.counting([after, *here]),
        )
        if area.before != area.after:
            found.append(area)
    return found

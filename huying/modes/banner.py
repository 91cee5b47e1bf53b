"""What is on, as every page tells it. Each process remembers it for a moment, so that a page costs no query while nothing is on."""

import threading
import time

from django.utils import timezone

from huying.kernel.policy import load
from huying.kernel.scopes import Actor, covers
from huying.modes import rules
from huying.modes.models import Mode
from huying.people.rules import STAFF_ROLES

_lock = threading.Lock()
_known: tuple[float, list[Mode]] | None = None


def forget() -> None:
    """Ask again at the next page; called after every switch in this process."""
    global _known
    _known = None


def remember_nothing(seconds: float) -> None:
    """Take it for so long that nothing is on (tests, which each begin in peacetime)."""
    global _known
    _known = (time.monotonic() + seconds, [])


def everywhere() -> list[Mode]:
    """All that is on now anywhere, at most a few seconds old; what expires meanwhile is left out at once."""
    global _known
    known = _known
    if known is None or known[0] < time.monotonic():
        with _lock:
            known = _known
            if known is None or known[0] < time.monotonic():
                modes = list(Mode.objects.on().select_related("place").order_by("pk"))
                known = _known = (time.monotonic() + load("modes")["banner"]["remembered_seconds"], modes)
    if not known[1]:
        return []
    now = timezone.now()
    return [mode for mode in known[1] if mode.expires_at > now]


def at(path: str) -> Mode | None:
    """What everybody at a place is told: the mode that counts there."""
    modes = {mode.pk: mode for mode in everywhere() if covers(mode.path, path)}
    counts = rules.counting(mode.standing for mode in modes.values())
    return modes[counts.mode] if counts else None


def of(actor: Actor) -> list[Mode]:
    """What somebody is told who holds posts: all modes at, above or below them; the real and the strictest first."""
    modes = everywhere()
    if not modes:
        return []
    paths = actor.paths((*STAFF_ROLES, "volunteer"))
    touched = [mode for mode in modes if any(covers(p, mode.path) or covers(mode.path, p) for p in paths)]
    return sorted(touched, key=lambda mode: mode.standing.weight)

"""The banner on every page, and a level as a chip: `{% load modes %}`."""

from django import template

from huying.modes import banner
from huying.modes.models import Mode

register = template.Library()

# The icon, and the tone of the colour; the word stands beside it always.
LOOKS = {1: ("warning", "mode-1"), 2: ("warning", "mode-2"), 3: ("warning", "mode-3"), 4: ("info", "mode-4")}


# Under these names a page says what it is about: a place, or something that lies at one.
ABOUT = ("place", "call", "wish", "need", "project", "callout", "where", "community", "compound")


def _path(context) -> str:
    """The path of what a page is about, when it is about one place."""
    for name in ABOUT:
        about = context.get(name)
        path = getattr(about, "path", None) or getattr(getattr(about, "place", None), "path", None)
        if isinstance(path, str) and "." in path:
            return path
    return ""


@register.inclusion_tag("modes/banner.html", takes_context=True)
def mode_banner(context, staff=False):
    """What is on where this page is about, and on a staff page where its reader holds posts; nothing while nothing is on."""
    if not banner.everywhere():
        return {"modes": []}
    path, found = _path(context), []
    if path and (mode := banner.at(path)):
        found = [mode]
    request = context.get("request")
    if staff and hasattr(request, "actor"):
        found += [mode for mode in banner.of(request.actor) if mode not in found]
    return {"modes": found[:2], "more": max(0, len(found) - 2), "staff": staff}


@register.inclusion_tag("modes/level.html")
def mode_level(mode: Mode):
    """The level and the kind of a mode as chips: words, a colour, an icon."""
    return {"mode": mode, "look": LOOKS[mode.level]}

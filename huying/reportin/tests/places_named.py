"""Addresses filled with what is there, so that a walk over all of them gets as far as it can."""

import re


def named(route: str, stage) -> str:
    """An address with the community, the unit or the step in its parts."""
    community = stage.place("community")
    number = stage.unit.pk if "people" in route or "directory" in route else community.pk
    values = {"int": number, "str": community.slug, "slug": "receive", "path": "x", "uuid": "x"}
    return re.sub(r"<(\w+):\w+>", lambda part: str(values.get(part[1], "2026")), route)

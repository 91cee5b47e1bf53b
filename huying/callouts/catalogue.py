"""The numbers of call-outs as the installation has them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import get_language

from huying.callouts import rules
from huying.kernel.policy import load


def numbers() -> Mapping:
    """The policy of call-outs; see policy/callouts.toml."""
    return load("callouts")


@dataclass(frozen=True)
class Template:
    """What a call-out is made from: its code, its name in the reader's language, its icon, and all that is filled in."""

    code: str
    name: str
    icon: str
    given: Mapping


def templates(mode: str = "peace") -> list[Template]:
    """The templates of a mode ("peace" or "emergency"), those made for it first."""
    english = (get_language() or "zh").startswith("en")
    found = [
        Template(code, row["en"] if english else row["zh"], row["icon"], row)
        for code, row in numbers()["templates"].items()
        if row["mode"] in ("", mode)
    ]
    return sorted(found, key=lambda one: (not one.given["mode"], mode == "emergency" and not one.given["emergency"]))


def template(code: str) -> Template | None:
    """The template of a code, whatever the mode."""
    return next((one for mode in ("peace", "emergency") for one in templates(mode) if one.code == code), None)


def reaches_of(roles: Iterable[str]) -> tuple[str, ...]:
    """How far holders of these roles may be heard, from near to far."""
    told = numbers()["reach"]
    allowed = {reach for role in roles for reach in told.get(role, ())}
    return tuple(reach for reach in rules.REACHES if reach in allowed)

"""Skills and kinds of service by code, as the installation has them."""

from collections.abc import Iterable

from django.utils.translation import get_language

from huying.kernel.policy import load


def _name(row) -> str:
    return row["en"] if (get_language() or "zh").startswith("en") else row["zh"]


def skills() -> dict[str, str]:
    """Code → name in the reader's language, in the order of the policy."""
    return {code: _name(row) for code, row in load("directory")["skills"].items()}


def services() -> dict[str, str]:
    """Code → name of the kinds of service, in the order of the policy."""
    return {code: _name(row) for code, row in load("directory")["services"].items()}


def names(codes: Iterable[str]) -> list[str]:
    """The names of skills and services; a code that is gone stands for itself."""
    known = {**skills(), **services()}
    return [known.get(code, code) for code in codes]

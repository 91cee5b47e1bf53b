"""The templates, curves and numbers of sites, as the installation has them."""

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import get_language

from huying.callouts import site_rules
from huying.kernel.policy import load


def numbers() -> dict:
    """The numbers of sites.toml."""
    return load("callouts")["sites"]


def said(row) -> str:
    """The name of something that the policy names in both languages, in the reader's."""
    return row["en"] if (get_language() or "zh").startswith("en") else row["zh"]


@dataclass(frozen=True)
class StationKind:
    """A station of a lane as its template has it."""

    code: str
    zh: str
    en: str
    mean: float
    spread: float

    @property
    def name(self) -> str:
        """In the reader's language."""
        return said({"zh": self.zh, "en": self.en})


@dataclass(frozen=True)
class PostKind:
    """A post of a site: so many for each lane, or for the whole site."""

    zh: str
    en: str
    per: str
    count: int

    @property
    def name(self) -> str:
        """In the reader's language."""
        return said({"zh": self.zh, "en": self.en})

    def needed(self, lanes: int) -> int:
        """How many with so many lanes."""
        return self.count * lanes if self.per == "lane" else self.count


@dataclass(frozen=True)
class Template:
    """A kind of site: what is usual for it."""

    code: str
    zh: str
    en: str
    icon: str
    people: int
    opens: dt.time
    closes: dt.time
    lanes: int
    curve: str
    stations: tuple[StationKind, ...]
    posts: tuple[PostKind, ...]

    @property
    def name(self) -> str:
        """In the reader's language."""
        return said({"zh": self.zh, "en": self.en})


def templates() -> dict[str, Template]:
    """All kinds of sites by code, in the order of the policy."""
    return {
        code: Template(
            code=code,
            zh=row["zh"],
            en=row["en"],
            icon=row.get("icon", "people"),
            people=row["people"],
            opens=dt.time.fromisoformat(row["opens"]),
            closes=dt.time.fromisoformat(row["closes"]),
            lanes=row["lanes"],
            curve=row["curve"],
            stations=tuple(StationKind(**one) for one in row["stations"]),
            posts=tuple(PostKind(**one) for one in row["posts"]),
        )
        for code, row in numbers()["templates"].items()
    }


def curve_names() -> dict[str, str]:
    """The curves that are drawn already, by code."""
    return {code: said(row) for code, row in numbers()["curves"].items()}


def curve_of(code: str, parts: int) -> tuple[float, ...]:
    """A drawn curve over so many half hours; () for one that is not known."""
    row = numbers()["curves"].get(code)
    return site_rules.stretch(row["weights"], parts) if row else ()

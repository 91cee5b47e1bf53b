"""The categories of calls and the numbers of the policy, as the installation has them."""

from dataclasses import dataclass, field

from django.utils.translation import get_language

from huying.calls import rules
from huying.kernel.policy import load


@dataclass(frozen=True)
class Category:
    """What calls are about: its names, its class of deadline, whose duty it is, and ready replies."""

    code: str
    zh: str
    en: str
    icon: str = "dots"
    urgency: str = "usual"
    first: str = ""
    duties: dict = field(default_factory=dict)
    replies: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return self.en if (get_language() or "zh").startswith("en") else self.zh

    def duty(self, level: str) -> str:
        """'lead', 'assist' or 'none' for a level."""
        return rules.duty_of(self.duties, level)


# The policy that the categories were last made from, and the categories: lists ask for them once a row.
_made: tuple[object, dict[str, Category]] = (None, {})


def categories() -> dict[str, Category]:
    """All categories by code, in the order of the policy."""
    global _made
    policy = load("calls")["categories"]
    if _made[0] is not policy:
        _made = (policy, _make(policy))
    return _made[1]


def _make(policy) -> dict[str, Category]:
    return {
        code: Category(
            code=code,
            zh=row["zh"],
            en=row["en"],
            icon=row.get("icon", "dots"),
            urgency=row["class"],
            first=row.get("first", ""),
            duties=row.get("duties", {}),
            replies=tuple(row.get("replies", ())),
        )
        for code, row in policy.items()
    }


def category(code: str) -> Category | None:
    """One category, or None when the code is not known (any more)."""
    return categories().get(code)


def category_name(code: str) -> str:
    """The name of a category; the code itself when an old call has one that is gone."""
    found = category(code)
    return found.name if found else code


def numbers() -> dict:
    """The numbers of calls.toml."""
    return load("calls")

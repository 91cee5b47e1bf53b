"""How the page looks for whoever opens it: colours, letter size, language. Kept in three plain cookies."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import get_language

THEMES = ("auto", "light", "dark")
DARK_MEDIA = {"auto": "screen and (prefers-color-scheme: dark)", "light": "not all", "dark": "screen"}


@dataclass(frozen=True, slots=True)
class Look:
    """The choice made: `theme` (auto, light, dark), `elder` (larger letters and targets), `language`."""

    theme: str
    elder: bool
    language: str

    @property
    def dark_media(self) -> str:
        """The media query under which the dark colours apply."""
        return DARK_MEDIA[self.theme]

    @property
    def next_theme(self) -> str:
        """What the theme switch leads to: auto, then light, then dark, then auto again."""
        return THEMES[(THEMES.index(self.theme) + 1) % len(THEMES)]

    @property
    def other_language(self) -> str:
        """What the language switch leads to."""
        return "en" if self.language.startswith("zh") else "zh-hans"


def look(request: HttpRequest) -> dict[str, Look]:
    """Context processor: `look` in every template."""
    theme, elder = request.COOKIES.get("theme", "auto"), request.COOKIES.get("elder")
    if elder not in ("0", "1"):
        # A known person may have said so once, on whatever device.
        elder = "1" if getattr(getattr(request, "user", None), "elder", False) else "0"
    return {
        "look": Look(
            theme=theme if theme in THEMES else "auto",
            elder=elder == "1",
            language=get_language() or "zh-hans",
        )
    }

"""Writing markup quickly and safely: lists show hundreds of small pieces, and format_html is slow for those."""

from html import escape

from django.utils.safestring import SafeString


def text(value) -> str:
    """The value as it may stand in a page: escaped, unless it is markup already."""
    if isinstance(value, SafeString):
        return value
    return value.__html__() if hasattr(value, "__html__") else escape(str(value))


def attrs(given: dict) -> str:
    """Keyword arguments as attributes: hx_get becomes hx-get; True stands alone, None and False are left out."""
    words = ""
    for key, value in given.items():
        if value is None or value is False:
            continue
        name = escape(key.rstrip("_").replace("_", "-"))
        words += f" {name}" if value is True else f' {name}="{text(value)}"'
    return words


def markup(written: str) -> SafeString:
    """What was written with `text` and `attrs`, as markup."""
    return SafeString(written)

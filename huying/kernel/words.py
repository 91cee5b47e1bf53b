"""Text as it is kept. No Django."""

import unicodedata

_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}
_KEPT = {"\n", "\t", "\u200d"}  # the joiner holds family and flag pictures together


def clean(text: str) -> str:
    """Text as kept: NFC, line ends as \\n, no NUL, control or zero-width characters, no outer white space."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = "".join(c for c in text if c in _KEPT or unicodedata.category(c) not in _INVISIBLE)
    return text.strip().strip("\u200d").strip()

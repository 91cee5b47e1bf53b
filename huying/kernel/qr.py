"""QR codes of our own addresses."""

import segno
from django.utils.safestring import SafeString, mark_safe


def qr(address: str) -> SafeString:
    """An address as a QR code (SVG)."""
    code = segno.make(address, error="m")
    # Made by ourselves from an address of ours; nothing in it comes from outside.
    return mark_safe(code.svg_inline(scale=4, border=2, omitsize=True))  # noqa: S308

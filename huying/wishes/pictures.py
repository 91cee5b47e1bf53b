"""Pictures that pages of wishes carry."""

import segno
from django.utils.safestring import SafeString, mark_safe


def qr_svg(address: str) -> SafeString:
    """The address as an inline SVG without a size of its own."""
    code = segno.make_qr(address, error="q")
    return mark_safe(code.svg_inline(border=2, omitsize=True, dark="#000", light="#fff"))  # noqa: S308 (our own SVG)

"""Secret links: an id with an unguessable signature. Nothing is stored, so nothing can leak from the database."""

import base64
import hashlib
import hmac

from django.conf import settings

_BYTES = 15  # 120 bits of HMAC-SHA256: 20 characters of base64url


def _mac(purpose: str, number: int) -> str:
    key = hashlib.sha256(b"huying.links:" + settings.SECRET_KEY.encode()).digest()
    digest = hmac.new(key, f"{purpose}:{number}".encode(), hashlib.sha256).digest()[:_BYTES]
    return base64.urlsafe_b64encode(digest).decode()


def make(purpose: str, number: int) -> str:
    """The secret name of a row: letters, digits, '-' and '_', such as '2n9c.X…'."""
    return f"{number:x}.{_mac(purpose, number)}"


def read(purpose: str, text: str) -> int | None:
    """The id behind a secret name, or None when it was not made by us for this purpose."""
    number, dot, mac = text.partition(".")
    if not dot or not (1 <= len(number) <= 15) or not all(c in "0123456789abcdef" for c in number):
        return None
    value = int(number, 16)
    return value if hmac.compare_digest(_mac(purpose, value).encode(), mac.encode()) else None

"""Events to another system: JSON by POST, signed so that it knows that they came from here."""

import hashlib
import hmac
import json
import time

from huying.notify.channels.base import Failed, post


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """Hex HMAC-SHA256 of '<timestamp>.<body>': what the other side computes anew and compares."""
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


class Webhook:
    """One address that takes events; ids and codes only, as the log holds them."""

    def __init__(self, url: str, secret: str):
        self.url, self.secret = url, secret

    def send(self, event: dict) -> None:
        """Send one event, or raise Failed. The same event may come twice; its `id` tells."""
        body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
        now = int(time.time())
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "X-Huying-Event": str(event["id"]),
            "X-Huying-Timestamp": str(now),
            "X-Huying-Signature": f"sha256={signature(self.secret, now, body)}",
        }
        status, _answer = post(self.url, body, headers)
        if not 200 <= status < 300:
            raise Failed(f"HTTP {status}", for_good=status == 410)

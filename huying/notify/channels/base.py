"""What all ways out share: what a service can answer, one HTTP request, and which service is set up."""

import http.client
import os
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import urlsplit

TIMEOUT = 10
LONGEST_ANSWER = 64 * 1024


class Failed(Exception):
    """A service did not take a message. `code` is its own word for why; `for_good` when trying again is of no use."""

    def __init__(self, code: str, *, for_good: bool = False):
        super().__init__(code)
        self.code = code[:80]
        self.for_good = for_good


class Sms(Protocol):
    """A service that sends text messages by template."""

    def send(self, phone: str, template: str, params: Mapping[str, str], *, reference: str) -> None:
        """Send one message, or raise Failed. `params` in the template's order; `reference` names it in their records."""


def post(url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
    """One POST without following redirects: (status, body). Failed when nothing comes back in time."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=TIMEOUT)
    try:
        connection.request(
            "POST", f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}", body, dict(headers)
        )
        answer = connection.getresponse()
        return answer.status, answer.read(LONGEST_ANSWER)
    except (OSError, http.client.HTTPException) as error:
        raise Failed(type(error).__name__) from error
    finally:
        connection.close()


def configured_sms(env: Mapping[str, str] = os.environ) -> Sms | None:
    """The text-message service of HUYING_SMS_PROVIDER ('aliyun' or 'tencent'), None when there is none.

    It takes HUYING_SMS_KEY_ID, _KEY_SECRET and _SIGN (the registered signature); Tencent also _APP_ID, and _REGION.
    _ENDPOINT replaces the service's address. ValueError names what is missing.
    """
    provider = env.get("HUYING_SMS_PROVIDER", "").strip().lower()
    if not provider:
        return None
    needed = ["KEY_ID", "KEY_SECRET", "SIGN", *(["APP_ID"] if provider == "tencent" else [])]
    missing = [f"HUYING_SMS_{name}" for name in needed if not env.get(f"HUYING_SMS_{name}")]
    if missing:
        raise ValueError(f"HUYING_SMS_PROVIDER is set to {provider}, so these are needed too: {', '.join(missing)}")
    key_id, secret, sign = (env[f"HUYING_SMS_{name}"] for name in ("KEY_ID", "KEY_SECRET", "SIGN"))
    endpoint = env.get("HUYING_SMS_ENDPOINT", "")
    if provider == "aliyun":
        from huying.notify.channels.aliyun import AliyunSms

        return AliyunSms(key_id, secret, sign, **({"endpoint": endpoint} if endpoint else {}))
    if provider == "tencent":
        from huying.notify.channels.tencent import TencentSms

        more = {"endpoint": endpoint} if endpoint else {}
        region = env.get("HUYING_SMS_REGION", "ap-guangzhou")
        return TencentSms(key_id, secret, sign, env["HUYING_SMS_APP_ID"], region=region, **more)
    raise ValueError(f"HUYING_SMS_PROVIDER is 'aliyun' or 'tencent', not {provider!r}")


def configured_webhook(env: Mapping[str, str] = os.environ):
    """The webhook of HUYING_WEBHOOK_URL, signed with HUYING_WEBHOOK_SECRET; None when there is none."""
    url = env.get("HUYING_WEBHOOK_URL", "").strip()
    if not url:
        return None
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise ValueError("HUYING_WEBHOOK_URL must be an http or https address")
    if not env.get("HUYING_WEBHOOK_SECRET"):
        raise ValueError("HUYING_WEBHOOK_URL is set, so HUYING_WEBHOOK_SECRET is needed too")
    from huying.notify.channels.webhook import Webhook

    return Webhook(url, env["HUYING_WEBHOOK_SECRET"])

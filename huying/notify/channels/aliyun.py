"""Text messages through Alibaba Cloud (Dysmsapi 2017-05-25, SendSms), signed by ACS3-HMAC-SHA256."""

import datetime as dt
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from huying.notify.channels.base import Failed, post

ALGORITHM = "ACS3-HMAC-SHA256"
# Refusals that no second attempt mends: a wrong number, a wrong template, an account that may not.
FOR_GOOD = (
    "isv.MOBILE_NUMBER_ILLEGAL",
    "isv.INVALID_PARAMETERS",
    "isv.SMS_TEMPLATE_ILLEGAL",
    "isv.SMS_SIGNATURE_ILLEGAL",
)


def canonical_query(params: Mapping[str, str]) -> str:
    """Parameters sorted and encoded as RFC 3986 wants: only letters, digits and -_.~ stay as they are."""
    return "&".join(f"{quote(name, safe='')}={quote(params[name], safe='')}" for name in sorted(params))


def authorization(key_id: str, secret: str, method: str, query: str, headers: Mapping[str, str], body_hash: str) -> str:
    """The Authorization header over the headers given (lower-case names), for the path '/'."""
    names = sorted(headers)
    signed = ";".join(names)
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in names)
    request = f"{method}\n/\n{query}\n{lines}\n{signed}\n{body_hash}"
    to_sign = f"{ALGORITHM}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    return f"{ALGORITHM} Credential={key_id},SignedHeaders={signed},Signature={signature}"


class AliyunSms:
    """Sends by a template whose variables are named."""

    def __init__(self, key_id: str, secret: str, sign: str, *, endpoint: str = "https://dysmsapi.aliyuncs.com"):
        self.key_id, self.secret, self.sign, self.endpoint = key_id, secret, sign, endpoint.rstrip("/")

    def send(self, phone: str, template: str, params: Mapping[str, str], *, reference: str) -> None:
        """Send one message, or raise Failed with Alibaba's code."""
        query = canonical_query(
            {
                "PhoneNumbers": phone,
                "SignName": self.sign,
                "TemplateCode": template,
                "TemplateParam": json.dumps(params, ensure_ascii=False, separators=(",", ":")),
                "OutId": reference,
            }
        )
        body_hash = hashlib.sha256(b"").hexdigest()
        headers = {
            "host": urlsplit(self.endpoint).netloc,
            "x-acs-action": "SendSms",
            "x-acs-version": "2017-05-25",
            "x-acs-date": dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": secrets.token_hex(16),
            "x-acs-content-sha256": body_hash,
        }
        headers["Authorization"] = authorization(self.key_id, self.secret, "POST", query, headers, body_hash)
        status, answer = post(f"{self.endpoint}/?{query}", b"", headers)
        try:
            code = str(json.loads(answer)["Code"])
        except (ValueError, KeyError, TypeError):
            raise Failed(f"HTTP {status}") from None
        if code != "OK":
            raise Failed(code, for_good=code in FOR_GOOD)

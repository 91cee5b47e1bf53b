"""Text messages through Tencent Cloud (SMS 2021-01-11, SendSms), signed by TC3-HMAC-SHA256."""

import datetime as dt
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from huying.notify.channels.base import Failed, post

ALGORITHM = "TC3-HMAC-SHA256"
CONTENT_TYPE = "application/json; charset=utf-8"
FOR_GOOD = (
    "FailedOperation.PhoneNumberInBlacklist",
    "FailedOperation.SignatureIncorrectOrUnapproved",
    "FailedOperation.TemplateIncorrectOrUnapproved",
    "InvalidParameterValue.IncorrectPhoneNumber",
)


def authorization(key_id: str, secret: str, service: str, host: str, payload: bytes, timestamp: int) -> str:
    """The Authorization header of a POST of JSON to '/', over content type and host."""
    day = dt.datetime.fromtimestamp(timestamp, dt.UTC).strftime("%Y-%m-%d")
    signed = "content-type;host"
    lines = f"content-type:{CONTENT_TYPE}\nhost:{host}\n"
    request = f"POST\n/\n\n{lines}\n{signed}\n{hashlib.sha256(payload).hexdigest()}"
    scope = f"{day}/{service}/tc3_request"
    to_sign = f"{ALGORITHM}\n{timestamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = f"TC3{secret}".encode()
    for part in (day, service, "tc3_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    return f"{ALGORITHM} Credential={key_id}/{scope}, SignedHeaders={signed}, Signature={signature}"


class TencentSms:
    """Sends by a template whose parameters stand in order."""

    def __init__(
        self,
        key_id: str,
        secret: str,
        sign: str,
        app_id: str,
        *,
        region: str = "ap-guangzhou",
        endpoint: str = "https://sms.tencentcloudapi.com",
    ):
        self.key_id, self.secret, self.sign, self.app_id = key_id, secret, sign, app_id
        self.region, self.endpoint = region, endpoint.rstrip("/")

    def send(self, phone: str, template: str, params: Mapping[str, str], *, reference: str) -> None:
        """Send one message, or raise Failed with Tencent's code."""
        payload = json.dumps(
            {
                "PhoneNumberSet": [f"+86{phone.removeprefix('0') if phone.startswith('0') else phone}"],
                "SmsSdkAppId": self.app_id,
                "SignName": self.sign,
                "TemplateId": template,
                "TemplateParamSet": list(params.values()),
                "SessionContext": reference,
            },
            ensure_ascii=False,
        ).encode()
        host, now = urlsplit(self.endpoint).netloc, int(time.time())
        headers = {
            "Authorization": authorization(self.key_id, self.secret, "sms", host, payload, now),
            "Content-Type": CONTENT_TYPE,
            "Host": host,
            "X-TC-Action": "SendSms",
            "X-TC-Version": "2021-01-11",
            "X-TC-Timestamp": str(now),
            "X-TC-Region": self.region,
        }
        status, answer = post(f"{self.endpoint}/", payload, headers)
        try:
            response = json.loads(answer)["Response"]
            code = response["Error"]["Code"] if "Error" in response else response["SendStatusSet"][0]["Code"]
        except (ValueError, KeyError, TypeError, IndexError):
            raise Failed(f"HTTP {status}") from None
        if code != "Ok":
            raise Failed(code, for_good=code in FOR_GOOD)

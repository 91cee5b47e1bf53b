"""Signatures against the published examples and against a second computation; requests against a service on loopback."""

import hashlib
import hmac
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from huying.notify.channels import Failed, aliyun, configured_sms, configured_webhook, tencent, webhook

SECRET = "test-secret"


def test_alibabas_published_example_signs_as_published():
    query = aliyun.canonical_query(
        {"RegionId": "cn-shanghai", "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"}
    )
    body_hash = hashlib.sha256(b"").hexdigest()
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-action": "RunInstances",
        "x-acs-version": "2014-05-26",
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-content-sha256": body_hash,
    }
    signed = aliyun.authorization("YourAccessKeyId", "YourAccessKeySecret", "POST", query, headers, body_hash)
    assert signed.endswith("Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0")


def test_tencents_published_example_signs_as_published():
    payload = rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'
    signed = tencent.authorization(
        "example", "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE", "cvm", "cvm.tencentcloudapi.com", payload, 1551113065
    )
    assert signed == (
        "TC3-HMAC-SHA256 Credential=example/2019-02-25/cvm/tc3_request, SignedHeaders=content-type;host, "
        "Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"
    )


def test_a_query_is_encoded_as_rfc_3986_wants():
    assert aliyun.canonical_query({"b": "a b*~/", "a": "中"}) == "a=%E4%B8%AD&b=a%20b%2A~%2F"


class Service:
    """A service on loopback that keeps what it was asked and answers what it is told to."""

    def __init__(self):
        self.requests, self.answers = [], []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                service.requests.append((self.path, dict(self.headers), body))
                status, answer = service.answers.pop(0) if service.answers else (200, b"{}")
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, body, status=200):
        self.answers.append((status, json.dumps(body).encode()))


@pytest.fixture
def service():
    made = Service()
    yield made
    made.server.shutdown()
    made.server.server_close()
    made.thread.join()


def test_alibaba_is_asked_as_its_rules_say(service):
    service.answer({"Code": "OK"})
    sms = aliyun.AliyunSms("key", SECRET, "呼应", endpoint=service.url)
    sms.send("13812345678", "SMS_1", {"number": "000012", "link": "https://h.cn/c/1.x/"}, reference="7")
    path, headers, body = service.requests[0]
    asked = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
    assert asked["PhoneNumbers"] == "13812345678" and asked["SignName"] == "呼应" and asked["OutId"] == "7"
    assert json.loads(asked["TemplateParam"]) == {"number": "000012", "link": "https://h.cn/c/1.x/"}
    # Signed anew from what arrived, by the rules of the specification and not by our code.
    lower = {name.lower(): value for name, value in headers.items()}
    names = re.search(r"SignedHeaders=([^,]+)", lower["authorization"])[1].split(";")
    assert "host" in names and all(n in names for n in lower if n.startswith("x-acs-"))
    lines = [f"{name}:{lower[name]}" for name in names]
    request = "\n".join(
        ["POST", "/", urlsplit(path).query, *lines, "", ";".join(names), hashlib.sha256(body).hexdigest()]
    )
    to_sign = "ACS3-HMAC-SHA256\n" + hashlib.sha256(request.encode()).hexdigest()
    expected = hmac.new(SECRET.encode(), to_sign.encode(), "sha256").hexdigest()
    assert lower["authorization"].endswith(f"Signature={expected}")
    assert unquote(path) != path and "+" not in urlsplit(path).query


def test_tencent_is_asked_as_its_rules_say(service):
    service.answer({"Response": {"SendStatusSet": [{"Code": "Ok"}], "RequestId": "x"}})
    sms = tencent.TencentSms("key", SECRET, "呼应", "1400000000", endpoint=service.url)
    sms.send("13812345678", "449739", {"number": "000012", "link": "https://h.cn/c/1.x/"}, reference="7")
    _path, headers, body = service.requests[0]
    asked = json.loads(body)
    assert asked["PhoneNumberSet"] == ["+8613812345678"]
    assert asked["TemplateParamSet"] == ["000012", "https://h.cn/c/1.x/"]
    assert headers["X-TC-Action"] == "SendSms" and headers["X-TC-Version"] == "2021-01-11"
    import datetime as dt

    stamp = int(headers["X-TC-Timestamp"])
    day = dt.datetime.fromtimestamp(stamp, dt.UTC).date().isoformat()
    canonical = [
        "POST",
        "/",
        "",
        f"content-type:{headers['Content-Type']}",
        f"host:{headers['Host']}",
        "",
        "content-type;host",
        hashlib.sha256(body).hexdigest(),
    ]
    scope = f"{day}/sms/tc3_request"
    to_sign = "\n".join(
        ["TC3-HMAC-SHA256", str(stamp), scope, hashlib.sha256("\n".join(canonical).encode()).hexdigest()]
    )

    def sign(key, text):
        return hmac.new(key, text.encode(), "sha256").digest()

    key = sign(sign(sign(b"TC3" + SECRET.encode(), day), "sms"), "tc3_request")
    assert headers["Authorization"].endswith(f"Signature={sign(key, to_sign).hex()}")
    assert f"Credential=key/{scope}" in headers["Authorization"]


@pytest.mark.parametrize(
    ("answer", "status", "code", "for_good"),
    [
        ({"Code": "isv.BUSINESS_LIMIT_CONTROL"}, 200, "isv.BUSINESS_LIMIT_CONTROL", False),
        ({"Code": "isv.MOBILE_NUMBER_ILLEGAL"}, 200, "isv.MOBILE_NUMBER_ILLEGAL", True),
        ("nonsense", 502, "HTTP 502", False),
        ([], 200, "HTTP 200", False),
    ],
)
def test_alibabas_refusals_say_whether_to_try_again(service, answer, status, code, for_good):
    service.answer(answer, status)
    with pytest.raises(Failed) as failed:
        aliyun.AliyunSms("k", SECRET, "s", endpoint=service.url).send("13812345678", "t", {}, reference="1")
    assert (failed.value.code, failed.value.for_good) == (code, for_good)


@pytest.mark.parametrize(
    ("answer", "code", "for_good"),
    [
        ({"Response": {"Error": {"Code": "AuthFailure.SignatureFailure"}}}, "AuthFailure.SignatureFailure", False),
        (
            {"Response": {"SendStatusSet": [{"Code": "FailedOperation.PhoneNumberInBlacklist"}]}},
            "FailedOperation.PhoneNumberInBlacklist",
            True,
        ),
        ({"Response": {}}, "HTTP 200", False),
    ],
)
def test_tencents_refusals_say_whether_to_try_again(service, answer, code, for_good):
    service.answer(answer)
    with pytest.raises(Failed) as failed:
        tencent.TencentSms("k", SECRET, "s", "1", endpoint=service.url).send("13812345678", "t", {}, reference="1")
    assert (failed.value.code, failed.value.for_good) == (code, for_good)


def test_a_service_that_is_not_there_is_tried_again():
    with pytest.raises(Failed) as failed:
        aliyun.AliyunSms("k", SECRET, "s", endpoint="http://127.0.0.1:9").send("13812345678", "t", {}, reference="1")
    assert not failed.value.for_good


def test_the_webhook_is_signed_over_time_and_body(service):
    webhook.Webhook(f"{service.url}/in?x=1", SECRET).send({"id": 5, "kind": "calls.raised", "facts": {}})
    path, headers, body = service.requests[0]
    expected = hmac.new(SECRET.encode(), headers["X-Huying-Timestamp"].encode() + b"." + body, "sha256").hexdigest()
    assert path == "/in?x=1" and headers["X-Huying-Signature"] == f"sha256={expected}"
    assert headers["X-Huying-Event"] == "5"
    service.answer({}, 500)
    with pytest.raises(Failed, match="HTTP 500"):
        webhook.Webhook(service.url, SECRET).send({"id": 6})


def test_nothing_is_sent_unless_it_is_set_up():
    assert configured_sms({}) is None and configured_webhook({}) is None


ALL = {"HUYING_SMS_KEY_ID": "a", "HUYING_SMS_KEY_SECRET": "b", "HUYING_SMS_SIGN": "c"}


@pytest.mark.parametrize(
    ("env", "missing"),
    [
        ({"HUYING_SMS_PROVIDER": "aliyun"}, "HUYING_SMS_KEY_ID, HUYING_SMS_KEY_SECRET, HUYING_SMS_SIGN"),
        ({"HUYING_SMS_PROVIDER": "tencent", **ALL}, "HUYING_SMS_APP_ID"),
        ({"HUYING_SMS_PROVIDER": "pigeon", **ALL}, "'pigeon'"),
    ],
)
def test_half_a_set_up_is_refused_in_words(env, missing):
    with pytest.raises(ValueError, match=missing):
        configured_sms(env)


def test_a_whole_set_up_is_taken():
    assert isinstance(configured_sms({"HUYING_SMS_PROVIDER": "aliyun", **ALL}), aliyun.AliyunSms)
    made = configured_sms({"HUYING_SMS_PROVIDER": "Tencent", "HUYING_SMS_APP_ID": "1", **ALL})
    assert isinstance(made, tencent.TencentSms)
    with pytest.raises(ValueError, match="SECRET"):
        configured_webhook({"HUYING_WEBHOOK_URL": "https://x.cn"})
    with pytest.raises(ValueError, match="http"):
        configured_webhook({"HUYING_WEBHOOK_URL": "ftp://x.cn", "HUYING_WEBHOOK_SECRET": "s"})

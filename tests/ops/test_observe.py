"""What the system tells about itself: whether it is well, its figures, and logs that give nobody away."""

import json
import logging

import pytest
from django.db import DatabaseError
from django.test import RequestFactory

from huying.kernel import heartbeat
from huying.site import logs, observe
from huying.site.config import secret


def test_health_is_200_while_the_database_answers(client, db):
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json()["ok"] is True


def test_health_is_503_when_it_does_not(client, monkeypatch):
    class Gone:
        def cursor(self):
            raise DatabaseError("gone")

    monkeypatch.setattr(observe, "connection", Gone())
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json() == {"ok": False, "database": "unreachable"}


def test_figures_are_read_from_this_machine(client, db):
    heartbeat.beat("worker")
    answer = client.get("/metrics")
    assert answer.status_code == 200
    text = answer.content.decode()
    for name in observe.DatabaseCollector.QUERIES:
        assert f"# TYPE {name} gauge" in text
    assert 'huying_silence_seconds{part="worker"}' in text


@pytest.mark.parametrize(
    "more",
    [
        {"REMOTE_ADDR": "203.0.113.9"},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_AUTHORIZATION": "Bearer wrong"},
        {"REMOTE_ADDR": "not an address"},
    ],
)
def test_figures_are_kept_from_others(client, db, more):
    assert client.get("/metrics", **more).status_code == 403


def test_figures_are_given_to_who_holds_the_token(client, db):
    token = secret("metrics_token")
    answer = client.get("/metrics", REMOTE_ADDR="203.0.113.9", HTTP_AUTHORIZATION=f"Bearer {token}")
    assert answer.status_code == 200


def test_requests_are_counted_by_route_not_by_address(client, db):
    client.get("/no/such/page/secret-token")
    text = client.get("/metrics").content.decode()
    assert "secret-token" not in text
    assert 'route="(no page)",status="404"' in text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("call 13912345678 now", "call 1********** now"),
        ("+86 139-1234-5678", "1**********"),
        ("GET /search/?q=张三&x=1 done", "GET /search/?… done"),
        ("event 20261124123456789 stays", "event 20261124123456789 stays"),
        ("really? yes", "really? yes"),
    ],
)
def test_phones_and_queries_are_masked(text, shown):
    assert logs.mask(text) == shown


def lines_of(capsys, monkeypatch, write):
    """What a piece of code logs, as JSON."""
    monkeypatch.setenv("HUYING_LOG", "json")
    before = logging.root.handlers[:]
    logging.config.dictConfig(logs.dictconfig())
    try:
        write()
    finally:
        logging.root.handlers[:] = before
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_failing_request_is_logged_by_its_route(capsys, monkeypatch):
    request = RequestFactory().get("/follow/very-secret-link/?phone=13912345678")

    def write():
        logging.getLogger("django.request").error(
            "Internal Server Error: %s", request.path, extra={"request": request, "status_code": 500}
        )

    (line,) = lines_of(capsys, monkeypatch, write)
    assert line["event"] == "GET (no page) 500"
    assert "secret" not in json.dumps(line)
    assert "139" not in json.dumps(line)


def test_a_traceback_is_masked_too(capsys, monkeypatch):
    def write():
        try:
            raise ValueError("bad phone 13912345678")
        except ValueError:
            logging.getLogger("huying.test").exception("it failed")

    (line,) = lines_of(capsys, monkeypatch, write)
    assert "13912345678" not in line["exception"]
    assert "ValueError" in line["exception"]


def test_each_request_is_one_line_with_route_status_and_time(client, db, capsys, monkeypatch):
    lines = lines_of(capsys, monkeypatch, lambda: client.get("/accounts/login/?next=/today/"))
    (line,) = [line for line in lines if line["logger"] == "huying.web"]
    assert (line["event"], line["route"], line["status"]) == ("GET", "/accounts/login/", 200)
    assert line["ms"] > 0
    assert "next" not in json.dumps(line)

"""The address behind the link of a message, and the fast door in front of it: the same rules, words and headers."""

import asyncio
import json
import threading

import pytest
from django.db import connection
from django.test import Client

from huying.callouts.models import Signup
from huying.callouts.tests.scene import a_callout, a_shift, asked, crowd
from huying.site import rush
from huying.site.rush import Door

JSON = {"Accept": "application/json"}


async def behind(scope, receive, send):
    """Django behind the door, as far as these tests go: it says that it was asked."""
    message = await receive()
    assert message["type"] == "http.request"
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": b"behind"})


def knock(door, path, *, headers=(), body=b"", method="POST"):
    """One request at the door: (status, headers, body)."""
    return asyncio.run(_knock(door, path, headers, body, method))


async def _knock(door, path, headers, body, method):
    said = []

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        said.append(message)

    given = {"host": "testserver", "content-length": str(len(body)), **dict(headers)}
    scope = {
        "type": "http", "method": method, "path": path, "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in given.items()],
    }  # fmt: skip
    await door(scope, receive, send)
    return said[0]["status"], dict(said[0]["headers"]), said[1]["body"]


@pytest.fixture
def door(transactional_db):
    """The door with Django behind it; its thread gives its connection back at the end."""
    made = Door(behind)
    yield made
    made._crowd._thread.submit(lambda: connection.close()).result()
    made._crowd._thread.shutdown()


def address(one, shift) -> str:
    return f"/o/{one.secret}/shift/{shift.pk}/"


def test_the_page_and_the_door_say_the_same(door, stage):
    callout = a_callout(stage)
    shift = a_shift(callout, capacity=1)
    first, second, third = (asked(callout, one) for one in crowd(stage, 3))
    client = Client()
    by_page = client.post(address(first, shift), headers=JSON)
    assert (by_page.status_code, by_page.json()["code"]) == (200, "confirmed")
    status, headers, body = knock(door, address(first, shift), headers=JSON)
    again = client.post(address(first, shift), headers=JSON)
    assert (status, json.loads(body)) == (again.status_code, again.json())
    assert json.loads(body)["code"] == "already"
    for name, value in again.headers.items():
        if name not in ("Vary", "Content-Language"):
            assert headers[name.lower().encode()] == value.encode(), name
    waiting = knock(door, address(second, shift), headers=JSON)
    assert json.loads(waiting[2])["position"] == 1
    english = knock(door, address(third, shift), headers={**JSON, "Accept-Language": "en"})
    assert "waiting list" in json.loads(english[2])["words"]
    assert (
        client.post(address(third, shift), headers={**JSON, "Accept-Language": "en"}).json()["words"]
        == json.loads(english[2])["words"]
    )


def test_a_form_is_led_on_and_a_refusal_gets_its_page(door, stage):
    callout = a_callout(stage)
    shift, beside = a_shift(callout), a_shift(callout, "搬水")
    one = asked(callout, crowd(stage, 1)[0])
    form = {"Accept": "text/html", "Content-Type": "application/x-www-form-urlencoded"}
    status, headers, _body = knock(door, address(one, shift), headers=form, body=b"key=abc")
    assert (status, headers[b"location"].decode()) == (303, f"/o/{one.secret}/#shift-{shift.pk}")
    led = Client().post(address(one, shift), headers=form)
    assert (led.status_code, led["Location"]) == (303, f"/o/{one.secret}/#shift-{shift.pk}")
    assert knock(door, address(one, beside), headers=form, body=b"key=abc")[0] == 299
    refused = Client().post(address(one, beside), headers=form)
    assert refused.status_code == 409
    assert "这段时间您已经有别的岗位" in refused.content.decode()
    status, _headers, body = knock(door, address(one, beside), headers=JSON)
    assert (status, json.loads(body)["code"]) == (409, "overlap")


def test_what_is_unusual_goes_to_django(door, stage):
    callout = a_callout(stage)
    shift = a_shift(callout)
    one = asked(callout, crowd(stage, 1)[0])
    usual = address(one, shift)
    for path, more in (
        (usual.replace(one.secret, one.secret[:-1] + ("A" if one.secret[-1] != "A" else "B")), {}),
        (f"/o/{one.secret}/", {}),
        (usual, {"method": "GET"}),
        (usual, {"headers": {"content-length": "9999"}}),
        (usual, {"headers": {"host": "elsewhere.example"}}),
        (usual, {"headers": {"transfer-encoding": "chunked"}}),
    ):
        assert knock(door, path, **more)[0] == 299, (path, more)
    assert not Signup.objects.exists()
    status, _headers, body = knock(door, f"/o/{one.secret}/shift/{shift.pk + 999}/", headers=JSON)
    assert (status, json.loads(body)["code"]) == (404, "gone")
    assert Client().post("/o/1.madeupmadeupmadeup12/shift/1/").status_code == 404
    assert Client().post(f"/o/{one.secret}/shift/{shift.pk + 999}/").status_code == 404


def test_those_who_come_together_are_written_together(door, stage):
    callout = a_callout(stage)
    shift = a_shift(callout, capacity=5)
    links = [asked(callout, one) for one in crowd(stage, 40)]
    sizes = []
    inner = door._crowd._write
    door._crowd._write = lambda items: sizes.append(len(items)) or inner(items)

    async def all_at_once():
        return await asyncio.gather(*(_knock(door, address(one, shift), JSON, b"", "POST") for one in links))

    found = [json.loads(body) for _status, _headers, body in asyncio.run(all_at_once())]
    assert [one["code"] for one in found] == ["confirmed"] * 5 + ["waiting"] * 35
    assert [one["position"] for one in found[5:]] == list(range(1, 36))
    assert len(sizes) <= 3


def test_too_many_are_asked_to_come_again(door, stage, monkeypatch):
    callout = a_callout(stage)
    shift = a_shift(callout)
    links = [asked(callout, one) for one in crowd(stage, 6)]
    monkeypatch.setattr(rush, "MOST_WAITING", 3)
    go = threading.Event()
    inner = door._crowd._write
    door._crowd._write = lambda items: go.wait(20) and inner(items)

    async def run():
        held = asyncio.ensure_future(_knock(door, address(links[0], shift), JSON, b"", "POST"))
        await asyncio.sleep(0.1)
        rest = [asyncio.ensure_future(_knock(door, address(one, shift), JSON, b"", "POST")) for one in links[1:]]
        await asyncio.sleep(0.1)
        go.set()
        return await asyncio.gather(held, *rest)

    found = asyncio.run(run())
    assert [status for status, _headers, _body in found] == [200, 200, 200, 200, 503, 503]
    assert found[-1][1][b"retry-after"] == b"2"
    assert Signup.objects.count() == 4

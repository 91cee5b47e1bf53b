"""Killed in the middle of 200 intakes: none that was answered 'received' is lost, and none is there twice."""

import http.client
import json
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.ops.test_up import the
from tests.running import System

pytestmark = pytest.mark.slow

CALLS, CLIENTS, PATIENCE = 200, 8, 120
PREPARE = """
from tests.cast import build_stage
from huying.people.tokens import create_token
stage = build_stage()
print(create_token(stage.persons["gao"], ["calls:write", "calls:read"], "crash"), stage.place("entrance").pk)
"""
COUNT = """
import json
from huying.calls.models import Call
from huying.kernel.models import Event
print(json.dumps({
    "ids": list(Call.objects.values_list("pk", flat=True)),
    "texts": list(Call.objects.values_list("text", flat=True)),
    "raised": list(Event.objects.filter(kind="calls.raised").values_list("subject_id", flat=True)),
}))
"""


class Client:
    """Sends each intake until it is answered 'received', always under the same key, as a phone would."""

    def __init__(self, system: System, token: str, place: str):
        self.system, self.place = system, place
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.received: dict[int, int] = {}
        self.failures = 0
        self.changed = threading.Condition()

    def send(self, number: int) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                status, body = self._once(number)
            except (OSError, http.client.HTTPException):
                status, body = 0, {}
            if status in (200, 201):
                with self.changed:
                    self.received[number] = body["id"]
                    self.changed.notify_all()
                return
            assert status in (0, 429, 500, 502, 503), (status, body)
            self.failures += 1
            time.sleep(0.2)
        raise AssertionError(f"intake {number} was never answered")

    def _once(self, number: int) -> tuple[int, dict]:
        connection = http.client.HTTPConnection("127.0.0.1", self.system.port, timeout=15)
        try:
            body = json.dumps({"place": self.place, "text": f"第 {number} 件:楼道灯不亮"})
            connection.request("POST", "/api/v1/calls", body, {**self.headers, "Idempotency-Key": f"crash-{number:04}"})
            answer = connection.getresponse()
            content = answer.read()
            return answer.status, json.loads(content) if answer.status in (200, 201) else {}
        finally:
            connection.close()

    def wait_for(self, count: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.received) >= count, PATIENCE)


def test_nothing_received_is_lost_and_nothing_is_doubled(own_huying):
    own_huying.start()
    token, place = own_huying.python(PREPARE).split()
    client = Client(own_huying, token, place)
    with ThreadPoolExecutor(CLIENTS) as pool:
        sent = [pool.submit(client.send, number) for number in range(CALLS)]
        for count, victim in ((30, "huying serve"), (80, "bin/postgres"), (130, "huying work"), (160, "bin/postgres")):
            client.wait_for(count)
            os.kill(the(own_huying, victim), signal.SIGKILL)
        for each in sent:
            each.result()
    assert client.failures > 0, "nobody noticed the kills: they came too late to show anything"
    own_huying.wait(60)
    found = json.loads(own_huying.python(COUNT))
    assert sorted(found["ids"]) == sorted(client.received.values())
    assert len(set(found["texts"])) == len(found["texts"]) == CALLS
    assert sorted(found["raised"]) == sorted(found["ids"])
    assert own_huying.run("audit", "verify").returncode == 0

"""Killed in the middle of a rush: every sign-up that was answered is there as it was told, and none is there twice."""

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

PEOPLE, POSTS, PLACES, CLIENTS, PATIENCE = 400, 10, 15, 12, 120
PREPARE = f"""
import json
from tests.cast import build_stage
from huying.callouts.tests.scene import a_callout, a_shift, asked, crowd
stage = build_stage()
callout = a_callout(stage)
posts = [a_shift(callout, str(n), capacity={PLACES}).pk for n in range({POSTS})]
print(json.dumps({{"posts": posts, "secrets": [asked(callout, one).secret for one in crowd(stage, {PEOPLE})]}}))
"""
COUNT = """
import json
from huying.callouts.models import Shift, Signup
from huying.callouts.models import Asked
by_person = dict(Asked.objects.values_list("person_id", "pk"))
print(json.dumps({
    "signups": [[by_person[s.person_id], s.shift_id, s.state] for s in Signup.objects.all()],
    "taken": dict(Shift.objects.values_list("pk", "taken")),
}))
"""


class Crowd:
    """Everybody answers the message until they are told something, as a phone would."""

    def __init__(self, system: System, posts: list[int], secrets: list[str]):
        self.system, self.posts, self.secrets = system, posts, secrets
        self.told: dict[int, tuple[int, str]] = {}
        self.failures = 0
        self.changed = threading.Condition()

    def send(self, number: int) -> None:
        post, secret = self.posts[number % len(self.posts)], self.secrets[number]
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                status, answer = self._once(f"/o/{secret}/shift/{post}/")
            except (OSError, http.client.HTTPException):
                status, answer = 0, {}
            if status == 200:
                with self.changed:
                    self.told[int(secret.partition(".")[0], 16)] = (post, answer["state"])
                    self.changed.notify_all()
                return
            assert status in (0, 500, 502, 503), (status, answer)
            self.failures += 1
            time.sleep(0.2)
        raise AssertionError(f"{number} was never answered")

    def _once(self, path: str) -> tuple[int, dict]:
        connection = http.client.HTTPConnection("127.0.0.1", self.system.port, timeout=15)
        try:
            connection.request("POST", path, "", {"Accept": "application/json"})
            answer = connection.getresponse()
            content = answer.read()
            return answer.status, json.loads(content) if answer.status == 200 else {}
        finally:
            connection.close()

    def wait_for(self, count: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.told) >= count, PATIENCE)


def test_every_answered_sign_up_is_there_and_none_is_doubled(own_huying):
    own_huying.start()
    crowd = Crowd(own_huying, **json.loads(own_huying.python(PREPARE)))
    with ThreadPoolExecutor(CLIENTS) as pool:
        sent = [pool.submit(crowd.send, number) for number in range(PEOPLE)]
        for count, victim in ((60, "huying serve"), (180, "bin/postgres"), (280, "huying serve")):
            crowd.wait_for(count)
            os.kill(the(own_huying, victim), signal.SIGKILL)
        for each in sent:
            each.result()
    assert crowd.failures > 0, "nobody noticed the kills: they came too late to show anything"
    own_huying.wait(60)
    found = json.loads(own_huying.python(COUNT))
    assert len(found["signups"]) == len(crowd.told) == PEOPLE
    assert {asked: (post, state) for asked, post, state in found["signups"]} == crowd.told
    assert set(found["taken"].values()) == {PLACES}
    assert sum(state == "confirmed" for _asked, _post, state in found["signups"]) == PLACES * POSTS

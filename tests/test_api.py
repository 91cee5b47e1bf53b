"""The JSON API through HTTP, and schemathesis over its own description."""

import json
import secrets

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from huying.calls.models import Call
from huying.people.models import Token
from huying.people.tokens import create_token, revoke_token, token_of

URL = "/api/v1/calls"
load_all_checks()
# A body that the description allows may still be refused for what it says: an unknown place, a step out of turn.
# An unknown query parameter is ignored, as the web does, and the token that is left out is put in again here.
_NOT = ("positive_data_acceptance", "negative_data_rejection", "ignored_auth", "missing_required_header")
NOT_OURS = [check for check in CHECKS.get_all() if check.__name__ in _NOT]


@pytest.fixture
def api(client, stage):
    """A caller of the API: `api('gao', 'get', path, body…)`; tokens are made as needed."""
    tokens = {}

    def call(who, method, path, body=None, key="", scopes=("calls:read", "calls:write", "calls:act"), **headers):
        if who and (who, scopes) not in tokens:
            tokens[who, scopes] = create_token(stage.persons[who], list(scopes), "test")
        if who:
            headers["Authorization"] = f"Bearer {tokens[who, scopes]}"
        if method == "post":
            headers["Idempotency-Key"] = key or secrets.token_hex(8)
        more = {"data": json.dumps(body), "content_type": "application/json"} if body is not None else {}
        return getattr(client, method)(path, headers=headers, **more)

    return call


def raised(api, stage, **more):
    body = {"place": stage.place("bare_building").tag, "text": "楼道灯不亮", **more}
    return api("gao", "post", URL, body).json()


def test_a_call_goes_its_whole_way(api, stage):
    made = raised(api, stage, phone="13812345678", name="吴秀英")
    assert "13812345678" not in json.dumps(made) and "吴秀英" not in json.dumps(made, ensure_ascii=False)
    at = f"{URL}/{made['id']}"
    assert "accept" in made["steps"]
    taken = api("gao", "post", f"{at}/steps/accept", {"category": "lighting", "version": made["version"]}).json()
    assert taken["state"] == "accepted" and taken["due_at"]
    assert api("gao", "post", f"{at}/steps/resolve", {"outcome": "换了灯泡"}).json()["state"] == "resolved"
    secret = made["follow"].rstrip("/").rpartition("/")[2]
    mine = api(None, "get", f"/api/v1/follow/{secret}").json()
    assert mine["outcome"] == "换了灯泡" and "confirm" in mine["steps"]
    done = api(None, "post", f"/api/v1/follow/{secret}/steps/confirm", {"rating": "satisfied"})
    assert done.json()["state"] == "confirmed"
    kinds = [event["kind"] for event in api("gao", "get", f"{at}/events").json()]
    assert kinds == ["calls.raised", "calls.accepted", "calls.resolved", "calls.confirmed"]


def test_the_same_key_is_the_same_call(api, stage):
    body = {"place": stage.place("building").tag, "text": "灯不亮"}
    first = api("gao", "post", URL, body, key="same-key-1")
    again = api("gao", "post", URL, body, key="same-key-1")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"] and Call.objects.count() == 1
    other = api("gao", "post", URL, {**body, "text": "水管漏了"}, key="same-key-1")
    assert other.status_code == 422 and other.json()["code"] == "key_used"


def test_a_step_sent_twice_is_taken_once(api, stage):
    made = raised(api, stage)
    path = f"{URL}/{made['id']}/steps/note"
    for _ in range(2):
        assert api("gao", "post", path, {"text": "先看看"}, key="note-key-1").status_code == 200
    assert Call.objects.get(pk=made["id"]).entries.count() == 1


def test_a_stale_version_is_told_what_happened(api, stage):
    made = raised(api, stage)
    api("gao", "post", f"{URL}/{made['id']}/steps/note", {"text": "先看看"})
    answer = api(
        "gao", "post", f"{URL}/{made['id']}/steps/accept", {"category": "lighting", "version": made["version"]}
    )
    assert answer.status_code == 409 and answer.json()["events"] == ["calls.noted"]
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("who", "scopes", "status"),
    [(None, (), 401), ("zhao", ("calls:read",), 404), ("gao", ("calls:write",), 403), ("gao", ("calls:read",), 200)],
)
def test_who_may_read_a_call(api, stage, who, scopes, status):
    made = raised(api, stage)
    assert api(who, "get", f"{URL}/{made['id']}", scopes=scopes).status_code == status


def test_pages_follow_each_other_without_a_gap(api, stage):
    ids = [raised(api, stage)["id"] for _ in range(7)]
    seen, cursor = [], ""
    while True:
        page = api("gao", "get", f"{URL}?limit=3&cursor={cursor}").json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == sorted(ids, reverse=True)


def test_a_token_ends_when_it_is_revoked_and_when_its_person_leaves(stage):
    text = create_token(stage.persons["gao"], ["calls:read"], "test")
    assert token_of(text) is not None
    revoke_token(Token.objects.get(), by=stage.actor("operator"))
    assert token_of(text) is None
    text = create_token(stage.persons["gao"], ["calls:read"], "test")
    stage.persons["gao"].is_active = False
    stage.persons["gao"].save()
    assert token_of(text) is None


def test_the_text_of_a_token_is_not_in_the_database(stage):
    text = create_token(stage.persons["gao"], ["calls:read"], "test")
    assert text.removeprefix("hy_").encode() not in bytes(Token.objects.get().digest)


@pytest.mark.parametrize(
    "body",
    [
        b"{", b"[]", b'"x"', b"\xff\xfe", b'{"place": "x", "text": "x", "more": 1}', b'{"place": 1, "text": {}}',
        '{"place": "x", "text": "灯"}'.encode(), b'{"text": "x"}',
    ],
)  # fmt: skip
def test_a_body_that_does_not_fit_gets_a_problem(client, stage, body):
    token = create_token(stage.persons["gao"], ["calls:write"], "test")
    answer = client.post(
        URL,
        data=body,
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "k" * 12},
    )
    assert answer.status_code in (400, 422) and answer["Content-Type"] == "application/problem+json"
    assert Call.objects.count() == 0


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_schemathesis_finds_nothing():
    from tests.cast import build_stage

    token = create_token(build_stage().persons["gao"], ["calls:read", "calls:write", "calls:act"], "schemathesis")
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    assert schema.raw_schema["openapi"].startswith("3.1")
    tried = {operation.ok().label: examine(operation.ok(), token) for operation in schema.get_all_operations()}
    assert len(tried) == 8 and all(number >= 15 for number in tried.values()), tried


def examine(operation, token: str) -> int:
    """Call one operation with what its description allows and with what it does not; returns how often."""
    tried = 0
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=15, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
        )
        def send(case):
            nonlocal tried
            tried += 1
            # The client in the test cannot unpack what it says that it takes.
            headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}
            case.validate_response(case.call(headers=headers), headers=headers, excluded_checks=NOT_OURS)

        try:
            send()
        except Unsatisfiable:
            # Nothing that one could get wrong: a path that takes any text.
            assert mode is GenerationMode.NEGATIVE
    return tried

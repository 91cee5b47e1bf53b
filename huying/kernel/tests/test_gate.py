"""The gate: nothing is open by oversight, and every refusal has its words and its number."""

import asyncio
import functools
import json

import pytest
from django.http import HttpResponse
from django.test import RequestFactory, override_settings
from django.urls import include, path
from django.views import View
from ninja import NinjaAPI

from huying.kernel import gate
from huying.kernel.errors import BadInput, Forbidden, StalePage, StepRefused, TooMany
from huying.kernel.gate import allow, anyone, every_view_states_its_rule, holding, logged_in, unguarded
from huying.kernel.scopes import ANONYMOUS, link_holder
from huying.kernel.tests.toy import KEEPER


def bare(request):
    return HttpResponse("in")


@allow(anyone)
def open_to_all(request):
    return HttpResponse("in")


class BareClass(View):
    pass


urlpatterns = [path("a/", bare), path("b/", open_to_all), path("c/", include([path("d/", BareClass.as_view())]))]


@override_settings(ROOT_URLCONF=__name__)
def test_a_view_without_a_rule_does_not_start():
    errors = every_view_states_its_rule()
    assert [error.id for error in errors] == ["kernel.E001"] * 2
    assert errors[0].msg.startswith("a/: huying.kernel.tests.test_gate.bare states no rule")
    assert errors[1].msg.startswith("c/d/: huying.kernel.tests.test_gate.BareClass")


def test_every_view_of_the_whole_system_states_its_rule():
    assert every_view_states_its_rule() == []


def test_a_partial_of_a_guarded_view_is_guarded_and_of_a_bare_one_is_not():
    assert not list(unguarded(functools.partial(open_to_all)))
    assert list(unguarded(functools.partial(bare)))


def test_a_trusted_package_is_not_a_prefix_of_another(monkeypatch):
    monkeypatch.setattr(gate, "TRUSTED_MODULES", {"shop"})
    assert gate._trusted("shop") and gate._trusted("shop.views")
    assert not gate._trusted("shopping.views")


def test_an_operation_of_the_api_needs_auth_or_a_rule():
    api = NinjaAPI(urls_namespace="gate-test")

    def token(request):
        return True

    @api.get("/closed", auth=token)
    def closed(request):
        return {}

    @api.get("/open")
    @allow(anyone)
    def opened(request):
        return {}

    @api.get("/forgotten")
    def forgotten(request):
        return {}

    names = [name for pattern in api.urls[0] for name in unguarded(pattern.callback)]
    assert names == [f"{__name__}.forgotten"]


@pytest.fixture
def ask():
    def ask(view, actor, **kwargs):
        request = RequestFactory().get("/page/", **kwargs)
        request.actor = actor
        request.htmx = "HTTP_HX_REQUEST" in kwargs
        return view(request)

    return ask


@pytest.mark.parametrize(
    ("rule", "lets_in"),
    [
        (anyone, {"anonymous", "link", "person"}),
        (logged_in, {"person"}),
        (holding("keeper"), {"person"}),
        (holding("owner", "king"), set()),
    ],
)
def test_a_rule_lets_in_whom_it_says(ask, rule, lets_in):
    view = allow(rule)(bare)
    for actor in (ANONYMOUS, link_holder("toy", 1), KEEPER):
        try:
            entered = ask(view, actor).content == b"in"
        except Forbidden:
            entered = False
        assert entered == (actor.kind in lets_in), actor


def test_a_stranger_is_sent_to_log_in_and_a_known_person_is_refused(ask):
    view = allow(holding("king"))(bare)
    response = ask(view, ANONYMOUS)
    assert (response.status_code, response.url) == (302, "/accounts/login/?next=/page/")
    with pytest.raises(Forbidden):
        ask(view, KEEPER)
    with pytest.raises(Forbidden):  # a fragment cannot show the log-in page
        ask(view, ANONYMOUS, HTTP_HX_REQUEST="true")


def test_an_asynchronous_view_is_guarded_too(ask):
    @allow(logged_in)
    async def live(request):
        return HttpResponse("in")

    assert asyncio.run(ask(live, KEEPER)).content == b"in"
    assert asyncio.run(ask(live, ANONYMOUS)).status_code == 302


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (StepRefused("不行"), 409),
        (StalePage("变了", events=["toys.sold"]), 409),
        (Forbidden("不行"), 403),
        (BadInput("不对", fields={"price": "要填数字"}), 422),
        (TooMany("太多", retry_after=7), 429),
    ],
)
def test_a_refusal_becomes_a_page_or_a_problem_with_its_number(rf, refusal, status):
    handle = gate.refusals(bare).process_exception
    request = rf.get("/page/", HTTP_ACCEPT="application/json")
    response = handle(request, refusal)
    body = json.loads(response.content)
    assert (response.status_code, body["status"], body["title"]) == (status, status, refusal.reason)
    assert response["Content-Type"] == "application/problem+json"
    assert body.get("fields") == (getattr(refusal, "fields", None) or None)
    assert body.get("events") == (getattr(refusal, "events", None) or None)
    assert response.get("Retry-After") == ("7" if status == 429 else None)
    assert handle(request, ValueError("a fault of ours is not dressed up")) is None


@pytest.mark.django_db
@pytest.mark.parametrize("refusal", [Forbidden, StepRefused, BadInput, TooMany])
def test_every_refusal_has_its_page(rf, refusal):
    request = rf.get("/x/")
    request.actor, request.session, request.user = ANONYMOUS, {}, None
    response = gate.refusals(bare).process_exception(request, refusal("这一步现在不行"))
    assert response.status_code == refusal.status
    assert "这一步现在不行" in response.content.decode()

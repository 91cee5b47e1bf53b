"""A passkey from end to end: added in a real browser with a virtual authenticator, then used to come in without a password."""

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.db import connections
from django.urls import reverse

from huying.people.tests.cast import make_cast
from scripts import chromium

PASSWORD = "huying-test-2026"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture
def page(monkeypatch):
    """A browser page that has a fingerprint reader, and that fails the test when a script or style is refused."""
    playwright = pytest.importorskip("playwright.sync_api")
    # Playwright runs an event loop in this thread, in which Django would refuse to ask the database.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    program = chromium.find()
    if not program:
        pytest.skip("no Chromium is installed")
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=program, args=FLAGS)
        page = browser.new_page(locale="zh-CN")
        refused = []
        page.on("console", lambda m: refused.append(m.text) if "Content Security Policy" in m.text else None)
        page.on("pageerror", lambda error: refused.append(str(error)))
        devtools = page.context.new_cdp_session(page)
        devtools.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        yield page
        browser.close()
        # While that loop runs, Django gives this thread connections of another kind; nobody else would close them.
        connections.close_all()
    assert refused == []


@pytest.mark.journey
@pytest.mark.django_db(transaction=True)
def test_a_passkey_is_added_and_then_opens_the_door_alone(page, live_server):
    cache.clear()
    cast = make_cast(PASSWORD)

    def go(name, query=""):
        page.goto(live_server.url + reverse(name) + query)

    go("account_login", "?next=/accounts/me/")
    page.fill("[name=login]", "gao")
    page.fill("[name=password]", PASSWORD)
    page.click("form[action='/accounts/login/'] button[type=submit]")
    page.wait_for_url(f"{live_server.url}/accounts/me/")
    go("mfa_add_webauthn")
    page.check("[name=passwordless]")
    page.fill("[name=name]", "我的手机")
    page.click("#mfa_webauthn_add")
    page.wait_for_url(lambda url: "webauthn/add" not in url)
    assert Authenticator.objects.filter(user=cast.gao, type="webauthn").count() == 1
    go("mfa_list_webauthn")
    assert "我的手机" in page.inner_text("main") and "可以单独登录" in page.inner_text("main")
    page.context.clear_cookies()
    go("account_login", "?next=/accounts/me/")
    page.click("#passkey_login")
    page.wait_for_url(f"{live_server.url}/accounts/me/")
    assert "高社工" in page.inner_text("main")


@pytest.mark.journey
@pytest.mark.django_db(transaction=True)
def test_a_passkey_that_does_not_work_says_so_in_words(page, live_server):
    page.goto(live_server.url + reverse("account_login"))
    page.evaluate("() => { navigator.credentials.get = async () => { throw new DOMException('', 'NotAllowedError') } }")
    page.click("#passkey_login")
    page.wait_for_selector("[data-module=passkey]:not([hidden])")
    assert "没有用上通行密钥" in page.inner_text("[data-module=passkey]")

"""A passkey from end to end: added in a real browser with a virtual authenticator, then used to come in without a password."""

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.urls import reverse

from huying.people.tests.cast import make_cast

PASSWORD = "huying-test-2026"


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

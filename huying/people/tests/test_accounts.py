"""Logging in for real: password, app code, recovery code, log-out everywhere, throttling, single sign-on set up."""

import base64
import hashlib
import hmac
import re
import struct
import time

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.urls import reverse

from huying.kernel import policy
from huying.people.actions import leave, log_out_everywhere, reset_login
from huying.people.tests.cast import make_cast
from huying.site.config import oidc_origins, oidc_providers

PASSWORD = "huying-test-2026"


@pytest.fixture
def cast(db):
    cache.clear()
    return make_cast(PASSWORD)


def app_code(secret: str, at: float | None = None) -> str:
    """The six digits that an authenticator app shows (RFC 6238), computed here and not by the library under test."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int((at or time.time()) // 30)), hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1000000:06d}"


def test_the_reference_code_is_that_of_the_standard():
    secret = base64.b32encode(b"12345678901234567890").decode()
    assert app_code(secret, 59) == "287082" and app_code(secret, 1111111109) == "081804"


def log_in(client, username, password=PASSWORD, **more):
    return client.post(reverse("account_login"), {"login": username, "password": password} | more)


def test_a_password_opens_the_door_whatever_its_case_of_name(client, cast):
    response = log_in(client, "Gao")
    assert (response.status_code, response.url) == (302, "/start/")
    assert client.get(reverse("people:me")).context["request"].actor.id == cast.gao.pk


def test_a_wrong_password_keeps_the_door_shut_and_the_name_typed(client, cast):
    response = log_in(client, "gao", "wrong-wrong")
    assert response.status_code == 200
    page = response.content.decode()
    assert "用户名或密码不对" in page and 'value="gao"' in page
    assert "wrong-wrong" not in page


def test_failed_logins_are_throttled_for_all_processes_together(client, cast):
    for _ in range(5):
        log_in(client, "gao", "wrong-wrong")
    assert "试得太多了" in log_in(client, "gao").content.decode()
    assert log_in(client, "zhi").status_code == 302
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM people_cache")
        assert cursor.fetchone()[0] > 0


def test_nobody_signs_up(client, cast):
    page = client.get(reverse("account_signup")).content.decode()
    assert "不用注册" in page
    client.post(reverse("account_signup"), {"username": "mallory", "password1": PASSWORD})
    assert "mallory" not in str(list(type(cast.gao).objects.values_list("username", flat=True)))


def test_somebody_who_left_cannot_come_in(client, cast):
    leave(cast.lu, by=cast.actor("gao"))
    log_in(client, "lu")
    assert client.get(reverse("people:me")).status_code == 302


def set_up_app(client) -> str:
    """Set up an authenticator app for whoever is logged in; its secret."""
    page = client.get(reverse("mfa_activate_totp")).content.decode()
    secret = re.search(r'value="([A-Z2-7]{16,})"', page)[1]
    response = client.post(reverse("mfa_activate_totp"), {"code": app_code(secret)})
    assert response.status_code == 302, response.content.decode()
    return secret


def test_an_app_code_is_asked_after_the_password_once_it_is_set_up(client, cast):
    log_in(client, "gao")
    secret = set_up_app(client)
    codes = Authenticator.objects.get(user=cast.gao, type="recovery_codes").wrap().get_unused_codes()
    client.logout()
    response = log_in(client, "gao")
    assert response.url == reverse("mfa_authenticate")
    assert client.get(reverse("people:me")).status_code == 302
    assert "动态码不对" in client.post(reverse("mfa_authenticate"), {"code": "000000"}).content.decode()
    cache.clear()
    response = client.post(reverse("mfa_authenticate"), {"code": app_code(secret)})
    assert response.status_code == 302 and client.get(reverse("people:me")).status_code == 200
    client.logout()
    log_in(client, "gao")
    assert client.post(reverse("mfa_authenticate"), {"code": codes[0]}).status_code == 302
    client.logout()
    log_in(client, "gao")
    assert client.post(reverse("mfa_authenticate"), {"code": codes[0]}).status_code == 200


def test_the_apps_secret_is_sealed_in_the_database(client, cast):
    log_in(client, "gao")
    secret = set_up_app(client)
    stored = Authenticator.objects.get(user=cast.gao, type="totp").data
    assert secret not in str(stored)


def test_the_street_is_asked_for_a_second_factor_and_may_put_it_off(client, cast):
    response = log_in(client, "street")
    assert response.url == reverse("people:second_factor") + "?next=%2Fstart%2F"
    page = client.get(response.url).content.decode()
    assert 'href="/start/"' in page and "以后再说" in page
    assert client.get(reverse("people:place", args=[cast.stage.street.pk])).status_code == 200
    set_up_app(client)
    assert client.get(response.url).url == "/start/"


def test_where_policy_requires_it_the_street_holds_nothing_without(client, cast, monkeypatch):
    strict = {**policy.load("people"), "second_factor": "require"}
    monkeypatch.setattr(policy, "load", lambda package: strict)
    log_in(client, "street")
    place = reverse("people:place", args=[cast.stage.street.pk])
    assert client.get(place).url == reverse("people:second_factor")
    assert "以后再说" not in client.get(reverse("people:second_factor")).content.decode()
    set_up_app(client)
    assert client.get(place).status_code == 200


def test_logging_out_everywhere_ends_every_session(client, cast):
    from django.test import Client

    other = Client()
    log_in(client, "gao"), log_in(other, "gao")
    client.post(reverse("people:leave_everywhere"))
    assert client.get(reverse("people:me")).status_code == 302
    assert other.get(reverse("people:me")).status_code == 302


def test_a_reset_ends_sessions_second_factor_and_password(client, cast):
    log_in(client, "gao")
    set_up_app(client)
    reset_login(cast.gao, by=cast.actor("street"))
    assert client.get(reverse("people:me")).status_code == 302
    assert not Authenticator.objects.filter(user=cast.gao).exists()
    assert log_in(client, "gao").status_code == 200


def test_nobody_resets_a_login_above_or_elsewhere(cast):
    from huying.kernel.errors import Forbidden

    for username, target in (("gao", cast.street), ("zhao", cast.lu), ("lu", cast.zhi), ("xu", cast.lu)):
        with pytest.raises(Forbidden):
            reset_login(target, by=cast.actor(username))
        with pytest.raises(Forbidden):
            log_out_everywhere(target, by=cast.actor(username))


def test_a_session_lasts_twelve_hours_from_its_last_use(client, cast, settings):
    assert settings.SESSION_COOKIE_AGE == 12 * 3600
    log_in(client, "gao", remember="on")
    session = client.session
    session["seen"] = int(time.time()) - 3600
    session.save()
    assert "sessionid" in client.get(reverse("people:me")).cookies
    assert "sessionid" not in client.get(reverse("people:me")).cookies


PAGES = [
    "account_login",
    "account_logout",
    "account_signup",
    "account_inactive",
    "account_reauthenticate",
    "account_change_password",
    "mfa_index",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_list_webauthn",
    "socialaccount_connections",
    "socialaccount_login_cancelled",
    "socialaccount_login_error",
    "people:me",
]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_every_account_page_stands_in_our_look_and_in_one_language(client, cast, name, language):
    log_in(client, "gao")
    if name in ("account_login", "account_signup"):
        client.logout()
    client.cookies["django_language"] = language
    response = client.get(reverse(name), follow=True)
    page = response.content.decode()
    assert response.status_code == (401 if name == "socialaccount_login_error" else 200)
    assert 'id="main"' in page and "look/style-" in page
    main = page[page.index("<main") : page.index("</main>")]
    text = re.sub(r"<script.*?</script>|<[^>]+>", " ", main, flags=re.S)
    if language == "zh-hans":
        assert not re.findall(r"\b(?:[A-Z]?[a-z]+ ){2,}[a-z]+\b", text), text
    else:
        assert not re.findall(r"[一-鿿]", text.replace("高社工", "").replace("骊山新家园社区", "")), text
    # The content security policy forbids them: no inline style, no inline script but data.
    assert not re.findall(r"\sstyle=|\son[a-z]+=", page)
    for script in re.findall(r"<script([^>]*)>", page):
        assert "src=" in script or "application/json" in script or "nonce=" in script


def test_single_sign_on_is_set_up_from_the_environment():
    assert oidc_providers({}) == {} and oidc_origins({}) == []
    env = {"HUYING_OIDC_SERVER": "https://sso.example.cn/realms/qu/", "HUYING_OIDC_CLIENT_ID": "huying"}
    (app,) = oidc_providers(env)["openid_connect"]["APPS"]
    assert app["settings"]["server_url"] == "https://sso.example.cn/realms/qu"
    assert oidc_origins(env) == ["https://sso.example.cn"]


@pytest.mark.parametrize("name", ["", "g\x00ao", "高" * 500, "gao' OR '1'='1", "‮gao", "𝓰𝓪𝓸", "a" * 100_000])
def test_no_name_or_password_breaks_the_login(client, cast, name):
    for given in ({"login": name, "password": PASSWORD}, {"login": "gao", "password": name}):
        response = client.post(reverse("account_login"), given)
        assert response.status_code == 200 and not client.session.get("_auth_user_id")


def test_a_flood_of_logins_is_told_to_wait(client, cast, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login": "3/m/ip"}
    statuses = [log_in(client, "gao", "wrong-wrong").status_code for _ in range(5)]
    assert statuses[0] == 200 and statuses[-1] == 429
    assert "歇一歇" in log_in(client, "gao").content.decode()

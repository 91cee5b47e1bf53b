"""Single sign-on against a provider of our own on loopback: refused, connected once, then open; no more is kept than a name."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.core.cache import cache
from django.urls import reverse

from huying.people.actions import leave
from huying.people.tests.cast import make_cast
from huying.site.config import oidc_providers

PASSWORD = "huying-test-2026"
SECRET_NAME = "高某某全名"


class Provider:
    """Answers discovery, token and userinfo for one user."""

    def __init__(self):
        self.user = {"sub": "u-1", "preferred_username": "gao", "name": SECRET_NAME, "email": "gao@example.cn"}
        self.asked = []
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self, body):
                raw = json.dumps(body).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def do_GET(self):
                if self.path.endswith("openid-configuration"):
                    names = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
                    self.answer({f"{n}_endpoint": f"{provider.url}/{p}" for n, p in names.items()})
                else:
                    self.answer(provider.user)

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                provider.asked.append({name: values[0] for name, values in parse_qs(body).items()})
                self.answer({"access_token": "t", "token_type": "Bearer"})

            def log_message(self, *args):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def provider(settings):
    made = Provider()
    env = {"HUYING_OIDC_SERVER": made.url, "HUYING_OIDC_CLIENT_ID": "huying", "HUYING_OIDC_SECRET": "s"}
    settings.SOCIALACCOUNT_PROVIDERS = oidc_providers(env)
    cache.clear()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def cast(db):
    return make_cast(PASSWORD)


def through(client, **query):
    """Go to the provider and come back; the answer of the last page."""
    door = reverse("openid_connect_login", kwargs={"provider_id": "oidc"})
    sent = client.post(door + ("?process=connect" if query.get("connect") else ""))
    asked = parse_qs(urlsplit(sent.url).query)
    assert set(asked["scope"][0].split()) == {"openid", "profile"} and asked["code_challenge_method"] == ["S256"]
    back = reverse("openid_connect_callback", kwargs={"provider_id": "oidc"})
    return client.get(back, {"code": "c", "state": asked["state"][0]}, follow=True)


def who(client):
    return client.get(reverse("people:me")).status_code == 200


def test_the_login_page_has_the_door_only_when_it_is_set_up(client, db, provider, settings):
    assert "/accounts/oidc/oidc/login/" in client.get(reverse("account_login")).content.decode()
    settings.SOCIALACCOUNT_PROVIDERS = {}
    assert "/accounts/oidc/" not in client.get(reverse("account_login")).content.decode()


def test_an_unknown_visitor_gets_no_login(client, cast, provider):
    page = through(client).content.decode()
    assert "还没有和这里的登录连上" in page
    assert not who(client) and not SocialAccount.objects.exists()
    assert type(cast.gao).objects.count() == 9


def test_connected_once_it_opens_the_door_and_keeps_nothing_but_a_name(client, cast, provider):
    client.post(reverse("account_login"), {"login": "gao", "password": PASSWORD})
    through(client, connect=True)
    account = SocialAccount.objects.get(user=cast.gao)
    client.logout()
    through(client)
    assert who(client)
    account.refresh_from_db()
    assert account.extra_data == {"userinfo": {"preferred_username": "gao"}}
    assert SECRET_NAME not in str(account.extra_data) and "example.cn" not in str(account.extra_data)
    page = client.get(reverse("socialaccount_connections")).content.decode()
    assert "外部账号" in page and "gao" in page


def test_names_are_trusted_only_where_the_operator_says_so(client, cast, provider, settings):
    settings.HUYING_OIDC_TRUST_USERNAME = True
    through(client)
    assert who(client) and SocialAccount.objects.get().user == cast.gao


def test_who_has_left_does_not_come_in_by_this_door_either(client, cast, provider, settings):
    settings.HUYING_OIDC_TRUST_USERNAME = True
    through(client)
    leave(cast.gao, by=cast.actor("street"))
    client.logout()
    through(client)
    assert not who(client)


def test_a_forged_return_is_refused(client, cast, provider):
    back = reverse("openid_connect_callback", kwargs={"provider_id": "oidc"})
    response = client.get(back, {"code": "c", "state": "made-up"})
    assert response.status_code == 401 and "外部账号没有登录成功" in response.content.decode()
    assert not who(client) and provider.asked == []

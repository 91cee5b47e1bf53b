"""How people get in: allauth, told that accounts are given and not taken, and that nobody needs an email."""

import base64
import ipaddress
import time
from urllib.parse import urlsplit

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.contrib import messages
from django.http.request import split_domain_port
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huying.kernel import policy
from huying.kernel.sealed import seal, unseal
from huying.people.models import Person, Post

# The demo's cast logs in with it, from the machine itself and from nowhere else.
DEMO_PASSWORD = "huying-demo"  # noqa: S105
# Set in the session of somebody whose role wants a second factor and who has none.
MISSING = "second_factor_missing"
_SECRETS = "mfa_authenticator.data"


def wants_second_factor(person: Person) -> bool:
    """Whether the person's roles want a second factor and there is none yet."""
    rule = policy.load("people")
    if rule["second_factor"] == "off" or person.made_up:
        return False
    if not Post.objects.current().filter(person=person, role__in=rule["second_factor_roles"]).exists():
        return False
    return not Authenticator.objects.filter(user_id=person.pk).exists()


def client_address(request) -> str:
    """The address of whoever asks: the socket's, or what a trusted proxy says in front of it."""
    address = request.META.get("REMOTE_ADDR", "")
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    while address in settings.TRUSTED_PROXIES and hops:
        address = hops.pop()
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return "0.0.0.0"  # noqa: S104 (no address: all such count as one)


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this very machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def is_from_here(request) -> bool:
    """Whether a request comes from this machine, to an address of this machine, in an installation of this machine."""
    hosts = (client_address(request), split_domain_port(request.get_host())[0], urlsplit(settings.BASE_URL).hostname)
    return all(is_loopback(host or "") for host in hosts)


class AccountAdapter(DefaultAccountAdapter):
    """Logins are made by whoever appoints; residents need none."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": gettext_lazy("用户名或密码不对，请再试一次。"),
        "too_many_login_attempts": gettext_lazy("试得太多了，请过几分钟再来。忘了密码，请找给您开通账号的人重设。"),
        "account_inactive": gettext_lazy("这个账号已停用。"),
        "incorrect_password": gettext_lazy("密码不对，请再试一次。"),
        "incorrect_code": gettext_lazy("动态码不对，请看看手机上最新的一个。"),
        "demo_password_elsewhere": gettext_lazy("演示密码只能在运行系统的这台机器上用。"),
        "enter_current_password": gettext_lazy("现在的密码不对。"),
    }

    def is_open_for_signup(self, request) -> bool:
        """Closed: a login comes with a post."""
        return False

    def pre_authenticate(self, request, **credentials) -> None:
        """Count the attempt; a password that everybody knows opens nothing to anybody on another machine."""
        super().pre_authenticate(request, **credentials)
        if credentials.get("password") == DEMO_PASSWORD and not is_from_here(request):
            raise self.validation_error("demo_password_elsewhere")

    def get_client_ip(self, request) -> str:
        """The address that failed log-ins are counted by."""
        return client_address(request)

    def get_login_redirect_url(self, request) -> str:
        """Where to after logging in: to setting up a second factor when the role wants one, else to one's own first page."""
        url = super().get_login_redirect_url(request)
        return f"{reverse('people:second_factor')}?{urlencode({'next': url})}" if request.session.get(MISSING) else url

    def is_reauthentication_required(self, *, app: str, **kwargs) -> bool:
        """Not within minutes of logging in: somebody who just did is asked once, not twice."""
        last = max((record["at"] for record in get_authentication_records(self.request, self.request.user)), default=0)
        return time.time() - last > app_settings.REAUTHENTICATION_TIMEOUT

    def login(self, request, user) -> None:
        """Log in, and note whether a second factor is wanted."""
        super().login(request, user)
        if wants_second_factor(user):
            request.session[MISSING] = True

    def post_login(self, request, user, **kwargs):
        """What a person chose once goes with them to the machine they sit at: their language."""
        response = super().post_login(request, user, **kwargs)
        if user.language and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            response.set_cookie(settings.LANGUAGE_COOKIE_NAME, user.language, samesite="Lax", httponly=True)
        return response


class SecondFactors(DefaultMFAAdapter):
    """Secrets of authenticator apps and recovery codes are sealed like personal fields."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": gettext_lazy("动态码不对，请看看手机上最新的一个。"),
    }

    def encrypt(self, text: str) -> str:
        """The secret as it is stored."""
        return base64.b64encode(seal(text, _SECRETS)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The secret itself."""
        return unseal(base64.b64decode(encrypted_text), _SECRETS)

    def get_totp_label(self, user) -> str:
        """The name that the app shows beside the issuer."""
        return user.username


class OtherDoors(DefaultSocialAccountAdapter):
    """A single sign-on of the district or city opens a login that exists; it makes none."""

    def is_open_for_signup(self, request, sociallogin) -> bool:
        """Closed: a login comes with a post."""
        return False

    def pre_social_login(self, request, sociallogin) -> None:
        """Keep no more of the visitor than a name to show; tie an unknown one to the login of the same name.

        That only where the operator has said that names agree; elsewhere each connects once, logged in by password.
        """
        account = sociallogin.account
        claims = account.extra_data
        name = claims.get("userinfo", {}).get("preferred_username") or claims.get("preferred_username") or ""
        account.extra_data = {"userinfo": {"preferred_username": name}}
        if sociallogin.is_existing:
            account.save(update_fields=["extra_data"])
            return
        if request.user.is_authenticated:
            return
        person = Person.objects.filter(username=name, is_active=True).first() if name else None
        if settings.HUYING_OIDC_TRUST_USERNAME and person is not None:
            sociallogin.connect(request, person)
            return
        messages.error(request, _("这个账号还没有和这里的登录连上。请先用密码登录，在“外部账号”里连接一次。"))
        raise ImmediateHttpResponse(redirect("account_login"))

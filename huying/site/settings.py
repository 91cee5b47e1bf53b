"""Django settings. What differs between installations comes from the environment; `huying doctor` checks it."""

import os
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from huying.site import logs
from huying.site.config import data_dir, oidc_origins, oidc_providers, secret
from huying.site.database import database_settings

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
HUYING_DATA = data_dir()

DEBUG = os.environ.get("HUYING_DEBUG") == "1"
SECRET_KEY = secret("django_key")
# The key of sealed personal fields; it never enters the database. See kernel/sealed.py.
SEAL_KEY = secret("seal_key")
SEAL_KEYS_OLD = [key for key in os.environ.get("HUYING_SEAL_KEYS_OLD", "").split(",") if key]
ALLOWED_HOSTS = os.environ.get("HUYING_HOSTS", "127.0.0.1,localhost,[::1],testserver").split(",")
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("HUYING_ORIGINS", "").split(",") if origin]
# Where residents reach this system; QR codes and links are made from it.
BASE_URL = os.environ.get("HUYING_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
# Proxies whose X-Forwarded-For is believed, comma separated; empty = believe the socket.
TRUSTED_PROXIES = [ip for ip in os.environ.get("HUYING_TRUSTED_PROXIES", "").split(",") if ip]
HTTPS = BASE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
# Staff share machines: a session ends 12 hours after it was last used, or with the browser unless it is asked to stay.
SESSION_COOKIE_AGE = 12 * 3600
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

HUYING_APPS = [
    "huying.kernel",
    "huying.places",
    "huying.people",
    "huying.directory",
    "huying.modes",
    "huying.calls",
    "huying.wishes",
    "huying.reportin",
    "huying.callouts",
    "huying.appraisals",
    "huying.notify",
    "huying.boards",
    "huying.site",
]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "template_partials",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "procrastinate.contrib.django",
    *HUYING_APPS,
]
AUTH_USER_MODEL = "people.Person"

MIDDLEWARE = [
    "huying.site.observe.requests",
    "django.middleware.security.SecurityMiddleware",
    # Pages are a sixth of their size on a phone's line; random padding keeps what is secret from being guessed by length.
    "django.middleware.gzip.GZipMiddleware",
    "huying.site.policy.csp",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "huying.people.middleware.actor",
    "huying.kernel.gate.refusals",
]
ROOT_URLCONF = "huying.site.urls"
WSGI_APPLICATION = "huying.site.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "huying.site.context.look",
                "huying.site.live.since",
            ],
        },
    }
]

LOGGING = logs.dictconfig()
logs.set_up()

DATABASES = {"default": database_settings()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
# Failed log-ins are counted across all processes, so the cache is a table; nothing on a resident's way reads it.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "people_cache"}}
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/start/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_ADAPTER = "huying.people.accounts.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
# A street office sits behind one address, so an address may fail more often than a name.
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "30/m/ip,5/300s/key", "reauthenticate": "10/m/user"}
MFA_ADAPTER = "huying.people.accounts.SecondFactors"
SOCIALACCOUNT_ADAPTER = "huying.people.accounts.OtherDoors"
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_STORE_TOKENS = False
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
MFA_TOTP_ISSUER = "呼应"
# Single sign-on of a district or city by OpenID Connect; HUYING_OIDC_SERVER is the issuer's address.
SOCIALACCOUNT_PROVIDERS = oidc_providers(os.environ)
# Set to 1 where the provider's preferred_username is the username here, so that nobody has to connect by hand.
HUYING_OIDC_TRUST_USERNAME = os.environ.get("HUYING_OIDC_TRUST_USERNAME") == "1"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("中文")), ("en", "English")]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = USE_TZ = True
# Above the apps: our words for what allauth says in Chinese.
LOCALE_PATHS = [ROOT / "huying" / "people" / "locale"]

STATIC_URL = "/static/"
STATIC_ROOT = HUYING_DATA / "static"
NODE_MODULES = ROOT / "node_modules"
STATICFILES_FINDERS = [
    "huying.site.static_files.OwnFinder",
    "huying.site.static_files.VendorFinder",
]
# Tests render pages without collecting the static files first.
_PLAIN_STATIC = os.environ.get("HUYING_PLAIN_STATIC") == "1"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if _PLAIN_STATIC
        else "huying.site.static_files.HashedStorage"
    },
}
MEDIA_ROOT = HUYING_DATA / "photos"

# Nothing written into a page is run: no inline script, no inline style, not even with a nonce.
CONTENT_SECURITY_POLICY = {
    "default-src": ["'self'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:", "blob:"],
    "connect-src": ["'self'"],
    "object-src": ["'none'"],
    "frame-ancestors": ["'none'"],
    "base-uri": ["'self'"],
    # A log-in that is handed to the single sign-on leaves by a form.
    "form-action": ["'self'", *oidc_origins(os.environ)],
}

DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
PROCRASTINATE_ON_APP_READY = "huying.kernel.jobs.on_app_ready"
SILENCED_SYSTEM_CHECKS: list[str] = []

"""Which PostgreSQL this installation uses: `DATABASE_URL`, or the embedded one."""

import os
from urllib.parse import parse_qsl, unquote, urlsplit


def parse_url(url: str) -> dict:
    """Django's database settings from a libpq URL; ValueError when it is not PostgreSQL."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ValueError(f"DATABASE_URL must start with postgresql://, not {parts.scheme!r}")
    options = dict(parse_qsl(parts.query))
    return {
        "NAME": unquote(parts.path.lstrip("/")) or "huying",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", None) or unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
    }


def database_settings() -> dict:
    """The `default` entry of DATABASES."""
    url = os.environ.get("DATABASE_URL")
    if url:
        settings = parse_url(url)
    else:
        from huying.kernel import embedded
        from huying.site.config import data_dir

        settings = embedded.django_settings(data_dir())
    settings["ENGINE"] = "huying.kernel.postgres"
    settings["ATOMIC_REQUESTS"] = False
    most = int(os.environ.get("HUYING_POOL", "20"))
    settings.setdefault("OPTIONS", {})["pool"] = {"min_size": 1, "max_size": most, "timeout": 10}
    return settings

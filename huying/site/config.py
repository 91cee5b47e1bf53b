"""Where this installation keeps its things, and its secrets. No Django here: the command line reads it first."""

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from huying.kernel import keyfile


def data_dir() -> Path:
    """The folder of this installation (`HUYING_DATA`, default ~/.local/share/huying), made 0700 when it is missing."""
    folder = Path(os.environ.get("HUYING_DATA") or Path.home() / ".local/share/huying").expanduser().resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def secret(name: str) -> str:
    """A 256-bit secret as hex: `HUYING_<NAME>` if set, else `<data>/secrets/<name>`, made 0600 at first use."""
    return os.environ.get(f"HUYING_{name.upper()}") or keyfile.read_or_make(data_dir() / "secrets" / name)


def oidc_providers(env: Mapping[str, str]) -> dict:
    """allauth's setting for one OpenID Connect provider from HUYING_OIDC_SERVER, _CLIENT_ID, _SECRET and _NAME."""
    server = env.get("HUYING_OIDC_SERVER", "").rstrip("/")
    if not server:
        return {}
    return {
        "openid_connect": {
            "OAUTH_PKCE_ENABLED": True,
            "SCOPE": ["openid", "profile"],
            "APPS": [
                {
                    "provider_id": "oidc",
                    "name": env.get("HUYING_OIDC_NAME", "OpenID"),
                    "client_id": env.get("HUYING_OIDC_CLIENT_ID", ""),
                    "secret": env.get("HUYING_OIDC_SECRET", ""),
                    "settings": {"server_url": server},
                }
            ],
        }
    }


def oidc_origins(env: Mapping[str, str]) -> list[str]:
    """The origin of that provider, as a content security policy names it."""
    server = urlsplit(env.get("HUYING_OIDC_SERVER", ""))
    return [f"{server.scheme}://{server.netloc}"] if server.netloc else []

"""Bearer tokens: a program acts for a person, with part of what that person may."""

import datetime as dt
import hashlib
import secrets

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.kernel.errors import BadInput
from huying.kernel.log import record
from huying.kernel.scopes import SYSTEM, Actor
from huying.people.events import TOKEN_MADE, TOKEN_REVOKED
from huying.people.models import Person, Token
from huying.people.queries import actor_for

SCOPES = ("calls:read", "calls:write", "calls:act")
_PREFIX = "hy_"


def _digest(secret: str) -> bytes:
    # 256 random bits need no slow hash.
    return hashlib.sha256(secret.encode()).digest()


def create_token(person: Person, scopes: list[str], name: str, *, by: Actor = SYSTEM, days: int | None = 365) -> str:
    """Make a token and return its text, which is shown this once only; BadInput for an unknown scope or no name."""
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise BadInput(
            _("权限只能是：%(known)s。") % {"known": "、".join(SCOPES)}, fields={"scopes": ", ".join(unknown)}
        )
    if not name.strip() or len(name) > 60:
        raise BadInput(_("请给令牌起个名字（60 字以内）。"), fields={"name": _("请给令牌起个名字（60 字以内）。")})
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        token = Token.objects.create(
            person=person,
            name=name.strip(),
            digest=_digest(secret),
            scopes=sorted(set(scopes)),
            expires_at=timezone.now() + dt.timedelta(days=days) if days else None,
        )
        record(TOKEN_MADE, token, by=by, person=person.pk, scopes=token.scopes)
    return f"{_PREFIX}{secret}"


def revoke_token(token: Token, *, by: Actor) -> None:
    """End a token at once."""
    with transaction.atomic():
        changed = Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())
        if changed:
            record(TOKEN_REVOKED, token, by=by, person=token.person_id)


def token_of(text: str) -> Token | None:
    """The live token behind its text, with its person; None when it is unknown, expired, revoked, or its person has left."""
    if not text.startswith(_PREFIX) or len(text) > 100:
        return None
    token = (
        Token.objects.filter(digest=_digest(text.removeprefix(_PREFIX)), revoked_at=None)
        .select_related("person")
        .first()
    )
    if token is None or not token.person.is_active or (token.expires_at and token.expires_at <= timezone.now()):
        return None
    return token


def actor_of(token: Token) -> Actor:
    """The actor that a token is: its person, with the posts held today."""
    return actor_for(token.person, kind="token")

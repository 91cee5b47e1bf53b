"""A POST that is sent twice is done once: the key is written in the transaction that does the work."""

import hashlib
import json
from collections.abc import Callable

from django.db import connection, transaction
from django.utils.translation import gettext as _

from huying.kernel.errors import BadInput

# How long a key is remembered, in days.
KEPT_DAYS = 7


def fingerprint(body: dict) -> bytes:
    """What tells two requests apart that use the same key: SHA-256 over the body in a fixed order."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, default=str, ensure_ascii=False).encode()).digest()


def checked_key(key: str) -> str:
    """The key, or BadInput: 8 to 64 printable ASCII characters."""
    if not 8 <= len(key) <= 64 or not key.isascii() or not key.isprintable():
        wrong = _("Idempotency-Key 要 8 到 64 个可见字符。")
        raise BadInput(wrong, fields={"Idempotency-Key": wrong})
    return key


def once(scope: str, key: str, body: dict, work: Callable[[], int]) -> tuple[int, bool]:
    """Do `work` (which returns the id of what it made or changed) once for (scope, key): (id, whether it was done now).

    A second request with the key waits for the first and gets its id. BadInput when its body is another one.
    When the work is refused, nothing is kept and the key may be used again.
    """
    print_ = fingerprint(body)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kernel_idempotentkey (scope, key, fingerprint, at) VALUES (%s, %s, %s, now())"
            " ON CONFLICT (scope, key) DO NOTHING",
            [scope, key, print_],
        )
        if cursor.rowcount == 1:
            made = work()
            cursor.execute(
                "UPDATE kernel_idempotentkey SET subject_id = %s WHERE scope = %s AND key = %s", [made, scope, key]
            )
            return made, True
        cursor.execute(
            "SELECT subject_id, fingerprint FROM kernel_idempotentkey WHERE scope = %s AND key = %s", [scope, key]
        )
        made, before = cursor.fetchone()
    if bytes(before) != print_:
        wrong = _("这个 Idempotency-Key 已经用在另一个请求上。")
        raise BadInput(wrong, fields={"Idempotency-Key": wrong}, code="key_used")
    return made, False


def forget_old() -> int:
    """Delete keys past their time; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM kernel_idempotentkey WHERE at < now() - make_interval(days => %s)", [KEPT_DAYS])
        return cursor.rowcount

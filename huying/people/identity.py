"""What a caller leaves of themselves, made ready to be sealed and written; nothing is written here."""

import datetime as dt
from collections.abc import Callable, Iterable

from django.utils import timezone
from django.utils.translation import gettext as _

from huying.kernel.errors import BadInput
from huying.kernel.policy import load
from huying.kernel.sealed import blind_index, seal
from huying.people import rules
from huying.people.models import Basis, Identity

Needed = Callable[[list[int]], Iterable[int]]
_needed: list[Needed] = []


def held_while(needed: Needed) -> Needed:
    """Decorator: of some identities' ids, those that what they are held for still needs; their day of erasure waits.

    The contexts above say so; people does not know them.
    """
    _needed.append(needed)
    return needed


def still_needed(ids: list[int]) -> set[int]:
    """Of some identities' ids, those that may not be erased yet, whatever their day."""
    return {pk for needed in _needed for pk in needed(ids)}


def prepare_identity(name: str, phone: str, *, purpose: str, basis: str = Basis.CONSENT) -> Identity | None:
    """An unsaved identity with its values sealed as bytes, or None when neither is given.

    BadInput on `name` or `phone` when they cannot be what they should be. Both are optional (domain.md, 'Calls').
    """
    name, phone = " ".join(name.split()), phone.strip()
    if not name and not phone:
        return None
    if len(name) > 40 or any(ord(c) < 32 for c in name):
        wrong = _("称呼最多 40 个字。")
        raise BadInput(wrong, fields={"name": wrong})
    number = ""
    if phone:
        try:
            number = rules.phone_number(phone)
        except ValueError:
            wrong = _("电话号码好像不对，请再看看；不想留也可以不填。")
            raise BadInput(wrong, fields={"phone": wrong}) from None
    days = load("people")["identity"]["days"][purpose]
    return Identity(
        name_sealed=seal(name, "people_identity.name_sealed") if name else None,
        phone_sealed=seal(number, "people_identity.phone_sealed") if number else None,
        phone_index=blind_index(number) if number else None,
        purpose=purpose,
        basis=basis,
        erase_on=timezone.localdate() + dt.timedelta(days=days),
    )

"""Personal fields that the database cannot read: AES-256-GCM under a key kept outside of it.

A stored value is: version (1 byte), key id (4 bytes), nonce (12 bytes), ciphertext with its tag (16 bytes more than the
text). The column's name is authenticated along with it, so a value cannot be moved to another column.
Reading a row gives a `Sealed`, which shows nothing until somebody opens it on purpose.
"""

import functools
import hashlib
import hmac
import os
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

_VERSION = b"\x01"
_KEY_ID = slice(1, 5)
_NONCE = slice(5, 17)
_BODY = slice(17, None)
_SHORTEST = 17 + 16


class CannotOpen(Exception):
    """A sealed value that the keys at hand do not open: a wrong key, or a value that was tampered with."""


def _derive(secret: bytes, purpose: str) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt=b"huying", info=purpose.encode()).derive(secret)


@functools.lru_cache(maxsize=16)
def _key(secret_hex: str) -> tuple[bytes, AESGCM]:
    """A key's id (which says nothing of the key) and its cipher."""
    try:
        secret = bytes.fromhex(secret_hex)
    except ValueError:
        secret = b""
    if len(secret) != 32:
        raise ImproperlyConfigured("a seal key must be 64 hexadecimal digits (32 bytes)")
    key = _derive(secret, "sealed field")
    return hashlib.sha256(b"key id" + key).digest()[:4], AESGCM(key)


def _ring() -> dict[bytes, AESGCM]:
    """All keys at hand by id, the present one first."""
    return dict(_key(text) for text in (settings.SEAL_KEY, *getattr(settings, "SEAL_KEYS_OLD", ())))


def seal(text: str, column: str) -> bytes:
    """The sealed bytes of a text for one column ('table.column')."""
    key_id, cipher = _key(settings.SEAL_KEY)
    nonce = os.urandom(12)
    return _VERSION + key_id + nonce + cipher.encrypt(nonce, text.encode(), _VERSION + key_id + column.encode())


def unseal(value: bytes, column: str) -> str:
    """The text behind sealed bytes; CannotOpen says whether the key is missing or the value was changed."""
    if len(value) < _SHORTEST or value[:1] != _VERSION:
        raise CannotOpen(f"{column}: this is not a sealed value")
    key_id = value[_KEY_ID]
    cipher = _ring().get(key_id)
    if cipher is None:
        raise CannotOpen(f"{column}: sealed with key {key_id.hex()}, which this installation does not have")
    try:
        return cipher.decrypt(value[_NONCE], value[_BODY], _VERSION + key_id + column.encode()).decode()
    except InvalidTag:
        raise CannotOpen(f"{column}: the value was changed after it was sealed, or belongs to another column") from None


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed value as read from a row; only `open()` shows the text."""

    value: bytes = field(repr=False)
    column: str

    def open(self) -> str:
        """The text itself. Whoever calls this answers for it; see people.actions.unseal."""
        return unseal(self.value, self.column)

    # A template that says {{ value.open }} gets an empty text: Django does not call what alters data.
    open.alters_data = True

    @property
    def key_is_old(self) -> bool:
        """Whether the value waits to be sealed again with the present key."""
        return self.value[_KEY_ID] != _key(settings.SEAL_KEY)[0]

    def __str__(self):
        return "●●●"

    def __bool__(self):
        return True


class SealedTextField(models.BinaryField):
    """A text that is sealed on its way into the database. Assign a str (or None); read a Sealed."""

    description = "sealed text"

    def __init__(self, *args, **kwargs):
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)

    @property
    def _name(self) -> str:
        return f"{self.model._meta.db_table}.{self.column}"

    def from_db_value(self, value, expression, connection):
        return None if value is None else Sealed(bytes(value), self._name)

    def to_python(self, value):
        return value

    def get_db_prep_value(self, value, connection, prepared=False):
        if isinstance(value, Sealed):
            if value.column != self._name:
                raise ValueError(f"a value sealed for {value.column} cannot be put in {self._name}")
            value = value.value
        elif isinstance(value, str):
            value = seal(value, self._name)
        elif value is not None:
            raise TypeError(f"{self._name} takes a str, not {type(value).__name__}")
        return super().get_db_prep_value(value, connection, prepared)

    def get_lookup(self, lookup_name):
        # Two seals of one text differ, so comparing them would silently find nothing; see blind_index.
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None


@functools.lru_cache(maxsize=64)
def _index_key(secret_hex: str, purpose: str) -> bytes:
    return _derive(bytes.fromhex(secret_hex), f"blind index {purpose}")


def blind_index(text: str, purpose: str = "phone") -> bytes:
    """16 bytes by which equal texts are found without being readable; for each purpose its own."""
    return hmac.new(_index_key(settings.SEAL_KEY, purpose), text.encode(), hashlib.sha256).digest()[:16]


def blind_indexes(text: str, purpose: str = "phone") -> list[bytes]:
    """The blind index under every key at hand, the present one first: for finding rows during a rotation of keys."""
    keys = (settings.SEAL_KEY, *getattr(settings, "SEAL_KEYS_OLD", ()))
    return [hmac.new(_index_key(key, purpose), text.encode(), hashlib.sha256).digest()[:16] for key in keys]

"""Merkle trees as in RFC 6962: leaves and nodes are hashed apart, so that neither can be passed off as the other."""

from collections.abc import Sequence
from hashlib import sha256

EMPTY = sha256(b"").digest()


def leaf(data: bytes) -> bytes:
    """The hash of one entry."""
    return sha256(b"\x00" + data).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes in their order (32 bytes)."""
    level = list(leaves)
    if not level:
        return EMPTY
    while len(level) > 1:
        pairs = [sha256(b"\x01" + a + b).digest() for a, b in zip(level[::2], level[1::2], strict=False)]
        # An odd one goes up as it is: the same tree as splitting at the largest power of two.
        level = pairs + level[len(pairs) * 2 :]
    return level[0]


def link(before: bytes, *fields: int, root: bytes) -> bytes:
    """The chain value of a seal: over the one before, whole numbers (64 bits each) and the root."""
    # Modulo: a number that was tampered with must give a wrong chain, not an error.
    numbers = b"".join((number % 2**64).to_bytes(8, "big") for number in fields)
    return sha256(b"\x02" + before + numbers + root).digest()

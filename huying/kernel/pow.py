"""Proof of work: when too much comes from one address or place, a browser works a second and its call still goes in.

Nothing is stored when a challenge is made: it carries its own expiry and difficulty, signed. The solver looks for a
decimal nonce such that SHA-256 of "challenge:nonce" begins with that many zero bits (static/js/modules/pow.js).

A solved challenge is taken once. What was spent is remembered by each process in bounded memory until it expires; with n
web processes one solution could be used n times at most, which costs an attacker 1/n of the work and no more.
"""

import base64
import hashlib
import hmac
import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

_NONCE = re.compile(r"[0-9]{1,16}")
_SPENT_AT_MOST = 100_000


def zero_bits(digest: bytes) -> int:
    """How many zero bits a digest begins with."""
    number = int.from_bytes(digest, "big")
    return len(digest) * 8 - number.bit_length()


def solve(challenge: str, bits: int) -> str:
    """The smallest nonce that solves a challenge; for tests and for clients without a browser. 2^bits tries on average."""
    nonce = 0
    while zero_bits(hashlib.sha256(f"{challenge}:{nonce}".encode()).digest()) < bits:
        nonce += 1
    return str(nonce)


class Challenges:
    """Makes and checks challenges under one secret key.

    A challenge is 'v1.<bits>.<expiry>.<purpose and randomness>.<signature>'; `purpose` ties it to what it was made for.
    """

    def __init__(self, key: bytes, *, seconds: int = 600, clock: Callable[[], float] = time.time):
        self.key = key
        self.seconds = seconds
        self.clock = clock
        self._spent: OrderedDict[str, int] = OrderedDict()
        self._lock = threading.Lock()

    def _sign(self, body: str, purpose: str) -> str:
        digest = hmac.new(self.key, f"pow:{purpose}:{body}".encode(), hashlib.sha256).digest()[:15]
        return base64.urlsafe_b64encode(digest).decode()

    def make(self, purpose: str, bits: int) -> str:
        """A new challenge of that difficulty (each bit doubles the work; 18 bits take a phone about a second)."""
        if not 1 <= bits <= 32:
            raise ValueError("bits must be 1 to 32")
        body = f"v1.{bits}.{int(self.clock()) + self.seconds}.{secrets.token_urlsafe(9)}"
        return f"{body}.{self._sign(body, purpose)}"

    def verify(self, challenge: str, nonce: str, purpose: str, bits: int = 1) -> bool:
        """Whether this solves one of our challenges of at least `bits`, for this purpose, in time and for the first time."""
        body, _dot, signature = challenge.rpartition(".")
        if len(challenge) > 200 or not challenge.isascii() or not _NONCE.fullmatch(nonce):
            return False
        if not hmac.compare_digest(self._sign(body, purpose), signature):
            return False
        _version, made_bits, expiry, _random = body.split(".")
        if int(made_bits) < bits or int(expiry) < self.clock():
            return False
        if zero_bits(hashlib.sha256(f"{challenge}:{nonce}".encode()).digest()) < int(made_bits):
            return False
        return self._spend(challenge, int(expiry))

    def _spend(self, challenge: str, expiry: int) -> bool:
        with self._lock:
            now = self.clock()
            while self._spent and (len(self._spent) >= _SPENT_AT_MOST or next(iter(self._spent.values())) < now):
                self._spent.popitem(last=False)
            if challenge in self._spent:
                return False
            self._spent[challenge] = expiry
            return True

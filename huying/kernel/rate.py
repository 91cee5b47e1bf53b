"""Against floods: token buckets per key, in this process, in bounded memory. No Django, no clock of its own."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable


class Limiter:
    """Lets `burst` through at once and then `per_minute` a minute for each key.

    In process on purpose: it takes a microsecond and no database. With n web processes a flood gets n times the rate,
    which is still not a flood. At most `keys` keys are remembered; the one not seen longest goes first.
    """

    def __init__(
        self, per_minute: float, burst: int, *, keys: int = 50_000, clock: Callable[[], float] = time.monotonic
    ):
        if per_minute <= 0 or burst < 1:
            raise ValueError("a limiter lets through at least something")
        self.rate = per_minute / 60
        self.burst = burst
        self.keys = keys
        self.clock = clock
        self._buckets: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: Hashable, cost: float = 1) -> float:
        """Take `cost` tokens: 0.0 when they were there, else the seconds until they will be (nothing is taken)."""
        with self._lock:
            now = self.clock()
            tokens, seen = self._buckets.pop(key, (float(self.burst), now))
            tokens = min(self.burst, tokens + max(0.0, now - seen) * self.rate)
            wait = 0.0 if tokens >= cost else (cost - tokens) / self.rate
            self._buckets[key] = (tokens - cost if wait == 0.0 else tokens, now)
            while len(self._buckets) > self.keys:
                self._buckets.popitem(last=False)
        return wait

    def __len__(self):
        return len(self._buckets)

"""A lean HTTP/1.1 load generator: many keep-alive connections on one thread, with epoll, bounded by time and count."""

import selectors
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field

# Bytes of one response head that are looked at; ours are far shorter.
_CHUNK = 1 << 16


@dataclass
class Result:
    """What came back: latencies in seconds, counts by status, and the wall time of the run in seconds."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    failures: int = 0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """The latency in seconds that this share of the answers stayed below."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


class _Connection:
    """One client: at most one request under way."""

    def __init__(self, number: int, address: tuple[str, int]):
        self.number = number
        self.address = address
        self.socket: socket.socket | None = None
        self.answer = bytearray()
        self.rest = b""
        self.began = 0.0
        self.body_starts = -1
        self.length = 0

    def connect(self) -> None:
        self.socket = socket.create_connection(self.address, timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)

    def send(self, request: bytes) -> None:
        self.answer.clear()
        self.body_starts = -1
        self.began = time.perf_counter()
        sent = self.socket.send(request)
        while sent < len(request):  # larger than the socket's buffer: never so for a form
            time.sleep(0.001)
            sent += self.socket.send(request[sent:])

    def receive(self) -> int:
        """Read what is there; the status when the answer is complete, 0 when more is to come, -1 when it broke off."""
        try:
            data = self.socket.recv(_CHUNK)
        except BlockingIOError:
            return 0
        except OSError:
            return -1
        if not data:
            return -1
        answer = self.answer
        answer += data
        if self.body_starts < 0:
            end = answer.find(b"\r\n\r\n")
            if end < 0:
                return 0
            self.body_starts = end + 4
            head = bytes(answer[:end]).lower()
            at = head.find(b"\r\ncontent-length:")
            self.length = -1 if at < 0 else int(head[at + 17 :].split(b"\r\n", 1)[0])
        if self.length < 0:
            complete = answer.endswith(b"0\r\n\r\n")
        else:
            complete = len(answer) >= self.body_starts + self.length
        return int(answer[9:12]) if complete else 0


def run(
    host: str,
    port: int,
    request: Callable[[int, int], bytes],
    *,
    clients: int = 32,
    seconds: float = 10.0,
    most: int = 100_000,
    answered: Callable[[int, bytes], None] | None = None,
) -> Result:
    """Have `clients` connections send `request(client, n)` one after the other for so many seconds, `most` at most.

    `answered(status, answer)` sees each answer, its head included.
    """
    result = Result()
    connections = [_Connection(number, (host, port)) for number in range(clients)]
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            connection.connect()
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        began = time.perf_counter()
        end = began + seconds
        sent = 0
        for connection in connections[:most]:
            connection.send(request(connection.number, sent))
            sent += 1
        under_way = sent
        # What was sent is waited for, so that a slow answer is not left out of the figures.
        while under_way and time.perf_counter() < end + 30:
            for key, _ in selector.select(1.0):
                connection = key.data
                status = connection.receive()
                if status == 0:
                    continue
                now = time.perf_counter()
                under_way -= 1
                if status < 0:
                    result.failures += 1
                    selector.unregister(connection.socket)
                    connection.socket.close()
                    connection.connect()
                    selector.register(connection.socket, selectors.EVENT_READ, connection)
                else:
                    result.latencies.append(now - connection.began)
                    result.statuses[status] = result.statuses.get(status, 0) + 1
                    if answered is not None:
                        answered(status, bytes(connection.answer))
                if now < end and sent < most:
                    connection.send(request(connection.number, sent))
                    sent += 1
                    under_way += 1
        result.seconds = time.perf_counter() - began
        result.failures += under_way
    for connection in connections:
        connection.socket.close()
    return result

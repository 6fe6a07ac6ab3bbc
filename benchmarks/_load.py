"""A light HTTP client: prepared requests over keep-alive connections, each with one request under way."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import cast

_LENGTH = b"content-length: "
_HEAD_END = b"\r\n\r\n"


@dataclass(slots=True)
class Load:
    """What came of it. `latencies` are seconds, one an answer."""

    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0


class _Connection(asyncio.Protocol):
    def __init__(self, requests: Iterator[bytes], load: Load) -> None:
        self._requests = requests
        self._load = load
        self._buffer = b""
        self._sent_at = 0.0
        self._transport: asyncio.Transport | None = None
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own is no subclass
        self._next()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        status = _answered(self._buffer)
        if status is not None:
            self._buffer = b""
            self._load.latencies.append(time.perf_counter() - self._sent_at)
            self._load.statuses[status] += 1
            self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server closed the connection"))

    def _next(self) -> None:
        assert self._transport is not None
        request = next(self._requests, None)
        if request is None:
            self.done.set_result(None)
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)


def _answered(received: bytes) -> int | None:
    """The status, once the whole answer is here."""
    head, found, body = received.partition(_HEAD_END)
    if not found:
        return None
    length = head.lower().partition(_LENGTH)[2].partition(b"\r\n")[0]
    return int(head[9:12]) if len(body) >= int(length or 0) else None


async def drive(port: int, requests: Iterable[bytes], *, connections: int, seconds: float) -> Load:
    """Send every request to 127.0.0.1:port and wait for its answer. TimeoutError after `seconds`."""
    load, shared = Load(), iter(requests)
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    async with asyncio.timeout(seconds):
        opened = [
            await loop.create_connection(lambda: _Connection(shared, load), "127.0.0.1", port)
            for _ in range(connections)
        ]
        await asyncio.gather(*(protocol.done for _, protocol in opened))
    load.seconds = time.perf_counter() - started
    return load

"""One open page of the desk: what it is shown, and the bounded queue of what it has not been sent yet."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from bot.desk._sessions import SignedIn
from bot.desk._sse import Stamp

_MOST_CHUNKS = 64
_MOST_BYTES = 256 * 1024


class Watch:
    """An async iterator of bytes for the wire. Made by `Hub.watch`; whoever iterates closes it.

    A page that does not keep up is cut: what waits for it is dropped, and once it reads again it is told everything
    since its stamp. So a slow page costs no more than a quick one.
    """

    __slots__ = (
        "_chunks",
        "_digest",
        "_given",
        "_leave",
        "_resume",
        "_size",
        "_wake",
        "card_at",
        "digest_of",
        "is_asking",
        "is_closed",
        "is_live",
        "member_id",
        "query",
        "shown",
        "signed_in",
        "stamp",
    )

    def __init__(
        self,
        signed_in: SignedIn,
        *,
        member_id: int | None,
        query: str | None,
        stamp: Stamp,
        leave: Callable[[Watch], None],
        resume: Callable[[Watch], None],
    ) -> None:
        self.signed_in = signed_in
        self.member_id = member_id
        self.query = query
        self.stamp = stamp
        """Up to where everything has been sent."""
        self.is_live = False
        """Whether it is told of news as it comes; otherwise it waits to be told all since its stamp."""
        self.is_asking = False
        """Whether it reads and is to be told that; one that does not read is left alone."""
        self.is_closed = False
        self.shown: dict[str, int] = {}
        """Which lease and card it shows, as hashes."""
        self.card_at = 0.0
        self.digest_of = 0
        """Which queue it shows, as a hash."""
        self._chunks: deque[tuple[bytes, Stamp | None]] = deque()
        self._size = 0
        self._digest = b""
        self._given: Stamp | None = None
        self._wake = asyncio.Event()
        self._leave = leave
        self._resume = resume

    def put(self, data: bytes, stamp: Stamp | None = None) -> None:
        """Send this when the page takes it; with a stamp, the page is up to there then."""
        if len(self._chunks) >= _MOST_CHUNKS or self._size + len(data) > _MOST_BYTES + self._largest(data):
            self._cut()
            return
        self._chunks.append((data, stamp))
        self._size += len(data)
        self._wake.set()

    def put_digest(self, data: bytes) -> None:
        """Send this queue, instead of one that is still unsent."""
        self._digest = data
        self._wake.set()

    def beat(self, data: bytes) -> None:
        """Send a sign of life, unless something else is about to be one."""
        if not self._chunks and not self._digest:
            self.put(data)

    def close(self) -> None:
        """The page is gone, or is to go: what is unsent is sent, then the iteration ends."""
        if not self.is_closed:
            self.is_closed = True
            self._wake.set()
            self._leave(self)

    def _largest(self, data: bytes) -> int:
        """One chunk may be as large as it likes."""
        return len(data) if not self._chunks else 0

    def follow(self) -> None:
        """From now on it is told of news."""
        self.is_live, self.is_asking = True, False

    def _cut(self) -> None:
        self._chunks.clear()
        self._size = 0
        self.is_live = False
        self.shown.clear()
        self._wake.set()

    def __aiter__(self) -> Watch:
        return self

    async def __anext__(self) -> bytes:
        if self._given is not None:
            self.stamp, self._given = self._given, None
        while not self._chunks and not self._digest:
            if self.is_closed:
                raise StopAsyncIteration
            if not self.is_live:
                self._resume(self)
            self._wake.clear()
            await self._wake.wait()
        return self._take()

    def _take(self) -> bytes:
        parts = [data for data, _ in self._chunks]
        stamps = [stamp for _, stamp in self._chunks if stamp is not None]
        self._given = stamps[-1] if stamps else None
        if self._digest:
            parts.append(self._digest)
            self._digest = b""
        self._chunks.clear()
        self._size = 0
        return parts[0] if len(parts) == 1 else b"".join(parts)

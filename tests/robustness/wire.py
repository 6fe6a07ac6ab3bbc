"""A small HTTP client on loopback: one keep-alive connection, and a provider that delivers until it is answered 200."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence

LOST = (OSError, EOFError, TimeoutError)
"""What a post raises when the server went away."""


class Wire:
    """One connection to a server, opened at need and opened anew after a failure."""

    def __init__(self, port: int, *, seconds: float = 60.0) -> None:
        self._port = port
        self._seconds = seconds
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> int:
        """The status. Raises one of `LOST` when there is none."""
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        request = f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: {len(body)}\r\n{head}\r\n".encode()
        return (await self._tried(request + body))[0]

    async def get(self, path: str) -> tuple[int, bytes]:
        """The status and the body."""
        return await self._tried(f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n".encode())

    async def close(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
            with contextlib.suppress(OSError, TimeoutError):
                await asyncio.wait_for(writer.wait_closed(), 1.0)

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._writer is None or self._reader is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self._reader, self._writer

    async def _tried(self, request: bytes) -> tuple[int, bytes]:
        try:
            async with asyncio.timeout(self._seconds):
                reader, writer = await self._open()
                writer.write(request)
                await writer.drain()
                return await _answer(reader)
        except LOST:
            await self.close()
            raise


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    length = next(
        (int(line.partition(":")[2]) for line in head.split("\r\n") if line.lower().startswith("content-length:")), 0
    )
    return int(head.split(" ", 2)[1]), await reader.readexactly(length)


class Post:
    """A webhook call that can be sent any number of times."""

    __slots__ = ("body", "headers", "path")

    def __init__(self, path: str, body: bytes, headers: Mapping[str, str]) -> None:
        self.path = path
        self.body = body
        self.headers = headers


async def post_all(port: int, posts: Sequence[Post], *, connections: int = 32) -> list[int]:
    """Each post once, over so many connections at a time; the statuses in the order of the posts."""
    statuses = [0] * len(posts)
    waiting = iter(range(len(posts)))

    async def work() -> None:
        wire = Wire(port)
        for index in waiting:
            post = posts[index]
            statuses[index] = await wire.post(post.path, post.body, post.headers)
        await wire.close()

    await asyncio.gather(*(work() for _ in range(connections)))
    return statuses


async def insist(wire: Wire, post: Post, *, seconds: float = 60.0, refusals: list[int] | None = None) -> int:
    """Deliver as Telegram does, again and again until 200; how many tries it took."""
    tries = 0
    async with asyncio.timeout(seconds):
        while True:
            tries += 1
            try:
                status = await wire.post(post.path, post.body, post.headers)
            except LOST:
                status = 0
            if status == 200:
                return tries
            if refusals is not None:
                refusals.append(status)
            await asyncio.sleep(0.05)

"""The bare floor: the least code that keeps the main job's promise, so that the pipeline has something to stand on.

A Twilio form is checked against its signature, put on the books (one read over three tables, an inbox row under a
unique id, the talk moved on, a reply row) and answered 200 once the transaction it shared with up to 63 others is on
disk. It knows no flow, no ledger and no locale. `python -m benchmarks.pipeline` runs it beside the pipeline.
"""

import asyncio
import os
import sqlite3
from base64 import b64encode
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hmac import compare_digest, digest
from typing import Any
from urllib.parse import parse_qsl

from benchmarks._members import Crowd

URL = "https://bot.example/floor"
TOKEN = b"floor-secret"
GROUP = 64
_ANSWER = b"<Response/>"
_HEADERS = [(b"content-type", b"text/xml"), (b"content-length", str(len(_ANSWER)).encode())]

_TABLES = (
    "CREATE TABLE wallet (id INTEGER PRIMARY KEY, points INTEGER NOT NULL)",
    "CREATE TABLE address (id INTEGER PRIMARY KEY, value TEXT NOT NULL UNIQUE, locale TEXT NOT NULL,"
    " wallet_id INTEGER NOT NULL REFERENCES wallet)",
    "CREATE TABLE talk (address_id INTEGER PRIMARY KEY REFERENCES address, step TEXT NOT NULL,"
    " version INTEGER NOT NULL, moved_at REAL NOT NULL)",
    "CREATE TABLE inbox (id INTEGER PRIMARY KEY, sid TEXT NOT NULL UNIQUE, address_id INTEGER NOT NULL,"
    " text TEXT NOT NULL, at REAL NOT NULL)",
    "CREATE TABLE outbox (id INTEGER PRIMARY KEY, inbox_id INTEGER NOT NULL, address_id INTEGER NOT NULL,"
    " text TEXT NOT NULL, status TEXT NOT NULL, at REAL NOT NULL)",
)
_WHO = (
    "SELECT address.id, address.locale, wallet.points, talk.step, talk.version FROM address"
    " JOIN wallet ON wallet.id = address.wallet_id JOIN talk ON talk.address_id = address.id WHERE address.value = ?"
)
_TAKE = "INSERT OR IGNORE INTO inbox (sid, address_id, text, at) VALUES (?, ?, ?, 0.0)"
_MOVE = "UPDATE talk SET step = 'balance', version = version + 1, moved_at = 0.0 WHERE address_id = ?"
_SAY = "INSERT INTO outbox (inbox_id, address_id, text, status, at) VALUES (?, ?, ?, 'pending', 0.0)"

Form = dict[str, str]
Waiting = tuple[Form, "asyncio.Future[None]"]
Message = MutableMapping[str, Any]


class Books:
    """The database on its one thread."""

    def __init__(self, path: str, crowd: Crowd) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self.thread = ThreadPoolExecutor(1)
        self._fill(crowd)

    def _fill(self, crowd: Crowd) -> None:
        run = self._connection.execute
        run("BEGIN")
        for table in _TABLES:
            run(table)
        for member in crowd:
            run("INSERT INTO wallet VALUES (?, ?)", (member.number, member.active))
            row = (member.number, f"whatsapp:{member.phone}", member.locale, member.number)
            run("INSERT INTO address VALUES (?, ?, ?, ?)", row)
            run("INSERT INTO talk VALUES (?, 'start', 0, 0.0)", (member.number,))
        run("COMMIT")

    def commit(self, group: list[Waiting]) -> None:
        """Work a group in one transaction; a repeated id changes nothing."""
        run = self._connection.execute
        run("BEGIN IMMEDIATE")
        for form, _ in group:
            address, _locale, points, _step, _version = run(_WHO, (form["From"],)).fetchone()
            taken = run(_TAKE, (form["MessageSid"], address, form["Body"]))
            if taken.rowcount:
                run(_MOVE, (address,))
                run(_SAY, (taken.lastrowid, address, f"{points} punti."))
        run("COMMIT")


class Floor:
    """The ASGI application."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._queue: deque[Waiting] = deque()
        self._is_busy = False

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        form = dict(parse_qsl((await _whole(receive)).decode(), keep_blank_values=True))
        told = next((value for name, value in scope["headers"] if name == b"x-twilio-signature"), b"")
        genuine = compare_digest(_signature(form), told)
        if genuine:
            await self._durable(form)
        await send({"type": "http.response.start", "status": 200 if genuine else 403, "headers": _HEADERS})
        await send({"type": "http.response.body", "body": _ANSWER})

    def _durable(self, form: Form) -> "asyncio.Future[None]":
        """Done after the commit. The group starts a moment later, so that requests read together go together."""
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        self._queue.append((form, done))
        if not self._is_busy:
            self._is_busy = True
            loop.call_soon(self._next, loop)
        return done

    def _next(self, loop: asyncio.AbstractEventLoop) -> None:
        self._is_busy = bool(self._queue)
        if self._is_busy:
            group = [self._queue.popleft() for _ in range(min(GROUP, len(self._queue)))]
            working = loop.run_in_executor(self._books.thread, self._books.commit, group)
            working.add_done_callback(partial(self._committed, loop, group))

    def _committed(
        self, loop: asyncio.AbstractEventLoop, group: list[Waiting], working: "asyncio.Future[None]"
    ) -> None:
        error = working.exception()
        for _, done in group:
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(error)
        self._next(loop)


async def _whole(receive: Callable[[], Awaitable[Message]]) -> bytes:
    part = await receive()
    body: bytes = part.get("body", b"")
    while part.get("more_body"):
        part = await receive()
        body += part.get("body", b"")
    return body


def _signature(form: Form) -> bytes:
    signed = URL + "".join(name + form[name] for name in sorted(form))
    return b64encode(digest(TOKEN, signed.encode(), "sha1"))


def create() -> Floor:
    """For `uvicorn --factory`: FLOOR_DATABASE names a new file, FLOOR_MEMBERS how many write."""
    return Floor(Books(os.environ["FLOOR_DATABASE"], Crowd(int(os.environ["FLOOR_MEMBERS"]))))

"""The program in a process of its own; stopped, killed and looked at by its process id."""

import asyncio
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import psycopg

from tests.robustness.wire import LOST, Wire

ROOT = Path(__file__).resolve().parents[2]
TELEGRAM_TOKEN = "4242:AAfake-token"
TELEGRAM_SECRET = "robust-secret"
TWILIO_ACCOUNT = "AC" + "7" * 32
TWILIO_TOKEN = "robust-token"
_STARTED = 60.0
_STOPPED = 60.0


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def plain_environment() -> dict[str, str]:
    """This process's environment without any setting, finding the tested checkout first."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BENTORNATO_")}
    return {**inherited, "PYTHONPATH": str(ROOT)}


@dataclass(frozen=True)
class Order:
    """A process to make: `bentornato` with these arguments."""

    arguments: tuple[str, ...]
    settings: dict[str, str]
    home: Path
    out: Path
    log: Path


class Spawner(Protocol):
    """Makes processes."""

    def spawn(self, order: Order) -> int:
        """The process id of a new one."""

    def poll(self, pid: int) -> int | None:
        """Its return code once it has ended."""


class Shell:
    """Starts `bentornato` as an operator does."""

    def __init__(self) -> None:
        self._started: dict[int, subprocess.Popen[bytes]] = {}

    def spawn(self, order: Order) -> int:
        command = [sys.executable, "-m", "bot", *order.arguments]
        with order.out.open("ab") as out, order.log.open("ab") as log:
            process = subprocess.Popen(
                command, cwd=order.home, env=plain_environment() | order.settings, stdout=out, stderr=log
            )
        self._started[process.pid] = process
        return process.pid

    def poll(self, pid: int) -> int | None:
        return self._started[pid].poll()


class Nursery:
    """Forks processes off one that has imported everything (nursery.py)."""

    def __init__(self, home: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.robustness.nursery"],
            cwd=home,
            env=plain_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._lock = threading.Lock()

    def spawn(self, order: Order) -> int:
        pid = self._ask({**asdict(order), "home": str(order.home), "out": str(order.out), "log": str(order.log)})
        assert pid is not None
        return pid

    def poll(self, pid: int) -> int | None:
        return self._ask({"poll": pid})

    def _ask(self, question: dict[str, Any]) -> int | None:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        with self._lock:
            stdin.write(json.dumps(question).encode() + b"\n")
            stdin.flush()
            answer: int | None = json.loads(stdout.readline())
            return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=10)


class Server:
    """A server over one database: started any number of times, on the same port, with the same settings."""

    def __init__(
        self, spawner: Spawner, home: Path, database: str, *, program: str = "serve", **settings: object
    ) -> None:
        self.port = free_port()
        self.database = database
        self.log = home / "server.log"
        self._spawner = spawner
        self._program = program
        self._home = home
        self._pid: int | None = None
        given = {
            "database": database,
            "port": self.port,
            "public_url": self.url,
            "telegram_token": TELEGRAM_TOKEN,
            "telegram_secret": TELEGRAM_SECRET,
            **settings,
        }
        self.settings = {f"BENTORNATO_{name.upper()}": str(value) for name, value in given.items()}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._pid is not None
        return self._pid

    async def start(self) -> None:
        """Start it and wait until it says that it is well."""
        self._pid = await self._spawn(self.log, self._program)
        wire = Wire(self.port)
        try:
            async with asyncio.timeout(_STARTED):
                while not await self._is_well(wire):
                    await asyncio.sleep(0.02)
        finally:
            await wire.close()

    async def _is_well(self, wire: Wire) -> bool:
        if self._spawner.poll(self.pid) is not None:
            self._pid = None
            raise AssertionError(f"the server ended by itself:\n{self.log.read_text()[-4000:]}")
        try:
            return (await wire.get("/health"))[0] == 200
        except LOST:
            return False

    async def kill(self) -> None:
        """`kill -9`."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """SIGTERM, and wait until it has ended: its return code."""
        return await self._end(signal.SIGTERM)

    async def _spawn(self, out: Path, *arguments: str) -> int:
        order = Order(arguments, self.settings, self._home, out, self.log)
        return await asyncio.to_thread(self._spawner.spawn, order)

    async def _end(self, signal_number: signal.Signals) -> int:
        pid, self._pid = self._pid, None
        if pid is None:
            return 0
        os.kill(pid, signal_number)
        return await self._ended(pid)

    async def _ended(self, pid: int) -> int:
        ends = time.monotonic() + _STOPPED
        while (code := self._spawner.poll(pid)) is None:
            if time.monotonic() > ends:
                os.kill(pid, signal.SIGKILL)
                raise AssertionError(f"the process did not end:\n{self.log.read_text()[-4000:]}")
            await asyncio.sleep(0.02)
        return code

    async def command(self, *arguments: str) -> str:
        """What another `bentornato` command with the same settings prints, beside the server or without it."""
        out = self._home / "command.out"
        out.write_text("")
        assert await self._ended(await self._spawn(out, *arguments)) == 0, self.log.read_text()[-4000:]
        return out.read_text()

    def rss(self) -> int:
        """Bytes of memory of its own now: without the tables it maps from files, which come in page by page."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("no RssAnon")


def rows(database: str, sql: str) -> list[tuple[Any, ...]]:
    """What a query finds, over a connection of its own."""
    if database.startswith("sqlite:///"):
        connection = sqlite3.connect(database.removeprefix("sqlite:///"), timeout=30)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()
    with psycopg.connect(database, autocommit=True) as postgres:
        return postgres.execute(sql.encode()).fetchall()


async def until(database: str, sql: str, wanted: object, *, seconds: float = 30.0) -> None:
    """Wait until the query's first value is what is wanted."""
    ends = time.monotonic() + seconds
    while True:
        found = (await asyncio.to_thread(rows, database, sql))[0][0]
        if found == wanted:
            return
        assert time.monotonic() < ends, f"{sql}: still {found}, wanted {wanted}"
        await asyncio.sleep(0.05)

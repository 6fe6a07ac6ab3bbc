"""The program in a process of its own, as an operator runs it; stopped, killed and looked at by its process id."""

import asyncio
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg

from tests.robustness.wire import LOST, Wire

ROOT = Path(__file__).resolve().parents[2]
TELEGRAM_TOKEN = "4242:AAfake-token"
TELEGRAM_SECRET = "robust-secret"
TWILIO_ACCOUNT = "AC" + "7" * 32
TWILIO_TOKEN = "robust-token"
SERVE = ("-m", "bot", "serve")
QUIET = ("-m", "tests.robustness.quiet")
"""The same application without its sender."""
_STARTED = 60.0
_STOPPED = 60.0


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A program over one database. Started any number of times, on the same port, with the same settings."""

    def __init__(self, home: Path, database: str, *, program: tuple[str, ...] = SERVE, **settings: object) -> None:
        self.port = free_port()
        self.home = home
        self.database = database
        self.log = home / "server.log"
        self._program = program
        self._process: asyncio.subprocess.Process | None = None
        given = {
            "database": database,
            "port": self.port,
            "public_url": self.url,
            "telegram_token": TELEGRAM_TOKEN,
            "telegram_secret": TELEGRAM_SECRET,
            **settings,
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("BENTORNATO_")}
        named = {f"BENTORNATO_{name.upper()}": str(value) for name, value in given.items()}
        self.environment = {**inherited, **named, "PYTHONPATH": str(ROOT)}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Start it and wait until it says that it is well."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, *self._program, cwd=self.home, env=self.environment, stdout=log, stderr=log
            )
        wire = Wire(self.port)
        try:
            async with asyncio.timeout(_STARTED):
                while not await self._is_well(wire):
                    await asyncio.sleep(0.02)
        finally:
            await wire.close()

    async def _is_well(self, wire: Wire) -> bool:
        assert self._process is not None
        if self._process.returncode is not None:
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

    async def _end(self, signal_number: signal.Signals) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        if process.returncode is None:
            process.send_signal(signal_number)
        try:
            return await asyncio.wait_for(process.wait(), _STOPPED)
        except TimeoutError:
            process.kill()
            await process.wait()
            raise

    def rss(self) -> int:
        """Bytes of memory it holds now."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("no VmRSS")

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another `bentornato` command with the same settings, beside the server or without it."""
        return subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            cwd=self.home,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


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

"""Servers under measurement: each a uvicorn process of its own, on loopback, with its CPU time read from /proc."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks._questions import Target

ROOT = Path(__file__).resolve().parent.parent
_START_SECONDS = 60.0
_STOP_SECONDS = 20.0
_STANDARD_ERROR = 2
"""Where a server's own output goes: the one line is all that goes to standard output."""
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Server:
    """What to run and how to speak to it."""

    name: str
    target: Target
    app: str
    """`module:attribute`, as uvicorn wants it."""
    database: Path
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Running:
    """A started server."""

    server: Server
    port: int
    process: "subprocess.Popen[bytes]"

    def cpu_seconds(self) -> float:
        """User and system time of all its threads so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICK


@contextmanager
def running(server: Server, folder: Path) -> Iterator[Running]:
    """The server, answering; on leaving it is told to stop, and drains."""
    port = _free_port()
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        server.app,
        "--port",
        str(port),
        "--loop",
        "uvloop",
        "--http",
        "httptools",
    ]
    command += ["--no-access-log", "--log-level", "warning", *server.arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **(server.environment or {})}
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=_STANDARD_ERROR)
    try:
        _wait_until_open(process, port)
        yield Running(server, port, process)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def _wait_until_open(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(f"no answer on port {port}")

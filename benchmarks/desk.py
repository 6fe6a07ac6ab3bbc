"""Open desks under load: from a member's message arriving to the desk that shows it.

    python -m benchmarks.desk [--quick]

Members whose conversations people have write over WhatsApp at a steady rate; every desk is signed in, has one
conversation open and listens. Three spells in one run, on the same server: the messages alone; the baseline, where
every desk asks for its messages each second instead of listening (without the queue, which listeners get as well);
and the desks listening. CPU and memory are the server process's own. Prints one JSON line.
"""

import argparse
import asyncio
import gc
import json
import os
import platform
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop

from benchmarks import _books
from benchmarks._desks import Desk, Listener, Paced, Poller, Seen, fill, send_paced
from benchmarks._members import LOCALES, Crowd
from benchmarks._questions import ACCOUNT, SENDER, Question, Target, requests
from benchmarks._servers import Running, Server, running

_PUBLIC = "https://bot.example"
_TOKEN = "pipeline-secret"
_GOALS = {"lost": 0, "kilobytes_per_desk": 200, "digests_per_second": 2}


@dataclass(frozen=True, slots=True)
class Plan:
    """How much. `rate`: messages a second."""

    desks: int = 200
    rate: int = 100
    seconds: int = 20
    polling_seconds: int = 10
    alone_seconds: int = 5


QUICK = Plan(desks=8, rate=40, seconds=2, polling_seconds=2, alone_seconds=1)


def server(folder: Path) -> Server:
    """The application with the desk, sending paused."""
    path = folder / "desk.db"
    return Server(
        name="desk",
        target=Target(f"{_PUBLIC}/webhooks/whatsapp", _TOKEN),
        app="benchmarks.served:app",
        database=path,
        arguments=("--timeout-graceful-shutdown", "2"),
        environment={
            "BENTORNATO_DATABASE": f"sqlite:///{path}",
            "BENTORNATO_PUBLIC_URL": _PUBLIC,
            "BENTORNATO_TWILIO_ACCOUNT": ACCOUNT,
            "BENTORNATO_TWILIO_TOKEN": _TOKEN,
            "BENTORNATO_WHATSAPP_SENDER": SENDER,
            "BENTORNATO_LOCALES": ",".join(LOCALES),
        },
    )


@dataclass(slots=True)
class Spell:
    """One spell of messages: what it cost the server, when each message was due and when it was seen."""

    sent: Paced
    seen: Seen
    cpu_share: float
    seconds: float

    def latencies(self) -> list[float]:
        """Seconds, sorted, of those that were seen."""
        return sorted(self.seen.at[n] - due for n, due in enumerate(self.sent.due) if n in self.seen.at)

    def report(self) -> dict[str, Any]:
        waits = self.latencies() or [0.0]
        return {
            "p50_ms": round(waits[len(waits) // 2] * 1e3, 1),
            "p99_ms": round(waits[len(waits) * 99 // 100] * 1e3, 1),
            "max_ms": round(waits[-1] * 1e3, 1),
            "messages": len(self.sent.due),
            "lost": len(self.sent.due) - len(self.seen.at),
            "cpu_share": round(self.cpu_share, 3),
            "megabytes_per_second": round(self.seen.bytes / self.seconds / 1e6, 2),
            "statuses": {str(status): count for status, count in sorted(self.sent.statuses.items())},
            "events": dict(sorted(self.seen.events.items())),
        }


class Bench:
    """A running server and the desks that work on it."""

    def __init__(self, one: Running, crowd: Crowd, desks: Sequence[Desk], plan: Plan) -> None:
        self._one, self._crowd, self._desks, self._plan = one, crowd, desks, plan
        self._spells = 0

    async def spell(self, seen: Seen, seconds: int) -> Spell:
        """Messages for so long, each to a conversation by chance."""
        self._spells += 1
        first = self._spells * 1_000_000
        count, chance = seconds * self._plan.rate, random.Random(self._spells)
        questions = [
            Question(
                f"SM{self._spells:08x}{number:024x}",
                self._crowd[chance.randrange(len(self._crowd))],
                f"where is my order ref-{first + number:09d}-",
            )
            for number in range(count)
        ]
        ready = list(requests(questions, self._one.server.target))
        gc.collect()
        seen.begin(first)
        before, started = self._one.cpu_seconds(), time.perf_counter()
        sent = await send_paced(self._one.port, ready, rate=self._plan.rate)
        await self._drained(seen, count if seen.opened else 0)
        took = time.perf_counter() - started
        return Spell(sent, seen, (self._one.cpu_seconds() - before) / took, took)

    async def _drained(self, seen: Seen, count: int) -> None:
        until = time.perf_counter() + 5
        while len(seen.at) < count and time.perf_counter() < until:
            await asyncio.sleep(0.01)

    async def polling(self) -> Spell:
        """The baseline."""
        seen, loop, opened = Seen(opened=1), asyncio.get_running_loop(), []
        for desk in self._desks:
            made = await loop.create_connection(lambda desk=desk: Poller(desk, seen, 1.0), "127.0.0.1", self._one.port)  # type: ignore[misc]
            opened.append(made[0])
            await asyncio.sleep(1.0 / len(self._desks))
        spell = await self.spell(seen, self._plan.polling_seconds)
        for transport in opened:
            transport.close()
        return spell

    async def listen(self, desks: Sequence[Desk], seen: Seen) -> list[Listener]:
        """Open event streams, and wait until each shows its conversation."""
        loop, made = asyncio.get_running_loop(), []
        for desk in desks:
            found = await loop.create_connection(lambda desk=desk: Listener(desk, seen), "127.0.0.1", self._one.port)  # type: ignore[misc]
            made.append(found[1])
        async with asyncio.timeout(30):
            while seen.opened < len(desks):
                await asyncio.sleep(0.02)
        await asyncio.sleep(1.5)
        return made

    async def warm_up(self) -> None:
        """What is loaded and compiled on first use is in memory before memory is looked at."""
        seen = Seen()
        for listener in await self.listen(self._desks[:4], seen):
            assert listener.transport is not None
            listener.transport.close()
        await self.spell(Seen(), 1)

    def resident(self) -> int:
        """Bytes of the server in memory."""
        fields = Path(f"/proc/{self._one.process.pid}/statm").read_text().split()
        return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")


async def measure(plan: Plan, folder: Path, desks: Sequence[Desk], crowd: Crowd) -> dict[str, Any]:
    """The three spells."""
    with running(server(folder), folder) as one:
        bench = Bench(one, crowd, desks, plan)
        await bench.warm_up()
        alone = await bench.spell(Seen(), plan.alone_seconds)
        polled = await bench.polling()
        before, seen = bench.resident(), Seen()
        listeners = await bench.listen(desks, seen)
        opened = bench.resident()
        for listener in listeners:
            listener.queues = 0
        live = await bench.spell(seen, plan.seconds)
        digests = max(listener.queues for listener in listeners) / live.seconds
        cut, after, stopping = sum(one.is_lost for one in listeners), bench.resident(), time.perf_counter()
    return {
        "desk": live.report()
        | {
            "desks": len(desks),
            "cut": cut,
            "digests_per_second": round(digests, 2),
            "kilobytes_per_desk": round((opened - before) / len(desks) / 1024, 1),
            "kilobytes_per_desk_after": round((after - before) / len(desks) / 1024, 1),
            "stop_seconds": round(time.perf_counter() - stopping, 2),
        },
        "polling": polled.report(),
        "messages_alone_cpu_share": round(alone.cpu_share, 3),
    }


def report(plan: Plan, found: dict[str, Any]) -> dict[str, Any]:
    """The line."""
    desk, polling = found["desk"], found["polling"]
    correct = not desk["lost"] and not desk["cut"] and set(desk["statuses"]) == {"200"}
    return {
        "benchmark": "desk",
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "rate": plan.rate,
        "seconds": plan.seconds,
        **found,
        "polling_over_desk_p50": round(polling["p50_ms"] / max(0.1, desk["p50_ms"]), 1),
        "load_average": round(os.getloadavg()[0], 1),
        "goals": {name: desk[name] <= goal for name, goal in _GOALS.items()},
        "correct": correct,
    }


def options(arguments: Sequence[str]) -> tuple[Plan, Path | None]:
    """The plan the flags ask for, and the folder for the database."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.desk", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a short run, for tests: its times mean nothing")
    for name in Plan.__slots__:
        parser.add_argument(f"--{name.replace('_', '-')}", type=int)
    parser.add_argument("--folder", type=Path, help="where the database is made (default: the temporary folder)")
    given = parser.parse_args(arguments)
    base = QUICK if given.quick else Plan()
    return Plan(**{name: getattr(given, name) or getattr(base, name) for name in Plan.__slots__}), given.folder


def main(arguments: Sequence[str]) -> int:
    plan, where = options(arguments)
    crowd = Crowd(plan.desks)
    with tempfile.TemporaryDirectory(prefix="bentornato-bench-", dir=where) as name:
        folder = Path(name)
        _books.fill(folder / "desk.db", crowd)
        desks = fill(folder / "desk.db", crowd)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            found = runner.run(measure(plan, folder, desks, crowd))
    line = report(plan, found)
    print(json.dumps(line))
    return 0 if line["correct"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The main job under load: webhook -> durable -> processed -> outbox, beside the bare floor and an ordinary design.

    python -m benchmarks.pipeline [--quick]

Members ask for their balance over WhatsApp on kept-alive connections; sending is paused. All servers get the same
forms in the same order, in turns, so that a slow moment of the machine meets each of them. CPU is the server
process's own, all threads; the client is this process. Prints one JSON line; docs/performance.md explains it.
"""

import argparse
import asyncio
import gc
import json
import os
import platform
import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import uvloop

from benchmarks import _books, floor, ordinary
from benchmarks._load import Load, drive
from benchmarks._members import LOCALES, Crowd
from benchmarks._questions import ACCOUNT, SENDER, Question, Target, ask, requests, wordings
from benchmarks._servers import ROOT, Running, Server, running

_SEED = 20240607
_PUBLIC = "https://bot.example"
_TOKEN = "pipeline-secret"
_ORDINARY_SHARE = 8
"""The ordinary design gets this many times fewer messages: it needs that many times longer for each."""
_SLICE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is asked. Of `messages`, each round sends its part."""

    members: int = 10_000
    warm_up: int = 2_000
    messages: int = 20_000
    rounds: int = 4
    connections: int = 32

    def share(self, name: str, count: int) -> int:
        return max(self.connections, count // _ORDINARY_SHARE) if name == "ordinary" else count


QUICK = Plan(members=200, warm_up=64, messages=512, rounds=2)


@dataclass(slots=True)
class Measured:
    """One server's rounds."""

    asked: list[Question] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)
    per_second: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)

    def add(self, load: Load, cpu_seconds: float) -> None:
        count = sum(load.statuses.values())
        self.cpu_us.append(cpu_seconds / count * 1e6)
        self.per_second.append(count / load.seconds)
        self.latencies += load.latencies

    def count(self, load: Load) -> None:
        for status, number in load.statuses.items():
            self.statuses[status] = self.statuses.get(status, 0) + number

    def report(self, found: _books.Checked) -> dict[str, Any]:
        waits = sorted(self.latencies)
        statuses = {str(status): number for status, number in sorted(self.statuses.items())}
        return {
            "cpu_us": round(median(self.cpu_us), 1),
            "messages_per_second": round(median(self.per_second), 1),
            "p50_ms": round(waits[len(waits) // 2] * 1e3, 2),
            "p99_ms": round(waits[len(waits) * 99 // 100] * 1e3, 2),
            "messages": len(self.asked),
            "statuses": statuses,
            "inbox": found.inbox,
            "outbox": found.outbox,
            "correct": not found.wrong and list(statuses) == ["200"],
            "wrong": _books.first(found.wrong),
        }


def servers(folder: Path, members: int) -> Iterator[Server]:
    """Who takes part: always the pipeline, the floor and the ordinary design; the reference floor where it is."""
    files = {name: folder / f"{name}.db" for name in ("pipeline", "floor", "reference", "ordinary")}
    yield Server(
        name="pipeline",
        target=Target(f"{_PUBLIC}/webhooks/whatsapp", _TOKEN),
        app="benchmarks.served:app",
        database=files["pipeline"],
        environment={
            "BENTORNATO_DATABASE": f"sqlite:///{files['pipeline']}",
            "BENTORNATO_PUBLIC_URL": _PUBLIC,
            "BENTORNATO_TWILIO_ACCOUNT": ACCOUNT,
            "BENTORNATO_TWILIO_TOKEN": _TOKEN,
            "BENTORNATO_WHATSAPP_SENDER": SENDER,
            "BENTORNATO_LOCALES": ",".join(LOCALES),
        },
    )
    yield Server(
        name="floor",
        target=Target(floor.URL, floor.TOKEN.decode()),
        app="benchmarks.floor:create",
        database=files["floor"],
        arguments=("--factory", "--lifespan", "off"),
        environment={"FLOOR_DATABASE": str(files["floor"]), "FLOOR_MEMBERS": str(members)},
    )
    reference = reference_floor()
    if reference is not None:
        yield Server(
            name="reference",
            target=Target(f"{_PUBLIC}/hook", "floor-token"),
            app=f"{reference.stem}:app",
            database=files["reference"],
            arguments=("--lifespan", "off", "--app-dir", str(reference.parent)),
            environment={"FLOOR_DB": str(files["reference"]), "FLOOR_SYNC": "FULL", "PYTHONDONTWRITEBYTECODE": "1"},
        )
    yield Server(
        name="ordinary",
        target=Target(ordinary.URL, ordinary.TOKEN),
        app="benchmarks.ordinary:app",
        database=files["ordinary"],
        environment={
            "ORDINARY_DATABASE": str(files["ordinary"]),
            "ORDINARY_MEMBERS": str(members),
        },
    )


def reference_floor() -> Path | None:
    """Another floor to hold ours against: BENTORNATO_REFERENCE_FLOOR, or the one in shared/ beside the repository."""
    named = os.environ.get("BENTORNATO_REFERENCE_FLOOR")
    path = Path(named) if named else ROOT.parent / "shared" / "reference" / "floor.py"
    return path.resolve() if path.is_file() else None


async def measure(plan: Plan, folder: Path) -> dict[str, Measured]:
    """Every server warmed up, then a slice of the questions to each in turn, round after round."""
    crowd, spoken = Crowd(plan.members), wordings()
    measured: dict[str, Measured] = {}
    with ExitStack() as stack:
        all_running = [stack.enter_context(running(one, folder)) for one in servers(folder, plan.members)]
        for turn in range(plan.rounds + 1):
            count = plan.messages // plan.rounds if turn else plan.warm_up
            questions = ask(crowd, spoken, first=turn << 32, count=count, seed=_SEED + turn)
            for one in all_running:
                found = measured.setdefault(one.server.name, Measured())
                await _slice(one, questions[: plan.share(one.server.name, count)], found, plan, counts=turn > 0)
    return measured


async def _slice(one: Running, questions: Sequence[Question], found: Measured, plan: Plan, *, counts: bool) -> None:
    prepared = list(requests(questions, one.server.target))
    gc.collect()
    before = one.cpu_seconds()
    load = await drive(one.port, prepared, connections=plan.connections, seconds=_SLICE_SECONDS)
    spent = one.cpu_seconds() - before
    found.asked += questions
    found.count(load)
    if counts:
        found.add(load, spent)


def ratio(above: Sequence[float], below: Sequence[float]) -> float:
    """The median over the rounds of one figure over the other."""
    return round(median(one / other for one, other in zip(above, below, strict=True)), 3)


def report(plan: Plan, measured: Mapping[str, Measured], folder: Path) -> dict[str, Any]:
    """The line: settings, each server's figures, the ratios."""
    checks = {name: _books.check if name == "pipeline" else _books.rows_of for name in measured}
    figures = {name: found.report(checks[name](folder / f"{name}.db", found.asked)) for name, found in measured.items()}
    pipeline, bare, ordinary_one = (measured[name] for name in ("pipeline", "floor", "ordinary"))
    reference = measured.get("reference")
    return {
        "benchmark": "pipeline",
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "synchronous": "FULL",
        "connections": plan.connections,
        "members": plan.members,
        "locales": list(LOCALES),
        "rounds": plan.rounds,
        "reference": None,
        **figures,
        "pipeline_over_floor_cpu": ratio(pipeline.cpu_us, bare.cpu_us),
        "floor_over_reference_cpu": None if reference is None else ratio(bare.cpu_us, reference.cpu_us),
        "throughput_over_ordinary": ratio(pipeline.per_second, ordinary_one.per_second),
        "correct": all(figure["correct"] for figure in figures.values()),
    }


def options(arguments: Sequence[str]) -> tuple[Plan, Path | None]:
    """The plan the flags ask for, and the folder for the databases."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pipeline", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a short run, for tests: its times mean nothing")
    for name in Plan.__slots__:
        parser.add_argument(f"--{name.replace('_', '-')}", type=int)
    parser.add_argument("--folder", type=Path, help="where the databases are made (default: the temporary folder)")
    given = parser.parse_args(arguments)
    base = QUICK if given.quick else Plan()
    named = {name: getattr(given, name) or getattr(base, name) for name in Plan.__slots__}
    return Plan(**named), given.folder


def main(arguments: Sequence[str]) -> int:
    plan, where = options(arguments)
    with tempfile.TemporaryDirectory(prefix="bentornato-bench-", dir=where) as name:
        folder = Path(name)
        _books.fill(folder / "pipeline.db", Crowd(plan.members))
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            measured = runner.run(measure(plan, folder))
        line = report(plan, measured, folder)
    print(json.dumps(line))
    return 0 if line["correct"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The desk's benchmark runs, loses nothing and prints its one line. What it measures is no test's business."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from benchmarks import desk
from benchmarks._desks import Paced, Seen

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.long, pytest.mark.xdist_group("pipeline_benchmark")]


@pytest.fixture(scope="module")
def line() -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.desk", "--quick"],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, (done.stdout[-2000:], done.stderr[-2000:])
    assert done.stdout.count("\n") == 1
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_every_message_reaches_its_desk_both_ways(line: dict[str, Any]) -> None:
    assert line["correct"]
    plan = desk.QUICK
    for name, seconds in (("desk", plan.seconds), ("polling", plan.polling_seconds)):
        assert line[name]["messages"] == plan.rate * seconds
        assert line[name]["statuses"] == {"200": plan.rate * seconds}
        assert line[name]["lost"] == 0
        assert 0 < line[name]["p50_ms"] <= line[name]["p99_ms"]
    assert line["desk"]["events"]["entry"] >= plan.rate * plan.seconds
    assert line["desk"]["cut"] == 0


def test_the_line_has_every_figure(line: dict[str, Any]) -> None:
    assert line["desk"]["digests_per_second"] <= 2.5
    assert {"cpus", "python", "rate", "seconds", "load_average", "goals", "messages_alone_cpu_share"} <= set(line)
    assert {"kilobytes_per_desk", "kilobytes_per_desk_after", "cpu_share", "stop_seconds"} <= set(line["desk"])
    assert line["desk"]["stop_seconds"] < 5


def test_a_message_that_nobody_saw_is_lost() -> None:
    seen = Seen()
    seen.begin(1_000_000)
    seen.take(999_999)
    seen.take(1_000_001)
    spell = desk.Spell(Paced([0.0, 0.0], Counter({200: 2})), seen, 0.1, 1.0)
    assert list(seen.at) == [1]
    assert spell.report()["lost"] == 1
    found = {"desk": spell.report() | {"cut": 0, "kilobytes_per_desk": 1, "digests_per_second": 1}}
    assert not desk.report(desk.QUICK, found | {"polling": spell.report()})["correct"]


def test_flags_change_the_plan() -> None:
    plan, folder = desk.options(["--quick", "--desks", "3", "--folder", "here"])
    assert (plan.desks, plan.rate, folder) == (3, desk.QUICK.rate, Path("here"))

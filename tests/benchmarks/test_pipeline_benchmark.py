"""The benchmark runs, answers everybody rightly and prints its one line. What it measures is no test's business."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import pipeline
from benchmarks._members import LOCALES, Crowd
from benchmarks._questions import Target, ask, requests, wordings

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.long, pytest.mark.xdist_group("pipeline_benchmark")]
SERVERS = ("pipeline", "floor", "ordinary")


@pytest.fixture(scope="module")
def line() -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.pipeline", "--quick"],
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


def test_every_message_is_kept_and_answered_in_the_members_own_locale(line: dict[str, Any]) -> None:
    assert line["correct"]
    plan = pipeline.QUICK
    for name in SERVERS:
        expected = plan.share(name, plan.warm_up) + plan.rounds * plan.share(name, plan.messages // plan.rounds)
        figures = line[name]
        assert figures["statuses"] == {"200": expected}
        assert figures["messages"] == figures["inbox"] == figures["outbox"] == expected
        assert figures["wrong"] == []


def test_the_line_has_every_figure(line: dict[str, Any]) -> None:
    assert line["synchronous"] == "FULL"
    assert line["locales"] == list(LOCALES)
    assert {"cpus", "python", "sqlite", "connections", "members", "rounds"} <= set(line)
    for name in SERVERS:
        for figure in ("cpu_us", "messages_per_second", "p50_ms", "p99_ms"):
            assert line[name][figure] > 0
    assert line["pipeline_over_floor_cpu"] > 0
    assert line["throughput_over_ordinary"] > 0
    is_there = pipeline.reference_floor() is not None
    assert (line["reference"] is not None) == is_there
    assert (line["floor_over_reference_cpu"] is not None) == is_there


def test_every_locale_is_asked_in_phrases_and_in_sentences_close_to_them() -> None:
    spoken = wordings()
    assert list(spoken) == list(LOCALES)
    for wording in spoken.values():
        assert len(wording.exact) > 20
        assert len(wording.near) > 10


def test_questions_are_the_same_for_every_server_but_for_the_signature() -> None:
    asked = ask(Crowd(50), wordings(), first=7, count=20, seed=1)
    assert asked == ask(Crowd(50), wordings(), first=7, count=20, seed=1)
    assert len({question.sid for question in asked}) == 20
    first, second = (list(requests(asked, Target(f"https://bot.example/{name}", name))) for name in ("one", "another"))
    for one, other in zip(first, second, strict=True):
        assert one != other
        assert one.partition(b"\r\n\r\n")[2] == other.partition(b"\r\n\r\n")[2]


def test_flags_change_the_plan() -> None:
    plan, folder = pipeline.options(["--quick", "--messages", "64", "--folder", "here"])
    assert (plan.messages, plan.members, folder) == (64, pipeline.QUICK.members, Path("here"))

"""docs/understand.md: each example gives the printed lines, and every field, intent and kind is on the page."""

import json
import re
import shlex
from pathlib import Path
from typing import get_args

import pytest
from typer.testing import CliRunner

from bot.__main__ import build
from bot.commands.understand import Line
from bot.understanding.entities import Kind
from bot.understanding.intents import family_of
from bot.understanding.phrases import Phrases

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "understand.md").read_text()
SAMPLES = re.findall(r"```\n(\{.*\})\n(\{.*\})\n```", PAGE)
TOLD = re.findall(r"```\n\$ bentornato (.*)\n((?:[^`].*\n)+)```", PAGE)
LOOSE = ("confidence", "score")
"""They move a little with the phrases."""


def rows(title: str) -> list[list[str]]:
    """The cells of the first table after a heading or a sentence."""
    table = PAGE.partition(title)[2].partition("|---|")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[1:]]


def names(title: str) -> set[str]:
    return {cell.strip("`") for cell, *_ in rows(title)}


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("elsewhere")
def test_examples_are_what_the_command_prints() -> None:
    asked = "".join(f"{line}\n" for line, _ in SAMPLES)
    done = CliRunner().invoke(build("understand"), ["understand"], input=asked)
    assert done.exit_code == 0
    printed = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(printed) == len(SAMPLES) >= 10
    for answer, (line, shown) in zip(printed, SAMPLES, strict=True):
        expected = json.loads(shown)
        for field in LOOSE:
            assert answer.pop(field, 0) == pytest.approx(expected.pop(field, 0), abs=0.15), line
        assert answer == expected, line
        assert answer.keys() <= names("Every line of output") | {"error"}


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize(("arguments", "shown"), TOLD, ids=[arguments for arguments, _ in TOLD])
def test_what_a_person_is_told(arguments: str, shown: str) -> None:
    done = CliRunner().invoke(build("understand"), shlex.split(arguments))
    assert [line.partition(" (")[0] for line in done.stdout.splitlines()] == [
        line.partition(" (")[0] for line in shown.splitlines()
    ]


def test_every_field_has_its_line() -> None:
    assert names("Every line of standard input") == set(Line.model_fields)
    assert names("Every line of output") == json.loads(SAMPLES[0][1]).keys()


def test_every_intent_has_its_line() -> None:
    shipped = {intent for one in Phrases.load([ROOT / "locales"], ["en"]) for intent in one.sentences}
    finer = {kind for *_, kinds in rows("## Intents") for kind in re.findall(r"`([a-z_.]+)`", kinds)}
    assert names("## Intents") == {family_of(intent) for intent in shipped}
    assert finer == {intent for intent in shipped if "." in intent}


def test_every_kind_of_entity_has_its_line() -> None:
    assert names("## Entities") == set(get_args(Kind))

"""docs/coverage.md: what it names exists, every row has a state and its grounds, and its figures are true."""

import ast
import re
from collections import Counter
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import pytest

from loyalty.programme import load
from tests.transcripts.script import scripts

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
ASKED = {"Strategy and market": 9, "Relations": 4, "SME guide": 8, "Loyalty": 3, "Glossary": 5}
"""The checklist's sections and how many lines each has."""
STATES = ("yes", "in part", "later")
ROW = re.compile(r"^\| (\d+)([a-z]) \|(.*)\|$", re.MULTILINE)


class Row(NamedTuple):
    """One row of a table; `number` is a line of the checklist, `letter` a part of it."""

    number: int
    letter: str
    asked: str
    state: str
    where: str
    test: str
    note: str


def rows(words: str = PAGE) -> list[Row]:
    """The rows of the checklist's tables."""
    return [Row(int(number), letter, *map(str.strip, cells.split("|"))) for number, letter, cells in ROW.findall(words)]


def quoted(words: str) -> list[str]:
    return re.findall(r"`([^`]+)`", words)


def section(name: str) -> str:
    return PAGE.split(f"\n## {name}\n", 1)[1].split("\n## ", 1)[0]


@cache
def names_in(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in tree.body if isinstance(node, kinds) and node.name.startswith("test_"))


def there_is(name: str) -> bool:
    """A flow, transcript, command, test or path of ours."""
    kind, _, what = name.partition(" ")
    places = {"flow": "bot/flows/definitions/{}.yaml", "transcript": "tests/transcripts/{}.yaml"}
    places["bentornato"] = "bot/commands/{}.py"
    if what:
        return kind in places and (ROOT / places[kind].format(what)).is_file()
    path, _, test = name.partition("::")
    return (ROOT / path).exists() and (not test or test in names_in(ROOT / path))


def is_test(name: str) -> bool:
    return name.startswith("transcript ") or "::" in name


def test_what_is_named_is_there() -> None:
    assert len(quoted(PAGE)) > 300
    assert [name for name in quoted(PAGE) if not there_is(name)] == []


@pytest.mark.parametrize("name", ["flow nothing", "bot/nothing.py", "tests/docs/test_coverage_page.py::test_x", "x y"])
def test_what_is_not_there_is_noticed(name: str) -> None:
    assert not there_is(name)


def test_the_sections_and_lines_of_the_checklist_come_in_order() -> None:
    headings = re.findall(r"^## (.*)$", PAGE, re.MULTILINE)
    assert headings[: len(ASKED)] == list(ASKED)
    found = {name: [row.number for row in rows(section(name))] for name in ASKED}
    assert {name: len(set(numbers)) for name, numbers in found.items()} == ASKED
    lines = [(number, [row.letter for row in group]) for number, group in groupby(rows(), lambda row: row.number)]
    assert [number for number, _ in lines] == list(range(1, sum(ASKED.values()) + 1))
    assert [letters for _, letters in lines if "".join(letters) not in "abcdefghijklmnopqrstuvwxyz"] == []
    assert [letters for _, letters in lines if letters[0] != "a"] == []


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row.number}{row.letter}")
def test_every_row_has_a_state_and_its_grounds(row: Row) -> None:
    assert row.state in STATES
    assert re.search(r"\((00[0-4])\)$", row.asked)
    assert all(is_test(name) for name in quoted(row.test))
    if row.state == "later":
        assert "A later release: " in row.note
    else:
        assert quoted(row.where)
        assert quoted(row.test)
        assert ("Missing: " in row.note or re.search(r"as in row", row.note) is not None) == (row.state == "in part")


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row.number}{row.letter}")
def test_a_transcript_plays_a_flow_of_its_row(row: Row) -> None:
    flows = {name.removeprefix("flow ") for name in quoted(row.where) if name.startswith("flow ")}
    named = [name.removeprefix("transcript ") for name in quoted(row.test) if name.startswith("transcript ")]
    played = {name: set(scripts()[name].covers) for name in named}
    assert [name for name in named if flows and not flows & played[name]] == []


def test_rows_that_are_referred_to_are_there() -> None:
    known = {f"{row.number}{row.letter}" for row in rows()}
    said = set(re.findall(r"row (\d+[a-z])", PAGE))
    assert said
    assert said <= known
    assert re.search(r"#\d", PAGE) is None


def test_the_countries_are_those_of_the_demo() -> None:
    programme = load(ROOT / "programmes" / "demo" / "programme.yaml")
    table = re.findall(
        r"^\| ([A-Z]{2}) \| (.*?) \| (.*?) \| (.*?) \| .+ \|$",
        section("What the programme does by country"),
        re.MULTILINE,
    )
    assert [code for code, *_ in table] == list(programme.markets)
    for code, currency, modules, channels in table:
        rules = programme.market(code)
        said = (currency, frozenset(modules.split(", ")), tuple(channels.split(", ")))
        assert said == (rules.currency, rules.modules, rules.channels), code


def test_the_totals_are_right() -> None:
    by_line: dict[int, set[str]] = {}
    for row in rows():
        by_line.setdefault(row.number, set()).add(row.state)
    states = [found.pop() if len(found) == 1 else "in part" for found in by_line.values()]
    for name, counted in (("rows", Counter(row.state for row in rows())), ("lines of the checklist", Counter(states))):
        figures = [counted[state] for state in STATES]
        assert f"| {name} | {' | '.join(map(str, [*figures, sum(figures)]))} |" in section("Totals")

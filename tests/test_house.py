"""The house rules that no linter holds: sizes, names, docstrings, a test for everything, nothing of one machine."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from bot.flows.library import Library
from bot.handlers import discover
from bot.limits import BY_CHANNEL
from tests.transcripts.script import scripts

ROOT = Path(__file__).parents[1]
CODE = sorted(
    path
    for folder in ("bot", "loyalty", "storage", "analytics", "benchmarks", "tests")
    for path in (ROOT / folder).rglob("*.py")
    if "versions" not in path.parts
)
SHIPPED = [path for path in CODE if path.parts[len(ROOT.parts)] != "tests"]
TREES = {path: ast.parse(path.read_text()) for path in CODE}
NAMES = {path: str(path.relative_to(ROOT)) for path in CODE}
VAGUE = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}
FLOWS = sorted((ROOT / "bot" / "flows" / "definitions").glob("*.yaml"))


def test_code_files_are_short() -> None:
    assert [NAMES[path] for path in CODE if len(path.read_text().splitlines()) > 400] == []


def test_conftests_are_shorter_still() -> None:
    long = [path for path in CODE if path.name == "conftest.py" and len(path.read_text().splitlines()) > 150]
    assert [NAMES[path] for path in long] == []


def test_functions_are_short() -> None:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    long = [
        f"{NAMES[path]}: {node.name}"
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, kinds) and (node.end_lineno or 0) - node.lineno + 1 > 60
    ]
    assert long == []


def test_no_module_is_called_anything_at_all() -> None:
    assert [NAMES[path] for path in CODE if VAGUE & {path.stem.strip("_"), path.parent.name}] == []


def test_every_module_says_what_it_is() -> None:
    empty = [path for path, tree in TREES.items() if not ast.get_docstring(tree) and path.read_text().strip()]
    assert [NAMES[path] for path in empty] == []
    assert [NAMES[path] for path in SHIPPED if not ast.get_docstring(TREES[path])] == []


def test_no_test_is_empty_of_assertions() -> None:
    checks = (ast.Assert, ast.Raise)
    idle = [
        f"{NAMES[path]}: {node.name}"
        for path, tree in TREES.items()
        if path.name.startswith("test_")
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not any(isinstance(one, (*checks, ast.Call, ast.With)) for one in ast.walk(node))
    ]
    assert idle == []


SENT_BY_STAFF = frozenset({"reopen"})
"""Flows that no conversation starts: staff send their template from the desk (tests/bot/desk/test_writing.py)."""


def played() -> set[str]:
    """The flows that transcripts cover; test_transcripts holds that against what runs."""
    return {name for script in scripts().values() for name in script.covers} | SENT_BY_STAFF


@pytest.mark.parametrize("path", FLOWS, ids=lambda path: path.stem)
def test_every_flow_is_played_in_a_transcript(path: Path) -> None:
    assert path.stem in played()


def test_transcripts_cover_flows_that_there_are() -> None:
    assert played() == set(Library.load([FLOWS[0].parent]).active)


def test_every_handler_belongs_to_a_flow_that_is_played() -> None:
    used = {
        node.handler
        for name, flow in Library.load([FLOWS[0].parent]).active.items()
        if name in played()
        for node in flow.nodes.values()
        if node.kind == "do"
    }
    assert set(discover()) == used


@pytest.mark.parametrize("channel", sorted(set(BY_CHANNEL) - {"simulator"}))
def test_every_channel_is_in_several_transcripts(channel: str) -> None:
    found = [one for one in scripts().values() if channel in {person.channel for person in one.people.values()}]
    assert len(found) >= 3


@pytest.mark.parametrize(
    "locale", sorted(path.name for path in (ROOT / "locales").iterdir() if (path / "phrases.yaml").exists())
)
def test_every_locale_is_in_two_transcripts(locale: str) -> None:
    found = [name for name, one in scripts().items() if locale in one.locales]
    assert len(found) >= 2, found


def _tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [ROOT / name for name in listed.decode().split("\0") if name and (ROOT / name).is_file()]


def test_nothing_of_one_machine_is_tracked() -> None:
    """Registry hosts, mirrors and machine paths; the patterns are put together so that this file has none of them."""
    forbidden = re.compile(
        "|".join(
            (
                "files." + "pythonhosted",
                "index" + r"-url\s*=",
                "/wo" + "rk/(main|shared)",
                r"/ho" + r"me/\w+/",
                r"/Us" + r"ers/\w+/",
                "/ro" + "ot/",
                "arti" + "factory",
                r"127\.0\.0\.1:80[0-9]{2}/(simple|root/pypi)",
            )
        )
    )
    found = []
    for path in _tracked():
        try:
            words = path.read_text()
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {hit[0]}" for hit in [forbidden.search(words)] if hit]
    assert found == []

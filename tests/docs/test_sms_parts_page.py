"""docs/sms_parts.md is what `bentornato texts sms` makes of the texts now; and the table counts as it says."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.__main__ import build
from bot.commands import texts as command
from bot.commands._sms_page import sayings, table
from bot.texts import Texts
from tests.bot.flows.scripts import library
from tests.bot.test_texts import entry, write

FLOW = """
flow: a
about: A test.
start: ask
steps:
  ask: {ask: "Which one, {name}?", choices: {One: say, Two: end}, invalid: "Hm."}
  say: {say: {one: "{n} thing", other: "{n} things", count: n}, then: again}
  again: {say: "Hm."}
"""


def test_the_page_is_up_to_date() -> None:
    page = command.sms_page()
    assert command.SMS_PAGE.read_text(encoding="utf-8") == page, "run `bentornato texts sms --write`"


def test_what_is_counted(tmp_path: Path) -> None:
    flows = library(FLOW)
    assert [(one.where, one.message.other, one.labels) for one in sayings(flows)] == [
        ("a.ask", "Which one, {name}?", ("One", "Two")),
        ("a.ask", "Hm.", ()),
        ("a.say", "{n} things", ()),
    ]
    write(tmp_path, "ru", entry("Hm.", "х" * 71))
    write(tmp_path, "ru@warm", entry("Hm.", "х" * 135), entry("Which one, {name}?", "Что, {name}?"))
    assert table(flows, Texts.load([tmp_path])).splitlines()[2:] == [
        "| `en` | 3 | 100% | 3 | 0 | 0 | 3 | `a.ask` (1) |",
        "| `ru` | 3 | 66% | 2 | 1 | 0 | 4 | `a.ask` (2) |",
        "| `ru@warm` | 3 | 33% | 2 | 0 | 1 | 5 | `a.ask` (3) |",
    ]


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENTORNATO_LOCALES", "it")
    shown = CliRunner().invoke(build("texts"), ["texts", "sms"])
    assert shown.exit_code == 0
    assert [line.split("`")[1] for line in shown.output.splitlines()[2:]][:3] == ["en", "en@authentic", "en@personal"]
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(command, "SMS_PAGE", tmp_path / "page.md")
    monkeypatch.setattr(command, "sms_page", lambda: "the page")
    assert CliRunner().invoke(build("texts"), ["texts", "sms", "--write"]).output == "written: page.md\n"
    assert (tmp_path / "page.md").read_text() == "the page"

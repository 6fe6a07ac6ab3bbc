"""docs/desk.md: its roles are those of the desk, its keys those of the script, its numbers those of the code."""

import re
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner

from bot.__main__ import build
from bot.desk import ROLES
from bot.desk import _passwords as passwords
from bot.desk import _people as people
from bot.desk import _roles as roles
from bot.desk import _search as searching
from bot.desk import _sessions as sessions
from bot.desk import _tries as tries
from bot.desk._media import MOST_BYTES as MOST_RECEIVED
from bot.media import LINK_LIFE, MOST_BYTES
from loyalty.support import DeskRules

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "desk.md").read_text(encoding="utf-8")
SCRIPT = (ROOT / "bot" / "desk" / "static" / "keys.js").read_text(encoding="utf-8")
HELP = (ROOT / "bot" / "desk" / "templates" / "live.html").read_text(encoding="utf-8")
MINUTE = 60_000_000
HOUR = 60 * MINUTE


def section(name: str) -> str:
    return PAGE.split(f"\n## {name}\n", 1)[1].split("\n## ", 1)[0]


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def rows(words: str) -> list[list[str]]:
    """The table's lines without their head."""
    return [cells(line) for line in words.splitlines() if line.startswith("|")][2:]


def test_the_roles_are_the_desk_s() -> None:
    head, _, *table = [cells(line) for line in section("Roles").splitlines() if line.startswith("|")]
    assert head[1:] == list(ROLES)
    told: dict[str, set[str]] = {role: set() for role in ROLES}
    for what, *marks in table:
        (name,) = re.findall(r"`([a-z:]+)`", what)
        assert set(marks) <= {"yes", ""}
        for role, mark in zip(ROLES, marks, strict=True):
            told[role] |= {name} if mark else set()
    assert told == {role: {one.value for one in allowed} for role, allowed in ROLES.items()}
    assert [re.findall(r"`(.+)`", row[0])[0] for row in table] == [one.value for one in roles.Permission]


def test_the_keys_are_the_script_s_and_the_help_s() -> None:
    told = [key for row in rows(section("The page")) for key in re.findall(r"`([^`]+)`", row[0])]
    block = re.search(r"^const keys = \{\n(.*?)^\};", SCRIPT, re.MULTILINE | re.DOTALL)
    assert block is not None
    letters = re.findall(r'^  "?([^\s"])"?: ', block[1], re.MULTILINE)
    assert sorted(one for one in told if len(one) == 1) == sorted(letters)
    assert [one for one in told if len(one) > 1] == ["Enter", "Ctrl+Enter", "Esc"]
    assert 'key === "Escape"' in SCRIPT
    assert 'key === "Enter" && (event.ctrlKey' in SCRIPT
    shown = [
        "+".join(found) for found in (re.findall(r"<kbd>(.+?)</kbd>", line) for line in HELP.splitlines()) if found
    ]
    assert {*("j", "k"), *shown} - {"j+k"} == set(told) - {"?"}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("do nothing for 30 minutes", DeskRules().idle_minutes == 30),
        ("Five minutes before the 30", DeskRules().warning_minutes == 5),
        ("after 24 hours the bot is back", DeskRules().unanswered_hours == 24),
        ("once, within a\n   day", people.FIRST_LIFE == 24 * HOUR),
        ("once within three days", people.INVITED_LIFE == 72 * HOUR),
        ("at least 12 characters", passwords.LEAST == 12),
        ("after 30 minutes without use, after 12 hours", (sessions.IDLE, sessions.LIFE) == (30 * MINUTE, 12 * HOUR)),
        (
            "Five failed sign-ins for an address from one place, fifty",
            (tries.MOST_FOR_BOTH, tries.MOST_FOR_ADDRESS) == (5, 50),
        ),
        ("or thirty from a place", tries.MOST_FROM_PLACE == 30),
        ("for up to 15 minutes", tries.WINDOW == 15 * MINUTE),
        ("PDF up to 5 MB", MOST_BYTES == 5 * 1024**2),
        ("good for a week", LINK_LIFE == 7 * 24 * HOUR),
        ("up to 16 MB", MOST_RECEIVED == 16 * 1024**2),
        ("the last 90 days", searching.DAYS == 90),
    ],
)
def test_the_numbers_are_the_code_s(said: str, meant: bool) -> None:
    assert said in PAGE
    assert meant


def test_the_example_adds_somebody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (words,) = re.findall(r"^bentornato (staff add .*)$", PAGE, re.MULTILINE)
    with capture_logs():
        assert CliRunner().invoke(build("staff"), words.split()).exit_code == 0
        listed = CliRunner().invoke(build("staff"), ["staff", "list"]).output
    assert listed == "paola@shop.example  Paola  agent  IT  it  invited\n"


@pytest.mark.parametrize(
    "flow", sorted(re.findall(r"`([a-z_]+)`", section("The life of a case").split("Each of these")[1].split("…")[0]))
)
def test_the_flows_are_there(flow: str) -> None:
    assert (ROOT / "bot" / "flows" / "definitions" / f"{flow}.yaml").is_file()


def test_the_commands_are_there() -> None:
    for group, command in sorted(set(re.findall(r"`bentornato (staff|connect) ([a-z]+)", PAGE))):
        assert command in {one.name for one in build(group).registered_groups[0].typer_instance.registered_commands}

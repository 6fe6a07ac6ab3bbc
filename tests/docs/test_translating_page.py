"""docs/translating.md: its numbers, intents, keys, commands and files are those of the program; its example loads."""

import re
from pathlib import Path

import pytest

from bot.commands._text_budgets import COMMAND, LIST_BUTTON, SLOTS, SMS_PARTS
from bot.limits import TELEGRAM, WHATSAPP
from bot.settings import Settings
from bot.texts.check import SMS_KEYWORDS, WAYS
from bot.understanding.phrase_checks import FEWEST, Around, check, read_said
from bot.understanding.phrases import PhraseFile
from loyalty.markets import MarketProfile
from storage.documents import load, read

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "translating.md").read_text(encoding="utf-8")
SHIPPED = sorted((ROOT / "locales").glob("*/phrases.yaml"))


def section(name: str) -> str:
    """What stands under a heading of any depth, down to the next one."""
    return re.split(r"\n#{2,3} ", re.split(rf"\n#{{2,3}} {re.escape(name)}\n", PAGE)[1])[0]


def rows(name: str) -> list[list[str]]:
    """The cells of the tables under a heading, without heads and rules."""
    found = [line.strip()[1:-1].split("|") for line in section(name).splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in row] for row in found]


def test_the_intents_are_those_of_the_shipped_phrases() -> None:
    table = rows("What each intent means")
    intents = {row[0].strip("`"): row[2] for row in table if len(row) > 2}
    for file in SHIPPED:
        assert set(load(file, PhraseFile).intents) - {"yes", "no"} == set(intents), file
    assert {name: int(fewest) for name, fewest in intents.items() if fewest} | {"yes": 40, "no": 40} == FEWEST
    lists = {name.partition(".")[0] for row in table if len(row) == 2 for name in re.findall(r"`([a-z_.]+)`", row[0])}
    assert lists | {"intents"} == set(PhraseFile.model_fields)


def test_the_room_is_that_of_the_check() -> None:
    said = [int(number) for number in re.findall(r"\| (\d+) (?:characters|SMS parts) \|", section("How long"))]
    expected = [WHATSAPP.button_label, WHATSAPP.list_label, LIST_BUTTON, TELEGRAM.button_label, COMMAND]
    assert said == [*expected, WHATSAPP.button_text, WHATSAPP.text, SMS_PARTS]
    assert {slot.most for slots in SLOTS.values() for slot in slots} - {TELEGRAM.text} == set(said)
    words = re.findall(r"\(stop, (.*), …\)", section("How long"))[0].split(", ")
    assert set(words) < SMS_KEYWORDS


def test_the_keys_of_a_market_are_its_own() -> None:
    keys = [row[0].strip("`") for row in rows("Tone: one language, several manners")]
    assert set(keys) <= set(MarketProfile.model_fields) and len(keys) == 6
    assert set(
        re.findall(r"`([a-z]+)`", " ".join(row[1] for row in rows("Tone: one language, several manners")[:2]))
    ) >= (WAYS - {"formal", "informal"})


def test_settings_commands_and_files_are_there() -> None:
    settings = {name.lower() for name in re.findall(r"BENTORNATO_([A-Z_]+)", PAGE)}
    assert settings == {"folder", "locales", "cache"} <= set(Settings.model_fields)
    for command, sub in re.findall(r"`bentornato (\w+)(?: (\w+))?", PAGE):
        source = (ROOT / "bot" / "commands" / f"{command}.py").read_text(encoding="utf-8")
        assert not sub or "app = " not in source or re.search(rf'command\("{sub}"\)|def {sub}\(', source), (
            command,
            sub,
        )
    assert (ROOT / "tests" / "bot" / "test_fourteenth_locale.py").is_file()
    for link in re.findall(r"\]\(([^)]+)\)", PAGE):
        assert (ROOT / "docs" / link).is_file(), link


def test_the_example_is_right(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    file = tmp_path / "nl" / "phrases.yaml"
    file.parent.mkdir()
    file.write_text(example, encoding="utf-8")
    assert [str(one) for one in check(read_said(file, "nl"), Around()) if "are needed" not in one.what] == []
    assert set(read(file).value) == set(PhraseFile.model_fields)


@pytest.mark.parametrize(("locale", "other"), [("it", "formal"), ("de", "informal")])
def test_the_base_speaks_as_the_page_says(locale: str, other: str) -> None:
    base = {"informal": "formal", "formal": "informal"}[other]
    assert (ROOT / "locales" / f"{locale}@{other}").is_dir()
    assert not (ROOT / "locales" / f"{locale}@{base}").exists()

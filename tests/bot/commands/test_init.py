"""`bentornato init`: a folder that works at once, and is not written over."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.__main__ import build
from bot.app import load_world
from bot.settings import Settings
from loyalty import schema


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENTORNATO_LOCALES", "en,it,es,pt_BR,ar")


def bentornato(*words: str | Path) -> Result:
    return CliRunner().invoke(build(str(words[0])), [*map(str, words)])


def test_from_an_empty_folder_to_another_rate(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    assert bentornato("init", folder).exit_code == 0
    path = folder / "programme.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("earn: {points: 1, per: 100}", "earn: {points: 3, per: 200}"), encoding="utf-8")
    assert bentornato("programme", "check", path).output == "1 market, all good\n"
    rules = load_world(Settings(_env_file=None, folder=folder)).programme.market("IT")
    assert rules.earn is not None
    assert (rules.earn.points, rules.earn.per) == (3, 200)


def test_a_broken_file_is_told_by_its_line(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    bentornato("init", folder)
    path = folder / "programme.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    at = next(number for number, line in enumerate(lines, 1) if line.strip().startswith("earn:"))
    lines[at - 1] = "    earn: {points: many, per: 100}"
    path.write_text("\n".join(lines), encoding="utf-8")
    done = bentornato("programme", "check", path)
    assert done.exit_code == 1
    assert done.output.startswith(f"{path}:{at}: markets.IT.earn.points: ")


def test_what_is_in_the_folder(tmp_path: Path) -> None:
    done = bentornato("init", tmp_path / "a shop")
    folder = tmp_path / "a shop"
    assert {one.name for one in folder.iterdir()} == {
        *(".env.example", "README.md", "flows", "locales", "markets", "programme.schema.json", "programme.yaml")
    }
    first = (folder / "programme.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=programme.schema.json"
    assert (folder / "programme.schema.json").read_text(encoding="utf-8") == schema.text()
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert done.output == readme
    assert f"BENTORNATO_FOLDER='{folder}' bentornato chat" in readme


def test_every_setting_is_in_the_example_and_no_secret(tmp_path: Path) -> None:
    bentornato("init", tmp_path / "shop")
    lines = (tmp_path / "shop" / ".env.example").read_text(encoding="utf-8").splitlines()
    names = {name.lower() for name in re.findall(r"^#BENTORNATO_(\w+)=", "\n".join(lines), re.MULTILINE)}
    assert names == set(Settings.model_fields)
    for before, line in pairwise(lines):
        if line.startswith("#BENTORNATO_"):
            assert before.startswith("# ")
            assert not re.search(r"(TOKEN|SECRET|KEY)=.", line)
    assert all(line.startswith("#") or not line for line in lines)


def test_the_example_changes_nothing_when_it_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bentornato("init", tmp_path / "shop")
    monkeypatch.delenv("BENTORNATO_LOCALES")
    example = tmp_path / "shop" / ".env.example"
    assert Settings(_env_file=example) == Settings(_env_file=None)


@pytest.mark.parametrize("preset", ["demo", "retail", "services"])
@pytest.mark.parametrize("market", ["IT", "US", "jp", "GB"])
def test_every_preset_in_every_market(tmp_path: Path, preset: str, market: str) -> None:
    folder = tmp_path / "shop"
    done = bentornato("init", folder, "--preset", preset, "--market", market)
    assert done.exit_code == 0
    assert bentornato("programme", "check", folder / "programme.yaml").exit_code == 0
    world = load_world(Settings(_env_file=None, folder=folder))
    assert world.programme.default_market == market.upper()
    currency = {"IT": "EUR", "US": "USD", "JP": "JPY", "GB": "GBP"}[market.upper()]
    assert world.programme.market(market.upper()).currency == currency
    known = preset == "demo" and market != "GB"
    assert ("look at every amount" in done.output) == (currency != "EUR" and not known)


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "note.txt").write_text("mine")
    done = bentornato("init", tmp_path / "full")
    assert (done.exit_code, "is not empty" in done.output) == (2, True)
    assert [one.name for one in (tmp_path / "full").iterdir()] == ["note.txt"]
    assert bentornato("init", tmp_path / "full" / "note.txt").exit_code == 2


def test_a_market_nobody_knows(tmp_path: Path) -> None:
    done = bentornato("init", tmp_path / "shop", "--market", "XX")
    assert (done.exit_code, "there is no market XX" in done.output) == (2, True)
    assert not (tmp_path / "shop").exists()


def test_an_empty_folder_will_do(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert bentornato("init", tmp_path / "empty").exit_code == 0

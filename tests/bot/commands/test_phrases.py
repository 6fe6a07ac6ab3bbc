"""`bentornato phrases check`: the shipped phrases hold no error; a deployment's are checked with them."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.__main__ import build
from bot.app import load_texts
from bot.commands.phrases import around, everything
from bot.understanding.phrase_checks import check
from tests.builders import settings


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(build("phrases"), ["phrases", "check", *words])
    return done.exit_code, done.output


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_shipped_phrases_are_in_order() -> None:
    known = settings()
    texts = load_texts(known)
    said = list(everything(known, texts.locales))
    assert {one.locale for one in said} == set(texts.locales)
    assert [str(one) for one in check(said, around(known, texts)) if not one.is_warning] == []


def test_a_deployments_phrases_are_checked_with_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENTORNATO_LOCALES", "en,nl")
    folder = tmp_path / "shop"
    (folder / "locales" / "nl" / "LC_MESSAGES").mkdir(parents=True)
    (folder / "locales" / "nl" / "LC_MESSAGES" / "messages.po").write_text('msgid ""\nmsgstr "Language: nl\\n"\n')
    code, output = run("--folder", str(folder))
    assert code == 1 and "shop/locales/nl/phrases.yaml:1: nl: there is no phrases.yaml" in output
    file = folder / "locales" / "nl" / "phrases.yaml"
    file.write_text("intents:\n  balance: [hoeveel punten heb ik]\nopt_out:\n  clear: [stop, hello]\n")
    code, output = run("--folder", str(folder))
    assert code == 1 and "'hello' (en greeting) is a word of consent: nl opt_out.clear, nl/phrases.yaml:4" in output
    code, output = run("--folder", str(folder), "--locale", "nl")
    assert code == 1 and "nl opt_out.clear" in output and "as 'menu'" not in output
    assert run("--folder", str(folder), "--locale", "it")[0] == 0
    file.write_text("intents:\n  balance: [hoeveel punten heb ik]\nopt_out:\n  clear: [stop, uitschrijven]\n")
    code, output = run("--folder", str(folder))
    assert code == 0 and "2 locales" in output
    assert "more warnings (--all)" in output
    code, output = run("--folder", str(folder), "--all")
    assert code == 0 and "more warnings" not in output
    assert "nl/phrases.yaml:2: warning: nl: 1 different phrases for balance, 80 are needed" in output
    file.write_text("intents: {balance: [a}\n")
    code, output = run("--folder", str(folder))
    assert code == 1 and "nl/phrases.yaml:" in output

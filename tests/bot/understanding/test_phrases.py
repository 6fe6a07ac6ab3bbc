"""phrases.yaml: what is refused, what is merged, and what every shipped locale must have."""

from pathlib import Path

import pytest

from bot.understanding.phrases import Phrases, PhrasesError
from storage.documents import DocumentError
from tests.bot.understanding import LOCALES

MAIN = (
    *("balance", "history", "tier", "stamps", "rewards", "coupon", "referral", "birthday", "language", "profile"),
    *("human", "complaint", "optout", "optin", "privacy", "help", "greeting", "thanks", "goodbye", "yes", "no"),
    *("cancel", "store"),
)
SMALL = (
    *("balance.why", "balance.credit", "cancel.back", "card", "optin.join", "profile.email", "profile.link"),
    *("referral.code", "rewards.mine"),
)


def write(folder: Path, locale: str, text: str) -> Path:
    (folder / locale).mkdir(parents=True, exist_ok=True)
    (folder / locale / "phrases.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("locale", LOCALES)
def test_every_shipped_locale_is_rich(phrases: Phrases, locale: str) -> None:
    vocabulary = phrases[locale]
    assert set(vocabulary.sentences) == {*MAIN, *SMALL, "language.not"}
    assert all(len(vocabulary.sentences[name]) >= 50 for name in MAIN)
    assert all(len(vocabulary.sentences[name]) >= 25 for name in SMALL)
    assert len(vocabulary.other) >= 300
    assert "stop" in vocabulary.clear
    assert {"start", "unstop"} <= vocabulary.opt_in
    assert {True, False} == set(vocabulary.answers.values())
    assert len(vocabulary.introductions) >= 5
    assert all(pattern.count("{name}") == 1 for pattern in vocabulary.introductions)
    assert vocabulary.feelings.keys() == {"negative", "neutral", "positive"}
    assert all(len(comments) >= 50 for comments in vocabulary.feelings.values())


def test_whole_messages(phrases: Phrases) -> None:
    italian = phrases["it"].messages()
    assert {"saldo", "stop", "start", "si", "no"} <= italian
    assert "how many points do i have" not in italian


def test_lists_and_blocks_of_lines(tmp_path: Path) -> None:
    write(tmp_path, "it", "intents:\n  balance: [saldo, 'i miei punti']\n  menu: |\n    aiuto\n\n    menu\nyes: [sì]\n")
    vocabulary = Phrases.load([tmp_path], ["it"])["it"]
    assert vocabulary.sentences == {
        "balance": ("saldo", "i miei punti"),
        "menu": ("aiuto", "menu"),
        "yes": ("sì",),
    }
    assert vocabulary.intents["i miei punti"] == "balance"
    assert vocabulary.answers == {"si": True}


def test_yes_and_no_are_intents_too(tmp_path: Path) -> None:
    write(tmp_path, "it", "intents: {'no': [mai]}\nyes: [sì, certo]\n'no': ['no']\n")
    vocabulary = Phrases.load([tmp_path], ["it"])["it"]
    assert vocabulary.sentences == {"yes": ("sì", "certo"), "no": ("no", "mai")}
    assert vocabulary.intents == {"si": "yes", "certo": "yes", "no": "no", "mai": "no"}
    assert vocabulary.answers == {"si": True, "certo": True, "no": False}


def test_introductions_and_sentiment(tmp_path: Path) -> None:
    write(
        tmp_path,
        "it",
        "introductions: ['mi chiamo {name}', 'sono {name}']\n"
        "sentiment:\n  negative: |\n    pessimo\n  positive: [bello]\n",
    )
    vocabulary = Phrases.load([tmp_path], ["it"])["it"]
    assert vocabulary.introductions == ("mi chiamo {name}", "sono {name}")
    assert vocabulary.feelings == {"negative": ("pessimo",), "neutral": (), "positive": ("bello",)}


def test_a_deployments_folder_adds(tmp_path: Path) -> None:
    ours = write(tmp_path / "ours", "it", "intents: {balance: [saldo]}\nopt_out: {clear: [stop]}\n")
    theirs = write(tmp_path / "theirs", "it", "intents: {balance: [quante stelle ho], rewards: [premi]}\n")
    vocabulary = Phrases.load([ours, theirs], ["it"])["it"]
    assert vocabulary.intents == {"saldo": "balance", "quante stelle ho": "balance", "premi": "rewards"}
    assert vocabulary.clear == {"stop"}


def test_a_region_falls_back_on_its_language(tmp_path: Path) -> None:
    write(tmp_path, "es", "intents: {balance: [saldo]}\n")
    assert Phrases.load([tmp_path], ["es_MX"])["es_MX"].intents == {"saldo": "balance"}


@pytest.mark.parametrize(
    "text",
    [
        "intents: {balance: [saldo], menu: [Saldo!]}\n",
        "intents: {balance: [saldo]}\nother: [saldo]\n",
        "opt_out: {clear: [basta], ambiguous: [BASTA]}\n",
        "opt_out: {clear: [start]}\nopt_in: [start]\n",
        "yes: ['no']\nno: ['no']\n",
        "intents: {balance: [ok]}\nyes: [ok]\n",
        "yes: [ok]\nother: [OK!]\n",
    ],
)
def test_contradictions_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(PhrasesError):
        Phrases.load([write(tmp_path, "it", text)], ["it"])


@pytest.mark.parametrize(
    "text",
    [
        "intent: {}\n",
        "intents: {Balance: [a]}\n",
        "intents: {a.b.c: [a]}\n",
        "intents: {.a: [a]}\n",
        "yes: {a: b}\n",
        f"yes: [{'x' * 201}]\n",
    ],
)
def test_odd_files_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(DocumentError):
        Phrases.load([write(tmp_path, "it", text)], ["it"])


def test_a_locale_without_phrases_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PhrasesError, match="de: no"):
        Phrases.load([tmp_path], ["de"])

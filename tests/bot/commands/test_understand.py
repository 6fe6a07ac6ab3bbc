"""`bentornato understand`: what a manager reads about a text, and the JSON lines a program reads."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.__main__ import build
from bot.app import load_texts, load_understanding
from bot.commands import understand
from bot.pipeline import Understanding
from bot.settings import Settings
from bot.texts import Texts

FIELDS = ["language", "confidence", "switched", "intent", "score", "choices", "entities"]


@pytest.fixture(scope="module")
def loaded() -> tuple[Texts, Understanding]:
    """What every run of the command builds anew; tests/docs/test_understand_page.py goes without this."""
    settings = Settings()
    texts = load_texts(settings)
    return texts, load_understanding(settings, texts)


@pytest.fixture(autouse=True)
def once(loaded: tuple[Texts, Understanding], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(understand, "load_texts", lambda *_: loaded[0])
    monkeypatch.setattr(understand, "load_understanding", lambda *_: loaded[1])


def answers(*lines: bytes | dict[str, Any]) -> tuple[list[dict[str, Any]], str]:
    """What is printed for these lines, and on standard error."""
    asked = b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines)
    done = CliRunner().invoke(build("understand"), ["understand"], input=asked)
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


@pytest.mark.parametrize(
    ("text", "locale", "expected"),
    [
        ("quanti punti ho?", "it", ("language  it", "intent    balance (a known phrase, it)", "nothing about it")),
        ("STOP", "it-CH", ("conversation in it", "consent   opts out\n")),
        ("annulla", "it", ("consent   opts out, unless a question is open",)),
        ("START", "en", ("consent   opts in again",)),
        ("Het regent de hele dag in Amsterdam", "en", ("one we do not speak", "intent    none")),
        ("ok", "en", ("intent    yes (a known phrase, en)",)),
        ("مرحبا كيف حالك يا صديقي", "en", ("language  ar",)),
        ("il servizio è stato orribile il 3 maggio 2024", "it", ("feeling   negative", "date      2024-05-03")),
        ("what did i buy and how many points", "en", ("intent    history or balance (",)),
        ("12345678", "en", ("not sure, nothing changes", "intent    none")),
    ],
)
def test_readings(text: str, locale: str, expected: tuple[str, ...]) -> None:
    done = CliRunner().invoke(build("understand"), ["understand", text, "--locale", locale])
    assert done.exit_code == 0
    for words in expected:
        assert words in done.output


def test_every_field_is_in_every_answer() -> None:
    found, errors = answers({"text": "quanti punti ho?"}, {"text": ""}, {"text": "😀 ?!"})
    assert [list(one) for one in found] == [FIELDS] * 3
    assert found[1] == found[2]
    assert found[1] == {
        "language": None,
        "confidence": 0.0,
        "switched": False,
        "intent": "none",
        "score": 0.0,
        "choices": [],
        "entities": [],
    }
    assert errors == ""


def test_the_language_is_a_code() -> None:
    texts = {
        "pt": "quantos pontos eu já tenho aqui?",
        "zh": "我有多少积分",
        "ja": "ポイントは何点ですか",
        "tr": "kaç puanım var acaba",
        None: "Hoeveel punten heb ik op mijn kaart staan?",
    }
    found, _ = answers(*({"text": text} for text in texts.values()))
    assert [one["language"] for one in found] == list(texts)
    assert not any(one["switched"] for one in found)


def test_switching() -> None:
    text = "queria saber quantos pontos eu tenho"
    found, _ = answers(*({"text": text, "current": current} for current in ("it", "pt", "pt-PT", "pt_BR", "xx", None)))
    assert [one["language"] for one in found] == ["pt"] * 6
    assert [one["switched"] for one in found] == [True, False, False, False, False, False]


def test_hints_tip_what_is_close() -> None:
    told = ({"hint": "es"}, {"hint": "it-CH"}, {"phone": "+5511912345678"}, {"hint": "en"})
    found, _ = answers(*({"text": "saldo", **one} for one in told))
    assert [one["language"] for one in found] == ["es", "it", "pt", None]
    assert {one["intent"] for one in found} == {"balance"}


def test_intents_are_families() -> None:
    found, _ = answers(
        {"text": "guthaben", "current": "de"},
        {"text": "what did i buy and how many points"},
        {"text": "nice weather today"},
    )
    assert [one["intent"] for one in found] == ["balance", "history", "none"]
    assert [one["choices"] for one in found] == [[], ["history", "balance"], []]
    assert [one["score"] for one in found][::2] == [1.0, 0.0]


def test_entities_point_into_the_text() -> None:
    text = "😀 call 020 7946 0958 or anna@example.com, on 3 May 1990"
    found, _ = answers({"text": text, "phone": "+447700900123", "current": "en"})
    assert [(one["kind"], one["value"], text[one["start"] : one["end"]]) for one in found[0]["entities"]] == [
        ("phone", "+442079460958", "020 7946 0958"),
        ("email", "anna@example.com", "anna@example.com"),
        ("date", "1990-05-03", "3 May 1990"),
    ]


def test_what_cannot_be_read_is_an_error_in_its_place() -> None:
    found, errors = answers(
        {"text": "ciao"},
        b"",
        b"not json",
        b'{"text": "ciao"',
        {"texto": "ciao"},
        {"text": None},
        b'["text"]',
        b"\xff\xfe",
        {"text": "ciao", "more": 1},
    )
    assert [list(one) == ["error"] for one in found] == [False, *[True] * 6, False]
    assert found[0] == found[-1]
    assert found[3] == {"error": "Field required"}
    assert [line.partition(":")[0] for line in errors.splitlines()] == [f"line {number}" for number in range(3, 9)]
    assert "line 2" not in found[2]["error"], "the newline is no part of the line"


@pytest.mark.parametrize("text", ["a\x00b", "\u202e\u2066", "x" * 20_000, "ｆｕｌｌ", "👨‍👩‍👧", "\n"])
def test_odd_texts(text: str) -> None:
    odd = {"text": text, "current": "xx", "hint": "??", "phone": "none"}
    found, errors = answers(odd, odd | {"current": "", "hint": "", "phone": ""})
    assert [list(one) for one in found] == [FIELDS] * 2
    assert errors == ""


def test_an_answer_comes_before_the_next_question(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    answered = []

    def asked() -> Iterator[bytes]:
        for _ in range(3):
            yield b'{"text": "ciao"}\n'
            answered.append(out.read_bytes().count(b"\n"))

    with out.open("w") as printed:
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=asked()))
        monkeypatch.setattr("sys.stdout", printed)
        understand.run(text=None, locale="en")
    assert answered == [1, 2, 3]


def test_nothing_in_nothing_out() -> None:
    assert answers() == ([], "")

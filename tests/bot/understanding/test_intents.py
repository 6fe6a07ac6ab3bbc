"""Intents: every shipped phrase, sentences nobody wrote down, opting out and in, yes and no."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.intents import Intents, Match
from bot.understanding.phrases import Phrases
from storage.documents import read
from tests.bot.understanding import LOCALES, ROOT

UNRELATED = "unrelated"
SHIPPED = Intents(Phrases.load([ROOT / "locales"], LOCALES))


def outcomes(intents: Intents, locale: str, sentences: object) -> list[tuple[str, str | None]]:
    """(the intent meant, the intent found) for every sentence of a held-out mapping."""
    assert isinstance(sentences, dict)
    found = []
    for meant, block in sentences.items():
        for sentence in str(block).splitlines():
            match = intents.match(sentence, locale)
            assert match is None or meant == UNRELATED or not match.exact, sentence
            found.append((meant, match.intent if match else None))
    return found


def shares(found: list[tuple[str, str | None]]) -> tuple[float, float, float]:
    """Right, wrong intent, and unrelated sentences taken for an intent."""
    related = [(meant, got) for meant, got in found if meant != UNRELATED]
    unrelated = [got for meant, got in found if meant == UNRELATED]
    right = sum(meant == got for meant, got in related)
    wrong = sum(got not in (None, meant) for meant, got in related)
    return right / len(related), wrong / len(related), sum(got is not None for got in unrelated) / len(unrelated)


@pytest.mark.parametrize("locale", LOCALES)
def test_every_phrase_means_its_intent(phrases: Phrases, intents: Intents, locale: str) -> None:
    for intent, sentences in phrases[locale].sentences.items():
        for sentence in sentences:
            assert intents.match(sentence.upper(), locale) == Match(intent, 1.0, True, locale)


@pytest.mark.parametrize("locale", LOCALES)
def test_sentences_nobody_wrote_down(intents: Intents, heldout: Path, locale: str) -> None:
    sentences = read(heldout / f"{locale}.yaml").value
    assert isinstance(sentences, dict)
    assert {len(str(block).splitlines()) for name, block in sentences.items() if name != UNRELATED} == {8}
    assert len(str(sentences[UNRELATED]).splitlines()) == 40
    right, _, claimed = shares(outcomes(intents, locale, sentences))
    assert right >= 0.85
    assert claimed <= 0.03


def test_sentences_no_phrase_was_added_for(intents: Intents, heldout: Path) -> None:
    blind = read(heldout / "blind.yaml").value
    assert isinstance(blind, dict)
    found = [one for locale in LOCALES for one in outcomes(intents, locale, blind[locale])]
    right, wrong, claimed = shares(found)
    assert right >= 0.7
    assert wrong <= 0.08
    assert claimed <= 0.05


@pytest.mark.parametrize(
    ("text", "locale", "intent", "where"),
    [
        ("Ciaooo!!! 😀", "it", "greeting", "it"),
        ("SALDO", "it", "balance", "it"),
        ("graziee", "it", "thanks", "it"),
        ("👋", "ar", "greeting", "ar"),
        ("كم رصيدى؟", "ar", "balance", "ar"),
        ("3andi kam no2ta", "ar", "balance", "ar"),
        ("3andi kam no2ta", "en", "balance", "ar"),
        ("how many points do i have", "it", "balance", "en"),
        ("quantos pontos eu tenho", "es", "balance", "pt_BR"),
        ("saldo", "en", "balance", "en"),
        ("English", "it", "language", "it"),
    ],
)
def test_exact(intents: Intents, text: str, locale: str, intent: str, where: str) -> None:
    assert intents.match(text, locale) == Match(intent, 1.0, True, where)


@pytest.mark.parametrize("text", ["", "123", "😀😀", "https://x.y", "zzzz qqqq", "MG6J9ZJ30", "   "])
def test_nothing_is_no_intent(intents: Intents, text: str) -> None:
    assert all(intents.match(text, locale) is None for locale in LOCALES)


@pytest.mark.parametrize(
    ("text", "locale", "meaning"),
    [
        ("STOP", "it", "clear"),
        ("Stop.", "ar", "clear"),
        ("stoppp", "en", "clear"),
        ("unsubscribe", "es", "clear"),
        ("BAJA", "en", "clear"),
        ("disiscrivimi", "en", "clear"),
        ("توقف", "it", "clear"),
        ("parar", "pt_BR", "clear"),
        ("annulla", "it", "ambiguous"),
        ("annulla", "en", None),
        ("cancelar", "es", "ambiguous"),
        ("cancel", "en", "ambiguous"),
        ("alto", "es", "ambiguous"),
        ("alto", "it", None),
        ("fine", "it", "ambiguous"),
        ("fine", "en", None),
        ("إلغاء", "ar", "ambiguous"),
        ("non stop", "it", None),
        ("stop by tomorrow", "en", None),
        ("", "en", None),
    ],
)
def test_opt_out(intents: Intents, text: str, locale: str, meaning: str | None) -> None:
    assert intents.opt_out(text, locale) == meaning


def test_opt_in(intents: Intents) -> None:
    assert all(intents.opt_in(text) for text in ("START", "unstop", "Riattiva", "alta", "إعادة تفعيل"))
    assert not any(intents.opt_in(text) for text in ("stop", "yes", "", "start the car"))


@pytest.mark.parametrize(
    ("text", "locale", "answer"),
    [
        *(("Sì!", "it", True), ("sii", "it", True), ("va bene", "it", True), ("no grazie", "it", False)),
        *(("yes", "it", True), ("si", "en", True), ("não", "en", False), ("لا", "en", False), ("ايوه", "ar", True)),
        *(("👍🏽", "ar", True), ("👎", "es", False), ("OK", "pt_BR", True), ("no", "ar", False)),
        *(("maybe", "en", None), ("", "en", None), ("saldo", "it", None)),
    ],
)
def test_yes_no(intents: Intents, text: str, locale: str, answer: bool | None) -> None:
    assert intents.answer_yes_no(text, locale) is answer


@given(st.text(max_size=500), st.sampled_from([*LOCALES, "xx"]))
def test_any_text_is_answered_the_same_each_time(text: str, locale: str) -> None:
    assert SHIPPED.match(text, locale) == SHIPPED.match(text, locale)
    SHIPPED.opt_out(text, locale)
    SHIPPED.opt_in(text)
    SHIPPED.answer_yes_no(text, locale)

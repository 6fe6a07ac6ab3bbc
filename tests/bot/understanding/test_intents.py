"""Intents: every shipped phrase, sentences nobody wrote down, opting out and in, yes and no, how a comment feels."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.intents import CLOSE, NONE, TAKEN, Intents, Match, family_of
from bot.understanding.phrases import Phrases, PhrasesError
from storage.documents import read
from tests.bot.understanding import LOCALES

UNRELATED = "unrelated"
OLDER = ("en", "it", "es", "pt_BR", "ar")
"""Locales with held-out sentences that phrases were added after looking at."""


@dataclass(frozen=True, slots=True)
class Score:
    """Shares of the sentences of one file: `right` and `offered` are means over the intents."""

    right: float
    offered: float
    wrong: float
    claimed: float


def blocks(path: Path) -> dict[str, list[str]]:
    """Intent -> its sentences."""
    found = read(path).value
    assert isinstance(found, dict)
    return {meant: str(block).splitlines() for meant, block in found.items()}


def score(intents: Intents, locale: str, sentences: dict[str, list[str]]) -> Score:
    """What the sentences are taken for: families count, and to say nothing is not right."""
    found = {meant: [intents.match(one, locale) for one in block] for meant, block in sentences.items()}
    nothing = [match for meant in (NONE, UNRELATED) for match in found.pop(meant, ())]
    families = {meant: [families_of(match) for match in block] for meant, block in found.items()}
    return Score(
        right=mean(mean(one[:1] == [family_of(meant)] for one in block) for meant, block in families.items()),
        offered=mean(mean(family_of(meant) in one for one in block) for meant, block in families.items()),
        wrong=mean(one[:1] not in ([], [family_of(meant)]) for meant, block in families.items() for one in block),
        claimed=mean(match is not None for match in nothing),
    )


def families_of(match: Match | None) -> list[str]:
    """The family that is taken, then those that are offered."""
    return [] if match is None else [family_of(match.intent), *map(family_of, match.choices)]


def mean(values: Iterable[float]) -> float:
    numbers = list(values)
    return sum(numbers) / len(numbers)


@pytest.mark.parametrize("locale", LOCALES)
def test_every_phrase_means_its_intent(phrases: Phrases, intents: Intents, locale: str) -> None:
    for intent, sentences in phrases[locale].sentences.items():
        for sentence in sentences:
            assert intents.match(sentence.upper(), locale) == Match(intent, 1.0, True, locale)


@pytest.mark.parametrize("locale", LOCALES)
def test_little_of_the_shipped_small_talk_is_taken_for_an_intent(
    phrases: Phrases, intents: Intents, locale: str
) -> None:
    assert mean(intents.match(sentence, locale) is not None for sentence in phrases[locale].other) <= 0.04


@pytest.mark.parametrize("locale", OLDER)
def test_sentences_nobody_wrote_down(intents: Intents, heldout: Path, locale: str) -> None:
    sentences = blocks(heldout / f"{locale}.yaml")
    exact = [one for block in sentences.values() for one in block if intents.exact(one, locale)]
    assert not exact, "a held-out sentence became a phrase"
    assert sum(map(len, sentences.values())) >= 190
    found = score(intents, locale, sentences)
    assert found.right >= 0.84
    assert found.wrong <= 0.05
    assert found.claimed <= 0.25


@pytest.mark.parametrize("locale", LOCALES)
def test_blind_messages(intents: Intents, heldout: Path, locale: str) -> None:
    sentences = blocks(heldout / "blind" / f"{locale}.yaml")
    assert len(sentences) == 24
    assert {len(block) for meant, block in sentences.items() if meant != NONE} == {6}
    assert len(sentences[NONE]) == 30
    found = score(intents, locale, sentences)
    assert found.right >= 0.84
    assert found.offered >= 0.84
    assert found.wrong <= 0.06
    assert found.claimed <= 0.15


def test_blind_messages_over_all_locales(intents: Intents, heldout: Path) -> None:
    found = [score(intents, locale, blocks(heldout / "blind" / f"{locale}.yaml")) for locale in LOCALES]
    assert mean(one.right for one in found) >= 0.92
    assert mean(one.offered for one in found) >= 0.925
    assert mean(one.wrong for one in found) <= 0.035
    assert mean(one.claimed for one in found) <= 0.1


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
        ("saldo", "de", "balance", "de"),
        ("English", "it", "language", "it"),
        ("PUANIM", "tr", "balance", "tr"),
        ("puanım kaç", "tr", "balance", "tr"),
        ("MERHABA", "tr", "greeting", "tr"),
        ("积分", "en", "balance", "zh_Hans"),
        ("ポイント", "en", "balance", "ja"),
        ("БАЛАНС", "ru", "balance", "ru"),
        ("बैलेंस", "hi", "balance", "hi"),
        ("Guthaben", "de", "balance.credit", "de"),
        ("poin", "id", "balance", "id"),
    ],
)
def test_exact(intents: Intents, text: str, locale: str, intent: str, where: str) -> None:
    assert intents.match(text, locale) == Match(intent, 1.0, True, where)


@pytest.mark.parametrize("text", ["", "123", "😀😀", "https://x.y", "zzzz qqqq", "   ", "…"])
def test_nothing_is_no_intent(intents: Intents, text: str) -> None:
    assert all(intents.match(text, locale) is None for locale in LOCALES)


def test_two_close_intents_are_both_offered(intents: Intents) -> None:
    close = intents.match("what did i buy and how many points", "en")
    sure = intents.match("how many points have i collected so far", "en")
    assert close is not None
    assert sure is not None
    assert close.choices[0] == close.intent
    assert len({family_of(one) for one in close.choices}) == 2
    assert not close.exact
    assert close.confidence < sure.confidence
    assert sure.intent == "balance"
    assert sure.choices == ()


def tiny(folder: Path, text: str) -> Intents:
    (folder / "en").mkdir(parents=True)
    (folder / "en" / "phrases.yaml").write_text(text, encoding="utf-8")
    return Intents(Phrases.load([folder], ["en"]), folder / "kept")


TINY = """
intents:
  balance: [how many points, points now, my points please]
  balance.why: [why these points, why so few points, explain the points]
  store: [where is the shop, shop opening hours, shop address]
other: [nice weather today, the weather is bad, a football match]
"""


def test_the_family_decides_then_its_likeliest_kind(tmp_path: Path) -> None:
    intents = tiny(tmp_path, TINY)
    why = intents.guess("so why so few of my points", "en")
    shop = intents.guess("is the shop open", "en")
    assert why is not None
    assert why.intent == "balance.why"
    assert shop is not None
    assert shop.intent == "store"
    assert shop.locale == "en"
    assert not shop.exact
    assert intents.guess("bad football weather today", "en") is None


def test_a_guess_is_likelier_than_none_and_its_rival_close(tmp_path: Path) -> None:
    intents = tiny(tmp_path, TINY)
    for text in ("points of the shop", "shop points", "why is the shop address", "points", "weather at the shop"):
        match = intents.guess(text, "en")
        if match is not None:
            assert 0 < match.confidence <= 1
            assert match.choices in ((), (match.intent, *match.choices[1:]))
            assert len({family_of(one) for one in match.choices}) in (0, 2)
    assert 0 < CLOSE < TAKEN < 1


def test_without_anything_to_learn_only_phrases_are_known(tmp_path: Path) -> None:
    intents = tiny(tmp_path, "intents: {balance: [points]}\n")
    assert intents.match("points", "en") == Match("balance", 1.0, True, "en")
    assert intents.match("my points", "en") is None
    assert intents.feeling("great") is None


def test_a_word_of_consent_stands_for_nothing_else(tmp_path: Path) -> None:
    with pytest.raises(PhrasesError, match="word of consent"):
        tiny(tmp_path, "intents: {store: [stop]}\nopt_out: {clear: [stop]}\n")


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
        ("Abmelden", "it", "clear"),
        ("désabonner", "fr", "clear"),
        ("СТОП", "en", "clear"),
        ("退订", "zh_Hans", "clear"),
        ("配信停止", "ja", "clear"),
        ("annulla", "it", "ambiguous"),
        ("annulla", "en", None),
        ("cancelar", "es", "ambiguous"),
        ("cancel", "en", "ambiguous"),
        ("alto", "es", "ambiguous"),
        ("alto", "it", None),
        ("fine", "it", "ambiguous"),
        ("fine", "en", None),
        ("إلغاء", "ar", "ambiguous"),
        ("annuler", "fr", "ambiguous"),
        ("abbrechen", "de", "ambiguous"),
        ("रद्द", "hi", "ambiguous"),
        ("batal", "id", "ambiguous"),
        ("отмена", "ru", "ambiguous"),
        ("キャンセル", "ja", "ambiguous"),
        ("取消", "zh_Hans", "ambiguous"),
        ("İPTAL", "tr", "ambiguous"),
        ("iptal", "de", None),
        ("non stop", "it", None),
        ("stop by tomorrow", "en", None),
        ("", "en", None),
    ],
)
def test_opt_out(intents: Intents, text: str, locale: str, meaning: str | None) -> None:
    assert intents.opt_out(text, locale) == meaning


@pytest.mark.parametrize("locale", LOCALES)
def test_every_word_of_consent_is_heard(phrases: Phrases, intents: Intents, locale: str) -> None:
    vocabulary = phrases[locale]
    assert {intents.opt_out(word, other) for word in vocabulary.clear for other in LOCALES} == {"clear"}
    assert {intents.opt_out(word, locale) for word in vocabulary.ambiguous} <= {"clear", "ambiguous"}
    assert all(map(intents.opt_in, vocabulary.opt_in))


def test_opt_in(intents: Intents) -> None:
    assert all(map(intents.opt_in, ("START", "unstop", "Riattiva", "alta", "إعادة تفعيل", "старт", "订阅")))
    assert not any(map(intents.opt_in, ("stop", "yes", "", "start the car")))


@pytest.mark.parametrize(
    ("text", "locale", "answer"),
    [
        *(("Sì!", "it", True), ("sii", "it", True), ("va bene", "it", True), ("no grazie", "it", False)),
        *(("yes", "it", True), ("si", "en", True), ("não", "en", False), ("لا", "en", False), ("ايوه", "ar", True)),
        *(("👍🏽", "ar", True), ("👎", "es", False), ("OK", "pt_BR", True), ("no", "ar", False)),
        *(("oui", "en", True), ("ja", "de", True), ("nein", "en", False), ("да", "ru", True), ("нет", "en", False)),
        *(("evet", "tr", True), ("HAYIR", "tr", False), ("hayır", "en", False), ("はい", "ja", True)),
        *(("いいえ", "en", False), ("是", "zh_Hans", True), ("不", "zh_Hans", False), ("हाँ", "hi", True)),
        *(("haan", "hi", True), ("नहीं", "hi", False), ("iya", "id", True), ("gak", "id", False)),
        *(("maybe", "en", None), ("", "en", None), ("saldo", "it", None)),
    ],
)
def test_yes_no(intents: Intents, text: str, locale: str, answer: bool | None) -> None:
    assert intents.answer_yes_no(text, locale) is answer


@pytest.mark.parametrize("locale", LOCALES)
def test_yes_and_no_are_intents_too(phrases: Phrases, intents: Intents, locale: str) -> None:
    for phrase, answer in phrases[locale].answers.items():
        assert intents.answer_yes_no(phrase, locale) is answer
        assert intents.match(phrase, locale) == Match("yes" if answer else "no", 1.0, True, locale)


@pytest.mark.parametrize(
    ("comment", "feeling"),
    [
        ("pésimo servicio, nunca vuelvo", "negative"),
        ("il servizio è stato orribile", "negative"),
        ("c'était nul", "negative"),
        ("最悪", "negative"),
        ("سيء جدا", "negative"),
        ("tutto perfetto, bravissimi", "positive"),
        ("war super", "positive"),
        ("очень понравилось", "positive"),
        ("bahut accha", "positive"),
        ("ganz ok", "neutral"),
        ("还行", "neutral"),
    ],
)
def test_feeling(intents: Intents, comment: str, feeling: str) -> None:
    found = intents.feeling(comment)
    assert found is not None
    assert found[0] == feeling
    assert 1 / 3 <= found[1] <= 1


@pytest.mark.parametrize("locale", LOCALES)
def test_shipped_comments_feel_as_they_were_written(phrases: Phrases, intents: Intents, locale: str) -> None:
    for feeling, comments in phrases[locale].feelings.items():
        found = [intents.feeling(comment) for comment in comments]
        assert mean(one is not None and one[0] == feeling for one in found) >= 0.88


def test_no_comment_feels_like_nothing(intents: Intents) -> None:
    assert intents.feeling("") is None
    assert intents.feeling("... ⭐") is None


@given(st.text(max_size=500), st.sampled_from([*LOCALES, "xx"]))
def test_any_text_is_answered_the_same_each_time(intents: Intents, text: str, locale: str) -> None:
    match = intents.match(text, locale)
    assert match == intents.match(text, locale)
    assert match is None or (0 < match.confidence <= 1 and match.intent != NONE)
    intents.opt_out(text, locale)
    intents.opt_in(text)
    intents.answer_yes_no(text, locale)
    intents.feeling(text)

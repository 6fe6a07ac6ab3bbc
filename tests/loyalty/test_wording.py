"""Words in several languages: which ones a member reads."""

import pytest
from pydantic import TypeAdapter, ValidationError

from loyalty.wording import Words, said, speaks

GOLD = {"en": "Gold", "it": "Oro", "pt": "Ouro"}
_WORDS = TypeAdapter(Words)


@pytest.mark.parametrize(
    ("locale", "expected"),
    [("it", "Oro"), ("it_CH", "Oro"), ("it_CH@formal", "Oro"), ("it@formal", "Oro"), ("pt_BR", "Ouro"), ("ja", "Gold")],
)
def test_the_nearest_words(locale: str, expected: str) -> None:
    assert said(GOLD, locale) == expected


def test_a_plain_text_is_the_same_everywhere() -> None:
    words = _WORDS.validate_python("Espresso")
    assert said(words, "ar") == said(words, "zh_Hans") == "Espresso"
    assert speaks(words, "ar")


def test_without_english_the_first_words_do() -> None:
    assert said({"hi": "चाय", "it": "tè"}, "de") == "चाय"


def test_words_for_everywhere_come_before_english() -> None:
    assert said({"en": "Tea", "und": "茶"}, "ja") == "茶"


@pytest.mark.parametrize(
    ("locale", "expected"), [("it", True), ("pt_BR", True), ("en_GB", True), ("ar", False), ("zh_Hans", False)]
)
def test_english_in_place_of_a_language_does_not_speak_it(locale: str, expected: bool) -> None:
    assert speaks(GOLD, locale) is expected


@pytest.mark.parametrize("words", [{}, "", {"it": " "}, {"Italian": "Oro"}, {"it": "x" * 201}, ["Oro"]])
def test_what_is_no_words(words: object) -> None:
    with pytest.raises(ValidationError):
        _WORDS.validate_python(words)

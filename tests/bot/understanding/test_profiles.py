"""The evidence for languages: n-grams and words, made once a script and read again."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.cache import default_folder
from bot.understanding.profiles import SIBLINGS, Table, ngrams, table, words
from bot.understanding.scripts import LATIN, languages_in


@pytest.fixture(scope="session")
def latin() -> Table:
    return table(LATIN, default_folder())


def best(found: Table, text: str) -> str:
    return found.languages[int(np.argmax(found.score(words(text))))]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Ciao, COME stai?", ["ciao", "come", "stai"]),
        ("l'anno", ["l", "anno"]),
        ("٣ 3 ...", []),
        ("", []),
        ("Perché", ["perché"]),
    ],
)
def test_words(text: str, found: list[str]) -> None:
    assert words(text) == found


def test_ngrams_leave_the_lone_space_out() -> None:
    assert list(ngrams("ab")) == ["a", "b", " a", "ab", "b ", " ab", "ab "]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("thank you very much for everything", "en"),
        ("grazie mille per tutto quanto", "it"),
        ("muchas gracias por todo lo demás", "es"),
        ("muito obrigado por tudo isso", "pt"),
        ("merci beaucoup pour tout cela", "fr"),
        ("vielen dank für alles zusammen", "de"),
        ("teşekkür ederim her şey için", "tr"),
        ("hartelijk dank voor alles", "nl"),
    ],
)
def test_a_plain_sentence(latin: Table, text: str, language: str) -> None:
    assert best(latin, text) == language


def test_what_is_unknown_says_nothing(latin: Table) -> None:
    assert not latin.score([]).any()
    assert not table("Greek", default_folder()).score(["ққ"]).any()


def test_a_language_without_a_profile_borrows_its_siblings(latin: Table) -> None:
    assert set(latin.languages) == {*languages_in(LATIN), *SIBLINGS}
    assert "ms" not in languages_in(LATIN)


@pytest.mark.parametrize("script", ["Han", "Kana", "Klingon"])
def test_scripts_without_word_lists_or_languages(script: str) -> None:
    found = table(script, default_folder())
    assert found.languages == languages_in(script)
    assert found.score(words("我有多少 ポイント")).shape == (len(found.languages),)


def test_a_table_made_anew_says_the_same(tmp_path: Path) -> None:
    kept, fresh = table("Bengali", default_folder()), table("Bengali", tmp_path)
    sentence = words("আমার কত পয়েন্ট আছে")
    assert fresh.score(sentence).tolist() == kept.score(sentence).tolist()
    assert fresh.score(sentence)[0] > 0
    assert len(list(tmp_path.iterdir())) == 1


@given(st.text(max_size=100))
def test_any_text_scores_the_same_each_time(latin: Table, text: str) -> None:
    found = latin.score(words(text))
    assert found.tolist() == latin.score(words(text)).tolist()
    assert (found >= 0).all()

"""What the classifiers see of a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.features import features


def test_words_pairs_and_pieces() -> None:
    around = {
        "hi": ["h", "i", " h", "hi", "i ", " hi", "hi ", " hi "],
        "ok": ["o", "k", " o", "ok", "k ", " ok", "ok ", " ok "],
    }
    assert sorted(features("hi ok")) == sorted(["hi ok", "=hi", *around["hi"], "=ok", *around["ok"]])


def test_a_piece_is_as_often_there_as_in_the_text() -> None:
    assert features("banana").count("an") == 2
    assert features("no no no").count("=no") == 3
    assert features("no no no").count("no no") == 2


@pytest.mark.parametrize("text", ["", "   ", "?!", "😀", "\u200f"])
def test_nothing_has_no_pieces(text: str) -> None:
    assert features(text) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Perché NO?!", "perche no"),
        ("Praemien", "Prämien"),
        ("fuer schoene", "für schöne"),
        ("PUANIM", "puanım"),
        ("हाँ", "हां"),
        ("ज़्यादा", "ज्यादा"),
        ("كم نقطة", "كم نقطه"),
        ("ＰＯＩＮＴＳ", "points"),
    ],
)
def test_spellings_of_one_word_look_alike(one: str, other: str) -> None:
    assert features(one) == features(other)


def test_a_long_text_is_looked_at_from_its_beginning() -> None:
    assert features("ab " * 100 + "end") == features("ab " * 100)
    assert "=end" in features("ab " * 99 + "end")


@given(st.text(max_size=400))
def test_any_text_has_the_same_pieces_each_time(text: str) -> None:
    found = features(text)
    assert found == features(text)
    assert all(found)

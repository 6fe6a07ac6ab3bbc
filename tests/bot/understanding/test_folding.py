"""One spelling for many."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.folding import fold, key, native_digits, squeeze


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("  Perché  NO?! ", "perche no"),
        ("perche'", "perche"),
        ("Don’t STOP", "dont stop"),
        ("¿Cuántos puntos tengo?", "cuantos puntos tengo"),
        ("ＰＯＩＮＴＳ", "points"),
        ("Straße", "strasse"),
        ("PUANIM", "puanim"),
        ("puanım", "puanim"),
        ("İPTAL", "iptal"),
        ("إلغاء الاشتراكـــ", "الغا الاشتراك"),
        ("شُكْرًا", "شكرا"),
        ("نقطة", "نقطه"),
        ("رصيدى", "رصيدي"),
        ("عندي ٢٠", "عندي 20"),
        ("नमस्ते", "नमस्ते"),
        ("안녕", "안녕"),
        ("ciao👋🏽", "ciao"),
        ("👋", ""),
        ("/help", "help"),
        ("\u2068Ciao\u2069", "ciao"),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_emoji_alone_are_a_key() -> None:
    assert key("👍🏽👍🏽") == key("👍") == "👍"
    assert key("❤️") == key("❤")
    assert key("👍 ok") == "ok"


def test_squeeze() -> None:
    assert squeeze("ciaooo helllo 1000") == "ciao helo 1000"


def test_native_digits() -> None:
    assert native_digits("٣४३③\u2066５") == "34३35".replace("३", "3")


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    key(text)
    native_digits(text)

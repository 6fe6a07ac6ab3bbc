"""Scripts: the one a letter belongs to, the one that decides, and what only one country writes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.scripts import LATIN, codepages, dominant, languages_in, script_of


@pytest.mark.parametrize(
    ("letter", "script"),
    [
        *(("a", LATIN), ("ñ", LATIN), ("ı", LATIN), ("ế", LATIN), ("ж", "Cyrillic"), ("Ω", "Greek"), ("ع", "Arabic")),
        *(("ह", "Devanagari"), ("ひ", "Kana"), ("カ", "Kana"), ("漢", "Han"), ("𠮷", "Han"), ("한", "Hangul")),
        *(("ㄅ", "Bopomofo"), ("ქ", "Georgian"), ("1", None), ("٣", None), ("😀", None), (" ", None), ("×", None)),
    ],
)
def test_script_of(letter: str, script: str | None) -> None:
    assert script_of(letter) == script


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", (None, 0, 0)),
        ("123 !", (None, 0, 0)),
        ("٣٤ 😀", (None, 0, 0)),
        ("ciao 1", (LATIN, 4, 4)),
        ("perché", (LATIN, 6, 6)),
        ("مرحبا Bentornato", ("Arabic", 5, 15)),
        ("私のポイント", ("Kana", 6, 6)),
        ("我的 iPhone", ("Han", 2, 8)),
        ("سلام چند کارت", ("Perso-Arabic", 11, 11)),
        ("привет", ("Cyrillic", 6, 6)),
    ],
)
def test_dominant(text: str, found: tuple[str | None, int, int]) -> None:
    assert dominant(text) == found


def test_languages_of_a_script() -> None:
    assert languages_in("Han") == ("ja", "zh-cn", "zh-tw")
    assert languages_in("Kana") == ("ja",)
    assert {"en", "it", "es", "pt", "fr", "de", "id", "tr"} <= set(languages_in(LATIN))
    assert languages_in("Klingon") == ()


@pytest.mark.parametrize(
    ("text", "likeliest"),
    [
        ("我有多少积分", "zh-cn"),
        ("会员卡号码", "zh-cn"),
        ("点数残高", "zh-cn"),
        ("我有多少積分點數", "zh-tw"),
        ("駅前店込", "ja"),
    ],
)
def test_codepages(text: str, likeliest: str) -> None:
    found = codepages(text)
    assert max(found, key=lambda language: found[language]) == likeliest


def test_shared_characters_and_other_scripts_say_little() -> None:
    assert codepages("大人") == codepages("abc ひ 1") == codepages("") == {"zh-cn": 1, "zh-tw": 0, "ja": 0}


@given(st.text())
def test_any_text_has_a_script_or_none(text: str) -> None:
    script, letters, total = dominant(text)
    assert 0 <= letters <= total <= len(text)
    assert (script is None) == (letters == 0)
    assert set(codepages(text)) == {"zh-cn", "zh-tw", "ja"}

"""One spelling for what is typed in many: capitals, accents, punctuation, Arabic letter variants, native digits.

Keys made here are only compared with each other; they are never shown.
"""

import re
import unicodedata
from functools import lru_cache

_TABLE_SIZE = 8192
_REMEMBERED = 4096
"""Spellings kept at hand: people ask in much the same words."""
_LONGEST = 1000
"""Characters of a message that are compared; phrases and labels are far shorter."""
_SHORT = 200
"""Characters of a text that is worth remembering."""
_ACCENTS = ((0x0300, 0x036F), (0x0591, 0x05C7), (0x0610, 0x061A), (0x064B, 0x065F), (0x0670, 0x0670), (0x06D6, 0x06ED))
"""Marks that are dropped: Latin, Greek and Cyrillic accents, Hebrew points, Arabic vowel signs. Indic vowels stay."""
_APOSTROPHES = frozenset("'`´\u02bc\u2018\u2019\u2032")
_LETTERS_ALIKE = {"ı": "i", "ٱ": "ا", "ى": "ي", "ی": "ي", "ئ": "ي", "ؤ": "و", "ة": "ه", "ک": "ك", "ـ": "", "ء": ""}
_MODIFIERS = re.compile("[\ufe0e\ufe0f\u200d\\s\U0001f3fb-\U0001f3ff]")
_RUNS = re.compile(r"([^\W\d_])\1+")
_SYMBOL_RUNS = re.compile(r"(.)\1+", re.DOTALL)


class _Letters(dict[int, str]):
    """A `str.translate` table that fills itself, up to a size, so that no stream of odd characters makes it grow."""

    def __missing__(self, code: int) -> str:
        found = _spell(chr(code))
        if len(self) < _TABLE_SIZE:
            self[code] = found
        return found


def _spell(letter: str) -> str:
    code = ord(letter)
    if letter in _LETTERS_ALIKE:
        return _LETTERS_ALIKE[letter]
    if letter in _APOSTROPHES or any(first <= code <= last for first, last in _ACCENTS):
        return ""
    category = unicodedata.category(letter)
    if category == "Nd":
        return str(unicodedata.digit(letter))
    if category[0] in "LNM":
        return "" if 0xFE00 <= code <= 0xFE0F or code == 0x20E3 else letter
    return "" if category == "Cf" else " "


_LETTERS = _Letters()


def fold(text: str) -> str:
    """The words of a text in one spelling, one space apart; empty if there are no letters or digits."""
    return _remembered(text) if len(text) <= _SHORT else _folded(text)


@lru_cache(maxsize=_REMEMBERED)
def _remembered(text: str) -> str:
    return _folded(text)


def _folded(text: str) -> str:
    if text.isascii():
        return " ".join(text.lower().translate(_LETTERS).split())
    spread = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return unicodedata.normalize("NFC", " ".join(spread.translate(_LETTERS).split()))


def key(text: str) -> str:
    """What a phrase is looked up by: its folded words, or, where there are none, its emoji without skin tones."""
    return _remembered_key(text) if len(text) <= _SHORT else _key(text[:_LONGEST])


@lru_cache(maxsize=_REMEMBERED)
def _remembered_key(text: str) -> str:
    return _key(text)


def _key(text: str) -> str:
    return fold(text) or _SYMBOL_RUNS.sub(r"\1", _MODIFIERS.sub("", text))


def squeeze(folded: str) -> str:
    """Every run of one letter as a single letter ("ciaooo" and "helllo" meet "ciao" and "hello" squeezed alike)."""
    return _remembered_squeeze(folded) if len(folded) <= _SHORT else _RUNS.sub(r"\1", folded)


@lru_cache(maxsize=_REMEMBERED)
def _remembered_squeeze(folded: str) -> str:
    return _RUNS.sub(r"\1", folded)


def native_digits(text: str) -> str:
    """Every script's decimal digits as 0-9, full width and circled ones too; bidi marks and isolates dropped."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(
        str(unicodedata.digit(letter)) if letter.isdecimal() else letter
        for letter in plain
        if unicodedata.category(letter) != "Cf"
    )

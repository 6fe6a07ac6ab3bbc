"""SMS: what a text costs, and how to write it so that it costs less and still reads well.

A text made only of GSM-7 characters holds 160 in one part or 153 a part; any other character turns the whole text
into UCS-2, 70 or 67. `normalise_sms` goes one step further only while that makes the whole text GSM-7:

1. no-break and thin spaces become spaces, invisible joiners go (always: nobody sees it);
2. quotes, dashes, ellipses and the like become ASCII, direction marks and emoji go, unless nothing else is there;
   in Italian a capital È becomes E';
3. in it, es, pt, en, fr, tr and id other accents are dropped (à stays, it is GSM-7; ã becomes a), if that saves parts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Literal

Encoding = Literal["gsm7", "ucs2"]

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")
_GSM7 = _BASIC | _EXTENSION
_ONE = {"gsm7": 160, "ucs2": 70}
_EACH = {"gsm7": 153, "ucs2": 67}

_INVISIBLE: dict[int, str] = {
    **dict.fromkeys(map(ord, "\u00a0\u1680\u202f\u205f\u3000\t"), " "),
    **dict.fromkeys(range(0x2000, 0x200B), " "),
    **dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"), ""),
}
_TYPOGRAPHIC: dict[int, str] = {
    **dict.fromkeys(map(ord, "‘’‚‛′ʼ´`"), "'"),
    **dict.fromkeys(map(ord, "“”„‟″«»"), '"'),
    **dict.fromkeys(map(ord, "‹›"), "'"),
    **dict.fromkeys(map(ord, "‐‑‒–—―−"), "-"),
    **dict.fromkeys(map(ord, "•·∙"), "-"),
    **dict.fromkeys(map(ord, "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"), ""),
    ord("…"): "...",
    ord("×"): "x",
    ord("⁄"): "/",
    ord("™"): "(TM)",
    ord("©"): "(c)",
    ord("®"): "(R)",
    ord("→"): "->",
}
_ITALIAN_CAPITALS = {ord(letter): f"{plain}'" for letter, plain in zip("ÀÈÌÒÙ", "AEIOU", strict=True)}
_UNACCENTED_IN = frozenset({"it", "es", "pt", "en", "fr", "tr", "id"})
_UNDOTTED: dict[int, str] = {ord("ı"): "i", ord("œ"): "oe", ord("Œ"): "OE"}
_EMOJI = re.compile(" ?[\u2600-\u27bf\U0001f000-\U0001faff\ufe0f\u200d]+")

Rewrite = Callable[[str], str]
"""Changes a text character by character, so that it may be applied to a text's pieces as well."""


def segments(text: str) -> tuple[Encoding, int]:
    """The encoding and the number of parts. A pair (extension character, surrogates) is never cut by a part's end."""
    if _GSM7.issuperset(text):
        return "gsm7", _parts([2 if character in _EXTENSION else 1 for character in text], "gsm7")
    return "ucs2", _parts([2 if character > "\uffff" else 1 for character in text], "ucs2")


def _parts(weights: list[int], encoding: Encoding) -> int:
    if sum(weights) <= _ONE[encoding]:
        return 1
    parts, room = 1, _EACH[encoding]
    for weight in weights:
        if weight > room:
            parts, room = parts + 1, _EACH[encoding]
        room -= weight
    return parts


def normalise_sms(text: str, locale: str) -> str:
    """The text as it should be sent by SMS in this locale."""
    return rewrite(text, locale)(text)


def rewrite(text: str, locale: str) -> Rewrite:
    """How to write this text: the mildest rewriting that makes all of it GSM-7, or nearly none."""
    if _GSM7.issuperset(text):
        return _same
    language = locale.replace("-", "_").partition("_")[0].partition("@")[0]
    if _GSM7.issuperset(_spaces(text)):
        return _spaces
    ascii_marks = _italian if language == "it" else _marks
    if not ascii_marks(text).strip():
        return _spaces
    if _GSM7.issuperset(ascii_marks(text)):
        return ascii_marks
    if language in _UNACCENTED_IN:
        unaccented = _italian_unaccented if language == "it" else _unaccented
        plain, kept = unaccented(text), _spaces(text)
        if _GSM7.issuperset(plain) and segments(plain)[1] < segments(kept)[1]:
            return unaccented
    return _spaces


def _same(text: str) -> str:
    return text


def _spaces(text: str) -> str:
    return unicodedata.normalize("NFC", text).translate(_INVISIBLE)


def _marks(text: str) -> str:
    return _EMOJI.sub("", _spaces(text)).translate(_TYPOGRAPHIC)


def _italian(text: str) -> str:
    return _marks(text).translate(_ITALIAN_CAPITALS)


def _unaccented(text: str) -> str:
    return "".join(map(_plain, _marks(text).translate(_UNDOTTED)))


def _italian_unaccented(text: str) -> str:
    return "".join(map(_plain, _italian(text)))


@lru_cache(1024)
def _plain(character: str) -> str:
    """A Latin letter outside GSM-7 without its accent (ª and º included); anything else as it is."""
    if character in _GSM7 or not character.isalpha():
        return character
    base = "".join(one for one in unicodedata.normalize("NFKD", character) if not unicodedata.combining(one))
    return base if base.isascii() and base.isalpha() else character

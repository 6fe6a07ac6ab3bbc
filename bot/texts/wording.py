"""What no text holds: a provider's markup, invisible characters, stray spaces. The program adds its own."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from bot.texts._message import PLACEHOLDER

_MARKUP = {
    "an HTML tag": re.compile(r"</?[A-Za-z!][^<>]*>"),
    "an HTML entity": re.compile(r"&(?:#\w+|amp|lt|gt|quot|apos|nbsp);"),
    "*bold*": re.compile(r"(?<![\w*])\*{1,2}[^\s*](?:[^*]*[^\s*])?\*{1,2}(?![\w*])"),
    "_italics_": re.compile(r"(?<!\w)_{1,2}[^\s_](?:[^_]*[^\s_])?_{1,2}(?!\w)"),
    "~strike~": re.compile(r"(?<!\w)~{1,2}[^\s~](?:[^~]*[^\s~])?~{1,2}(?!\w)"),
    "a back quote": re.compile("`"),
    "a [link](…)": re.compile(r"\[[^\]]*\]\([^)]*\)"),
}
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_UNSEEN = re.compile("[\u00ad\u180e\u200b\u2060-\u2064\ufeff\ufff9-\ufffb]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_JOINER = re.compile("[\u200c\u200d]")
_SPACES = re.compile(r"[^\S\t\n\r]{2,}")


def wrong(text: str) -> Iterator[str]:
    """Everything in a text that does not belong there, in words."""
    plain = PLACEHOLDER.sub("x", text)
    for name, pattern in _MARKUP.items():
        found = pattern.search(plain)
        if found:
            yield f"{name} ({found[0]!r}); texts hold no markup"
    for what, pattern in (("a direction mark", _DIRECTION), ("an invisible character", _UNSEEN)):
        found = pattern.search(text)
        if found:
            yield f"{what} ({_named(found[0])}); the program adds what is needed"
    found = _CONTROL.search(text)
    if found:
        yield f"a line break, tab or control character ({_named(found[0])})"
    if any(not _between_letters(text, found.start()) for found in _JOINER.finditer(text)):
        yield "a joiner (U+200C, U+200D) that does not stand between letters"
    if text != text.strip():
        yield "a space at the beginning or end"
    if _SPACES.search(text):
        yield "two spaces in a row"


def _named(character: str) -> str:
    return f"U+{ord(character):04X}"


def _between_letters(text: str, place: int) -> bool:
    around = (text[place - 1 : place], text[place + 1 : place + 2])
    return all(one and unicodedata.category(one)[0] in "LM" for one in around)

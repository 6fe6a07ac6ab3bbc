"""Two languages that nobody speaks, made of the sources: one longer than all others, one in letters from the right.

Each borrows the code of a locale that Babel knows and we do not ship, so that dates and numbers can be written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from bot.texts import Texts
from bot.texts._catalogue import FILE
from bot.texts._message import BUTTON, PLACEHOLDER
from bot.texts.sources import Source, unique

LONG, MIRRORED = "eo", "fa"
_GROWTH = 1.4
_LABEL = 20
"""How long a label may be to fit everywhere."""
_OPENS, _CLOSES = "[", "]"
"""Around every text: one that was cut has lost one of them."""
_ACCENTED = str.maketrans("aceghijlnostuwyzACEGHIJLNOSTUWYZ", "àçéĝĥîĵļñöšţüŵýžÀÇÉĜĤÎĴĻÑÖŠŢÜŴÝŽ")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_ARABIC = "ابجدهوزحطيكلمنسعفصقرشتثخذض"
_MIRROR = str.maketrans(_LETTERS + _LETTERS.upper(), _ARABIC + _ARABIC)
_PADDING = " šéđļôŵ"

Speak = Callable[[str, bool], str]
"""(source text, whether it is a label) -> the pseudo text."""


def _around(text: str, turn: Callable[[str], str]) -> str:
    """Everything but the placeholders, turned."""
    pieces = PLACEHOLDER.split(text)
    return "".join(f"{{{piece}}}" if place % 2 else turn(piece) for place, piece in enumerate(pieces))


def long(text: str, is_label: bool) -> str:
    """Accented and 40 % longer; a label as far as labels may go."""
    said = _around(text, lambda piece: piece.translate(_ACCENTED))
    wanted = int(len(text) * _GROWTH) + 1
    if is_label:
        return (said + (_PADDING * 4)[: max(0, min(wanted, _LABEL) - len(said))]).strip()
    padding = (_PADDING * (1 + wanted // len(_PADDING)))[: max(0, wanted - len(said) - 2)].rstrip()
    return f"{_OPENS}{said}{padding}{_CLOSES}"


def mirrored(text: str, is_label: bool) -> str:
    """In Arabic letters, one for each Latin one."""
    said = _around(text, lambda piece: piece.translate(_MIRROR))
    return said if is_label else f"{_OPENS}{said}{_CLOSES}"


SPEAKS: dict[str, Speak] = {LONG: long, MIRRORED: mirrored}


def pseudo_texts(sources: Sequence[Source], folder: Path) -> Texts:
    """Catalogues of both, written to the folder and loaded."""
    for locale, speak in SPEAKS.items():
        catalogue = Catalog(locale, fuzzy=False)
        for source in unique(sources):
            is_label = source.context == BUTTON
            if source.one is None:
                catalogue.add(source.other, speak(source.other, is_label), context=source.context)
            else:
                forms = [source.one, *[source.other] * (catalogue.num_plurals - 1)]
                strings = [speak(form, is_label) for form in forms]
                catalogue.add((source.one, source.other), strings, context=source.context)
        file = folder / locale / FILE
        file.parent.mkdir(parents=True)
        with file.open("wb") as opened:
            write_po(opened, catalogue)
    return Texts.load([folder], list(SPEAKS))


def whole(body: str, shown: str) -> bool:
    """Every text of the body is there from its beginning to its end."""
    signs = [re.sub(r"[^\[\]]", "", text) for text in (body, shown)]
    left = signs[0]
    while "[]" in left:
        left = left.replace("[]", "")
    return bool(body) and signs[0] == signs[1] and not left


def squeezed(text: str) -> str:
    """Without white space and invisible marks, which cutting and isolating change."""
    return re.sub(r"[\s\u2066-\u2069\u200e\u200f]", "", text)

"""A piece of text in the channel's markup: escaping, tap-to-copy codes, bidi isolates."""

from __future__ import annotations

import html
import re
import unicodedata

from bot.limits import Limits, Markup
from bot.message import Mark, Span, Text

LRI, FSI, PDI = "\u2066", "\u2068", "\u2069"
_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_RTL = frozenset({"R", "AL"})

_LOOKALIKES = str.maketrans({"*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ"})
"""WhatsApp has no escape, and whether a zero-width character breaks its markup differs by client: a sign that looks
the same but is another character never formats. Names only: codes and links stay as they are."""


def without_controls(text: Text) -> Text:
    """The text without embeddings and isolates of its own: ours are balanced in every part, foreign ones may not be."""
    if not _CONTROLS.search(text.body):
        return text
    kept = [0]
    for character in text.body:
        kept.append(kept[-1] + (not _CONTROLS.match(character)))
    spans = tuple(Span(kept[span.start], kept[span.end], span.mark) for span in text.spans)
    return Text(_CONTROLS.sub("", text.body), tuple(span for span in spans if span.start < span.end))


def isolated(piece: str, mark: Mark, *, limits: Limits, rtl: bool) -> tuple[str, str]:
    """What stands before and after a span: a code is left to right, a name or a number follows its first letter."""
    if not limits.isolates or mark is Mark.LINK:
        return "", ""
    if rtl:
        return (LRI if mark is Mark.CODE else FSI), PDI
    if mark is Mark.NAME and not piece.isascii() and any(unicodedata.bidirectional(one) in _RTL for one in piece):
        return FSI, PDI
    return "", ""


def written(text: Text, *, limits: Limits, rtl: bool, markup: Markup) -> str:
    """The text in this markup, every span isolated where the channel and the locale ask for it."""
    pieces: list[str] = []
    position = 0
    for span in text.spans:
        pieces.append(_literal(text.body[position : span.start], markup))
        piece = text.body[span.start : span.end]
        before, after = isolated(piece, span.mark, limits=limits, rtl=rtl)
        pieces += (before, _marked(piece, span.mark, markup), after)
        position = span.end
    pieces.append(_literal(text.body[position:], markup))
    return "".join(pieces)


def _literal(words: str, markup: Markup) -> str:
    return html.escape(words, quote=False) if markup == "html" else words


def _marked(piece: str, mark: Mark, markup: Markup) -> str:
    if markup == "html":
        escaped = html.escape(piece, quote=False)
        return f"<code>{escaped}</code>" if mark is Mark.CODE else escaped
    if markup == "whatsapp" and mark is Mark.NAME:
        return piece.translate(_LOOKALIKES)
    return piece

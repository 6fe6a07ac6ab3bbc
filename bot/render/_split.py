"""A long text in pieces that fit: cut at a paragraph, else a line, a sentence, a word; never inside a span.

A span that is longer than a whole piece is the one exception: it becomes several spans.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate

from bot.limits import Measure
from bot.message import Span, Text

_PARAGRAPH = re.compile(r"\n[ \t]*\n\s*")
_LINE = re.compile(r"\n\s*")
_SENTENCE = re.compile(r"[.!?…؟۔।]+[\"'”’»)\]]*\s+|[。！？]+[」』）]*\s*")
_WORD = re.compile(r"\s+")
_BOUNDS = (_PARAGRAPH, _LINE, _SENTENCE)

_JOINER = "\u200d"
_MODIFIERS = range(0x1F3FB, 0x1F400)
_REGIONAL = range(0x1F1E6, 0x1F200)

Overhead = Callable[[str, Span], int]
"""How many characters the markup's isolates add to a span."""


def size(words: str, measure: Measure) -> int:
    """The length as the channel counts it."""
    return len(words) if measure == "characters" else len(words.encode("utf-16-le", "surrogatepass")) // 2


def split(text: Text, limit: int, *, measure: Measure, overhead: Overhead) -> list[Text]:
    """The text in order, in pieces of at most `limit` as the channel counts; white space at the cuts is dropped."""
    text = _cut(text, 0, len(text.body))
    if 2 * len(text.body) + sum(overhead(text.body, span) for span in text.spans) <= limit:
        return [text] if text.body else []
    text = _chopped(text, limit, measure, overhead)
    totals = _totals(text, measure, overhead)
    pieces: list[Text] = []
    start = 0
    while start < len(text.body):
        reach = bisect_right(totals, totals[start] + limit) - 1
        end = len(text.body) if reach >= len(text.body) else _bound(text, start, max(reach, start + 1))
        piece = _cut(text, start, end)
        if piece.body:
            pieces.append(piece)
        start = end
        while start < len(text.body) and text.body[start].isspace():
            start += 1
    return pieces


def _weights(words: str, measure: Measure) -> list[int]:
    if measure == "characters":
        return [1] * len(words)
    return [2 if character > "\uffff" else 1 for character in words]


def _totals(text: Text, measure: Measure, overhead: Overhead) -> list[int]:
    weights = _weights(text.body, measure)
    for span in text.spans:
        weights[span.end - 1] += overhead(text.body, span)  # at the end: white space at the start may go
    return [0, *accumulate(weights)]


def _chopped(text: Text, limit: int, measure: Measure, overhead: Overhead) -> Text:
    """Spans that would not fit in a piece of their own, as several spans."""
    spans: list[Span] = []
    for span in text.spans:
        room = max(1, limit - overhead(text.body, span))
        start = span.start
        if size(text.body[start : span.end], measure) > room:
            totals = [0, *accumulate(_weights(text.body[start : span.end], measure))]
            origin = start
            while totals[-1] - totals[start - origin] > room:
                reach = origin + bisect_right(totals, totals[start - origin] + room) - 1
                end = _between_graphemes(text.body, start, max(reach, start + 1))
                spans.append(Span(start, end, span.mark))
                start = end
        spans.append(Span(start, span.end, span.mark))
    return Text(text.body, tuple(spans))


def _bound(text: Text, start: int, reach: int) -> int:
    """Where to cut: the last paragraph, line or sentence end in the second half, else the last space, else anywhere
    outside a span and between two graphemes."""
    half = start + (reach - start) // 2
    inside = [span for span in text.spans if span.end > start and span.start < reach + 1]
    for pattern in _BOUNDS:
        found = _last(pattern, text.body, range(max(half, start + 1), reach + 1), inside)
        if found is not None:
            return found
    found = _last(_WORD, text.body, range(start + 1, reach + 1), inside)
    if found is not None:
        return found
    around = next((span for span in inside if span.start < reach < span.end), None)
    if around is not None and around.start > start:
        return around.start
    return _between_graphemes(text.body, start, reach)


def _last(pattern: re.Pattern[str], body: str, window: range, spans: Sequence[Span]) -> int | None:
    """The last place in the window where the text may be cut: after what the pattern finds, before its white space."""
    best: int | None = None
    for found in pattern.finditer(body, window.start - 1, min(len(body), window.stop + 1)):
        place = found.start() + len(found[0].rstrip())
        if place in window and place > 0 and not any(span.start < place < span.end for span in spans):
            best = place
    return best


def _between_graphemes(body: str, start: int, reach: int) -> int:
    end = reach
    while end > start + 1 and _continues(body, start, end):
        end -= 1
    return end if end > start + 1 or not _continues(body, start, end) else reach


def _continues(body: str, start: int, place: int) -> bool:
    """Does the character at `place` belong to the one before it?"""
    if place >= len(body):
        return False
    here, before = body[place], body[place - 1]
    if unicodedata.combining(here) or unicodedata.category(here) in {"Mn", "Me", "Mc"}:
        return True
    if _JOINER in (here, before) or ord(here) in _MODIFIERS:
        return True
    if ord(here) not in _REGIONAL:
        return False
    flags = place
    while flags > start and ord(body[flags - 1]) in _REGIONAL:
        flags -= 1
    return (place - flags) % 2 == 1


def _cut(text: Text, start: int, end: int) -> Text:
    """The stretch without white space at its ends, and its spans."""
    while start < end and text.body[start].isspace():
        start += 1
    while end > start and text.body[end - 1].isspace():
        end -= 1
    if start == 0 and end == len(text.body):
        return text
    clipped = (
        Span(max(span.start, start) - start, min(span.end, end) - start, span.mark)
        for span in text.spans
        if span.end > start and span.start < end
    )
    return Text(text.body[start:end], tuple(clipped))

"""What is wrong with what was shown: untranslated, unfilled, too long, cut, or turned the wrong way round."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from bot.commands.texts import shipped
from bot.flows.library import Library
from bot.limits import BY_CHANNEL, Limits
from bot.message import Mark
from bot.render import Part
from bot.render._split import size
from bot.texts import Message, Texts
from bot.texts._catalogue import SOURCE
from bot.texts._message import BUTTON, PLACEHOLDER
from bot.understanding.choices import match_choice
from tests.scenarios.record import Record, Shown, Step

_TAGS = re.compile(r"</?[a-z]+>")
_UNFILLED = re.compile(r"\{\w*\}")
_ISOLATES = "\u2066\u2067\u2068\u2069"
_LONG_ENOUGH = 12
"""Characters from which on an English piece cannot stand in another language's text by chance."""
_LIST_BUTTON = 20
"""What opens a list on WhatsApp."""


def plain(part: Part) -> str:
    """The text as it is read: without markup, with its invisible marks."""
    return html.unescape(_TAGS.sub("", part.text)) if part.fallback is not None else part.text


def texts_of(library: Library) -> set[Step]:
    """Every text of every step of every flow."""
    found: set[Step] = set()
    for flow in library.active.values():
        for node in flow.nodes.values():
            found |= {(flow.name, node.name, node.kind)} if node.message is not None else set()
            found |= {(flow.name, node.name, "invalid")} if node.invalid is not None else set()
    return found


@lru_cache
def english() -> tuple[tuple[Message, str], ...]:
    """The pieces of the source texts, between their placeholders, that are long enough to be told apart."""
    found = []
    for source in shipped():
        count = "count" if source.one is not None else None
        message = Message(source.other, source.one, count, source.context)
        for text in filter(None, (source.one, source.other)):
            pieces = (piece.strip() for piece in PLACEHOLDER.split(text)[::2])
            found += [(message, piece) for piece in pieces if len(piece) >= _LONG_ENOUGH]
    return tuple(dict.fromkeys(found))


def untranslated(record: Record, texts: Texts) -> list[str]:
    """Texts and labels that were asked for in a locale that does not say them."""
    found = {f"{voice}: {one.other!r}" for voice, one in record.messages if _is_missing(texts, voice, one)}
    for voice, label in record.labels:
        if all(_is_missing(texts, voice, Message(label, context=context)) for context in (BUTTON, None)):
            found.add(f"{voice}: {label!r} (label)")
    return sorted(found)


def _is_missing(texts: Texts, voice: str, message: Message) -> bool:
    """In the locale itself or in this way of speaking it. English is the source, in every way."""
    locale = texts.resolve(voice)
    return locale != SOURCE and any(texts.forms(one, message) is None for one in (voice, locale))


def left_over(record: Record, texts: Texts, locale: str) -> list[str]:
    """English pieces that stand in what was shown in another locale, where no translation has them."""
    shown = "\n".join(_words(one) for one in record.shown if texts.resolve(one.voice) == locale)
    return sorted(
        f"{locale}: {piece!r}"
        for message, piece in english()
        if piece in shown and not any(piece in form for form in texts.forms(locale, message) or ())
    )


def _words(shown: Shown) -> str:
    labels = [choice.label for choice in shown.outbound.choices]
    return "\n".join([*map(plain, shown.parts), *labels, shown.outbound.ask_contact or ""])


def misfits(record: Record, texts: Texts) -> list[str]:
    """What does not fit its channel, is not filled or not isolated; each with where it was shown."""
    labels = {texts.label(voice, label) for voice, label in record.labels}
    return [f"{shown.where}: {what}" for shown in record.shown for what in _of(shown, texts, labels)]


def _of(shown: Shown, texts: Texts, labels: set[str]) -> Iterator[str]:
    limits = BY_CHANNEL[shown.channel]
    if not shown.parts:
        yield "nothing is shown"
    for part in shown.parts:
        yield from _part(part, limits)
    yield from _choices(shown, limits, labels)
    text = "\n".join(map(plain, shown.parts))
    if _UNFILLED.search(text):
        yield f"a placeholder is not filled: {text!r}"
    if not limits.isolates and any(mark in text for mark in _ISOLATES):
        yield f"isolates on a channel without them: {text!r}"
    if limits.isolates and texts.rtl(shown.voice):
        yield from _not_isolated(shown, text)


def _part(part: Part, limits: Limits) -> Iterator[str]:
    text = plain(part)
    most = limits.button_text if part.style != "plain" and limits.button_text else limits.text
    if size(text, limits.measure) > most:
        yield f"{len(text)} characters are more than {most}"
    if part.style == "buttons":
        yield from _lengths(part, limits, limits.buttons, limits.button_label)
    if part.style == "list":
        yield from _lengths(part, limits, limits.list_items, limits.list_label)
        if not 0 < len(part.list_label) <= _LIST_BUTTON:
            yield f"{part.list_label!r} opens no list"


def _lengths(part: Part, limits: Limits, most: int, longest: int) -> Iterator[str]:
    if len(part.choices) > most:
        yield f"{len(part.choices)} choices are more than {most}"
    for choice in part.choices:
        if not 0 < size(choice.label, limits.measure) <= longest:
            yield f"the label {choice.label!r} is longer than {longest}"
        if len(choice.payload.encode()) > limits.payload_bytes:
            yield f"the payload of {choice.label!r} is too long"


def _choices(shown: Shown, limits: Limits, labels: set[str]) -> Iterator[str]:
    """Each choice is shown, on a button or by its number; our own labels fit where there are buttons or a list."""
    choices = shown.outbound.choices
    if not choices or not shown.parts:
        return
    last = shown.parts[-1]
    if last.style == "plain":
        text = "".join(plain(part) for part in shown.parts)
        for number in range(1, len(choices) + 1):
            if f"{number}) " not in text:
                yield f"choice {number} has no line"
    read = [choice.label for choice in choices], [choice.payload for choice in choices]
    for place, choice in enumerate(choices):
        if [match_choice(text, *read) for text in (choice.label, str(place + 1), choice.payload)] != [place] * 3:
            yield f"the choice {choice.label!r} is not understood by its label, its number or its payload"
    longest = limits.button_label if len(choices) <= limits.buttons else limits.list_label
    if len({choice.label for choice in choices}) < len(choices):
        yield f"two choices read the same: {[choice.label for choice in choices]}"
    if longest and len(choices) <= max(limits.buttons, limits.list_items):
        for choice in choices:
            if choice.label in labels and size(choice.label, limits.measure) > longest:
                yield f"the label {choice.label!r} is longer than {longest}"


def _not_isolated(shown: Shown, text: str) -> Iterator[str]:
    """In a right-to-left text every number, name and code is isolated, a code always left to right."""
    for span in shown.outbound.text.spans:
        piece = shown.outbound.text.body[span.start : span.end]
        if span.mark is not Mark.LINK and piece.strip():
            first = "\u2066" if span.mark is Mark.CODE else "\u2068"
            if f"{first}{piece}\u2069" not in text:
                yield f"{piece!r} is not isolated in {text!r}"
    if text.count("\u2066") + text.count("\u2068") != text.count("\u2069"):
        yield f"unbalanced isolates in {text!r}"


def told(problems: Iterable[str], most: int = 60) -> str:
    """The problems as a failure's message."""
    found = list(problems)
    return "\n".join([f"{len(found)} problems", *found[:most]])

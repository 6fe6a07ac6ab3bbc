"""What a conversation of /try looks like: the bot's parts and the member's words as bubbles, in order."""

from __future__ import annotations

import html
import re
from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import segno

from bot.limits import Limits
from bot.message import Choice
from bot.render import Part

_CODE = re.compile(r"<code>(.*?)</code>", re.DOTALL)
_LINK = re.compile(r"https?://[^\s<>\"\u2066-\u2069]+[^\s<>\"\u2066-\u2069.,;:!?)\]]")
_MOST_ADDRESSES, _MOST_WORDS = 1_000, 200


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a bubble's text."""

    text: str
    kind: Literal["text", "code", "link"] = "text"


@dataclass(frozen=True, slots=True)
class Bubble:
    """One bubble. `number` counts the bot's messages; the member's own have none."""

    pieces: tuple[Piece, ...]
    number: int | None = None
    style: str = "plain"
    choices: tuple[Choice, ...] = ()
    list_label: str = ""
    contact: str | None = None
    qr: str | None = None
    """The image of the QR code, as a data: address."""
    file: tuple[str, str] | None = None
    """The name of a file and where it can be had."""
    segments: int | None = None
    """SMS parts; None where nobody counts them."""
    template: str | None = None

    @property
    def text(self) -> str:
        """The words without any markup."""
        return "".join(piece.text for piece in self.pieces)

    def as_json(self) -> dict[str, Any]:
        """What a program that reads /try/messages gets."""
        choices = [{"label": choice.label, "payload": choice.payload} for choice in self.choices]
        row: dict[str, Any] = {"number": self.number, "text": self.text, "style": self.style, "choices": choices}
        row |= {"file": dict(zip(("name", "url"), self.file, strict=True))} if self.file else {}
        return row | ({"segments": self.segments} if self.segments is not None else {})


class Said:
    """What members have written on the page, each with the number of the bot's last message before it."""

    def __init__(self) -> None:
        self._by_address: OrderedDict[str, deque[tuple[int, str]]] = OrderedDict()

    def add(self, address: str, after: int, text: str) -> None:
        words = self._by_address.setdefault(address, deque(maxlen=_MOST_WORDS))
        words.append((after, text))
        self._by_address.move_to_end(address)
        if len(self._by_address) > _MOST_ADDRESSES:
            self._by_address.popitem(last=False)

    def of(self, address: str) -> Sequence[tuple[int, str]]:
        return tuple(self._by_address.get(address, ()))


def bubbles(parts: Sequence[tuple[int, Part]], said: Sequence[tuple[int, str]], limits: Limits) -> list[Bubble]:
    """The whole conversation in the order it happened."""
    theirs = [((number, 0), shown(number, part, limits)) for number, part in parts]
    own = [((after, 1), Bubble((Piece(text),))) for after, text in said]
    return [bubble for _, bubble in sorted([*theirs, *own], key=lambda one: one[0])]


def shown(number: int, part: Part, limits: Limits) -> Bubble:
    """One part as this channel's app would show it; numbered choices stand in the text already."""
    return Bubble(
        pieces=tuple(_pieces(part.text, limits)),
        number=number,
        style=part.style,
        choices=part.choices if part.style != "plain" else (),
        list_label=part.list_label,
        contact=part.ask_contact,
        qr=_image(part.qr) if part.qr is not None else None,
        file=(part.attachment.name, part.attachment.url) if part.attachment is not None else None,
        segments=part.segments if limits.gsm7 else None,
        template=" · ".join((part.template_flow, *part.variables)) if part.template_flow else None,
    )


def label_of(parts: Sequence[tuple[int, Part]], payload: str) -> str | None:
    """What the button with this payload says."""
    labels = (choice.label for _, part in reversed(parts) for choice in part.choices if choice.payload == payload)
    return next(labels, None)


def _pieces(text: str, limits: Limits) -> Iterator[Piece]:
    if limits.markup != "html":
        yield from _linked(text)
        return
    for position, stretch in enumerate(_CODE.split(text)):
        words = html.unescape(stretch)
        if position % 2:
            yield Piece(words, "code")
        else:
            yield from _linked(words)


def _linked(text: str) -> Iterator[Piece]:
    position = 0
    for found in _LINK.finditer(text):
        if found.start() > position:
            yield Piece(text[position : found.start()])
        yield Piece(found[0], "link")
        position = found.end()
    if position < len(text):
        yield Piece(text[position:])


def _image(content: str) -> str:
    address: str = segno.make(content, micro=False).svg_data_uri(scale=5, border=2, dark="#111", light="#fff")
    return address

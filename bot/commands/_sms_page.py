"""What the texts of all flows cost by SMS, in every locale and every way to speak it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.flows.library import Library
from bot.limits import SMS
from bot.message import Choice, Outbound, Value
from bot.render import render, segments
from bot.texts import Message, Texts, placeholders
from bot.texts.budgets import typical

INTRODUCTION = """# What our texts cost by SMS

Made by `bentornato texts sms --write`; a test compares it with the texts. It counts every text a flow can say, as it
goes out by SMS: placeholders filled with ordinary values, choices numbered under their question, letters rewritten
where that saves parts. A part is 160 characters (153 each of several) as long as all are in GSM-7, else 70 (67).
`it@formal` is a way to speak `it`: where it has no text of its own it says that of `it`.

"""
_HEAD = ("locale", "texts", "GSM-7", "1 part", "2 parts", "3 or more", "parts in all", "the dearest")
_OPTIONS = ("Cappuccino & croissant", "10% off", "Free delivery")
"""What a list made by a handler offers."""


@dataclass(frozen=True, slots=True)
class Said:
    """A text of a flow with the choices under it."""

    where: str
    message: Message
    labels: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Price:
    """What a text takes in a locale."""

    said: Said
    parts: int
    length: int
    is_gsm7: bool


def page(library: Library, texts: Texts) -> str:
    """The page docs/sms_parts.md."""
    return f"{INTRODUCTION}{table(library, texts)}"


def table(library: Library, texts: Texts) -> str:
    """The table in Markdown, a row a locale, its ways of speaking under it."""
    said = list(sayings(library))
    voices = [voice for locale in texts.locales for voice in (locale, *texts.variants(locale))]
    rows = [_row(voice, [_price(one, voice, texts) for one in said]) for voice in voices]
    lines = [_HEAD, ("---", *["---:"] * (len(_HEAD) - 2), "---"), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def sayings(library: Library) -> Iterator[Said]:
    """Every text of the active flows once; with other choices it is another one."""
    seen: set[tuple[Message, tuple[str, ...], tuple[str, ...]]] = set()
    for name, flow in library.active.items():
        for node in flow.nodes.values():
            labels = tuple(label for label, _ in node.labels)
            options = _OPTIONS if node.options is not None else ()
            for message in filter(None, (node.message, node.invalid)):
                choices = (labels, options) if message is node.message else ((), ())
                if (message, *choices) not in seen:
                    seen.add((message, *choices))
                    yield Said(f"{name}.{node.name}", message, *choices)


def _price(said: Said, voice: str, texts: Texts) -> Price:
    labels = [*(texts.label(voice, label) for label in said.labels), *said.options]
    choices = tuple(Choice(label, str(number)) for number, label in enumerate(labels))
    message = Outbound(texts.text(voice, said.message, _values(said.message)), choices)
    parts = render(message, SMS, locale=voice, texts=texts)
    return Price(
        said,
        parts=sum(part.segments for part in parts),
        length=sum(len(part.text) for part in parts),
        is_gsm7=all(segments(part.text)[0] == "gsm7" for part in parts),
    )


def _values(message: Message) -> dict[str, Value]:
    names = placeholders(message.other) | placeholders(message.one or "")
    return {name: typical(name, counted=name == message.count) for name in {*names, message.count} if name is not None}


def _row(voice: str, prices: Sequence[Price]) -> tuple[str, ...]:
    counts = [sum(price.parts == wanted for price in prices) for wanted in (1, 2)]
    share = 100 * sum(price.is_gsm7 for price in prices) // max(len(prices), 1)
    dearest = max(prices, key=lambda price: (price.parts, price.length))
    figures = (len(prices), f"{share}%", *counts, len(prices) - sum(counts), sum(price.parts for price in prices))
    return (f"`{voice}`", *map(str, figures), f"`{dearest.said.where}` ({dearest.parts})")

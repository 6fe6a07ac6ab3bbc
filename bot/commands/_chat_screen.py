"""Where `chat` reads and prints: plainly through pipes, with bubbles on a terminal."""

from __future__ import annotations

import html
import io
import re
import sys
from collections.abc import Iterator, Sequence
from typing import Protocol

from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from bot.limits import BY_CHANNEL
from bot.render import Part

_WIDTH = 64
_CODE = re.compile(r"</?code>")
_ISOLATES = re.compile("[\u2066-\u2069]")


class Screen(Protocol):
    """Both ways of talking."""

    def welcome(self) -> None: ...

    def lines(self) -> Iterator[str]: ...

    def show(self, parts: Sequence[Part]) -> None: ...


def screen_for(channel: str) -> Screen:
    """Bubbles where a person sits at both ends, else plain lines."""
    if sys.stdin.isatty() and sys.stdout.isatty():
        return _Terminal(channel)
    return _Plain(channel)


class _Plain:
    """Lines in, lines out, always UTF-8."""

    def __init__(self, channel: str) -> None:
        self._channel = channel
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8", line_buffering=True)

    def welcome(self) -> None:
        """Nothing but answers is printed."""

    def lines(self) -> Iterator[str]:
        for line in sys.stdin.buffer:
            yield line.decode("utf-8", "replace").strip()

    def show(self, parts: Sequence[Part]) -> None:
        for part in parts:
            for line in (words(part, self._channel), *options(part)):
                print(line)
            print()


class _Terminal:
    """Bubbles on a terminal, and a prompt that can be edited."""

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self._console = Console(highlight=False)

    def welcome(self) -> None:
        self._console.print(f"{self._channel}: a line is a message, a number picks a button, /quit leaves", style="dim")

    def lines(self) -> Iterator[str]:
        while True:
            try:
                yield self._console.input("[bold]›[/] ").strip()
            except (EOFError, KeyboardInterrupt):
                self._console.print()
                return

    def show(self, parts: Sequence[Part]) -> None:
        for part in parts:
            self._console.print(self._bubble(part))
            for line in options(part):
                self._console.print(Padding(Text(line), (0, 0, 0, 1)), style="cyan")

    def _bubble(self, part: Part) -> Panel:
        width = min(_WIDTH, self._console.width)
        cost = f"{part.segments} SMS" if BY_CHANNEL[self._channel].gsm7 else None
        return Panel(
            Text(words(part, self._channel)), width=width, border_style="dim", subtitle=cost, subtitle_align="right"
        )


def words(part: Part, channel: str) -> str:
    """The text as a reader sees it, without markup and without invisible characters a terminal would show."""
    if part.template_flow:
        return f"[{' · '.join((part.template_flow, *part.variables))}]"
    text = part.text
    if BY_CHANNEL[channel].markup == "html":
        text = html.unescape(_CODE.sub("", text))
    file = f"\n[{part.attachment.name}: {part.attachment.url}]" if part.attachment else ""
    return _ISOLATES.sub("", text) + (f"\n[QR: {part.qr}]" if part.qr else "") + file


def options(part: Part) -> list[str]:
    """The buttons or the list, numbered; numbers in the text itself are no buttons."""
    if part.style == "plain":
        return []
    return [f"  [{number}] {choice.label}" for number, choice in enumerate(part.choices, start=1)]

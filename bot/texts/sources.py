"""What there is to translate: the texts of flows and code, found by Babel's extraction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babel.messages.extract import DEFAULT_KEYWORDS, extract, extract_python

from bot.texts._catalogue import Id

Method = Callable[..., Iterable[Any]]
"""A Babel extraction plug-in. Babel annotates plug-ins with what `extract` makes of their results, hence the Any."""

KEYWORDS = {**DEFAULT_KEYWORDS, "NN_": (1, 2), "NP_": ((1, "c"), 2)}


@dataclass(frozen=True, slots=True)
class Source:
    """One text where it is written. `one` only if it has plural forms."""

    file: Path
    line: int
    other: str
    one: str | None = None
    context: str | None = None
    comments: tuple[str, ...] = ()

    @property
    def id(self) -> Id:
        """What a catalogue knows it by."""
        return self.context, self.other if self.one is None else self.one


def extracted(files: Iterable[Path], method: Method) -> list[Source]:
    """The texts of these files in reading order. A file that cannot be read raises what the method raises."""
    return [source for file in sorted(files) for source in _of(file, method)]


def of_code(folder: Path, *, without: Path | None = None) -> list[Source]:
    """The marked texts of a folder's Python files, leaving out those of one folder within."""
    files = (file for file in folder.rglob("*.py") if without is None or not file.is_relative_to(without))
    return extracted(files, extract_python)


def _of(file: Path, method: Method) -> Iterable[Source]:
    with file.open("rb") as opened:
        for line, found, comments, context in extract(method, opened, KEYWORDS):
            one, other = (None, found) if isinstance(found, str) else found[:2]
            yield Source(file, line, other, one, context, tuple(comments))


def unique(sources: Sequence[Source]) -> list[Source]:
    """One source for each message, the first one."""
    return list({(source.id, source.other): source for source in reversed(sources)}.values())[::-1]

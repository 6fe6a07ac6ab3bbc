"""What disagrees in a programme, and where; and the words of it that lack a locale."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from pydantic import BaseModel

from loyalty.wording import speaks
from storage.documents import Document, Keys


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that does not agree, and the keys that lead to it. An error keeps the programme from starting."""

    keys: Keys
    what: str
    level: Literal["error", "warning"] = "error"

    def at(self, document: Document) -> str:
        """`file:line: where: what`, as a DocumentError has it."""
        where = ".".join(map(str, self.keys))
        return f"{document.source}:{document.line(self.keys)}: {where}: {self.what}"


def near(name: str, known: Iterable[str]) -> str:
    """A question whether one of the known names was meant, if one is near."""
    close = get_close_matches(name, sorted(known), n=1)
    return f"; did you mean {close[0]}?" if close else ""


def words_lacking(value: object, keys: Keys, locales: Sequence[str]) -> Iterator[Problem]:
    """The words anywhere below that lack a locale. Every mapping there is words."""
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from words_lacking(getattr(value, name), (*keys, name), locales)
    elif isinstance(value, tuple):
        for at, one in enumerate(value):
            yield from words_lacking(one, (*keys, at), locales)
    elif isinstance(value, dict):
        missing = [locale for locale in locales if not speaks(value, locale)]
        if missing:
            yield Problem(keys, f"no words in {', '.join(missing)}", "warning")

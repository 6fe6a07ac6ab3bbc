"""A text of the source: English msgids with named bare placeholders."""

from __future__ import annotations

import re
from dataclasses import dataclass

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
BUTTON = "button"
"""The context of labels."""


@dataclass(frozen=True, slots=True)
class Message:
    """A whole sentence or several; with `one` and `count` (the name of the value that chooses) it has plural forms."""

    other: str
    one: str | None = None
    count: str | None = None
    context: str | None = None


def N_(other: str) -> Message:  # noqa: N802  # gettext's own marker
    """Mark a text of the code for extraction."""
    return Message(other)


def NN_(one: str, other: str, count: str) -> Message:  # noqa: N802  # the same with a plural
    """Mark a text with plural forms; `count` names the value that chooses."""
    return Message(other, one, count)


def NP_(context: str, other: str) -> Message:  # noqa: N802  # the same with a context
    """Mark a text whose meaning needs a context; labels have the context `button`."""
    return Message(other, context=context)


def placeholders(text: str) -> frozenset[str]:
    """The names in braces. ValueError for any brace that is not part of `{a_name}`."""
    if "{" in PLACEHOLDER.sub("", text) or "}" in PLACEHOLDER.sub("", text):
        raise ValueError(f"a brace that is not part of a {{placeholder}} in {text!r}")
    return frozenset(PLACEHOLDER.findall(text))

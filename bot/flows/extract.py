"""Babel's extraction plug-in `bentornato-flow`: the texts and labels of a flow file, with their line numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import BinaryIO

from storage.documents import Document, Keys, Node, parse

TEXTS = frozenset({"say", "ask", "invalid"})
"""Keys of a step whose value is a sentence, plain or counted."""
LABELS = frozenset({"contact", "button", "title"})
"""Keys of a step whose value is a label."""

Found = tuple[int, str, tuple[str, ...], list[str]]
"""Line, gettext function, its arguments, comments for the translator."""


def extract(
    fileobj: BinaryIO, keywords: Collection[str], comment_tags: Collection[str], options: Mapping[str, object]
) -> Iterator[Found]:
    """What Babel calls. Keywords, comment tags and options are for code; a flow file needs none."""
    del keywords, comment_tags, options
    document = parse(fileobj.read(), getattr(fileobj, "name", "flow"))
    flow = document.value
    if not isinstance(flow, dict):
        return
    for name in ("menu", "label"):
        if name in flow:
            yield from _label(document, (name,), flow[name])
    if "command" in flow:
        yield from _sentence(document, ("command",), flow["command"])
    steps = flow.get("steps")
    if isinstance(steps, dict):
        for name, step in steps.items():
            yield from _step(document, ("steps", name), step)


def _step(document: Document, keys: Keys, step: Node) -> Iterator[Found]:
    if not isinstance(step, dict):
        return
    for name, value in step.items():
        here = (*keys, name)
        if name in TEXTS:
            yield from _sentence(document, here, value)
        elif name in LABELS:
            yield from _label(document, here, value)
        elif name == "choices" and isinstance(value, dict):
            for label in value:
                yield from _label(document, (*here, label), label)


def _sentence(document: Document, keys: Keys, value: Node) -> Iterator[Found]:
    if isinstance(value, str):
        if value:
            yield document.line(keys), "gettext", (value,), []
        return
    if isinstance(value, dict):
        one, other, count = value.get("one"), value.get("other"), value.get("count")
        if isinstance(one, str) and isinstance(other, str):
            comments = [f"The form is chosen by {{{count}}}."] if isinstance(count, str) else []
            yield document.line((*keys, "one")), "ngettext", (one, other), comments


def _label(document: Document, keys: Keys, value: Node) -> Iterator[Found]:
    if isinstance(value, str) and value:
        yield document.line(keys), "pgettext", ("button", value), []

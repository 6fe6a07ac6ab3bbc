"""A flow as a Mermaid flowchart, for reviews and documentation."""

from __future__ import annotations

from collections.abc import Iterator

from bot.flows.compiled import Node, compile_flow
from bot.flows.model import END, RESERVED, STOP, Definition

_LONGEST = 60
_SHAPES = {"say": ('["', '"]'), "ask": ('{{"', '"}}'), "do": ('[["', '"]]'), "go": ('(["', '"])')}


def mermaid(definition: Definition) -> str:
    """The flowchart's text: say is a box, ask a hexagon, do a subroutine, go a stadium."""
    flow = compile_flow(definition)
    edges = [(node, *edge) for node in flow.nodes.values() for edge in _edges(node, definition)]
    lines = ["flowchart TD", f"  begin(({_quoted(flow.name)})) --> {_id(flow.start)}"]
    lines += [f"  {_id(node.name)}{_box(node)}" for node in flow.nodes.values()]
    lines += [f"  {_id(node.name)} {_arrow(label)} {_id(target)}" for node, label, target in edges]
    lines += [f"  {_id(name)}(({name}))" for name in (END, STOP) if any(target == name for _, _, target in edges)]
    return "\n".join(lines) + "\n"


def _edges(node: Node, definition: Definition) -> Iterator[tuple[str, str]]:
    if node.kind == "do":
        yield from node.outcomes.items()
    elif node.kind == "ask":
        yield from node.labels
        if node.type is not None or node.options is not None:
            yield node.options or str(node.type), node.then
        timeout = definition.steps[node.name].timeout
        if timeout is not None:
            yield f"after {timeout.after}", timeout.then
    else:
        yield "", node.then


def _box(node: Node) -> str:
    left, right = _SHAPES[node.kind]
    what = node.handler or f"go {node.go or node.go_value}" if node.message is None else node.message.other
    short = what if len(what) <= _LONGEST else f"{what[: _LONGEST - 1]}…"
    return f"{left}<b>{node.name}</b><br/>{_escaped(short)}{right}"


def _arrow(label: str) -> str:
    return f"-->|{_quoted(label)}|" if label else "-->"


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    """Only letters, digits and plain punctuation stay; the rest becomes Mermaid's numeric entities."""
    kept = "".join(letter if letter.isalnum() or letter in " .,:?!'-_…" else f"#{ord(letter)};" for letter in text)
    return kept.replace("#10;", " ")


def _id(name: str) -> str:
    """`end` is a word of Mermaid's own, so every id carries a prefix."""
    return f"{'to' if name in RESERVED else 'step'}_{name}"

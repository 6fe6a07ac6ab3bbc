"""Checks of the values: what a text, a question or a handler needs is there on every path that leads to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.flows._inspection import Finding, HandlerInfo, Surroundings
from bot.flows.compiled import Flow, Node
from bot.texts import Message, placeholders

Names = frozenset[str]
NOTHING: Names = frozenset()


def values_are_there(flow: Flow, around: Surroundings) -> Iterator[Finding]:
    for name, there in provided(flow, around.handlers).items():
        node = flow.nodes[name]
        for missing in sorted(needed(node) - there):
            yield Finding(flow.name, name, f"nothing provides {{{missing}}} on every way here")
        handler = around.handlers.get(node.handler)
        for missing in sorted((handler.needs if handler else NOTHING) - there):
            yield Finding(flow.name, name, f"{node.handler} needs {missing}, which is not there on every way here")
        target = None if node.go is None else around.library.get(node.go)
        for missing in sorted(set(target.definition.given if target else ()) - there):
            yield Finding(flow.name, name, f"{node.go} is to be given {missing}, which is not there")


def template_is_filled(flow: Flow, around: Surroundings) -> Iterator[Finding]:
    """The template stands in for the first thing that is said."""
    somewhere = set(flow.definition.given)
    for node in flow.nodes.values():
        handler = around.handlers.get(node.handler)
        somewhere |= handler.values if handler else NOTHING
    for missing in sorted(set(flow.definition.template or ()) - somewhere):
        yield Finding(flow.name, None, f"nothing provides {missing} for the template")


def questions_make_sense(flow: Flow) -> Iterator[Finding]:
    for node in flow.nodes.values():
        if node.contact is not None and node.type != "phone":
            yield Finding(flow.name, node.name, "a contact button belongs to a question of type phone")
        if node.type is not None and node.save is None:
            yield Finding(flow.name, node.name, "the answer is not saved", "warning")
        if node.options is not None and node.save is None:
            yield Finding(flow.name, node.name, "the choice is not saved", "warning")


def needed(node: Node) -> Names:
    """The values a step shows or reads itself."""
    named = {name for name in (node.options, node.go_value, node.qr) if name is not None}
    return used(node.message) | used(node.invalid) | named


def used(message: Message | None) -> Names:
    """The values a text needs. A stray brace is another check's finding."""
    if message is None:
        return NOTHING
    try:
        found = placeholders(message.other) | placeholders(message.one or "")
    except ValueError:
        return NOTHING
    return found if message.count is None else found | {message.count}


def provided(flow: Flow, handlers: Mapping[str, HandlerInfo]) -> dict[str, Names]:
    """For every reachable step the values that are there whichever way one came."""
    found: dict[str, Names] = {}
    waiting: list[tuple[str, Names]] = [(flow.start, frozenset(flow.definition.given))]
    while waiting:
        name, there = waiting.pop()
        if name not in flow.nodes:
            continue
        known = found.get(name)
        now = there if known is None else known & there
        if now != known:
            found[name] = now
            waiting += [(target, now | added) for target, added in _onward(flow.nodes[name], handlers)]
    return found


def _onward(node: Node, handlers: Mapping[str, HandlerInfo]) -> Iterator[tuple[str, Names]]:
    """Where a step leads, and the values that are new there."""
    saved = NOTHING if node.save is None else frozenset({node.save})
    if node.kind == "do":
        handler = handlers.get(node.handler)
        for target in node.outcomes.values():
            yield target, handler.values if handler else NOTHING
    elif node.kind == "ask":
        for _, target in node.labels:
            yield target, saved
        if node.type is not None or node.options is not None:
            yield node.then, saved
        if node.timeout_then is not None:
            yield node.timeout_then, NOTHING
    else:
        yield node.then, NOTHING

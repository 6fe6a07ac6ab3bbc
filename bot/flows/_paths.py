"""Checks of the graph: every path ends, nothing is dead, every handler, outcome and flow exists, caps are kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.flows._inspection import Finding, Surroundings
from bot.flows.compiled import Flow, Node
from bot.flows.graph import circling, ending, exits, reachable, silent_circles, silent_goes, steps_from
from bot.flows.library import Library
from bot.flows.model import END, RESERVED
from bot.flows.turn import CHOICES, DEPTH, STEPS


def targets_exist(flow: Flow) -> Iterator[Finding]:
    if flow.start not in flow.nodes:
        yield Finding(flow.name, None, f"the start {flow.start} is no step")
    for node in flow.nodes.values():
        for target in exits(node):
            if target not in flow.nodes and target not in RESERVED:
                yield Finding(flow.name, node.name, f"leads to {target}, which is no step")


def every_step_lives(flow: Flow) -> Iterator[Finding]:
    for name in sorted(flow.nodes.keys() - steps_from(flow, flow.start)):
        yield Finding(flow.name, name, "cannot be reached")
    for name in sorted(flow.nodes.keys() - ending(flow)):
        yield Finding(flow.name, name, "no way from here to the end")
    for name in sorted(silent_circles(flow)):
        yield Finding(flow.name, name, "goes round in a circle without a question")


def handlers_exist(flow: Flow, around: Surroundings) -> Iterator[Finding]:
    for node in flow.nodes.values():
        if node.kind != "do":
            continue
        handler = around.handlers.get(node.handler)
        if handler is None:
            yield Finding(flow.name, node.name, f"there is no handler {node.handler}")
            continue
        for label in sorted(node.outcomes.keys() - handler.outcomes):
            yield Finding(flow.name, node.name, f"{node.handler} has no outcome {label}")
        for label in sorted(handler.outcomes - node.outcomes.keys()):
            yield Finding(flow.name, node.name, f"the outcome {label} of {node.handler} leads nowhere")


def asides_only_read(flow: Flow, around: Surroundings) -> Iterator[Finding]:
    if not flow.aside:
        return
    for node in flow.nodes.values():
        handler = around.handlers.get(node.handler)
        if node.kind == "ask":
            yield Finding(flow.name, node.name, "an aside asks nothing")
        elif handler is not None and handler.writes:
            yield Finding(flow.name, node.name, f"an aside changes nothing, {node.handler} does")
        elif node.kind == "go" and not _goes_aside(node, around.library):
            yield Finding(flow.name, node.name, "an aside goes only to another aside, by name")


def _goes_aside(node: Node, library: Library) -> bool:
    target = None if node.go is None else library.get(node.go)
    return target is not None and target.aside


def flows_exist(flow: Flow, around: Surroundings) -> Iterator[Finding]:
    for node in flow.nodes.values():
        if node.go is not None and around.library.get(node.go) is None:
            yield Finding(flow.name, node.name, f"goes to {node.go}, which is no flow")


def no_rings(flow: Flow, around: Surroundings) -> Iterator[Finding]:
    """Flows that go to each other must ask in between, and must not leave something behind on every round."""
    silent = {name: _silently(one, around.library) for name, one in around.library.active.items()}
    if flow.name in circling(silent):
        yield Finding(flow.name, None, "goes back to itself through other flows without a question")
    edges = _edges(around.library)

    def onward(name: str) -> frozenset[str]:
        return frozenset(edges.get(name, {}))

    for target, kept in sorted(edges.get(flow.name, {}).items()):
        if kept and flow.name in reachable(target, onward):
            yield Finding(flow.name, kept, f"{target} comes back here: the stack would grow with every round")


def _silently(flow: Flow, library: Library) -> frozenset[str]:
    return silent_goes(flow) & library.active.keys()


def _edges(library: Library) -> dict[str, dict[str, str]]:
    """Flow -> flows it goes to -> the step that keeps it waiting below, empty if none does.

    Where a value names the flow it may be any of the menu.
    """
    listed = [flow.name for flow in library.menu()]
    edges: dict[str, dict[str, str]] = {}
    for flow in library.active.values():
        row = edges.setdefault(flow.name, {})
        for node in flow.nodes.values():
            targets = [node.go] if node.go is not None else listed if node.go_value is not None else []
            for target in targets:
                row[target] = row.get(target) or (node.name if node.then != END else "")
    return edges


def caps_are_kept(flow: Flow, around: Surroundings) -> Iterator[Finding]:
    if len(flow.nodes) > STEPS:
        yield Finding(flow.name, None, f"{len(flow.nodes)} steps: a turn may take {STEPS}", "warning")
    depth = _depth(flow.name, _edges(around.library))
    if depth > DEPTH - 1:
        yield Finding(flow.name, None, f"goes more than {DEPTH - 1} flows deep; one more may wait below for `join`")
    for node in flow.nodes.values():
        if len(node.labels) > CHOICES:
            yield Finding(flow.name, node.name, f"more than {CHOICES} choices")


def _depth(name: str, edges: Mapping[str, Mapping[str, str]]) -> int:
    """The most flows on the stack when this one starts it; bounded, for rings are another finding."""
    depths = {name: 1}
    for _ in range(DEPTH + len(edges)):
        grown = {
            target: depths[flow] + bool(kept)
            for flow in list(depths)
            for target, kept in edges.get(flow, {}).items()
            if depths[flow] + bool(kept) > depths.get(target, 0)
        }
        if not grown or max(depths.values()) > DEPTH:
            break
        depths |= grown
    return max(depths.values())

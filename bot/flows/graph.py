"""A flow as a graph: where a step leads, what can be reached, what goes round in circles."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import TypeVar

from bot.flows.compiled import Flow, Node
from bot.flows.model import RESERVED

Place = TypeVar("Place", bound=Hashable)


def exits(node: Node) -> tuple[str, ...]:
    """Every place a step can lead to, each once, `end` and `stop` among them."""
    if node.kind == "do":
        found: Iterable[str] = node.outcomes.values()
    elif node.kind == "ask":
        found = _answers(node)
    else:
        found = (node.then,)
    return tuple(dict.fromkeys(found))


def _answers(node: Node) -> list[str]:
    found = [target for _, target in node.labels]
    if node.type is not None or node.options is not None:
        found.append(node.then)
    if node.timeout_then is not None:
        found.append(node.timeout_then)
    return found


def silent_exits(node: Node) -> tuple[str, ...]:
    """The places it leads to in the same turn: none for a question."""
    return () if node.kind == "ask" else exits(node)


def reachable(start: Place, leads_to: Callable[[Place], Iterable[Place]]) -> frozenset[Place]:
    """Everything that can be reached from a place, itself included."""
    seen = {start}
    waiting = [start]
    while waiting:
        for place in leads_to(waiting.pop()):
            if place not in seen:
                seen.add(place)
                waiting.append(place)
    return frozenset(seen)


def steps_from(flow: Flow, start: str, leads_to: Callable[[Node], Iterable[str]] = exits) -> frozenset[str]:
    """The existing steps that can be reached from a step."""

    def onward(name: str) -> Iterable[str]:
        node = flow.nodes.get(name)
        return () if node is None else leads_to(node)

    return frozenset(name for name in reachable(start, onward) if name in flow.nodes)


def ending(flow: Flow) -> frozenset[str]:
    """The steps from which the end can be reached."""
    found: set[str] = set()
    grown = True
    while grown:
        grown = False
        for name, node in flow.nodes.items():
            if name not in found and any(target in RESERVED or target in found for target in exits(node)):
                found.add(name)
                grown = True
    return frozenset(found)


def circling(edges: Mapping[Place, Iterable[Place]]) -> frozenset[Place]:
    """The places from which one can come back to the same place."""

    def onward(place: Place) -> Iterable[Place]:
        return edges.get(place, ())

    return frozenset(
        place for place in edges if any(place in reachable(following, onward) for following in onward(place))
    )


def silent_circles(flow: Flow) -> frozenset[str]:
    """The steps that can come round again without a question in between, and with no handler to end it.

    A ring in which a handler's outcome leads out is a list said line by line; the caps of a turn bound it.
    """
    edges = {name: silent_exits(node) for name, node in flow.nodes.items()}

    def onward(name: str) -> Iterable[str]:
        return edges.get(name, ())

    around = circling(edges)
    ahead = {name: reachable(name, onward) & around for name in around}
    rings = {name: {other for other in ahead[name] if name in ahead[other]} for name in around}
    return frozenset(name for name, ring in rings.items() if not _ends_by_handler(flow, ring))


def _ends_by_handler(flow: Flow, ring: set[str]) -> bool:
    handlers = (flow.nodes[name] for name in ring if flow.nodes[name].kind == "do")
    return any(target not in ring for node in handlers for target in node.outcomes.values())


def silent_goes(flow: Flow) -> frozenset[str]:
    """The flows entered from the start before any question."""
    steps = steps_from(flow, flow.start, silent_exits)
    return frozenset(go for name in steps if (go := flow.nodes[name].go) is not None)

"""The folder's handlers: found by name, and each says what flows need to know of it."""

from types import ModuleType

import pytest

from bot.flows.library import Library
from bot.flows.model import Outcome
from bot.handlers import _discovery, answers, discover
from tests.builders import world


def test_handlers_are_found_by_file_and_function() -> None:
    found = discover()
    assert {"balance.look", "join.enrol", "purchases.record", "profile.set_language"} <= set(found)
    assert all(handler.outcomes for handler in found.values())


def test_flows_use_only_handlers_and_outcomes_that_there_are() -> None:
    library: Library = world().library
    found = discover()
    for flow in library.active.values():
        for node in flow.nodes.values():
            if node.kind == "do":
                assert set(node.outcomes) == found[node.handler].outcomes, f"{flow.name}.{node.name}"


def test_an_aside_never_writes() -> None:
    found = discover()
    for flow in world().library.active.values():
        writing = [node.handler for node in flow.nodes.values() if node.kind == "do" and found[node.handler].writes]
        assert not (flow.aside and writing), flow.name


def test_declaring_keeps_the_function() -> None:
    @answers("done", values=("x",), writes=True)
    def handler(_context: object) -> Outcome:
        return Outcome("done")

    declared = handler.handler  # type: ignore[attr-defined]
    assert (declared.outcomes, declared.values, declared.writes) == ({"done"}, {"x"}, True)
    assert handler(None).label == "done"


def test_a_file_without_a_handler_fails_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    empty = ModuleType("bot.handlers.empty")
    found = _discovery.import_module
    monkeypatch.setattr(_discovery, "import_module", lambda name: found(name) if name == "bot.handlers" else empty)
    with pytest.raises(TypeError, match="declares no handler"):
        discover()

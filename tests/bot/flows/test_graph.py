"""Where steps lead."""

from __future__ import annotations

import pytest

from bot.flows.compiled import compile_flow
from bot.flows.graph import circling, ending, exits, silent_circles, silent_exits, silent_goes, steps_from
from tests.bot.flows.scripts import flow

TEXT = """
    flow: a
    about: ""
    start: look
    steps:
      look: {do: some.thing, outcomes: {ok: ask, same: ask, bad: end}}
      ask: {ask: Q, choices: {Yes: visit, No: stop}, type: text, save: b, then: ring, timeout: {after: 1h, then: look}}
      visit: {go: other, then: look}
      ring: {say: R, then: again}
      again: {say: A, then: ring}
"""
FLOW = compile_flow(flow(TEXT))


@pytest.mark.parametrize(
    ("step", "targets"),
    [
        ("look", ("ask", "end")),
        ("ask", ("visit", "stop", "ring", "look")),
        ("visit", ("look",)),
        ("ring", ("again",)),
    ],
)
def test_exits(step: str, targets: tuple[str, ...]) -> None:
    assert exits(FLOW.nodes[step]) == targets


def test_a_question_has_no_silent_exit() -> None:
    assert silent_exits(FLOW.nodes["ask"]) == ()
    assert silent_exits(FLOW.nodes["look"]) == ("ask", "end")


def test_circles_and_ends() -> None:
    assert silent_circles(FLOW) == {"ring", "again"}
    assert ending(FLOW) == {"look", "ask", "visit"}
    assert steps_from(FLOW, "ring") == {"ring", "again"}
    assert circling({"a": ["b"], "b": ["a", "c"], "c": []}) == {"a", "b"}


def test_flows_entered_without_a_question() -> None:
    assert silent_goes(FLOW) == frozenset()
    assert silent_goes(compile_flow(flow("{flow: a, about: x, start: b, steps: {b: {go: c}}}"))) == {"c"}

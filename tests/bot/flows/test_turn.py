"""The caps of a turn, and what happens when something it needs is not there."""

from __future__ import annotations

import pytest

from bot.flows.engine import SORRY, EngineError, open_question
from bot.flows.model import Option, Outcome
from bot.flows.turn import CHARACTERS, DEPTH, SESSION_BYTES, STEPS
from bot.message import Code
from tests.bot.flows.scripts import BALANCE, JOIN, REDEEM, REWARDS, Chat, chat, library


def test_a_long_answer_is_cut_and_kept() -> None:
    one = Chat(
        library("{flow: say, about: x, start: a, steps: {a: {ask: Q, type: text, save: b, then: c}, c: {say: '{b}'}}}")
    )
    one.begin("say")
    assert one.say("x" * 5_000) == ["x" * CHARACTERS]


def test_a_circle_is_cut_with_an_apology_and_said_once() -> None:
    one = Chat(library("{flow: ring, about: x, start: a, steps: {a: {say: A, then: b}, b: {say: B, then: a}}}"))
    assert one.begin("ring") == ["A", "B", SORRY.other]
    assert (one.result, one.session) == ("capped", None)
    assert one.last is not None
    assert str(STEPS) in one.last.why


def test_the_stack_has_a_bottom() -> None:
    one = Chat(library("{flow: deep, about: x, start: a, steps: {a: {go: deep, then: b}, b: {say: B}}}"))
    assert one.begin("deep") == [SORRY.other]
    assert one.last is not None
    assert str(DEPTH) in one.last.why


@pytest.mark.parametrize(
    "values",
    [
        {"long": "x" * (CHARACTERS + 1)},
        {"code": Code("x" * (CHARACTERS + 1))},
        {"rewards": tuple(Option("x", "x") for _ in range(101))},
        {"rewards": (Option("x" * (CHARACTERS + 1), "x"),)},
        {f"v{number}": number for number in range(41)},
        {"big": 2**70},
        {"surrogate": "\ud800"},
        {f"v{number}": "x" * CHARACTERS for number in range(SESSION_BYTES // CHARACTERS + 1)},
    ],
)
def test_values_are_capped(values: dict[str, object]) -> None:
    one = chat()
    one.handlers = {"rewards.offer": Outcome("some", {"rewards": REWARDS, **values})}  # type: ignore[dict-item]
    assert one.begin("redeem") == [SORRY.other]
    assert (one.result, one.session) == ("capped", None)


def test_given_values_are_capped_too() -> None:
    one = chat()
    one.begin("balance", note="x" * 2_000)
    assert one.result == "capped"


def test_what_is_gone_is_lost() -> None:
    one = chat()
    assert one.begin("nosuch") == []
    assert (one.result, one.session) == ("lost", None)
    assert one.begin("join", after="nosuch") == []
    assert one.result == "lost"
    one.begin("redeem")
    one.library = library(BALANCE)
    assert one.say("1") == []
    assert (one.result, one.session) == ("lost", None)


def test_a_lost_flow_below_loses_the_session_but_not_what_was_said() -> None:
    one = chat()
    one.begin("join", after="redeem")
    one.library = library(JOIN, BALANCE)
    assert one.say("join") == ["Welcome!"]
    assert one.result == "lost"


def test_a_step_that_is_no_question_any_more_is_lost() -> None:
    one = Chat(library("{flow: a, about: x, start: nowhere, steps: {b: {say: B}}}"))
    one.begin("a")
    assert one.result == "lost"
    assert open_question(one.library, None) is None


@pytest.mark.parametrize(
    ("name", "handlers"),
    [
        ("redeem", {"rewards.offer": Outcome("odd")}),
        ("redeem", {"rewards.offer": Outcome("some")}),
        ("redeem", {"rewards.offer": Outcome("some", {"rewards": ()})}),
        ("redeem", {"rewards.offer": Outcome("some", {"rewards": "Coffee"})}),
    ],
)
def test_a_handler_that_breaks_its_word_is_an_error(name: str, handlers: dict[str, Outcome]) -> None:
    one = Chat(library(REDEEM), handlers)
    with pytest.raises(EngineError):
        one.begin(name)


def test_a_qr_without_its_value_is_an_error() -> None:
    with pytest.raises(EngineError):
        Chat(library("{flow: a, about: x, start: b, steps: {b: {say: B, qr: code}}}")).begin("a")

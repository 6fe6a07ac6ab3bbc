"""What a new version does to live sessions."""

from __future__ import annotations

import pytest

from bot.flows.engine import repeat
from bot.flows.library import Library
from bot.flows.publish import migrate, plan
from bot.flows.session import Frame, Session, Wait
from tests.bot.flows.scripts import NOW, Chat, flow, library

OLD = """
    flow: survey
    about: ""
    start: hello
    steps:
      hello: {say: Hello., then: score}
      score: {ask: "How was it?", choices: {Good: why, Bad: why}, save: score, timeout: {after: 1h, then: end}}
      why: {ask: "Why {score}?", type: text, save: why, then: thanks}
      thanks: {say: "Thanks for {why}."}
"""
LIVE = [("score", 3), ("why", 2), ("score", 1)]


def fates(new: str) -> dict[str, str]:
    return {step: move.fate for step, move in plan(flow(OLD), flow(new), LIVE).moves.items()}


@pytest.mark.parametrize(
    ("before", "after", "step", "fate"),
    [
        ("Hello.", "Hello!", "score", "keep"),
        ("Hello.", "Hello!", "why", "keep"),
        ("How was it?", "How did we do?", "score", "re-ask"),
        ("Good: why, Bad: why", "Bad: why, Good: why", "score", "re-ask"),
        ("after: 1h", "after: 2h", "score", "re-ask"),
        ("why: {ask", "reason: {was: why, ask", "why", "map"),
        ("why: {ask", "reason: {ask", "why", "restart"),
        ('Why {score}?"', 'Why {score}, {name}?"', "why", "restart"),
        ('"Thanks for {why}."', '"Thanks for {why}, {name}."', "why", "restart"),
        ('{ask: "Why {score}?", type: text, save: why, then: thanks}', "{say: So be it.}", "why", "restart"),
    ],
)
def test_the_fate_of_those_who_wait_at_a_step(before: str, after: str, step: str, fate: str) -> None:
    new = OLD.replace(before, after)
    new = new.replace("Good: why, Bad: why", "Good: reason, Bad: reason") if "reason: {" in new else new
    assert before in OLD
    assert fates(new)[step] == fate


def test_counts_and_harmlessness() -> None:
    same = plan(flow(OLD), flow(OLD.replace("Hello.", "Hello!")), LIVE)
    assert (same.counts(), same.is_harmless) == ({"keep": 6}, True)
    changed = plan(flow(OLD), flow(OLD.replace("How was it?", "How did we do?")), [*LIVE, ("gone", 1)])
    assert (changed.counts(), changed.is_harmless) == ({"re-ask": 4, "keep": 2, "restart": 1}, False)


def asked() -> Chat:
    one = Chat(library(OLD))
    one.begin("survey")
    return one


def test_keep_moves_the_version_only_and_old_buttons_still_work() -> None:
    one = asked()
    buttons = one.payloads
    new = flow(OLD.replace("Hello.", "Hello!"))
    assert one.session is not None
    moved = migrate(one.session, plan(flow(OLD), new, LIVE))
    assert moved is not None
    assert moved.wait == one.session.wait
    one.session, one.library = moved, Library([new])
    assert one.tap(buttons[0]) == ["Why Good?"]


def test_re_ask_makes_old_buttons_stale() -> None:
    one = asked()
    buttons = one.payloads
    new = flow(OLD.replace("Good: why, Bad: why", "Bad: why, Good: why"))
    assert one.session is not None
    one.session, one.library = migrate(one.session, plan(flow(OLD), new, LIVE)), Library([new])
    assert one.take(repeat(one.library, one.session)) == ["How was it? [Bad | Good]"]
    assert one.session is not None
    assert one.session.wait is not None
    assert one.session.wait.until == NOW + 3_600_000_000
    assert one.tap(buttons[0]) == ["How was it? [Bad | Good]"]
    assert one.result == "stale"


def test_map_goes_on_under_the_new_name() -> None:
    one = asked()
    one.say("good")
    new = flow(
        OLD.replace("why: {ask", "reason: {was: why, ask").replace("Good: why, Bad: why", "Good: reason, Bad: reason")
    )
    assert one.session is not None
    one.session, one.library = migrate(one.session, plan(flow(OLD), new, LIVE)), Library([new])
    assert one.session is not None
    assert one.session.frames[-1].trail == ("score", "reason")
    assert one.say("nice people") == ["Thanks for nice people."]


def test_restart_closes_the_session() -> None:
    one = asked()
    new = flow("{flow: survey, about: x, start: a, steps: {a: {say: A}}}")
    assert one.session is not None
    assert migrate(one.session, plan(flow(OLD), new, LIVE)) is None


def test_a_flow_below_is_moved_and_the_open_question_kept() -> None:
    change = plan(flow(OLD), flow(OLD.replace("How was it?", "How did we do?")), [])
    below = Frame("survey", change.old, "score", {})
    ended = Frame("survey", change.old, "stop", {})
    top = Frame("other", "v", "ask", {})
    moved = migrate(Session((ended, below, top), Wait("t", 1, 5), 2), change)
    assert moved is not None
    assert [frame.version for frame in moved.frames] == [change.new, change.new, "v"]
    assert (moved.wait, moved.turns) == (Wait("t", 1, 5), 2)


def test_other_sessions_are_left_alone() -> None:
    change = plan(flow(OLD), flow(OLD), [])
    session = Session((Frame("survey", "older", "score", {}),), Wait("t"))
    assert migrate(session, change) is session

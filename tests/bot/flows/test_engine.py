"""Every rule of the engine as a short transcript."""

from __future__ import annotations

import time

import pytest

from bot.flows.engine import (
    NOT_UNDERSTOOD,
    Back,
    Begin,
    Cancel,
    EngineError,
    Expired,
    Reply,
    Withdrawn,
    advance,
    busy,
    flow_of,
    reask,
    repeat,
)
from bot.flows.library import Library
from bot.flows.model import Option, Outcome
from bot.flows.session import dump
from bot.message import Code, Points
from tests.bot.flows.scripts import (
    BALANCE,
    CHOOSE,
    CONFIRM,
    HANDLERS,
    JOIN,
    NOW,
    REDEEM,
    Chat,
    PlainReader,
    chat,
    flow,
    library,
)


def test_a_whole_flow_by_words_and_by_number() -> None:
    one = chat()
    assert one.begin("redeem") == [CHOOSE]
    assert one.result == "asked"
    assert one.say("1") == [CONFIRM]
    assert one.say("spend") == ["Your code: ABC"]
    assert one.result == "ended"
    assert one.session is None
    assert one.calls == ["rewards.offer", "rewards.redeem"]


def test_options_save_their_value_and_written_choices_their_label() -> None:
    one = chat()
    seen: dict[str, object] = {}

    def redeem(values: object) -> Outcome:
        seen.update(values)  # type: ignore[call-overload]
        return Outcome("done", {"code": Code("ABC")})

    one.handlers = {**HANDLERS, "rewards.redeem": redeem}
    one.begin("redeem")
    one.say("cake")
    one.say("SPEND")
    assert (seen["reward"], seen["decision"]) == ("r2", "Spend")


def test_offers_say_whether_they_are_shown_as_they_are() -> None:
    one = chat()
    one.begin("redeem")
    assert one.last is not None
    assert [offer.literal for offer in one.last.sayings[-1].choices] == [True, True]
    one.say("1")
    assert [offer.literal for offer in one.last.sayings[-1].choices] == [False, False]
    assert one.last.sayings[-1].prompt
    one.say("1")
    assert one.last.sayings[-1].qr == "ABC"
    assert not one.last.sayings[-1].prompt


def test_the_payload_names_flow_token_and_place() -> None:
    one = chat()
    one.begin("redeem")
    assert one.payloads == ["v1:redeem:t1:0", "v1:redeem:t1:1"]
    assert flow_of("v1:redeem:t1:0") == "redeem"
    assert flow_of("whatever") is None


def test_the_longest_payload_is_64_bytes() -> None:
    name = "a" * 32
    definition = flow(REDEEM).model_copy(update={"flow": name})
    many = tuple(Option(str(number), str(number)) for number in range(100))
    running = advance(Library([definition]), None, Begin(name), reader=PlainReader(), token="t" * 20, now=NOW)
    next(running)
    with pytest.raises(StopIteration) as stop:
        running.send(Outcome("some", {"rewards": many}))
    assert max(len(offer.payload) for offer in stop.value.value.sayings[-1].choices) <= 64


def test_a_tap_answers() -> None:
    one = chat()
    one.begin("redeem")
    assert one.tap("v1:redeem:t1:0") == [CONFIRM]


def test_a_doubled_tap_redeems_once() -> None:
    one = chat()
    one.begin("redeem")
    one.say("1")
    spend = one.payloads[0]
    assert one.tap(spend) == ["Your code: ABC"]
    assert one.tap(spend) == []
    assert one.result == "stale"
    assert one.calls.count("rewards.redeem") == 1


@pytest.mark.parametrize("payload", ["v1:redeem:t1:1", "v1:redeem:t2:9", "v1:join:t2:0", "v2:redeem:t2:0", "t2", ""])
def test_a_stale_tap_changes_nothing_and_asks_again_with_the_same_buttons(payload: str) -> None:
    one = chat()
    one.begin("redeem")
    one.tap("v1:redeem:t1:0")
    before, buttons = one.session, one.payloads
    assert one.tap(payload) == [CONFIRM]
    assert one.result == "stale"
    assert one.session is before
    assert one.payloads == buttons == ["v1:redeem:t2:0", "v1:redeem:t2:1"]


def test_with_nothing_open() -> None:
    one = chat()
    for given, result in (
        (Reply(text="hello"), "unanswered"),
        (Reply(payload="v1:redeem:t1:0"), "stale"),
        (Expired("t1"), "void"),
        (Withdrawn("t1"), "void"),
        (Back(), "void"),
        (Cancel(), "void"),
    ):
        assert one.send(given) == []
        assert (one.result, one.session) == (result, None)
    assert reask(one.library, None).result == repeat(one.library, None).result == "void"


def test_an_answer_that_does_not_fit_is_left_to_the_caller() -> None:
    one = chat()
    one.begin("redeem")
    before = one.session
    assert one.say("what is my balance") == []
    assert one.result == "unanswered"
    assert one.session is before
    assert one.send(Reply()) == []
    assert one.result == "unanswered"


def test_asking_again_counts_and_gives_up_at_the_third() -> None:
    one = chat()
    one.begin("redeem")
    assert one.reask() == [NOT_UNDERSTOOD.other, CHOOSE]
    assert one.session is not None
    assert one.session.wait is not None
    assert one.session.wait.tries == 1
    assert one.payloads == ["v1:redeem:t1:0", "v1:redeem:t1:1"]
    assert one.reask() == [NOT_UNDERSTOOD.other, CHOOSE]
    assert one.reask() == []
    assert one.result == "given_up"
    assert one.say("1") == [CONFIRM]
    assert one.reask() == ["Please choose one of the two.", CONFIRM]


def test_repeating_is_not_counted() -> None:
    one = chat()
    one.begin("redeem")
    before = one.session
    assert one.take(repeat(one.library, one.session)) == [CHOOSE]
    assert one.session is before


def test_an_aside_answers_and_the_open_question_comes_back_with_its_buttons() -> None:
    one = chat()
    one.begin("redeem")
    before = one.session
    assert one.begin("balance") == ["You have 7.", CHOOSE]
    assert one.result == "asked"
    assert one.session is before
    assert one.tap("v1:redeem:t1:0") == [CONFIRM]


def test_an_aside_leaves_a_soft_question_open_without_a_word() -> None:
    one = chat()
    one.begin("menu")
    before = one.session
    assert one.begin("balance") == ["You have 7."]
    assert one.session is before


def test_another_flow_replaces_the_open_one() -> None:
    one = chat()
    one.begin("redeem")
    assert busy(one.library, one.session)
    assert one.begin("join") == ["Join? [Join | No thanks]"]
    assert one.session is not None
    assert [frame.flow for frame in one.session.frames] == ["join"]
    one.begin("menu")
    assert not busy(one.library, one.session)
    assert not busy(one.library, None)


def test_go_by_value_does_not_pile_up_flows() -> None:
    one = chat()
    assert one.begin("menu") == ["What would you like? [Balance | Redeem]"]
    assert one.say("redeem") == [CHOOSE]
    assert one.session is not None
    assert [frame.flow for frame in one.session.frames] == ["redeem"]


def test_after_runs_once_the_first_flow_has_ended() -> None:
    one = chat()
    assert one.begin("join", after="redeem") == ["Join? [Join | No thanks]"]
    assert one.say("join") == ["Welcome!", CHOOSE]


def test_stop_ends_everything_that_was_to_follow() -> None:
    one = chat()
    one.begin("join", after="redeem")
    assert one.say("no thanks") == []
    assert (one.result, one.session, one.calls) == ("ended", None, [])


def test_go_gives_a_copy_of_the_values_and_comes_back() -> None:
    outer = """
        flow: outer
        about: ""
        start: ask
        steps:
          ask: {ask: Name?, type: text, save: name, then: visit}
          visit: {go: inner, then: tell}
          tell: {say: "Goodbye {name}"}
    """
    inner = """
        flow: inner
        about: ""
        given: [name]
        start: greet
        steps:
          greet: {say: "Hello {name}", then: ask}
          ask: {ask: New name?, type: text, save: name, then: tell}
          tell: {say: "Now {name}"}
    """
    one = Chat(library(outer, inner))
    one.begin("outer")
    assert one.say("Ann") == ["Hello Ann", "New name?"]
    assert one.session is not None
    assert [(frame.flow, frame.step) for frame in one.session.frames] == [("outer", "tell"), ("inner", "ask")]
    assert one.say("Bob") == ["Now Bob", "Goodbye Ann"]


def test_back_walks_the_questions_and_then_ends() -> None:
    one = chat()
    one.begin("redeem")
    one.say("1")
    assert one.send(Back()) == [CHOOSE]
    assert one.payloads == ["v1:redeem:t3:0", "v1:redeem:t3:1"]
    assert one.say("1") == [CONFIRM]
    one.send(Back())
    assert one.send(Back()) == []
    assert (one.result, one.session) == ("cancelled", None)


def test_cancel_ends() -> None:
    one = chat()
    one.begin("redeem")
    assert one.send(Cancel()) == []
    assert (one.result, one.session) == ("cancelled", None)


def test_a_time_out_goes_on_without_the_answer() -> None:
    one = chat()
    one.begin("redeem")
    assert one.session is not None
    assert one.session.wait is not None
    assert one.session.wait.until == NOW + 30 * 60 * 1_000_000
    assert one.send(Expired("t0")) == []
    assert one.result == "void"
    assert one.send(Expired("t1")) == ["Another time."]
    assert one.result == "ended"


def test_a_question_without_time_out_just_ends() -> None:
    one = chat()
    one.begin("join")
    assert one.send(Expired("t1")) == []
    assert (one.result, one.session) == ("ended", None)


def test_a_prompt_that_was_not_delivered_closes_its_session_only() -> None:
    one = chat()
    one.begin("redeem")
    one.say("1")
    assert one.send(Withdrawn("t1")) == []
    assert one.result == "void"
    assert one.session is not None
    one.send(Withdrawn("t2"))
    assert (one.result, one.session) == ("withdrawn", None)


PHONE = """
    flow: phone
    about: ""
    start: ask
    steps:
      ask: {ask: Your number?, type: phone, save: phone, contact: Share my number, choices: {Skip: end}, then: tell}
      tell: {say: "Thanks {phone}"}
"""


def test_a_shared_contact_answers_a_question_of_type_phone() -> None:
    one = Chat(library(PHONE))
    assert one.begin("phone") == ["Your number? [Skip]"]
    assert one.last is not None
    assert one.last.sayings[0].contact == "Share my number"
    assert one.send(Reply(contact="+39061234")) == ["Thanks +39061234"]


def test_a_question_may_have_choices_and_a_type() -> None:
    one = Chat(library(PHONE))
    one.begin("phone")
    assert one.say("+39061234") == ["Thanks +39061234"]
    one.begin("phone")
    assert one.say("skip") == []
    assert one.result == "ended"


def test_a_contact_is_no_answer_to_another_question() -> None:
    one = chat()
    one.begin("redeem")
    assert one.send(Reply(contact="+39061234")) == []
    assert one.result == "unanswered"


def test_an_old_version_goes_on_as_it_was() -> None:
    one = chat()
    one.begin("redeem")
    newer = library(REDEEM.replace("Spend on", "Really spend on"), BALANCE)
    newer.add_version(flow(REDEEM))
    one.library = newer
    assert one.say("1") == [CONFIRM]


@pytest.mark.parametrize("token", ["x" * 21, "é", "a:b"])
def test_a_token_that_would_not_fit_is_an_error(token: str) -> None:
    with pytest.raises(EngineError):
        next(advance(library(JOIN), None, Begin("join"), reader=PlainReader(), token=token, now=NOW))


def test_the_new_session_comes_with_its_stored_form() -> None:
    one = chat()
    one.begin("redeem")
    assert one.last is not None
    assert one.session is not None
    assert one.last.stored == dump(one.session)
    assert one.session.turns == 1
    one.say("1")
    assert one.session.turns == 2


def test_beginning_a_short_flow_is_quick() -> None:
    flows = library(BALANCE)
    outcome = Outcome("ok", {"points": Points(7)})
    reader = PlainReader()

    def turn() -> None:
        running = advance(flows, None, Begin("balance"), reader=reader, token="t", now=NOW)
        next(running)
        try:
            running.send(outcome)
        except StopIteration:
            return

    best = min(_timed(turn) for _ in range(20))
    assert best < 40e-6


def _timed(work: object, rounds: int = 500) -> float:
    started = time.process_time()
    for _ in range(rounds):
        work()  # type: ignore[operator]
    return (time.process_time() - started) / rounds

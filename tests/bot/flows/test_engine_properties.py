"""Random flows, random handlers, random inputs: the caps hold, only EngineError is raised, a log replays the same."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.flows.engine import (
    TRIES,
    Advance,
    Back,
    Begin,
    Cancel,
    EngineError,
    Expired,
    Input,
    Reply,
    Withdrawn,
    advance,
    open_question,
    reask,
    repeat,
)
from bot.flows.library import Library
from bot.flows.model import Definition, Option, Outcome
from bot.flows.session import Session, dump, load
from bot.flows.turn import CHARACTERS, DEPTH, SESSION_BYTES, STEPS, TRAIL, VALUES
from bot.message import Code, Day, Money, Name, Points
from tests.bot.flows.scripts import NOW, PlainReader

FLOWS = ("f0", "f1", "f2")
STEP_NAMES = tuple(f"s{number}" for number in range(6))
NAMES = ("a", "b", "c")
LABELS = ("yes", "no", "odd")

targets = st.sampled_from((*STEP_NAMES, *STEP_NAMES, "end", "end", "stop", "ghost"))
names = st.sampled_from(NAMES)
words = st.sampled_from(("1", "2", "yes", "no", "+39061234", "hello", "x" * (CHARACTERS + 1), ""))
values = st.one_of(
    words,
    st.integers(),
    st.sampled_from(
        (Points(5), Money(100, "EUR"), Day(2, 29), Code("AB"), Name("Ann"), "f1", "f2", "nosuch", "\ud800")
    ),
    st.lists(st.builds(Option, words, st.sampled_from(("f0", "f1", "x"))), max_size=4).map(tuple),
    st.just((Option("x" * 900, "y"),) * 30),
)
outcomes = st.builds(Outcome, st.sampled_from((*LABELS[:2], *LABELS[:2], *LABELS)), st.dictionaries(names, values))


@st.composite
def asks(draw: st.DrawFn) -> dict[str, object]:
    step: dict[str, object] = {"ask": "Question {a}?", "then": draw(targets), "soft": draw(st.booleans())}
    form = draw(st.sampled_from(("written", "options", "type", "both")))
    if form in ("written", "both"):
        step["choices"] = {"yes": draw(targets), "no": draw(targets)}
    if form == "options":
        step["choices"] = draw(names)
    if form in ("type", "both"):
        step["type"] = draw(st.sampled_from(("text", "number", "phone")))
    if draw(st.booleans()):
        step["save"] = draw(names)
    if draw(st.booleans()):
        step["timeout"] = {"after": "5m", "then": draw(targets)}
    return step


steps = st.one_of(
    asks(),
    st.fixed_dictionaries({"say": st.just("Word {a}"), "then": targets}),
    st.fixed_dictionaries(
        {"do": st.just("some.thing"), "outcomes": st.fixed_dictionaries({"yes": targets, "no": targets})}
    ),
    st.fixed_dictionaries({"go": st.sampled_from((*FLOWS, "nosuch", "{a}")), "then": targets}),
)


@st.composite
def libraries(draw: st.DrawFn) -> Library:
    made = []
    for name in FLOWS:
        graph = draw(st.dictionaries(st.sampled_from(STEP_NAMES), steps, min_size=1))
        row = {"flow": name, "about": "", "start": draw(targets), "steps": graph, "aside": draw(st.booleans())}
        made.append(Definition.model_validate(row))
    return Library(made)


inputs = st.one_of(
    st.builds(
        Begin,
        st.sampled_from((*FLOWS, "nosuch")),
        st.dictionaries(names, values, max_size=2),
        st.none() | st.sampled_from(FLOWS),
    ),
    st.builds(Reply, text=words),
    st.builds(Reply, contact=st.just("+39061234")),
    st.integers(0, 3).map(lambda index: Reply(payload=f"open:{index}")),
    st.sampled_from((Reply(payload="v1:f0:t0:0"), Expired("open"), Withdrawn("open"), Expired("t1"), Back(), Cancel())),
)


@dataclass
class Log:
    """What happened, for the replay: each input with the outcomes its handlers gave."""

    turns: list[tuple[Input, list[Outcome]]]


def resolved(given: Input, session: Session | None) -> Input:
    """`open` stands for the open question's token."""
    token = session.wait.token if session is not None and session.wait is not None else "t0"
    if isinstance(given, Reply) and given.payload is not None and given.payload.startswith("open:"):
        flow = session.frames[-1].flow if session is not None else "f0"
        return Reply(payload=f"v1:{flow}:{token}:{given.payload[5:]}")
    if isinstance(given, Expired | Withdrawn) and given.token == "open":
        return type(given)(token)
    return given


def turn(library: Library, session: Session | None, given: Input, number: int, outcome: object) -> Advance | None:
    """One turn; None if it was refused with an EngineError. `outcome()` gives the next handler outcome."""
    running = advance(library, session, given, reader=PlainReader(), token=f"t{number}", now=NOW)
    try:
        next(running)
        while True:
            running.send(outcome())  # type: ignore[operator]
    except StopIteration as stop:
        return stop.value
    except EngineError:
        return None


def holds(done: Advance) -> None:
    assert len(done.sayings) <= STEPS + 1
    if done.session is None:
        return
    assert done.session.wait is not None
    assert len(done.session.frames) <= DEPTH
    assert all(len(frame.values) <= VALUES and len(frame.trail) <= TRAIL for frame in done.session.frames)
    stored = dump(done.session)
    assert len(stored.encode()) <= SESSION_BYTES
    assert load(stored) == done.session
    if done.stored is not None:
        assert done.stored == stored
    assert all(len(offer.payload) <= 64 for saying in done.sayings for offer in saying.choices)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(library=libraries(), script=st.lists(inputs, max_size=12), data=st.data())
def test_caps_hold_and_a_log_replays(library: Library, script: list[Input], data: st.DataObject) -> None:
    session: Session | None = None
    log = Log([])
    transcript = []
    for number, written in enumerate(script):
        given_now = resolved(written, session)
        used: list[Outcome] = []

        def answer(used: list[Outcome] = used) -> Outcome:
            used.append(data.draw(outcomes))
            return used[-1]

        done = turn(library, session, given_now, number, answer)
        log.turns.append((given_now, used))
        transcript.append(done)
        assert len(used) <= STEPS
        if done is not None:
            holds(done)
            session = done.session
    assert replayed(library, log) == transcript


def replayed(library: Library, log: Log) -> list[Advance | None]:
    """The same turns again, every session read back from its stored form."""
    session: Session | None = None
    transcript = []
    for number, (given_then, used) in enumerate(log.turns):
        done = turn(library, session, given_then, number, iter(used).__next__)
        transcript.append(done)
        if done is not None:
            session = None if done.session is None else load(dump(done.session))
    return transcript


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(library=libraries(), flow=st.sampled_from(FLOWS), outcome=outcomes)
def test_asking_again_never_loses_the_question(library: Library, flow: str, outcome: Outcome) -> None:
    done = turn(library, None, Begin(flow), 1, lambda: outcome)
    if done is None or done.session is None:
        return
    session: Session | None = done.session
    for tries in range(1, TRIES + 2):
        assert repeat(library, session).session is session
        again = reask(library, session)
        assert again.result == ("asked" if tries < TRIES else "given_up")
        assert open_question(library, again.session) is not None
        session = again.session

"""A session survives its way through the database."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.flows.model import Option
from bot.flows.session import Frame, Session, Wait, dump, load
from bot.message import Code, Day, Link, Moment, Money, Name, Points

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
whole = st.integers(-(2**63), 2**63 - 1)
plain = st.one_of(
    words,
    whole,
    st.builds(Points, whole),
    st.builds(Money, whole, words),
    st.builds(Day, st.integers(1, 12), st.integers(1, 31), st.none() | st.integers(1900, 2100)),
    st.builds(Moment, whole, words),
    st.builds(Code, words),
    st.builds(Name, words),
    st.builds(Link, words),
    st.lists(st.builds(Option, words, words), max_size=3).map(tuple),
)
frames = st.builds(
    Frame, words, words, words, st.dictionaries(words, plain, max_size=4), st.lists(words, max_size=3).map(tuple)
)
waits = st.none() | st.builds(Wait, words, st.integers(0, 9), st.none() | whole)
sessions = st.builds(Session, st.lists(frames, max_size=3).map(tuple), waits, st.integers(0, 99))


@given(sessions)
def test_round_trip(session: Session) -> None:
    assert load(dump(session)) == session


def test_a_value_without_json_form_is_refused() -> None:
    with pytest.raises(TypeError):
        dump(Session((Frame("f", "v", "s", {"a": 2**70}),)))

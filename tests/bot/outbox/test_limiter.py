"""The limiter by property: never above the account's rate or a chat's, whatever is asked when; pauses hold."""

from dataclasses import dataclass
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.outbox import Limiter


@dataclass
class Seconds:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


ASKED = st.lists(st.tuples(st.floats(0, 2), st.sampled_from("abc")), max_size=80)


def granted(limiter: Limiter, clock: Seconds, asked: list[tuple[float, str]]) -> list[tuple[float, str]]:
    done = []
    for wait, chat in asked:
        clock.now += wait
        if limiter.take(chat) == 0:
            done.append((clock.now, chat))
    return done


@given(asked=ASKED, rate=st.sampled_from([0.5, 1.0, 5.0, 30.0]))
def test_never_more_than_the_rate_and_one_burst(asked: list[tuple[float, str]], rate: float) -> None:
    clock = Seconds()
    done = granted(Limiter(rate, 0.0, clock), clock, asked)
    for first, (begin, _) in enumerate(done):
        for last, (end, _) in enumerate(done[first:], first):
            assert last - first + 1 <= max(1.0, rate) + rate * (end - begin) + 1e-6


@given(asked=ASKED, distance=st.sampled_from([0.5, 1.0]))
def test_a_chat_keeps_its_distance(asked: list[tuple[float, str]], distance: float) -> None:
    clock = Seconds()
    done = granted(Limiter(1_000.0, distance, clock), clock, asked)
    for chat in "abc":
        times = [at for at, where in done if where == chat]
        assert all(after - before >= distance - 1e-9 for before, after in pairwise(times))


@given(asked=ASKED)
def test_who_waits_as_long_as_told_is_granted(asked: list[tuple[float, str]]) -> None:
    clock = Seconds()
    limiter = Limiter(2.0, 1.0, clock)
    for wait, chat in asked:
        clock.now += wait
        for _ in range(3):
            needed = limiter.take(chat)
            if not needed:
                break
            clock.now += needed + 1e-9
        assert needed == 0


@given(pauses=st.lists(st.floats(0.1, 50), min_size=1, max_size=5), asked=ASKED)
def test_nothing_is_granted_during_a_pause(pauses: list[float], asked: list[tuple[float, str]]) -> None:
    clock = Seconds()
    limiter = Limiter(1e9, 0.0, clock)
    for pause in pauses:
        limiter.pause(pause)
    until = clock.now + max(pauses)
    assert limiter.paused() == until - clock.now
    assert all(at >= until for at, _ in granted(limiter, clock, asked))
    clock.now = max(clock.now, until) + 1
    assert limiter.paused() == 0
    assert limiter.take("new") == 0


def test_a_refusal_takes_nothing() -> None:
    clock = Seconds()
    limiter = Limiter(1.0, 0.0, clock)
    assert limiter.take("a") == 0
    assert all(limiter.take("a") for _ in range(50))
    clock.now += 1
    assert limiter.take("a") == 0


def test_chats_of_long_ago_are_forgotten() -> None:
    clock = Seconds()
    limiter = Limiter(1e9, 1.0, clock)
    for number in range(20_000):
        clock.now += 0.01
        limiter.take(str(number))
    assert len(limiter._chats) <= 4_096

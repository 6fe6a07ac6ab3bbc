"""Ids: ordered, unique over threads, positive 64-bit, also when the clock steps back."""

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from storage.ids import Ids, first_at

MS = 1_000_000
NOW = 1_800_000_000_000 * MS


def test_ids_grow_and_fit_in_64_bits() -> None:
    ids = Ids()
    made = [ids.new() for _ in range(10_000)]
    assert made == sorted(set(made))
    assert made[0] > 0
    assert made[-1] < 2**63


def test_ids_of_many_threads_are_distinct() -> None:
    ids = Ids()
    with ThreadPoolExecutor(8) as pool:
        parts = list(pool.map(lambda _: [ids.new() for _ in range(2_000)], range(8)))
    assert all(part == sorted(part) for part in parts)
    assert len({one for part in parts for one in part}) == 16_000


def test_a_later_millisecond_gives_a_larger_id_whichever_process_makes_it() -> None:
    for _ in range(50):
        assert Ids(lambda: NOW).new() < Ids(lambda: NOW + MS).new()


def test_more_than_a_millisecond_can_number_runs_into_the_next_one() -> None:
    ids = Ids(lambda: NOW)
    made = [ids.new() for _ in range(5_000)]
    assert made == sorted(set(made))


@given(st.lists(st.integers(-10_000, 10_000), min_size=1, max_size=200))
def test_ids_grow_whatever_the_clock_does(steps: list[int]) -> None:
    now = NOW

    def clock() -> int:
        return now

    ids = Ids(clock)
    made = []
    for step in steps:
        now += step * MS
        made.append(ids.new())
    assert made == sorted(set(made))


def test_the_largest_moment_still_fits() -> None:
    end = (1_735_689_600_000 + 2**41 - 1) * MS
    assert 0 < Ids(lambda: end).new() < 2**63


def test_ids_of_an_instant_are_not_below_its_first() -> None:
    made = Ids(lambda: NOW).new()
    assert first_at(NOW // 1_000) <= made < first_at(NOW // 1_000 + 1_000)
    assert first_at(0) == 0

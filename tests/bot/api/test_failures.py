"""The limits of wrong codes: a window that slides and a day, for each key by itself."""

from hypothesis import given
from hypothesis import strategies as st

from bot.api._failures import DAY, MOST, MOST_A_DAY, WINDOW, Failures


@given(st.lists(st.integers(0, WINDOW // 4), max_size=120))
def test_no_window_holds_more_than_the_limit(gaps: list[int]) -> None:
    failures, now, counted = Failures(), 0, []
    for gap in gaps:
        now += gap
        wait = failures.wait(1, now)
        if wait == 0:
            failures.count(1, now)
            counted.append(now)
        else:
            now += wait * 1_000_000
            assert failures.wait(1, now) == 0
    for start in counted:
        assert sum(start <= at < start + WINDOW for at in counted) <= MOST


def test_keys_do_not_count_for_each_other_and_what_was_right_is_forgiven() -> None:
    failures = Failures()
    for at in range(MOST):
        failures.count(1, at)
    assert (failures.wait(1, MOST), failures.wait(2, MOST)) == (60, 0)
    failures.forgive(1, 3)
    failures.forgive(1, 3)
    failures.forgive(2, 3)
    assert failures.wait(1, MOST) == 0
    failures.count(1, MOST)
    assert failures.wait(1, MOST) == 60
    assert failures.wait(1, WINDOW - 1) == 1
    assert failures.wait(1, WINDOW) == 0


def test_a_day_holds_so_many_however_slowly_they_come() -> None:
    failures, now = Failures(), 5
    for _ in range(MOST_A_DAY):
        assert failures.wait(1, now) == 0
        failures.count(1, now)
        now += WINDOW // 10
    assert failures.wait(1, now) == (5 + DAY - now) // 1_000_000
    assert (failures.wait(1, 5 + DAY - 1), failures.wait(1, 5 + DAY), failures.wait(2, now)) == (1, 0, 0)

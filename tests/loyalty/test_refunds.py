"""Refunds: in any parts and order, they take back exactly what the order brought."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.refunds import give_back, reverse


def test_three_equal_refunds() -> None:
    taken: list[int] = []
    for refunded in (1000, 2000, 3000):
        taken.append(reverse(100, refunded=refunded, total=3000, already=sum(taken)))
    assert taken == [33, 33, 34]


@given(st.integers(0, 10**6), st.lists(st.integers(1, 10**6), min_size=1, max_size=8))
def test_all_parts_are_the_whole(points: int, parts: list[int]) -> None:
    total, refunded, already = sum(parts), 0, 0
    for part in parts:
        refunded += part
        now = reverse(points, refunded=refunded, total=total, already=already)
        assert now >= 0
        already += now
        assert already <= points
        assert reverse(points, refunded=refunded, total=total, already=already) == 0, "a repeat takes nothing"
        assert give_back(points, refunded=refunded, total=total, already=already - now) == now
    assert already == points


@given(st.integers(-10, 10**6), st.integers(-(10**6), 10**7), st.integers(1, 10**6), st.integers(0, 10**6))
def test_never_negative_never_more_than_there_were(points: int, refunded: int, total: int, already: int) -> None:
    assert 0 <= reverse(points, refunded=refunded, total=total, already=already) <= max(points, 0)


def test_an_order_that_cost_nothing() -> None:
    with pytest.raises(ValueError, match="positive total"):
        reverse(10, refunded=0, total=0, already=0)

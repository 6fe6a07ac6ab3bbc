"""Paying with points: no cent is left unpaid, no limit is passed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.modules import RedeemRules
from loyalty.redeeming import most, pays, points_for, problem, worth

RULES = RedeemRules(points=100, money=100, minimum=500, maximum=2000, share=50)
redeems = st.builds(
    RedeemRules,
    points=st.integers(1, 1000),
    money=st.integers(1, 1000),
    minimum=st.integers(0, 1000),
    maximum=st.none() | st.integers(1, 5000),
    share=st.integers(0, 100),
)
amounts = st.integers(0, 20_000)


@given(amounts, redeems)
def test_the_fewest_points_that_pay_to_the_cent(minor: int, redeem: RedeemRules) -> None:
    points = points_for(minor, redeem)
    assert worth(points, redeem) >= minor
    assert points == 0 or worth(points - 1, redeem) < minor


@given(amounts, redeems)
def test_points_are_never_worth_more_than_they_cost(points: int, redeem: RedeemRules) -> None:
    assert points_for(worth(points, redeem), redeem) <= points


@given(amounts, amounts, redeems)
def test_the_most_is_allowed_and_nothing_allowed_pays_more(total: int, available: int, redeem: RedeemRules) -> None:
    points, minor = most(total, available, redeem)
    assert 0 <= minor <= total * redeem.share // 100
    if points:
        assert problem(points, order_total=total, available=available, redeem=redeem) is None
        assert minor == pays(points, total, redeem) > 0


@given(st.integers(0, 300), st.integers(0, 60), redeems.filter(lambda one: one.minimum < 60))
def test_no_number_of_points_pays_more(total: int, available: int, redeem: RedeemRules) -> None:
    allowed = [
        pays(points, total, redeem)
        for points in range(available + 1)
        if problem(points, order_total=total, available=available, redeem=redeem) is None
    ]
    assert most(total, available, redeem)[1] == max(allowed, default=0)


@pytest.mark.parametrize(
    ("points", "total", "available", "expected"),
    [
        (500, 1000, 500, None),
        (499, 9000, 9000, "too_few"),
        (0, 9000, 9000, "too_few"),
        (2001, 9000, 9000, "too_many"),
        (600, 1199, 9000, "over_share"),
        (600, 9000, 599, "short"),
        (2000, 4000, 2000, None),
    ],
)
def test_problem(points: int, total: int, available: int, expected: str | None) -> None:
    assert problem(points, order_total=total, available=available, redeem=RULES) == expected


@pytest.mark.parametrize(
    ("more", "total", "available", "expected"),
    [
        ({}, 3001, 9000, (1500, 1500)),
        ({}, 9000, 9000, (2000, 2000)),
        ({}, 9000, 700, (700, 700)),
        ({}, 999, 9000, (0, 0)),
        ({}, 9000, 499, (0, 0)),
        ({"share": 0}, 9000, 9000, (0, 0)),
        ({"money": 0}, 9000, 9000, (0, 0)),
        ({"points": 3, "money": 1}, 9000, 500, (500, 166)),
        ({"points": 3, "money": 1, "minimum": 1}, 9000, 500, (498, 166)),
        ({"points": 1, "money": 5, "minimum": 1, "share": 100}, 12, 90, (3, 12)),
    ],
)
def test_most(more: dict[str, Any], total: int, available: int, expected: tuple[int, int]) -> None:
    assert most(total, available, RULES.model_copy(update=more)) == expected


def test_points_that_are_worth_nothing() -> None:
    nothing = RULES.model_copy(update={"money": 0})
    assert problem(600, order_total=9000, available=900, redeem=nothing) == "too_few"
    assert points_for(0, nothing) == 0
    with pytest.raises(ValueError, match="nothing"):
        points_for(1, nothing)

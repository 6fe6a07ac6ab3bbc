"""The catalogue as rules: each reason, and which one is named first."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.modules import Reward
from loyalty.rewards import Supply, label, missing

TODAY = date(2026, 3, 2)
EARLY = {"tiers": ["gold"], "until": "2026-03-03"}


def reward(**fields: Any) -> Reward:
    return Reward.model_validate({"name": "x", "title": "X", "points": 100, **fields})


@pytest.mark.parametrize(
    ("fields", "supply", "tier", "expected"),
    [
        ({}, Supply(available=100), None, "ok"),
        ({}, Supply(available=99), None, "short"),
        ({"points": 0, "tiers": ["gold"]}, Supply(available=-5), "gold", "ok"),
        ({"tiers": ["gold"]}, Supply(available=100), "silver", "tier"),
        ({"tiers": ["gold"]}, Supply(available=100), None, "tier"),
        ({"early": EARLY}, Supply(available=100), "silver", "early"),
        ({"early": EARLY}, Supply(available=100), "gold", "ok"),
        ({"early": {**EARLY, "until": "2026-03-02"}}, Supply(available=100), None, "ok"),
        ({"first": "2026-03-03"}, Supply(available=100), None, "not_yet"),
        ({"first": "2026-03-02", "last": "2026-03-02"}, Supply(available=100), None, "ok"),
        ({"last": "2026-03-01"}, Supply(available=100), None, "over"),
        ({"stock": 2}, Supply(taken=1, available=100), None, "ok"),
        ({"stock": 2}, Supply(taken=2, available=0), None, "gone"),
        ({"stock": 2, "per_member": 1}, Supply(taken=2, had=1), None, "had"),
        ({}, Supply(taken=10**9, had=10**9, available=100), None, "ok"),
    ],
)
def test_who_can_have_it(fields: dict[str, Any], supply: Supply, tier: str | None, expected: str) -> None:
    assert label(reward(**fields), supply, today=TODAY, tier=tier) == expected


@given(st.integers(1, 10_000), st.integers(-10_000, 10_000))
def test_with_the_missing_points_it_can_be_had(points: int, available: int) -> None:
    one = reward(points=points)
    lacks = missing(one, available)
    assert lacks >= 0
    assert label(one, Supply(available=available + lacks), today=TODAY, tier=None) == "ok"
    assert (label(one, Supply(available=available), today=TODAY, tier=None) == "short") == (lacks > 0)

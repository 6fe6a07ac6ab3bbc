"""Climbing a ladder."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.milestones import crossed, occasion_key
from loyalty.programme import Milestone

LADDER = tuple(Milestone(at=at, points=at) for at in (5, 10, 50))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [(0, 4, []), (4, 5, [5]), (5, 6, []), (4, 10, [5, 10]), (0, 99, [5, 10, 50]), (10, 4, []), (5, 5, [])],
)
def test_crossed(before: int, after: int, expected: list[int]) -> None:
    assert [step.at for step in crossed(before, after, LADDER)] == expected


@given(st.lists(st.integers(0, 60), min_size=2, max_size=10).map(sorted))
def test_small_steps_cross_what_one_big_step_does(path: list[int]) -> None:
    small = [step for a, b in pairwise(path) for step in crossed(a, b, LADDER)]
    assert small == list(crossed(path[0], path[-1], LADDER))


def test_key_names_member_counter_and_step() -> None:
    assert occasion_key(7, "purchases", 5) == "milestone:7:purchases:5"
    assert occasion_key(7, "purchases", 5) != occasion_key(7, "points", 5)

"""Milestones: which steps of a ladder a purchase has just climbed."""

from collections.abc import Sequence
from typing import Literal

from loyalty.programme import Milestone

Counter = Literal["purchases", "points"]


def crossed(before: int, after: int, ladder: Sequence[Milestone]) -> tuple[Milestone, ...]:
    """The steps reached by going from `before` to `after`, lowest first; none on the way down."""
    return tuple(step for step in ladder if before < step.at <= after)


def occasion_key(member_id: int, counter: Counter, at: int) -> str:
    """One gift a step, however often it is climbed again after refunds."""
    return f"milestone:{member_id}:{counter}:{at}"

"""The catalogue as rules: whether a member can have a reward today, or why not."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from loyalty.modules import Reward

Label = Literal["ok", "short", "gone", "tier", "early", "not_yet", "over", "had"]
"""Can be had, or not: too few points, no stock, another tier's, still for early access, before or after its days, had
as often as one member may."""


@dataclass(frozen=True, slots=True)
class Supply:
    """How often a reward was taken by everybody and by the member, and the points they can spend."""

    taken: int = 0
    had: int = 0
    available: int = 0


def label(reward: Reward, supply: Supply, *, today: date, tier: str | None) -> Label:
    """Whether a member of this tier can have the reward on their own day."""
    closed = _closed(reward, today, tier)
    if closed is not None:
        return closed
    if reward.per_member is not None and supply.had >= reward.per_member:
        return "had"
    if reward.stock is not None and supply.taken >= reward.stock:
        return "gone"
    return "short" if missing(reward, supply.available) else "ok"


def missing(reward: Reward, available: int) -> int:
    """The points a member lacks for it; nobody lacks any for what costs none."""
    return max(reward.points - available, 0) if reward.points else 0


def _closed(reward: Reward, today: date, tier: str | None) -> Label | None:
    if reward.last is not None and today > reward.last:
        return "over"
    if reward.first is not None and today < reward.first:
        return "not_yet"
    if reward.tiers and tier not in reward.tiers:
        return "tier"
    if reward.early is not None and today < reward.early.until and tier not in reward.early.tiers:
        return "early"
    return None

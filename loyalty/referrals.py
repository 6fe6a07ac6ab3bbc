"""Referrals: their states, who may bring whom, and their dates. What is known is passed in; nothing is looked up."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from loyalty.days import local_time
from loyalty.modules import ReferralRules
from loyalty.orders import Order
from loyalty.points import DAY
from loyalty.programme import MarketRules

State = Literal["pending", "review", "qualified", "rewarded", "rejected", "expired"]
Outcome = Literal["ok", "review", "reject"]

MOVES: Mapping[State, frozenset[State]] = {
    "pending": frozenset({"review", "qualified", "rejected", "expired"}),
    "review": frozenset({"pending", "qualified", "rejected", "expired"}),
    "qualified": frozenset({"rewarded", "rejected"}),
    "rewarded": frozenset({"rejected"}),
    "rejected": frozenset(),
    "expired": frozenset(),
}
"""From each state the next ones: qualified by the friend's order, in review until a person decides, rewarded after the
hold, rejected by a refund of the order (whenever), by staff, or where the friend turns out to be no new one. A rejected
one stays so, also where its order is refunded and then paid again."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a referrer and the friend; `by_link_this_week` counts the other friends of the last 7 days.

    An address is where somebody writes from; a payment is the hash of a card or account.
    """

    referrer_id: int
    friend_id: int
    same_phone: bool = False
    same_address: bool = False
    same_payment: bool = False
    referred_by_friend: bool = False
    """The friend once brought the referrer."""
    friend_bought_before: bool = False
    friend_joined_before: bool = False
    """The friend was a member before the code was used."""
    by_link_this_week: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a referral, and every flag that was raised, graver ones first."""

    outcome: Outcome
    flags: tuple[str, ...] = ()


def may_move(state: State, to: State) -> bool:
    """A referral may go from one state to the other."""
    return to in MOVES[state]


def verdict(facts: Facts, rules: ReferralRules) -> Verdict:
    """Whether the friend counts for the referrer, needs a look by staff, or does not count."""
    grave = {
        "self": facts.referrer_id == facts.friend_id,
        "same_phone": facts.same_phone,
        "same_address": facts.same_address,
        "circular": facts.referred_by_friend,
        "already_customer": facts.friend_bought_before or facts.friend_joined_before,
    }
    doubtful = {"same_payment": facts.same_payment, "too_many": facts.by_link_this_week >= rules.weekly_cap}
    rejected = any(grave.values())
    flags = tuple(flag for flag, is_so in (grave | doubtful).items() if is_so)
    return Verdict("reject" if rejected else "review" if flags else "ok", flags)


def qualifies(order: Order, rules: ReferralRules) -> bool:
    """The friend's order is real, paid and large enough."""
    return order.counts and order.total > 0 and order.total >= rules.min_order


def due_at(now: int, rules: MarketRules) -> int:
    """The end of the hold of a referral that qualifies now. Microseconds UTC."""
    days = rules.pending_days if rules.referral.hold_days is None else rules.referral.hold_days
    return now + days * DAY


def expires_at(created_at: int, rules: MarketRules) -> int:
    """When a friend who has not bought yet no longer counts. Microseconds UTC."""
    return created_at + rules.referral.expires_days * DAY


def month_key(now: int, zone: ZoneInfo) -> str:
    """The calendar month of the monthly cap, like 2026-11."""
    return f"{local_time(now, zone):%Y-%m}"

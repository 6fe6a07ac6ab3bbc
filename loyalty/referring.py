"""Referrals at work: a friend comes by a code, buys, the hold passes, both are rewarded; or it comes to nothing.

The rules are in `loyalty/referrals.py`. Every step is one conditional update, so that a step taken by two workers at
the same time is taken once. Reference §1.9.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from loyalty import referrals, tokens
from loyalty.codes import is_valid, normalise
from loyalty.orders import Order
from loyalty.points import DAY
from loyalty.referral_rewards import lock, reward, settle, undo
from loyalty.rules import MarketRules
from loyalty.work import Work
from storage import members, purchases
from storage import referrals as rows
from storage.database import Transaction
from storage.members import MemberRow
from storage.purchases import PurchaseRow
from storage.referrals import ReferralRow

__all__ = [
    "Attributed",
    "Decided",
    "Friends",
    "attribute",
    "decide",
    "friends",
    "qualify",
    "review_list",
    "settle",
    "undo",
]

Attributed = Literal["invited", "refused", "self", "review"]
Decided = Literal["pending", "qualified", "rejected", "gone"]
_SAME_PERSON = frozenset({"self", "same_phone", "same_address"})
_WEEK = 7 * DAY


@dataclass(frozen=True, slots=True)
class Friends:
    """How many came by a member's code, and how many of them wait for their return window to end."""

    came: int
    waiting: int


def attribute(work: Work, friend: MemberRow, code: str) -> Attributed:
    """The friend came by this code, told before the first purchase. `self`: it is their own, or the same person's."""
    owner = _owner(work, code)
    rules = work.rules(friend.market)
    if owner is None or not rules.has("referral"):
        return "refused"
    members.lock(work.transaction, owner.id, friend.id)
    found = referrals.verdict(_facts(work, owner, friend), work.rules(owner.market).referral)
    if found.outcome == "reject":
        return "self" if _SAME_PERSON.intersection(found.flags) else "refused"
    state = "review" if found.outcome == "review" else "pending"
    row = ReferralRow(
        work.transaction.ids.new(),
        owner.id,
        friend.id,
        state,
        " ".join(found.flags),
        order_id=None,
        created_at=work.now,
        due_at=referrals.expires_at(work.now, rules),
        rewarded_at=None,
        decided_by=None,
    )
    if not rows.add(work.transaction, row):
        return "refused"
    return "review" if state == "review" else "invited"


def _owner(work: Work, code: str) -> MemberRow | None:
    """The active member of a code, or whoever took over everything of theirs."""
    plain = normalise(code)
    found = members.by_code(work.transaction, plain) if is_valid(plain) else None
    owner = members.current(work.transaction, found.id) if found is not None else None
    return owner if owner is not None and owner.is_active else None


def _facts(work: Work, owner: MemberRow, friend: MemberRow) -> referrals.Facts:
    transaction = work.transaction
    return referrals.Facts(
        referrer_id=owner.id,
        friend_id=friend.id,
        same_phone=_has_phone(work, owner, friend.phone) or _has_phone(work, friend, owner.phone),
        same_address=owner.id != friend.id and rows.share_address(transaction, owner.id, friend.id),
        referred_by_friend=rows.brought(transaction, friend.id, owner.id),
        friend_bought_before=_is_customer(work, friend),
        by_link_this_week=rows.count_since(transaction, owner.id, work.now - _WEEK),
    )


def _has_phone(work: Work, member: MemberRow, phone: str | None) -> bool:
    """The phone is this member's, or they write from it."""
    return phone is not None and (member.phone == phone or rows.writes_from(work.transaction, member.id, phone))


def _is_customer(work: Work, friend: MemberRow) -> bool:
    """The friend has bought before, as a guest too, or had asked us to forget them."""
    if rows.has_bought(work.transaction, friend.id, friend.phone):
        return True
    if friend.phone is None:
        return False
    return rows.is_suppressed(work.transaction, tokens.hashed(work.keyring, "phone", friend.phone))


def qualify(work: Work, friend_id: int, order_id: str, total: int) -> str | None:
    """A paid order of this member is booked (total in minor units): the referral's new state if the order counts.

    An order from before the referral shows that the friend was a customer already.
    """
    row = rows.of_friend(work.transaction, friend_id)
    friend = members.current(work.transaction, friend_id)
    if row is None or friend is None or not _may_qualify(row, work.now):
        return None
    booked = purchases.get(work.transaction, order_id)
    if booked is not None and booked.at < row.created_at:
        flags = row.flagged("already_customer")
        return "rejected" if rows.move(work.transaction, row, state="rejected", flags=flags) else None
    rules = work.rules(friend.market)
    if not rules.has("referral") or not _is_enough(rules, booked, Order(order_id, rules.currency, total, work.now)):
        return None
    same = rows.paid_alike(work.transaction, order_id, row.referrer_id)
    state = "review" if same or row.state == "review" else "qualified"
    flags = row.flagged("same_payment") if same else row.flags
    due_at = referrals.due_at(work.now, rules)
    if not rows.move(work.transaction, row, state=state, flags=flags, order_id=order_id, due_at=due_at):
        return None
    if state == "qualified" and due_at <= work.now:
        held = row._replace(state=state, order_id=order_id, due_at=due_at)
        lock(work, [held])
        return reward(work, held)
    return state


def _is_enough(rules: MarketRules, booked: PurchaseRow | None, order: Order) -> bool:
    """The order reaches the least amount of the friend's market, in that market's currency."""
    is_ours = booked is None or booked.currency == rules.currency
    return is_ours and referrals.qualifies(order, rules.referral)


def _may_qualify(row: ReferralRow, now: int) -> bool:
    """No order qualified it yet, and it is still waited for."""
    if row.order_id is not None:
        return False
    return row.state in ("review", "pending") and row.due_at is not None and now < row.due_at


def review_list(transaction: Transaction) -> list[ReferralRow]:
    """The referrals that wait for a person, oldest first."""
    return rows.in_review(transaction)


def decide(work: Work, referral_id: int, accept: bool) -> Decided:
    """A person's word on a referral under review; `gone`: it is not under review (any more).

    An accepted one goes on where it stood: `qualified` if an order qualified it meanwhile, else `pending`.
    """
    row = rows.get(work.transaction, referral_id)
    if row is None or row.state != "review":
        return "gone"
    state: Decided = "rejected"
    if accept:
        state = "pending" if row.order_id is None else "qualified"
    return state if rows.move(work.transaction, row, state=state, decided_by=work.actor) else "gone"


def friends(transaction: Transaction, member_id: int) -> Friends:
    """How the member's friends come along."""
    states = rows.states_of(transaction, member_id)
    return Friends(sum(states.values()), states.get("qualified", 0))

"""How what was reserved for points or credit ends: confirmed, or released with everything given back; once each.

Reference §1.8. A reservation whose time has run out can only be released, whenever `lapse` gets to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from loyalty.points import DAY
from loyalty.values import Name, Points
from loyalty.wording import said
from loyalty.work import Work
from storage import counters, ledger, members, redemptions
from storage.ledger import Entry, Return
from storage.redemptions import RedemptionRow

Label = Literal["confirmed", "released", "handed_over", "over", "unknown"]


@dataclass(frozen=True, slots=True)
class Reserved:
    """Something was reserved: its code (a payment has none), until when, and the points or credit it took.

    `money` is minor units: what is to be paid beside the points, or what a payment is worth. `repeated`: the key was
    used before and this is what it made; `state` says what has become of that since.
    """

    redemption_id: int
    code: str | None
    expires_at: int
    points: int
    money: int
    state: str = "reserved"
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Settled:
    """What a redemption came to.

    `confirmed` and `released`: by this call, or a call like it before. `handed_over`: confirmed before, for another
    order or none; `over`: its time ran out; then nothing was changed.
    """

    label: Label
    redemption: RedemptionRow | None = None


def stock_name(market: str, reward: str) -> str:
    """The counter of all that was taken of a reward."""
    return f"stock:{market}:{reward}"


def member_name(market: str, reward: str, member_id: int) -> str:
    """The counter of what one member took of a reward."""
    return f"reward:{market}:{reward}:{member_id}"


def confirm(work: Work, row: RedemptionRow | None, *, actor: str, order_id: str | None = None) -> Settled:
    """It was handed over or paid. Again for the same order is `confirmed` too."""
    if row is None:
        return Settled("unknown")
    done = redemptions.confirm(work.transaction, row.id, actor=actor, now=work.now, order_id=order_id)
    now = redemptions.get(work.transaction, row.id)
    if done or now is None:
        return Settled("confirmed", now)
    if now.state == "confirmed":
        return Settled("confirmed" if order_id is not None and order_id == now.order_id else "handed_over", now)
    return Settled("released" if now.state == "released" else "over", now)


def release(work: Work, row: RedemptionRow | None, *, actor: str, reason: str) -> Settled:
    """It comes to nothing: points go back to the lots they came from (grace days for lapsed ones), stock to the shelf.

    `reason` goes into the books.
    """
    if row is None:
        return Settled("unknown")
    members.lock(work.transaction, row.member_id)
    if redemptions.release(work.transaction, row.id, actor=actor, now=work.now):
        _undo(work, row, actor=actor, reason=reason)
    now = redemptions.get(work.transaction, row.id)
    return Settled("released" if now is not None and now.state == "released" else "handed_over", now)


def lapse(work: Work, most: int) -> int:
    """Release up to so many redemptions whose time ran out; who waited for a reward hears of it. How many."""
    due = redemptions.due(work.transaction, work.now, most)
    if due:
        members.lock(work.transaction, *(row.member_id for row in due))
    for row in due:
        if redemptions.release(work.transaction, row.id, actor=work.actor, now=work.now):
            _undo(work, row, actor=work.actor, reason=row.name)
            _tell(work, row)
    return len(due)


def give_back(work: Work, row: RedemptionRow, amount: int, entry: Entry) -> int:
    """Give a part of what a redemption took back to its lots, once per key; how much, 0 for a repeat."""
    if not amount or row.transaction_id is None:
        return 0
    grace_until = work.now + work.rules(row.market).refund_grace_days * DAY
    back = Return(entry.key, row.transaction_id, amount, grace_until, entry.reference, entry.kind, entry.actor)
    moved = ledger.give_back(work.transaction, back, work.now)
    return 0 if moved.repeated else moved.amount


def _undo(work: Work, row: RedemptionRow, *, actor: str, reason: str) -> None:
    give_back(work, row, row.amount, Entry(f"release:{row.id}", "return", reason, actor))
    if row.kind == "reward":
        counters.put_back(work.transaction, stock_name(row.market, row.name))
        counters.put_back(work.transaction, member_name(row.market, row.name, row.member_id))


def _tell(work: Work, row: RedemptionRow) -> None:
    owner = members.current(work.transaction, row.member_id)
    if row.kind != "reward" or not row.amount or owner is None or not owner.is_active:
        return
    reward = work.rules(row.market).reward(row.name)
    title = Name(row.name if reward is None else said(reward.title, owner.locale))
    work.tell(f"released:{row.id}", "reward_released", owner.id, reward=title, points=Points(row.amount))

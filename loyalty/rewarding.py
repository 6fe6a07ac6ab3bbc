"""The catalogue of rewards: who can have what, and one reserved, handed over, or given up (loyalty reference 1.8).

Reserving takes points and stock together or not at all. The code is made of the reservation's id and the
installation's secret; only its hash is kept.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Literal

from loyalty import rewards, settling, tokens
from loyalty.coupons import UNLIMITED, valid_until
from loyalty.modules import Reward
from loyalty.pickup_codes import pickup_code, read_pickup
from loyalty.rewards import Label, Supply
from loyalty.settling import Reserved, Settled, member_name, stock_name
from loyalty.work import Work
from storage import counters, ledger, members, redemptions
from storage.database import Conflict
from storage.ledger import Short, Spending
from storage.members import MemberRow
from storage.people import POINTS_UNIT
from storage.redemptions import RedemptionRow

lapse = settling.lapse
_TRIES = 20


@dataclass(frozen=True, slots=True)
class Offer:
    """A reward as one member sees it: whether they can have it, and the points they lack."""

    reward: Reward
    label: Label
    missing: int = 0


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a reward cannot be had, and the points that lack; `other`: the key was used for something else."""

    label: Label | Literal["other"]
    missing: int = 0


class _Undone(Exception):
    """Nothing of a reservation stands."""

    def __init__(self, label: Label, missing: int = 0) -> None:
        self.refused = Refused(label, missing)
        super().__init__(label)


def catalogue(work: Work, member: MemberRow, tier: str | None) -> list[Offer]:
    """Every reward of the member's market as they see it; empty where there are none."""
    rules = work.rules(member.market)
    if not rules.has("rewards"):
        return []
    return [_offer(work, member, reward, tier) for reward in rules.rewards]


def reserve(work: Work, member: MemberRow, name: str, key: str, *, tier: str | None = None) -> Reserved | Refused:
    """Reserve a reward for a member of this tier, once per key: its points are taken and it is kept for them.

    A reward that is no more (or never was) is `over`. A key that reserved anything else before is `other`.
    """
    members.lock(work.transaction, member.id)
    before = redemptions.by_key(work.transaction, key)
    if before is not None:
        return _reserved(work, before, repeated=True) if _is_of(work, before, member, name) else Refused("other")
    rules = work.rules(member.market)
    reward = rules.reward(name) if rules.has("rewards") else None
    if reward is None:
        return Refused("over")
    offer = _offer(work, member, reward, tier)
    if offer.label != "ok":
        return Refused(offer.label, offer.missing)
    try:
        with work.transaction.savepoint():
            return _reserved(work, _take(work, member, reward, key), repeated=False)
    except _Undone as undone:
        return undone.refused


def find(work: Work, which: int | str) -> RedemptionRow | None:
    """A reserved or settled reward by its id or by what somebody wrote as its code."""
    if isinstance(which, int):
        row = redemptions.get(work.transaction, which)
    else:
        code = read_pickup(which)
        row = None if code is None else redemptions.by_hash(work.transaction, _hashed(work, code))
    return row if row is not None and row.kind == "reward" else None


def code_of(work: Work, row: RedemptionRow) -> str:
    """The code of a reserved reward, made again from its id."""
    return _code(work, row.id)


def of_member(work: Work, member_id: int) -> list[RedemptionRow]:
    """The member's rewards: what is reserved first, then the newest."""
    return [row for row in redemptions.of_member(work.transaction, member_id) if row.kind == "reward"]


def confirm(work: Work, which: int | str, actor: str, order_id: str | None = None) -> Settled:
    """A reward was handed over, once; by its id or code. Again for the same order is `confirmed` too."""
    return settling.confirm(work, find(work, which), actor=actor, order_id=order_id)


def release(work: Work, which: int | str, actor: str, reason: str) -> Settled:
    """A reserved reward is given up: its points and the stock come back."""
    return settling.release(work, find(work, which), actor=actor, reason=reason)


def _is_of(work: Work, row: RedemptionRow, member: MemberRow, name: str) -> bool:
    """What was reserved is this reward, for this member or for whom they took over."""
    owner = members.current(work.transaction, row.member_id)
    same = (row.kind, row.name, row.market) == ("reward", name, member.market)
    return same and owner is not None and owner.id == member.id


def _offer(work: Work, member: MemberRow, reward: Reward, tier: str | None) -> Offer:
    supply = Supply(
        counters.taken(work.transaction, stock_name(member.market, reward.name)) if reward.stock else 0,
        _had(work, member, reward),
        ledger.position_of(work.transaction, member.id, work.now).active if reward.points else 0,
    )
    found = rewards.label(reward, supply, today=work.local(member.zone).date(), tier=tier)
    return Offer(reward, found, rewards.missing(reward, supply.available))


def _had(work: Work, member: MemberRow, reward: Reward) -> int:
    if reward.per_member is None:
        return 0
    return counters.taken(work.transaction, member_name(member.market, reward.name, member.id))


def _take(work: Work, member: MemberRow, reward: Reward, key: str) -> RedemptionRow:
    """Points, then stock, then the row. Whatever cannot be had undoes the rest."""
    fresh = _fresh_id(work)
    spend = None
    if reward.points:
        spending = Spending(f"redeem:{fresh}", member.id, reward.points, "redeem", reward.name, work.actor)
        spent = ledger.spend(work.transaction, spending, work.now)
        if isinstance(spent, Short):
            raise _Undone("short", rewards.missing(reward, spent.available))
        spend = spent.transaction_id
    stock, own = stock_name(member.market, reward.name), member_name(member.market, reward.name, member.id)
    if not counters.take(work.transaction, stock, most=reward.stock or UNLIMITED):
        raise _Undone("gone")
    if not counters.take(work.transaction, own, most=reward.per_member or UNLIMITED):
        raise _Undone("had")
    row = {
        "id": fresh,
        "key": key,
        "code_hash": _hashed(work, _code(work, fresh)),
        "member_id": member.id,
        "market": member.market,
        "kind": "reward",
        "name": reward.name,
        "unit": POINTS_UNIT,
        "amount": reward.points,
        "money": reward.money,
        "transaction_id": spend,
        "order_id": None,
        "actor": work.actor,
        "reserved_at": work.now,
        "expires_at": valid_until(work.now, member.zone, reward.valid_days),
    }
    if not redemptions.add(work.transaction, row):
        raise Conflict("the key or the code was taken meanwhile")
    made = redemptions.get(work.transaction, fresh)
    assert made is not None  # inserted above
    return made


def _fresh_id(work: Work) -> int:
    """An id whose code nobody has."""
    for _ in range(_TRIES):
        fresh = work.transaction.ids.new()
        if redemptions.by_hash(work.transaction, _hashed(work, _code(work, fresh))) is None:
            return fresh
    raise Conflict("no free code")


def _reserved(work: Work, row: RedemptionRow, *, repeated: bool) -> Reserved:
    return Reserved(row.id, _code(work, row.id), row.expires_at, row.amount, row.money, row.state, repeated)


def _code(work: Work, redemption_id: int) -> str:
    return pickup_code(hmac.digest(work.keyring.key("redemption"), str(redemption_id).encode(), "sha256"))


def _hashed(work: Work, code: str) -> str:
    return tokens.hashed(work.keyring, "redemption", code)

"""Stamp cards at the till: a visit or its items are stamped, a full card brings a coupon, and the next one begins.

Loyalty reference 1.6: the least time between two stampings, the most a day in the member's zone, and who stamped. What
is over goes on the next card; one stamping may fill several.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from loyalty import codes, couponing, stamps
from loyalty.couponing import Issued
from loyalty.days import day_starts, local_time
from loyalty.modules import StampCard
from loyalty.values import Code, Day, Name
from loyalty.wording import said
from loyalty.work import LoyaltyError, Work
from storage import coupons, ledger, members, stampings
from storage.ledger import ClawBack, Earning, Spending, Spent
from storage.members import MemberRow

Label = Literal["stamped", "too_soon", "enough_today", "known", "nothing"]
_MINUTE = 60_000_000


class UnknownCard(LoyaltyError):
    """The market has no stamp card of this name."""


@dataclass(frozen=True, slots=True)
class Stamped:
    """What a stamping came to: stamps added, on the card now, of how many, and the coupons of full cards.

    `transaction_id` is the ledger's; a refund takes its stamps back. A repeat is `known`, with the first one's coupons.
    """

    label: Label
    added: int
    balance: int
    needed: int
    coupons: tuple[Issued, ...] = ()
    transaction_id: int | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """What a stamping is for: its order, and when that was (microseconds UTC; None: now)."""

    order_id: str | None = None
    at: int | None = None


class _Undone(Exception):
    """Nothing of a full card's turning in stands."""


def stamp(
    work: Work, member: MemberRow, card: str, count: int, key: str, *, staff: str, visit: Visit = Visit()
) -> Stamped:
    """Stamp a member's card for so many qualifying items, once per key; `staff` is who did it.

    The visit's time decides whether the card may be stamped and when the stamps lapse; full cards are turned in now.

    `too_soon`, `enough_today` and `nothing` (no items, or no stamp cards in this market) change nothing. `UnknownCard`
    for a name that is no card.
    """
    rules = work.rules(member.market)
    found = rules.card(card)
    if found is None:
        raise UnknownCard(f"market {member.market} has no stamp card {card!r}")
    members.lock(work.transaction, member.id)
    before = stampings.made(work.transaction, key)
    if before is not None:
        return Stamped(
            "known", 0, _on_card(work, member, card), found.needed, _coupons_of(work, member, card, key), before
        )
    added = stamps.stamps_by_hand(found, count) if rules.has("stamps") else 0
    at = work.now if visit.at is None else visit.at
    permit = _permit(work, member, found, at) if added else "nothing"
    if permit != "yes":
        return Stamped(permit, 0, _on_card(work, member, card), found.needed)
    unit, lapses_at = ledger.stamps_unit(card), stamps.lapses_at(found, at)
    earning = Earning(key, member.id, added, stampings.KIND, visit.order_id or card, at, lapses_at, staff, unit)
    made = ledger.earn(work.transaction, earning, work.now)
    full = _turn_in(work, member, found, key, staff=staff)
    return Stamped("stamped", added, _on_card(work, member, card), found.needed, full, made.transaction_id)


def unstamp(work: Work, member: MemberRow, card: str, key: str, sources: tuple[int, ...]) -> int:
    """Take back the stamps of these stampings, once per key, as far as there are as many; how many it took.

    Coupons of full cards stay: what a full card took is not owed.
    """
    amount = stampings.given(work.transaction, sources)
    if not amount:
        return 0
    members.lock(work.transaction, member.id)
    unit = ledger.stamps_unit(card)
    claw = ClawBack(key, member.id, amount, sources, card, may_owe=False, actor=work.actor, unit=unit)
    return ledger.claw_back(work.transaction, claw, work.now).amount


def _permit(work: Work, member: MemberRow, card: StampCard, at: int) -> Literal["yes", "too_soon", "enough_today"]:
    """Whether the card may be stamped; an order told late must keep its distance from later stampings as well."""
    zone = ZoneInfo(member.zone)
    day = local_time(at, zone).date()
    midnight, next_midnight = day_starts(day, zone), day_starts(day + timedelta(days=1), zone)
    earliest = min(midnight, at - card.interval_minutes * _MINUTE)
    times = stampings.since(work.transaction, member.id, ledger.stamps_unit(card.name), earliest)
    distance = min((abs(at - other) for other in times), default=None)
    today = sum(midnight <= other < next_midnight for other in times)
    last_at = None if distance is None else at - distance
    return stamps.may_stamp(card, last_at=last_at, today=today, now=at)


def _on_card(work: Work, member: MemberRow, card: str) -> int:
    return ledger.position_of(work.transaction, member.id, work.now, ledger.stamps_unit(card)).active


def _turn_in(work: Work, member: MemberRow, card: StampCard, key: str, *, staff: str) -> tuple[Issued, ...]:
    """A coupon for every full card, for its stamps; where no coupons are left the card stays full until there are."""
    full, _ = stamps.full_cards(card, _on_card(work, member, card.name))
    done = []
    for place in range(full):
        name = _card_key(member, card.name, key, place)
        spending = Spending(name, member.id, card.needed, "redeem", card.name, staff, ledger.stamps_unit(card.name))
        coupon = _exchange(work, member, card, spending)
        if coupon is None:
            break
        _tell(work, member, card, coupon, name)
        done.append(coupon)
    return tuple(done)


def _exchange(work: Work, member: MemberRow, card: StampCard, spending: Spending) -> Issued | None:
    """The stamps of a card for its coupon, or nothing of both."""
    try:
        with work.transaction.savepoint():
            spent = ledger.spend(work.transaction, spending, work.now)
            coupon = couponing.issue(work, member, card.coupon, spending.key, actor=spending.actor)
            if not isinstance(spent, Spent) or coupon is None:
                raise _Undone
            return coupon
    except _Undone:
        return None


def _coupons_of(work: Work, member: MemberRow, card: str, key: str) -> tuple[Issued, ...]:
    """The coupons that an earlier stamping brought."""
    found: list[Issued] = []
    while (row := coupons.by_key(work.transaction, _card_key(member, card, key, len(found)))) is not None:
        found.append(Issued(row.id, couponing.code_of(work, row), row.kind, row.expires_at, repeated=True))
    return tuple(found)


def _card_key(member: MemberRow, card: str, key: str, place: int) -> str:
    return f"card:{member.id}:{card}:{key}:{place}"


def _tell(work: Work, member: MemberRow, card: StampCard, coupon: Issued, key: str) -> None:
    last = local_time(coupon.expires_at - 1, ZoneInfo(member.zone)).date()
    title, code = Name(said(card.title, member.locale)), Code(codes.grouped(coupon.code))
    work.tell(key, "stamp_card_full", member.id, card=title, coupon=code, until=Day.of(last))

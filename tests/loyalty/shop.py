"""A small programme in two markets, and work in it: what the tests of purchases, refunds, levels and gifts share."""

from collections.abc import Callable
from typing import Any, TypeVar

from loyalty import purchasing, refunding
from loyalty.orders import Order
from loyalty.programme import Programme
from loyalty.purchasing import Recorded
from loyalty.refunding import Refunded
from loyalty.tokens import Keyring
from loyalty.work import Work
from storage import ledger, members, people, standings
from storage.database import Transaction
from storage.members import MemberRow
from tests.builders import DAY, MONDAY, member_row

ANNA, BRUNO = 101, 102
PHONE = "+393331234567"
Result = TypeVar("Result")
RULES: dict[str, Any] = {
    "currency": "EUR",
    "channels": ["sms"],
    "earn": {"points": 1, "per": 100},
    "pending_days": 14,
    "cashback": {"basis_points": 250, "pending_days": 14, "expiry_days": 180},
    "referral": {"referrer": 500, "friend": 250, "min_order": 2500, "hold_days": 0},
    "tiers": {
        "counts": "points",
        "levels": [
            {"name": "base", "title": "Base", "at": 0},
            {"name": "silver", "title": "Silver", "at": 100, "percent": 150},
            {"name": "gold", "title": "Gold", "at": 500, "percent": 200},
        ],
    },
    "stamps": [{"name": "coffee", "title": "Coffee card", "needed": 3, "coupon": "espresso", "per_day": 1}],
    "coupons": [
        {"name": "espresso", "title": {"en": "Espresso", "it": "Caffè"}, "gift": "an espresso"},
        {"name": "rare", "title": "Rare", "money": 500, "stock": 1},
    ],
    "milestones": {
        "purchases": [{"at": 2, "points": 40}, {"at": 3, "coupon": "espresso"}],
        "points": [{"at": 200, "points": 20}, {"at": 1000, "points": 100}],
    },
}
BARE: dict[str, Any] = {"currency": "EUR", "channels": ["sms"]}


def programme(**italy: Any) -> Programme:
    """The Italian market as above with what is given instead, and a German one that has nothing."""
    rules = {name: value for name, value in {**RULES, **italy}.items() if value is not None}
    return Programme.model_validate(
        {
            "name": "Shop",
            "brand": {"contact": "shop@example.org", "hours": "9-18"},
            "terms": {"version": "1"},
            "default_market": "IT",
            "markets": {"IT": rules, "DE": BARE},
        }
    )


def work_in(transaction: Transaction, rules: Programme | None = None, now: int = MONDAY) -> Work:
    return Work(transaction, rules or programme(), Keyring(b"0" * 32), now)


def open_shop(transaction: Transaction, rules: Programme | None = None, now: int = MONDAY) -> Work:
    """Work with Anna and Bruno, who have joined; Anna has a phone."""
    state = {"joined_at": MONDAY - 100 * DAY, "created_at": MONDAY - 100 * DAY}
    people.add_members(transaction, [member_row(ANNA, phone=PHONE, **state), member_row(BRUNO, **state)])
    return work_in(transaction, rules, now)


def member(work: Work, member_id: int = ANNA) -> MemberRow:
    found = members.get(work.transaction, member_id)
    assert found is not None
    return found


def order(order_id: str = "A1", total: int = 10_000, at: int = MONDAY, **more: Any) -> Order:
    return Order(order_id, "EUR", total, at, **more)


def buy(work: Work, order_id: str = "A1", total: int = 10_000, *, who: int = ANNA, **more: Any) -> Recorded:
    """A member's order, now unless said."""
    made = order(order_id, total, more.pop("at", work.now), **more)
    return purchasing.record(work, member(work, who), made, market="IT")


def refund(work: Work, amount: int, refund_id: str = "R1", order_id: str = "A1") -> Refunded:
    return refunding.refund(work, refund_id=refund_id, order_id=order_id, amount=amount, currency="EUR")


def points(work: Work, member_id: int = ANNA, unit: str = "points") -> int:
    """What is there of a unit, pending or not."""
    held = ledger.position_of(work.transaction, member_id, work.now, unit)
    return held.active + held.pending


def state(work: Work, member_id: int = ANNA) -> dict[str, Any]:
    """All that the books and the standing say of a member."""
    wallets = ledger.wallets(work.transaction, member_id, work.now)
    lots = {one.unit: ledger.lots_of(work.transaction, member_id, one.unit) for one in wallets}
    return {
        "held": {one.unit: (one.position, one.lifetime, one.debt) for one in wallets},
        "lots": {unit: [lot[1:7] for lot in found] for unit, found in lots.items()},
        "standing": standings.get(work.transaction, member_id),
    }


def told(work: Work, flow: str) -> list[dict[str, Any]]:
    """The values of the news of this flow."""
    return [dict(one.values) for one in work.news if one.flow == flow]


class Undo(Exception):
    """Ends an example without a trace."""


def without_trace(transaction: Transaction, run: Callable[[], Result]) -> Result:
    """What `run` returns; what it wrote is rolled back."""
    found: list[Result] = []
    try:
        with transaction.savepoint():
            found.append(run())
            raise Undo
    except Undo:
        return found[0]

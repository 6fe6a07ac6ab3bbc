"""Stampings as the books have them."""

import pytest

from storage import ledger, stampings
from storage.database import Database, Transaction
from storage.ledger import ClawBack, Earning, Spending
from tests.loyalty.coupon_shop import ANNA, BRUNO, add_member

UNIT = ledger.stamps_unit("coffee")


def stamp(transaction: Transaction, key: str, at: int, *, member_id: int = ANNA, count: int = 1, visit: int = 0) -> int:
    earning = Earning(key, member_id, count, stampings.KIND, "coffee", visit or at, None, "anna", UNIT)
    return ledger.earn(transaction, earning, at).transaction_id


@pytest.mark.asyncio
async def test_only_stampings_of_this_card_and_member_count(database: Database) -> None:
    def task(transaction: Transaction) -> None:
        add_member(transaction)
        add_member(transaction, BRUNO)
        first, second = stamp(transaction, "a", 10), stamp(transaction, "b", 20, count=3)
        stamp(transaction, "c", 30, member_id=BRUNO)
        ledger.spend(transaction, Spending("s", ANNA, 2, "redeem", "coffee", unit=UNIT), 40)
        ledger.claw_back(transaction, ClawBack("r", ANNA, 1, (first,), "coffee", unit=UNIT), 50)
        assert stampings.since(transaction, ANNA, UNIT, 10) == [20]
        third = stamp(transaction, "d", 60, visit=15)
        assert stampings.since(transaction, ANNA, UNIT, 10) == [20, 15]
        ledger.claw_back(transaction, ClawBack("gone", ANNA, 9, (third,), "coffee", may_owe=False, unit=UNIT), 70)
        assert stampings.since(transaction, ANNA, UNIT, 10) == [20]
        assert stampings.since(transaction, ANNA, UNIT, 11) == [20]
        assert stampings.since(transaction, ANNA, ledger.stamps_unit("lunch"), 0) == []
        assert stampings.given(transaction, (first, second)) == 4
        assert stampings.given(transaction, ()) == 0
        assert (stampings.made(transaction, "b"), stampings.made(transaction, "z")) == (second, None)

    await database.write(task)

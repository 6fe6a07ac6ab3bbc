"""Eva, who has a code, and friends who come by it: a programme, members, and what a referral's story is told with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from loyalty import referring
from loyalty.codes import new_code
from loyalty.programme import Programme
from loyalty.tokens import Keyring
from loyalty.work import Work
from storage import ledger, members, people, referrals
from storage.database import Database, Transaction
from tests.builders import DAY, MONDAY, member_row, query

KEYRING = Keyring(b"k" * 32)
CODE, OTHERS_CODE = new_code(1), new_code(2)
EVA, FEDE, GIL = 101, 102, 103
HOLD = 14 * DAY
BASE: dict[str, Any] = {
    "currency": "EUR",
    "earn": {},
    "pending_days": 14,
    "expiry_days": 365,
    "channels": ["sms"],
    "referral": {"referrer": 500, "friend": 250, "min_order": 2500, "monthly_cap": 2, "weekly_cap": 3},
}
MARKETS: dict[str, dict[str, Any]] = {
    "IT": {**BASE, "milestones": {"points": [{"at": 500, "points": 50}]}},
    "ES": {**BASE, "negative": False, "referral": {**BASE["referral"], "hold_days": 0}},
    "AE": {**BASE, "earn": None, "off": ["referral"]},
}


def programme(**markets: dict[str, Any]) -> Programme:
    known = {"name": "P", "brand": {"contact": "c", "hours": "h"}, "terms": {"version": "1"}, "default_market": "IT"}
    return Programme.model_validate({**known, "markets": {**MARKETS, **markets}})


def work_in(transaction: Transaction, now: int = MONDAY, rules: Programme | None = None) -> Work:
    return Work(transaction, rules or programme(), KEYRING, now, actor="test")


def populate(transaction: Transaction, *, market: str = "IT", **friend: Any) -> None:
    """Eva has a code; Fede and Gil have joined and bought nothing."""
    people.add_members(
        transaction,
        [
            member_row(EVA, phone="+391", referral_code=CODE, market=market),
            member_row(FEDE, **{"phone": "+392", "referral_code": OTHERS_CODE, "market": market, **friend}),
            member_row(GIL, market=market),
        ],
    )


def attribute(work: Work, friend: int = FEDE, code: str = CODE) -> str:
    (row,) = members.lock(work.transaction, friend)
    return referring.attribute(work, row, code)


def purchase(transaction: Transaction, order_id: str, member_id: int | None, **more: Any) -> None:
    known = {"phone": None, "payment": None, "state": "paid", "at": MONDAY}
    values = {**known, **more, "order_id": order_id, "member_id": member_id}
    zeros = "shipping, tax, redeemed, test, round, earned, credited, refunded, reversed, uncredited, created_at"
    names = ", ".join(values)
    places = ", ".join("null" if value is None else repr(value) for value in values.values())
    order = f"{transaction.ids.new()}, 'IT', 'EUR', 3000, '[]'"
    words = f"insert into purchase (id, market, currency, total, lines, {zeros}, {names}) values ({order}"
    transaction.run(query(f"{words}{', 0' * 11}, {places})"))


def buy(work: Work, order_id: str = "A", total: int = 3000, friend: int = FEDE) -> str | None:
    return referring.qualify(work, friend, order_id, total)


def state(work: Work, friend: int = FEDE) -> tuple[str, str]:
    row = referrals.of_friend(work.transaction, friend)
    assert row is not None
    return row.state, row.flags


def points(work: Work, *who: int) -> list[int]:
    """What each holds, active."""
    return [ledger.position_of(work.transaction, one, work.now).active for one in who]


Story = Callable[[Transaction], Any]


async def told(database: Database, story: Story) -> Any:
    """What the story says, if the books are in order after it."""

    def work(transaction: Transaction) -> Any:
        said = story(transaction)
        assert ledger.audit(transaction) == []
        return said

    return await database.write(work)


def into_him(transaction: Transaction) -> None:
    transaction.run(query(f"update member set merged_into = {FEDE} where id = {EVA}"))


def crowd(transaction: Transaction, size: int, weekly_cap: int = 99) -> list[int]:
    """So many friends of Eva who have all bought on Monday."""
    rules = programme(IT={**MARKETS["IT"], "referral": {**BASE["referral"], "weekly_cap": weekly_cap}})
    work = work_in(transaction, rules=rules)
    friends = list(range(200, 200 + size))
    people.add_members(transaction, [member_row(friend) for friend in friends])
    for friend in friends:
        assert attribute(work, friend) == "invited"
        assert buy(work, f"order {friend}", friend=friend) == "qualified"
    return friends

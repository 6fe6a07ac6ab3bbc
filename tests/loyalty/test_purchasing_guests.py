"""Orders of guests: kept by phone, credited when its owner joins as if bought then, refunded before or after."""

import pytest

from loyalty import purchasing
from loyalty.values import Money, Points
from storage import ledger, people, purchases
from storage.database import Database
from tests.builders import DAY, MONDAY, member_row
from tests.loyalty.shop import (
    ANNA,
    PHONE,
    RULES,
    member,
    open_shop,
    order,
    points,
    programme,
    refund,
    state,
    told,
    work_in,
)

PLAIN = programme(tiers=None, stamps=[], milestones={}, cashback=None)


@pytest.mark.asyncio
async def test_a_guests_orders_come_with_the_phone_as_if_bought_then(database: Database) -> None:
    def run(transaction):
        work = work_in(transaction, now=MONDAY)
        labels = [
            purchasing.record(
                work, None, order(f"A{days}", 3_000, MONDAY - days * DAY, **more), market="IT", phone=PHONE
            ).label
            for days, more in [(31, {}), (30, {}), (20, {}), (10, {"test": True}), (5, {"paid": False}), (1, {})]
        ]
        refund(work, 3_000, "R1", "A20")
        refund(work, 1_000, "R2", "A1")
        people.add_members(transaction, [member_row(ANNA, phone=PHONE, joined_at=MONDAY)])
        credited = purchasing.credit_guest(work, member(work))
        again = purchasing.credit_guest(work, member(work))
        rows = {row.order_id: row for row in purchases.of_member(transaction, ANNA)}
        return work, labels, credited, again, rows, state(work), ledger.audit(transaction)

    work, labels, credited, again, rows, found, wrong = await database.write(run)
    assert labels == ["guest", "guest", "guest", "test", "waiting", "guest"]
    assert (credited, again) == (5, 0)
    assert {one.phone for one in rows.values()} == {None}
    assert {order_id: (row.earned, row.reversed) for order_id, row in rows.items()} == {
        "A30": (30, 0),
        "A20": (0, 0),
        "A10": (0, 0),
        "A5": (0, 0),
        "A1": (30, 10),
    }
    lots = [(lot[0], lot[2]) for lot in found["lots"]["points"] if lot[4] == "purchase"]
    assert lots == [(30, MONDAY - 16 * DAY), (20, MONDAY + 13 * DAY)]
    assert found["standing"].purchases == 2
    assert found["held"]["stamps:coffee"][0].active == 2
    assert told(work, "purchase_notice") == [{"points": Points(50), "credit": Money(125, "EUR"), "total": Points(90)}]
    assert wrong == []


@pytest.mark.asyncio
async def test_a_guests_later_refunds_add_up_too(database: Database) -> None:
    def run(transaction):
        work = work_in(transaction, PLAIN)
        purchasing.record(work, None, order(total=10_000), market="IT", phone=PHONE)
        refund(work, 3_333, "R1")
        people.add_members(transaction, [member_row(ANNA, phone=PHONE, joined_at=MONDAY)])
        purchasing.credit_guest(work, member(work))
        found = [points(work)]
        for number, amount in enumerate((3_333, 3_334), 2):
            refund(work, amount, f"R{number}")
            found.append(points(work))
        return found, ledger.audit(transaction)

    assert await database.write(run) == ([67, 34, 0], [])


@pytest.mark.asyncio
async def test_a_phone_of_a_member_is_no_guest(database: Database) -> None:
    def run(transaction):
        work = open_shop(transaction)
        done = purchasing.record(work, None, order(), market="IT", phone=PHONE)
        return done.label, points(work)

    assert await database.write(run) == ("booked", 100)


@pytest.mark.asyncio
async def test_a_member_known_better_than_the_database_is_believed(database: Database) -> None:
    """Somebody who joins and buys in one batch: their row is written with the batch."""

    def run(transaction):
        work = work_in(transaction, programme(**{**RULES, "stamps": []}))
        people.add_members(transaction, [member_row(ANNA, phone=PHONE, joined_at=None)])
        purchasing.record(work, None, order("A0", at=MONDAY - DAY), market="IT", phone=PHONE)
        row = member(work)._replace(joined_at=MONDAY)
        return purchasing.credit_guest(work, row), purchasing.record(work, row, order(), market="IT").label

    assert await database.write(run) == (1, "booked")


@pytest.mark.asyncio
async def test_orders_of_a_phone_that_came_later_are_found(database: Database) -> None:
    """Of members of every market, within their market's days; nobody is looked at for what is too old."""

    def run(transaction):
        work = work_in(transaction, PLAIN)
        phones = {ANNA: (PHONE, "IT"), 102: ("+493012345678", "DE"), 103: ("+33123456789", "FR"), 104: ("+391", "IT")}
        for member_id, (phone, _) in phones.items():
            for days in (40, 20, 10):
                at = MONDAY - (days + 60 * (member_id == 104)) * DAY
                made = order(f"A{member_id}-{days}", 5_000, at)
                purchasing.record(work, None, made, market="IT", phone=phone)
        rows = [member_row(one, phone=phone, market=at, joined_at=MONDAY) for one, (phone, at) in phones.items()]
        people.add_members(transaction, rows)
        done = [purchasing.adopt(work, most) for most in (1, 10, 10)]
        owned = {one: len(purchases.of_member(transaction, one)) for one in phones}
        return done, owned, points(work), ledger.audit(transaction)

    assert await database.write(run) == ([1, 2, 0], {ANNA: 2, 102: 2, 103: 2, 104: 0}, 100, [])


@pytest.mark.asyncio
async def test_a_guests_order_counts_for_cards_with_what_is_left_of_it(database: Database) -> None:
    card = {"name": "coffee", "title": "Coffee card", "needed": 9, "coupon": "espresso", "min_order": 5_000}

    def run(transaction):
        work = work_in(transaction, programme(stamps=[card]))
        for number, part in enumerate((5_001, 5_000)):
            at = MONDAY - number * DAY
            purchasing.record(work, None, order(f"A{number}", at=at), market="IT", phone=PHONE)
            refund(work, part, f"R{number}", f"A{number}")
        people.add_members(transaction, [member_row(ANNA, phone=PHONE, joined_at=MONDAY)])
        purchasing.credit_guest(work, member(work))
        return points(work, unit="stamps:coffee")

    assert await database.write(run) == 1

"""The audit names what is broken: each check is broken by plain SQL, once, and found; sound books have no finding."""

from __future__ import annotations

import pytest

from storage.ledger._audit import CHECKS
from tests.storage.ledger.till import BRUNO, Till

PURCHASE = """insert into purchase (id, order_id, member_id, market, state, currency, total, shipping, tax, redeemed,
  lines, test, round, earned, credited, refunded, reversed, uncredited, at, created_at)
  values (1, 'A', 101, 'IT', 'paid', 'EUR', 100, 0, 0, 0, '[]', 0, 0, 5, 5, {}, 1, 1)"""
REDEMPTION = """insert into redemption (id, key, member_id, market, kind, name, unit, amount, money, state,
  transaction_id, returned, actor, reserved_at, expires_at) values (1, 'k', 101, 'IT', 'reward', 'mug', 'points', {},
  'till', 1, 2)"""
COUPON = """insert into coupon (id, key, code_hash, member_id, market, kind, state, actor, issued_at, expires_at)
  values (1, 'k', 'h', 101, 'IT', 'ten_off', '{}', 'till', 1, 2)"""
ANNAS = "select id from account where owner_id = 101"
BRUNOS = "select id from account where owner_id = 102"
ISSUED = "select id from account where owner_id = 1"
LOOSE = "insert into posting (id, transaction_id, account_id, lot_id, amount) values ({}, {}, ({}), {}, {})"
SPENDING = "(select id from ledger_transaction where kind = 'redeem')"
PURCHASED = "(select id from ledger_transaction where kind = 'purchase')"

BROKEN = [
    ("transaction", "do not sum to zero", [f"update posting set amount = amount - 1 where account_id = ({ISSUED})"]),
    ("account", "snapshot differs", [f"update account set active = active + 1 where id = ({ANNAS})"]),
    ("account", "snapshot differs", [f"update account set pending = pending + 1 where id = ({ANNAS})"]),
    ("account", "what is owed", [f"update account set debt = 1 where id = ({BRUNOS})"]),
    ("lot", "remaining differs", ["update lot set remaining = remaining - 1, original = original where original = 30"]),
    ("lot", "not between 0 and", ["update lot set original = remaining - 1 where original = 30"]),
    (
        "posting",
        "without a lot in a spending",
        [
            LOOSE.format(1, SPENDING, ANNAS, "null", -1),
            LOOSE.format(2, SPENDING, ISSUED, "null", 1),
        ],
    ),
    ("account", "its owner is unknown", ["update account set owner_id = 999 where owner_id = 102"]),
    ("redemption", "its spending is missing", [REDEMPTION.format("5, 0, 'reserved', 77, 0")]),
    ("redemption", "its spending is missing", [REDEMPTION.format("5, 0, 'reserved', null, 0")]),
    ("redemption", "more came back", [REDEMPTION.format(f"5, 0, 'confirmed', {SPENDING}, 6")]),
    ("order", "more was taken back than given", [PURCHASE.format("0, 6, 0")]),
    ("order", "more was taken back than given", [PURCHASE.format("0, 0, 6")]),
    ("order", "more refunded than paid", [PURCHASE.format("101, 0, 0")]),
    ("coupon", "used without a time", [COUPON.format("redeemed")]),
    ("coupon", "reserved without an end", [COUPON.format("reserved")]),
]


@pytest.fixture
def books(tills):
    """Sound books with an earning, a spending and an empty account, left to be broken."""
    with tills() as till:
        till.earn(30)
        till.spent(7)
        till.spend(1, member=BRUNO)
        yield till


def test_sound_books_have_no_finding(books: Till) -> None:
    books.run(PURCHASE.format("100, 5, 5"))
    books.run(REDEMPTION.format(f"5, 0, 'confirmed', {SPENDING}, 5"))
    books.run(COUPON.format("issued"))
    assert books.audit() == []


@pytest.mark.parametrize(("what", "why", "changes"), BROKEN, ids=[f"{what}: {why}" for what, why, _ in BROKEN])
def test_what_is_broken_is_named(books: Till, what: str, why: str, changes: list[str]) -> None:
    for change in changes:
        books.run(change)
    findings = books.audit()
    assert any(one.startswith(f"{what} ") and why in one for one in findings), findings


def test_a_lot_with_points_too_many_shows_on_its_account(books: Till) -> None:
    books.run("update lot set remaining = remaining + 1")
    assert [one.split(": ")[1] for one in books.audit()] == [
        "lots differ from postings",
        "remaining differs from its postings",
    ]


def test_a_lot_below_nothing_is_named(books: Till) -> None:
    books.run("update lot set remaining = -1")
    assert "remaining is not between 0 and what it was" in " ".join(books.audit())


def test_a_lot_on_another_account_than_its_postings_is_named(books: Till) -> None:
    books.run(f"update lot set account_id = ({BRUNOS})")
    assert any(one.startswith("lot ") and "differs from its postings" in one for one in books.audit())


def test_what_is_owed_beside_open_lots_is_named(books: Till) -> None:
    books.run(LOOSE.format(1, PURCHASED, ANNAS, "null", -3))
    books.run(LOOSE.format(2, PURCHASED, ISSUED, "null", 3))
    books.run(f"update account set active = active - 3, debt = 3 where id = ({ANNAS})")
    assert [one.split(": ")[1].split(",")[0] for one in books.audit()] == ["what is owed differs from postings"]


def test_a_posting_of_nothing_known_is_named(books: Till) -> None:
    if books.transaction.dialect == "postgresql":
        books.run("alter table posting drop constraint fk_posting_transaction_id")
        books.run("alter table posting drop constraint fk_posting_account_id")
    else:
        books.run("pragma defer_foreign_keys = on")
    books.run(LOOSE.format(1, 77, "select 78", "null", 0))
    assert "posting 1: its transaction or account is missing" in books.audit()


def test_every_check_is_broken_here() -> None:
    broken = {why for _, why, _ in BROKEN} | {"lots differ", "its transaction or account"}
    assert [what for what, _ in CHECKS if not any(why in what for why in broken)] == []

"""What the books answer: wallets, lots with their origin, the statement in pages, what the programme owes."""

from __future__ import annotations

from storage import ledger, people
from storage.ledger import Earning, Liability, Position
from tests.builders import member_row
from tests.storage.ledger.till import ANNA, BRUNO, COFFEE, DORA, START, Till


def test_somebody_without_an_account_has_nothing(till: Till) -> None:
    assert till.position(DORA) == Position()
    assert ledger.wallets(till.transaction, DORA, START) == []
    assert ledger.lots_of(till.transaction, DORA) == []
    assert ledger.statement(till.transaction, DORA) == []
    assert till.rows("select id from account") == []


def test_lots_tell_where_points_came_from_the_first_to_lapse_first(till: Till) -> None:
    for name, ends in (("A", None), ("B", START + 90), ("C", START + 50)):
        ledger.earn(till.transaction, Earning(name, ANNA, 5, "purchase", name, START, ends), START)
    till.spent(7)
    found = ledger.lots_of(till.transaction, ANNA)
    assert [(lot.reference, lot.kind, lot.remaining, lot.original) for lot in found] == [
        ("B", "purchase", 3, 5),
        ("A", "purchase", 5, 5),
    ]
    assert found[0].effective_at == START


def test_wallets_are_read_at_the_time_asked(till: Till) -> None:
    till.earn(10, lasts=50)
    ledger.earn(till.transaction, Earning("c", ANNA, 3, "stamp", "A", START + 20, None, unit=COFFEE), START)
    found = ledger.wallets(till.transaction, ANNA, START + 50)
    assert [(one.unit, one.position, one.lifetime) for one in found] == [
        ("points", Position(), 10),
        (COFFEE, Position(active=3), 3),
    ]


def test_a_statement_has_a_line_a_transaction_in_pages_newest_first(till: Till) -> None:
    for number in range(7):
        till.earn(10 + number, key=f"k{number}")
    spend = till.spent(25)
    till.give_back(spend, 5)
    lines = ledger.statement(till.transaction, ANNA)
    assert [(line.kind, line.amount) for line in lines[:3]] == [("return", 5), ("redeem", -25), ("purchase", 16)]
    assert sum(line.amount for line in lines) == till.position().active
    assert (lines[1].reference, lines[1].actor, lines[1].effective_at) == ("mug", "system", START)
    pages, before = [], None
    while page := ledger.statement(till.transaction, ANNA, before=before, most=4):
        assert len(page) <= 4
        pages += page
        before = page[-1].transaction_id
    assert pages == lines
    assert ledger.statement(till.transaction, BRUNO) == []


def test_a_statement_names_what_is_owed_and_paid(till: Till) -> None:
    till.claw_back(5)
    till.earn(8)
    assert [line.amount for line in ledger.statement(till.transaction, ANNA)] == [8, -5]


def test_what_is_owed_by_market_and_unit(till: Till) -> None:
    people.add_members(till.transaction, [member_row(201, market="ES")])
    till.earn(100, lasts=50)
    till.earn(30, member=BRUNO)
    till.earn(7, member=201, after=40)
    ledger.earn(till.transaction, Earning("c", 201, 3, "stamp", "A", START, None, unit=COFFEE), START)
    till.spent(60)
    till.now += 50
    ledger.expire(till.transaction, till.now)
    assert ledger.liability(till.transaction) == [
        Liability("ES", "points", 7, 7, 0),
        Liability("ES", COFFEE, 3, 3, 0),
        Liability("IT", "points", 30, 130, 40),
    ]

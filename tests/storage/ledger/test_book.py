"""One account while it changes: opened once, its snapshot written when something changed, conflicts told as such."""

from __future__ import annotations

import pytest

from storage import ledger
from storage.database import Conflict
from storage.ledger import Entry, Position
from storage.ledger._book import Book, account_id, begin, begin_new, found, locked, take_from
from tests.storage.ledger.till import ANNA, START, Till

SNAPSHOT = "select active, pending, matures_at, expiring, expires_at, version from account where owner_id = 101"


def test_an_account_is_opened_once(till: Till) -> None:
    first = account_id(till.transaction, ANNA, "points")
    found = locked(till.transaction, ANNA, "points", ledger.ISSUED)
    assert (found.id, found.position, found.other_id) == (first, Position(), None)
    issued = account_id(till.transaction, ledger.ISSUED, "points")
    assert locked(till.transaction, ANNA, "points", ledger.ISSUED).other_id == issued
    assert till.rows("select count(*) from account") == [(2,)]


def test_a_key_begins_one_transaction(till: Till) -> None:
    entry = Entry("k", "goodwill", "A", "staff", None, START - 5)
    made = begin(till.transaction, entry, START)
    assert begin(till.transaction, entry, START) is None
    assert found(till.transaction, "k") == made
    with pytest.raises(Conflict):
        begin_new(till.transaction, entry, START)
    assert till.rows("select actor, effective_at, created_at from ledger_transaction") == [("staff", START - 5, START)]


def test_the_snapshot_is_the_next_change(till: Till) -> None:
    till.earn(10, lasts=50)
    till.earn(5, lasts=50)
    till.earn(7, after=20)
    assert till.rows(SNAPSHOT) == [(15, 7, START + 20, 15, START + 50, 3)]


def test_nothing_is_written_where_nothing_changes(till: Till) -> None:
    till.earn(10, key="k")
    till.spend(11)
    till.earn(10, key="k")
    assert till.rows(SNAPSHOT) == [(10, 0, None, 0, None, 1)]
    till.earn(5, after=10)
    till.now += 10
    till.spend(99)
    assert till.rows(SNAPSHOT) == [(15, 0, None, 0, None, 3)]


def test_a_lot_that_changed_under_the_lock_is_a_conflict(till: Till) -> None:
    till.earn(10)
    book = Book.open(till.transaction, ANNA, "points", START)
    (lot,) = book.lots.values()
    made = begin_new(till.transaction, Entry("k", "redeem", "A"), START)
    with pytest.raises(Conflict):
        book.take(made, lot, 11)
    with pytest.raises(ValueError, match="more than it ever did"):
        book.put_back(made, lot, 1)
    assert take_from(book, made, [], 3) == 3


def test_the_programmes_accounts_take_the_other_side(till: Till) -> None:
    till.earn(100, lasts=50)
    till.spent(30)
    till.now += 50
    ledger.expire(till.transaction, till.now)
    sums = "select owner_id, sum(amount) from posting join account on account.id = account_id group by owner_id"
    assert {owner: int(amount) for owner, amount in till.rows(sums)} == {
        ledger.ISSUED: -100,
        ledger.SPENT: 30,
        ledger.BREAKAGE: 70,
        ANNA: 0,
    }

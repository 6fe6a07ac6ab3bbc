"""Points come, are spent in the order they lapse, lapse on the day they were due, or are forfeited."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import ledger
from storage.ledger import Earned, Earning, Entry, Position, Short, Spending, Spent, cash_unit, position, stamps_unit
from tests.storage.ledger.till import ANNA, BRUNO, COFFEE, EUROS, START, Till

BY_PROPERTY = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
EARNINGS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(1, 500), st.integers(0, 40), st.none() | st.integers(1, 60)),
    min_size=1,
    max_size=8,
)
"""(time that passes first, points, active after, lasts)."""


def earn_all(till: Till, earnings) -> list[tuple[int, int, int | None]]:
    """Give them; the lots that must come of it."""
    lots = []
    for wait, points, after, lasts in earnings:
        till.now += wait
        till.earn(points, after=after, lasts=lasts)
        lots.append((points, till.now + after, None if lasts is None else till.now + after + lasts))
    return lots


@BY_PROPERTY
@given(earnings=EARNINGS, later=st.lists(st.integers(0, 150), max_size=4))
def test_a_position_is_the_count_of_the_lots_at_every_later_time(tills, earnings, later) -> None:
    with tills() as till:
        lots = earn_all(till, earnings)
        assert till.audit() == []
        start = till.now
        for more in (0, *later):
            till.now = start + more
            assert till.position() == position(lots, till.now)


@BY_PROPERTY
@given(earnings=EARNINGS, seed=st.integers(0, 999))
def test_replaying_in_any_order_changes_nothing(tills, earnings, seed: int) -> None:
    with tills() as till:
        for number, (wait, points, after, lasts) in enumerate(earnings):
            till.now += wait
            till.earn(points, after=after, lasts=lasts, key=f"k{number}")
            till.spend(points // 2 or 1, key=f"s{number}")
        books = "select id, active, pending, debt, lifetime, version from account order by id"
        before, holding, counted = till.rows(books), till.holding(), till.rows("select count(*) from posting")
        again = [*range(len(earnings))] * 2
        Random(seed).shuffle(again)
        spent = {row[0] for row in till.rows("select idempotency_key from ledger_transaction")}
        for number in again:
            till.earn(999, key=f"k{number}")
            if f"s{number}" in spent:
                assert till.spend(999, key=f"s{number}").repeated
        assert (till.rows(books), till.holding(), till.rows("select count(*) from posting")) == (
            before,
            holding,
            counted,
        )


def test_an_earning_is_one_balanced_transaction_with_one_lot(till: Till) -> None:
    made = till.earn(30, after=5, lasts=10, key="k")
    assert till.holding() == (0, 30, 0, 30)
    (lot,) = till.rows("select transaction_id, original, remaining, activates_at, expires_at from lot")
    assert lot == (made, 30, 30, START + 5, START + 15)
    postings = till.rows("select owner_id, amount, lot_id is null from posting join account on account.id = account_id")
    assert sorted((owner, amount, bool(alone)) for owner, amount, alone in postings) == [
        (ledger.ISSUED, -30, True),
        (ANNA, 30, False),
    ]


def test_the_same_key_earns_once_even_for_somebody_else(till: Till) -> None:
    earning = Earning("k", ANNA, 7, "purchase", "A", START, None)
    first = ledger.earn(till.transaction, earning, START)
    assert ledger.earn(till.transaction, earning, START + 9) == Earned(first.transaction_id, repeated=True)
    assert till.earn(9, member=BRUNO, key="k") == first.transaction_id
    assert (till.holding(), till.holding(BRUNO)) == ((7, 0, 0, 7), (0, 0, 0, 0))


def test_points_that_had_lapsed_when_they_came_lapse_at_once(till: Till) -> None:
    till.earn(5)
    till.now += 100
    old = Earning("old", ANNA, 30, "purchase", "A", START + 10, START + 60)
    ledger.earn(till.transaction, old, till.now)
    assert till.holding() == (5, 0, 0, 35)
    assert till.rows("select effective_at from ledger_transaction where kind = 'expire'") == [(START + 60,)]
    assert till.spend(6) == Short(5)


@pytest.mark.parametrize("amount", [0, -5])
def test_nothing_moves_by_nothing(till: Till, amount: int) -> None:
    with pytest.raises(ValueError, match="at least one"):
        till.earn(amount)
    with pytest.raises(ValueError, match="at least one"):
        till.spend(amount)
    assert till.rows("select id from ledger_transaction") == []


def test_what_lapses_first_is_spent_first(till: Till) -> None:
    for points, lasts in ((10, None), (20, 90), (30, 50), (40, 50), (50, None)):
        till.earn(points, lasts=lasts)
    assert isinstance(till.spend(30 + 15), Spent)
    assert till.lots() == [(25, START + 50), (20, START + 90), (10, None), (50, None)]
    till.spent(25 + 20 + 3)
    assert till.lots() == [(7, None), (50, None)]
    assert till.position() == Position(active=57)


def test_all_or_nothing_is_spent(till: Till) -> None:
    till.earn(10)
    till.earn(90, after=40)
    assert till.spend(11, key="s") == Short(10)
    assert till.holding() == (10, 90, 0, 100)
    till.now += 40
    assert isinstance(till.spend(11, key="s"), Spent)
    assert till.holding() == (89, 0, 0, 100)
    assert till.spend(1, member=BRUNO) == Short(0)


def test_a_writer_whose_clock_is_behind_does_not_spend_what_is_pending_to_it(till: Till) -> None:
    till.earn(10)
    till.earn(90, after=40)
    till.now += 40
    till.spent(1)
    till.now -= 30
    assert till.spend(50) == Short(9)


@BY_PROPERTY
@given(earnings=EARNINGS, parts=st.lists(st.integers(1, 300), max_size=6), later=st.integers(0, 80))
def test_spending_takes_the_lots_in_order_and_never_below_nothing(tills, earnings, parts, later: int) -> None:
    with tills() as till:
        lots = [[*lot] for lot in earn_all(till, earnings)]
        till.now += later
        for part in parts:
            usable = [lot for lot in lots if lot[1] <= till.now and (lot[2] is None or lot[2] > till.now)]
            available = sum(lot[0] for lot in usable)
            found = till.spend(part)
            if part > available:
                assert found == Short(available)
                continue
            left = part
            for lot in sorted(usable, key=lambda lot: (lot[2] is None, lot[2] or 0)):
                taken = min(lot[0], left)
                lot[0], left = lot[0] - taken, left - taken
            open_lots = [(lot[0], lot[2]) for lot in lots if lot[0] and (lot[2] is None or lot[2] > till.now)]
            assert till.lots() == sorted(open_lots, key=lambda lot: (lot[1] is None, lot[1] or 0))
        assert till.audit() == []


def test_a_lapsed_lot_never_counts_and_a_late_job_dates_it_when_it_was_due(till: Till) -> None:
    till.earn(10, lasts=20)
    till.earn(5)
    till.now += 20
    assert till.holding() == (5, 0, 0, 15)
    assert till.rows("select count(*) from ledger_transaction where kind = 'expire'") == [(0,)]
    till.now += 1_000
    assert ledger.expire(till.transaction, till.now) == 1
    assert ledger.expire(till.transaction, till.now) == 0
    assert till.holding() == (5, 0, 0, 15)
    assert till.rows("select effective_at, created_at from ledger_transaction where kind = 'expire'") == [
        (START + 20, till.now)
    ]


def test_any_movement_books_what_has_lapsed_so_that_it_is_not_spent(till: Till) -> None:
    till.earn(10, lasts=20)
    till.earn(10, lasts=30)
    till.now += 20
    assert till.spend(11) == Short(10)
    assert till.rows("select count(*) from ledger_transaction where kind = 'expire'") == [(1,)]
    assert till.lots() == [(10, START + 30)]


def test_expiry_goes_in_portions(till: Till) -> None:
    for member in (ANNA, BRUNO):
        till.earn(10, lasts=20, member=member)
    till.now += 20
    assert [ledger.expire(till.transaction, till.now, 1) for _ in range(3)] == [1, 1, 0]
    breakage = "select sum(amount) from posting join account on account.id = account_id where owner_id = 2"
    assert till.rows(breakage) == [(20,)]


def test_what_is_pending_can_lapse_before_it_matures(till: Till) -> None:
    ledger.earn(till.transaction, Earning("k", ANNA, 9, "purchase", "A", START + 50, START + 20), START)
    assert till.holding() == (0, 9, 0, 9)
    till.now += 20
    assert till.holding() == (0, 0, 0, 9)
    assert ledger.expire(till.transaction, till.now) == 1


def test_units_are_wallets_of_their_own(till: Till) -> None:
    assert (stamps_unit("coffee"), cash_unit("EUR")) == (COFFEE, EUROS)
    for unit, amount in (("points", 5), (COFFEE, 3), (EUROS, 250)):
        earning = Earning(f"k:{unit}", ANNA, amount, "purchase", "A", START, None, unit=unit)
        ledger.earn(till.transaction, earning, START)
    spending = Spending("s", ANNA, 4, "redeem", "A", unit=COFFEE)
    assert ledger.spend(till.transaction, spending, START) == Short(3)
    spending = Spending("s", ANNA, 200, "redeem", "A", unit=EUROS)
    assert isinstance(ledger.spend(till.transaction, spending, START), Spent)
    held = {one.unit: one.position.active for one in ledger.wallets(till.transaction, ANNA, START)}
    assert held == {"points": 5, COFFEE: 3, EUROS: 50}
    programme = till.rows("select owner_id, unit from account where owner_id < 16 order by unit, owner_id")
    assert programme == [(1, EUROS), (3, EUROS), (1, "points"), (1, COFFEE)]


def test_everything_held_is_forfeited_once_and_what_is_owed_is_let_go(till: Till) -> None:
    till.earn(10, after=5)
    till.earn(20)
    ledger.earn(till.transaction, Earning("c", ANNA, 3, "stamp", "A", START, None, unit=COFFEE), START)
    debtor = till.earn(5, member=BRUNO)
    claw = ledger.ClawBack("x", BRUNO, 8, (debtor,), "A")
    ledger.claw_back(till.transaction, claw, START)
    assert till.holding(BRUNO) == (-3, 0, 3, -3)
    entry = Entry("erase", "erasure", "request")
    assert [ledger.forfeit(till.transaction, ANNA, entry, START) for _ in range(2)] == [33, 0]
    assert ledger.forfeit(till.transaction, BRUNO, Entry("erase2", "erasure", "request"), START) == 0
    assert (till.holding(), till.holding(unit=COFFEE)) == ((0, 0, 0, 30), (0, 0, 0, 3))
    assert till.holding(BRUNO) == (0, 0, 0, -3)

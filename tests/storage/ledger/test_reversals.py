"""What is undone in parts: each part once, all of them the whole, back to where it came from and in a known order."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loyalty import refunds
from storage import ledger
from storage.ledger import Earning, Moved
from tests.storage.ledger.till import ANNA, BRUNO, START, Till

BY_PROPERTY = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)


def test_points_go_back_to_their_lots_in_the_order_they_were_taken(till: Till) -> None:
    till.earn(10, lasts=50)
    till.earn(10, lasts=90)
    till.earn(10)
    spend = till.spent(25)
    assert till.lots() == [(5, None)]
    assert till.give_back(spend, 4) == Moved(4)
    assert till.lots() == [(4, START + 50), (5, None)]
    assert till.give_back(spend, 10) == Moved(10)
    assert till.lots() == [(10, START + 50), (4, START + 90), (5, None)]
    assert till.give_back(spend, 99) == Moved(11)
    assert till.lots() == [(10, START + 50), (10, START + 90), (10, None)]
    assert till.give_back(spend, 1) == Moved(0)
    assert till.holding() == (30, 0, 0, 30)


def test_what_lapsed_meanwhile_lives_on_for_a_time_of_grace(till: Till) -> None:
    till.earn(10, lasts=50)
    till.earn(10)
    spend = till.spent(15)
    till.now += 50
    assert till.give_back(spend, 12, grace=30) == Moved(12)
    assert till.lots() == [(10, START + 80), (7, None)]
    assert till.give_back(spend, 99) == Moved(3)
    till.now += 30
    assert till.holding() == (10, 0, 0, 20)


def test_points_of_grace_that_were_spent_come_back_with_grace_again(till: Till) -> None:
    till.earn(10, lasts=50)
    first = till.spent(10)
    till.now += 50
    till.give_back(first, 10, grace=30)
    second = till.spent(10)
    assert till.give_back(second, 4) == Moved(4)
    assert till.lots() == [(4, START + 80)]
    till.now += 30
    assert till.give_back(second, 10, grace=20) == Moved(6)
    assert till.lots() == [(6, START + 100)]
    assert [till.give_back(spend, 1) for spend in (first, second)] == [Moved(0), Moved(0)]


def test_grace_that_is_over_when_it_is_given_lapses_at_once(till: Till) -> None:
    till.earn(10, lasts=50)
    spend = till.spent(10)
    till.now += 60
    assert till.give_back(spend, 10, grace=0) == Moved(10)
    assert till.holding() == (0, 0, 0, 10)


def test_a_writer_whose_clock_is_behind_may_give_back_what_lapses_again(till: Till) -> None:
    till.earn(10, lasts=50)
    spend = till.spent(4)
    till.now += 50
    assert ledger.expire(till.transaction, till.now) == 1
    till.now -= 1
    assert till.give_back(spend, 4) == Moved(4)
    assert till.audit() == []
    till.now += 1
    assert ledger.expire(till.transaction, till.now) == 1
    assert till.holding() == (0, 0, 0, 10)


def test_a_spending_that_never_was_gives_nothing_back(till: Till) -> None:
    assert till.give_back(12345, 5) == Moved(0)
    with pytest.raises(ValueError, match="at least one"):
        till.give_back(12345, 0)
    with pytest.raises(ValueError, match="at least one"):
        till.claw_back(0)
    assert till.rows("select id from ledger_transaction") == []


def test_own_points_are_taken_back_first_pending_before_active_then_others_active_first(till: Till) -> None:
    till.earn(10, lasts=90)
    till.earn(10, after=40, lasts=50)
    own = till.earn(10, lasts=500)
    own_pending = till.earn(10, after=30)
    left = [(10, START + 90), (10, START + 90), (10, START + 500), (10, None)]
    assert till.lots() == left
    assert till.claw_back(4, own, own_pending) == Moved(4)
    assert till.lots() == [*left[:3], (6, None)]
    assert till.claw_back(10, own, own_pending) == Moved(10)
    assert till.lots() == [*left[:2], (6, START + 500)]
    assert till.claw_back(9, own, own_pending) == Moved(9)
    assert till.lots() == [(7, START + 90), (10, START + 90)]
    assert till.position().pending == 10
    assert till.claw_back(8, own) == Moved(8)
    assert till.holding() == (0, 9, 0, 9)


def test_what_is_missing_is_owed_or_let_go(till: Till) -> None:
    own = till.earn(10)
    till.spent(7)
    assert till.claw_back(10, own, may_owe=False, key="c") == Moved(3)
    assert till.holding() == (0, 0, 0, 0)
    assert till.claw_back(10, own, may_owe=False, key="c") == Moved(3, repeated=True)
    assert till.claw_back(5, own, key="d") == Moved(5)
    assert till.holding() == (-5, 0, 5, -5)
    assert till.claw_back(5, own, key="d") == Moved(5, repeated=True)
    assert till.claw_back(2) == Moved(2)
    assert till.holding() == (-7, 0, 7, -7)


@pytest.mark.parametrize("after", [0, 40])
def test_the_next_points_pay_what_is_owed_first(till: Till, after: int) -> None:
    own = till.earn(10)
    till.spent(10)
    till.claw_back(10, own)
    till.earn(4, after=after)
    assert till.holding() == (-6, 0, 6, 4)
    till.earn(9, after=after)
    assert till.holding() == ((0, 3, 0, 13) if after else (3, 0, 0, 13))
    assert till.position().active + till.position().pending == 3


def test_points_given_back_pay_what_is_owed_first(till: Till) -> None:
    own = till.earn(10, lasts=50)
    spend = till.spent(10)
    till.claw_back(6, own)
    assert till.give_back(spend, 4) == Moved(4)
    assert till.holding() == (-2, 0, 2, 4)
    till.now += 50
    assert till.give_back(spend, 4) == Moved(4)
    assert till.holding() == (2, 0, 0, 4)
    assert till.give_back(spend, 9) == Moved(2)


def test_grace_for_an_orders_points_is_the_orders_own(till: Till) -> None:
    own = till.earn(10, lasts=50)
    spend = till.spent(10)
    till.now += 50
    till.give_back(spend, 10, grace=900)
    till.earn(10, lasts=100)
    assert till.claw_back(10, own) == Moved(10)
    assert till.lots() == [(10, START + 150)]


def test_what_lapsed_unused_is_neither_taken_from_others_nor_owed(till: Till) -> None:
    own = till.earn(100, lasts=50)
    till.earn(30)
    till.spent(40)
    till.now += 50
    assert till.holding() == (30, 0, 0, 130)
    assert till.claw_back(50, own, key="a") == Moved(0)
    assert till.holding() == (30, 0, 0, 80)
    assert till.claw_back(50, own, key="b") == Moved(40)
    assert till.holding() == (-10, 0, 10, 30)
    assert [till.claw_back(50, own, key=key).amount for key in "ab"] == [0, 40]
    assert till.claw_back(5, own) == Moved(5)


def test_what_lapsed_in_grace_is_not_taken_back_either(till: Till) -> None:
    own = till.earn(10, lasts=50)
    spend = till.spent(10)
    till.now += 50
    till.give_back(spend, 6, grace=20)
    till.now += 20
    till.earn(100)
    assert till.claw_back(10, own) == Moved(4)
    assert till.holding() == (96, 0, 0, 100)


def test_what_another_order_lost_is_no_excuse(till: Till) -> None:
    till.earn(10, lasts=50)
    own = till.earn(10)
    till.now += 50
    till.spent(10)
    assert till.claw_back(10, own) == Moved(10)
    assert till.holding() == (-10, 0, 10, 10)


@BY_PROPERTY
@given(
    parts=st.lists(st.integers(1, 60), min_size=1, max_size=6),
    spent=st.integers(0, 100),
    back=st.integers(0, 100),
    other=st.integers(0, 200),
)
def test_all_parts_take_what_was_used_and_no_more(tills, parts, spent: int, back: int, other: int) -> None:
    """Of 100 points some were spent, some of that came back in grace, and all that was left lapsed."""
    with tills() as till:
        own = till.earn(100, lasts=50)
        spend = till.spent(spent) if spent else 0
        till.now += 50
        given_back = till.give_back(spend, back, grace=10).amount if spent and back else 0
        till.now += 10
        if other:
            till.earn(other)
        taken = sum(till.claw_back(part, own).amount for part in parts)
        assert taken == max(0, sum(parts) - (100 - spent + given_back))
        active, _, debt, _ = till.holding()
        assert (active, debt) == (other - taken, max(0, taken - other))
        assert till.audit() == []


@BY_PROPERTY
@given(
    points=st.integers(1, 200),
    total=st.integers(1, 500),
    cuts=st.lists(st.integers(0, 500), max_size=6),
    spent=st.integers(0, 200),
    other=st.integers(0, 200),
    seed=st.integers(0, 999),
)
def test_partial_refunds_add_up_to_the_full_one_in_any_order_of_retries(
    tills, points: int, total: int, cuts: list[int], spent: int, other: int, seed: int
) -> None:
    marks = sorted({0, total, *(cut for cut in cuts if cut < total)})
    with tills() as till:
        own = till.earn(points)
        if other:
            till.earn(other)
        if spent:
            till.spend(spent)
        before, taken = till.holding(), 0
        for number, (_, refunded) in enumerate(pairwise(marks)):
            due = refunds.reverse(points, refunded=refunded, total=total, already=taken)
            if due:
                assert till.claw_back(due, own, key=f"refund:{number}") == Moved(due)
            taken += due
        assert taken == points == refunds.reverse(points, refunded=total, total=total, already=0)
        after = till.holding()
        assert after[0] + points == before[0]
        assert (after[2], after[3]) == (max(0, points - before[0]), before[3] - points)
        again = [*range(len(marks) - 1)] * 2
        Random(seed).shuffle(again)
        known = {row[0] for row in till.rows("select idempotency_key from ledger_transaction")}
        for number in again:
            if f"refund:{number}" in known:
                assert till.claw_back(999, own, key=f"refund:{number}").repeated
        assert till.holding() == after
        assert till.audit() == []


@BY_PROPERTY
@given(
    lots=st.lists(st.tuples(st.integers(1, 60), st.none() | st.integers(1, 60)), min_size=1, max_size=5),
    share=st.integers(1, 100),
    parts=st.lists(st.tuples(st.integers(1, 90), st.integers(0, 25), st.integers(1, 40)), min_size=1, max_size=6),
    seed=st.integers(0, 999),
)
def test_parts_given_back_add_up_to_what_was_spent(tills, lots, share: int, parts, seed: int) -> None:
    with tills() as till:
        for points, lasts in lots:
            till.earn(points, lasts=lasts)
        amount = max(1, sum(points for points, _ in lots) * share // 100)
        spend, left, given = till.spent(amount), amount, []
        for number, (part, wait, grace) in enumerate(parts):
            till.now += wait
            moved = till.give_back(spend, part, grace=grace, key=f"back:{number}")
            assert moved == Moved(min(part, left))
            left -= moved.amount
            given.append(moved.amount)
        assert till.audit() == []
        before = till.holding()
        again = [number for number, moved in enumerate(given) if moved] * 2
        Random(seed).shuffle(again)
        for number in again:
            assert till.give_back(spend, 99, key=f"back:{number}") == Moved(given[number], repeated=True)
        assert till.holding() == before
        posted = "select sum(amount) from posting join account on account.id = account_id where owner_id = 3"
        assert till.rows(posted) == [(left,)]


def test_a_merged_members_spending_comes_back_to_who_has_the_lots(till: Till) -> None:
    till.earn(10, lasts=500)
    spend = till.spent(6)
    till.merge(ANNA, BRUNO)
    assert till.give_back(spend, 9) == Moved(6)
    assert (till.holding(), till.holding(BRUNO)) == ((0, 0, 0, 0), (10, 0, 0, 10))


def test_a_return_is_dated_kept_and_names_its_spending(till: Till) -> None:
    ledger.earn(till.transaction, Earning("k", ANNA, 5, "purchase", "A", START, None), START)
    spend = till.spent(5)
    till.give_back(spend, 2, key="back")
    rows = till.rows("select kind, reference, reverses_id from ledger_transaction where idempotency_key = 'back'")
    assert rows == [("return", "refund", spend)]

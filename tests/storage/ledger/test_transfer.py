"""Two members become one and are parted again: lots keep their dates, debts are paid, nothing is lost or doubled."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import ledger
from storage.ledger import Earning, Moved, Moving
from tests.storage.ledger.till import ANNA, BRUNO, CARLA, COFFEE, START, Till

BY_PROPERTY = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
LOTS = st.lists(
    st.tuples(st.sampled_from((ANNA, BRUNO)), st.integers(1, 90), st.integers(0, 30), st.none() | st.integers(1, 60)),
    max_size=6,
)


def test_lots_go_over_as_they_are_in_every_unit(till: Till) -> None:
    till.earn(10, lasts=50)
    till.earn(20, after=30)
    till.earn(5, member=BRUNO, lasts=70)
    ledger.earn(till.transaction, Earning("c", ANNA, 3, "stamp", "A", START, None, unit=COFFEE), START)
    moved = till.merge(ANNA, BRUNO)
    assert [(one.unit, len(one.lots), one.lifetime) for one in moved] == [("points", 2, 30), (COFFEE, 1, 3)]
    assert (till.lots(), till.holding()) == ([], (0, 0, 0, 0))
    assert till.lots(BRUNO) == [(10, START + 50), (5, START + 70), (20, None)]
    assert (till.holding(BRUNO), till.holding(BRUNO, COFFEE)) == ((15, 20, 0, 35), (3, 0, 0, 3))


def test_a_merge_happens_once_a_key(till: Till) -> None:
    till.earn(10)
    assert len(till.merge(ANNA, BRUNO)) == 1
    till.earn(7)
    assert till.merge(ANNA, BRUNO) == []
    assert (till.holding(), till.holding(BRUNO)) == ((7, 0, 0, 7), (10, 0, 0, 10))


def test_what_one_owes_the_other_pays_the_first_to_lapse_first(till: Till) -> None:
    for lasts in (None, 90, 50):
        till.earn(10, member=BRUNO, lasts=lasts)
    till.claw_back(14)
    assert till.holding() == (-14, 0, 14, -14)
    till.merge(ANNA, BRUNO)
    assert (till.holding(), till.holding(BRUNO)) == ((0, 0, 0, 0), (16, 0, 0, 16))
    assert till.lots(BRUNO) == [(6, START + 90), (10, None)]


def test_the_others_lots_pay_what_the_one_who_stays_owes(till: Till) -> None:
    till.earn(10, member=BRUNO, after=40)
    till.claw_back(14)
    till.merge(BRUNO, ANNA)
    assert till.holding() == (-4, 0, 4, -4)
    till.earn(5)
    assert till.holding() == (1, 0, 0, 1)


def test_two_debts_become_one(till: Till) -> None:
    till.claw_back(3)
    till.merge(ANNA, BRUNO)
    till.claw_back(4)
    till.merge(ANNA, BRUNO, key="m2")
    assert till.holding(BRUNO) == (-7, 0, 7, -7)


def test_parting_gives_back_what_is_left(till: Till) -> None:
    till.earn(10, lasts=50)
    till.earn(5, member=BRUNO, lasts=90)
    moved = till.merge(ANNA, BRUNO)
    till.earn(100, member=BRUNO)
    till.spent(4, member=BRUNO)
    till.part(BRUNO, ANNA, moved)
    assert (till.lots(), till.lots(BRUNO)) == ([(6, START + 50)], [(5, START + 90), (100, None)])
    assert (till.holding(), till.holding(BRUNO)) == ((6, 0, 0, 10), (105, 0, 0, 105))
    till.part(BRUNO, ANNA, moved)
    assert (till.holding(), till.holding(BRUNO)) == ((6, 0, 0, 10), (105, 0, 0, 105))


def test_a_spending_after_the_merge_comes_back_to_each_after_parting(till: Till) -> None:
    till.earn(10, lasts=50)
    till.earn(10, member=BRUNO, lasts=90)
    moved = till.merge(ANNA, BRUNO)
    spend = till.spent(15, member=BRUNO)
    till.part(BRUNO, ANNA, moved)
    assert till.give_back(spend, 12) == Moved(12)
    assert (till.holding(), till.holding(BRUNO)) == ((10, 0, 0, 10), (7, 0, 0, 10))
    assert till.give_back(spend, 12) == Moved(3)
    assert till.lots(BRUNO) == [(10, START + 90)]


def test_what_was_spent_empty_before_the_merge_is_given_back_to_its_owner_after_parting(till: Till) -> None:
    till.earn(10, lasts=50)
    spend = till.spent(10)
    moved = till.merge(ANNA, BRUNO)
    assert till.give_back(spend, 4) == Moved(4)
    assert till.lots(BRUNO) == [(4, START + 50)]
    till.part(BRUNO, ANNA, moved)
    assert till.give_back(spend, 9) == Moved(6)
    assert (till.lots(), till.lots(BRUNO)) == ([(10, START + 50)], [])


def test_what_was_spent_empty_goes_over_as_often_as_its_owner_is_merged(till: Till) -> None:
    till.earn(10, lasts=50)
    spend = till.spent(10)
    till.merge(ANNA, BRUNO)
    moved = till.merge(BRUNO, CARLA, key="m2")
    assert till.give_back(spend, 6) == Moved(6)
    assert (till.lots(BRUNO), till.lots(CARLA)) == ([], [(6, START + 50)])
    till.part(CARLA, BRUNO, moved)
    assert till.give_back(spend, 6) == Moved(4)
    assert (till.lots(BRUNO), till.lots(CARLA)) == ([(10, START + 50)], [])


def test_grace_and_grace_of_grace_go_back_with_the_lots_they_stand_for(till: Till) -> None:
    till.earn(10, lasts=50)
    first = till.spent(10)
    moved = till.merge(ANNA, BRUNO)
    till.now += 50
    till.give_back(first, 7, grace=30)
    second = till.spent(7, member=BRUNO)
    till.now += 30
    till.give_back(second, 5, grace=40)
    till.earn(1, member=BRUNO)
    till.part(BRUNO, ANNA, moved)
    assert (till.lots(), till.lots(BRUNO)) == ([(5, START + 120)], [(1, None)])


def test_what_lapsed_between_merge_and_parting_stays_lapsed(till: Till) -> None:
    till.earn(10, lasts=50)
    moved = till.merge(ANNA, BRUNO)
    till.now += 50
    till.part(BRUNO, ANNA, moved)
    assert (till.holding(), till.holding(BRUNO)) == ((0, 0, 0, 10), (0, 0, 0, 0))


def test_what_went_on_to_a_third_stays_there(till: Till) -> None:
    till.earn(10)
    moved = till.merge(ANNA, BRUNO)
    till.merge(BRUNO, CARLA, key="m2")
    till.part(BRUNO, ANNA, moved)
    assert [till.holding(member)[0] for member in (ANNA, BRUNO, CARLA)] == [0, 0, 10]


def test_more_lots_than_one_statement_takes_go_over_and_back(till: Till) -> None:
    for _ in range(501):
        till.earn(1, lasts=50)
    (moved,) = till.merge(ANNA, BRUNO)
    assert (len(moved.lots), till.holding(BRUNO)[0]) == (501, 501)
    till.part(BRUNO, ANNA, [moved])
    assert (till.holding()[0], till.holding(BRUNO)[0]) == (501, 0)


@BY_PROPERTY
@given(lots=LOTS, debt=st.integers(0, 120), later=st.integers(0, 90))
def test_parting_at_once_undoes_a_merge_but_for_what_was_owed(tills, lots, debt: int, later: int) -> None:
    with tills() as till:
        for member, points, after, lasts in lots:
            till.earn(points, member=member, after=after, lasts=lasts)
        if debt:
            till.claw_back(debt)
        before = {member: till.holding(member) for member in (ANNA, BRUNO)}
        moved = till.merge(ANNA, BRUNO)
        assert till.audit() == []
        together = till.holding(BRUNO)
        assert sum(together[:2]) == sum(sum(before[member][:2]) for member in before)
        assert together[3] == before[ANNA][3] + before[BRUNO][3]
        assert all(isinstance(one, Moving) for one in moved)
        till.part(BRUNO, ANNA, moved)
        owed = before[ANNA][2]
        after = {member: till.holding(member) for member in (ANNA, BRUNO)}
        assert [after[member][3] for member in after] == [before[member][3] for member in before]
        assert sum(after[ANNA][:2]) == sum(before[ANNA][:2]) + owed
        assert sum(after[BRUNO][:2]) == sum(before[BRUNO][:2]) - owed
        till.now += later
        ledger.expire(till.transaction, till.now)
        assert till.audit() == []

"""What lots come to at an instant, by property: counted by hand, exact until the next change, the same on any path."""

from hypothesis import given
from hypothesis import strategies as st

from storage.ledger import Position, position
from storage.ledger._position import OpenLot, first_to_lapse

LOTS = st.lists(st.tuples(st.integers(1, 99), st.integers(1, 50), st.none() | st.integers(1, 100)), max_size=8)
TIMES = st.integers(0, 120)


@given(lots=LOTS, now=TIMES, debt=st.integers(0, 50))
def test_a_position_is_the_count_of_its_lots(lots, now: int, debt: int) -> None:
    found = position(lots, now, debt=debt)
    alive = [lot for lot in lots if lot[2] is None or lot[2] > now]
    active = [lot for lot in alive if lot[1] <= now]
    assert found.pending == sum(lot[0] for lot in alive if lot[1] > now)
    assert found.active == sum(lot[0] for lot in active) - debt
    assert found.expires_at == min((lot[2] for lot in active if lot[2] is not None), default=None)
    assert found.expiring == sum(lot[0] for lot in active if lot[2] is not None and lot[2] == found.expires_at)


@given(lots=LOTS, now=TIMES, later=TIMES)
def test_a_position_holds_exactly_until_its_next_change(lots, now: int, later: int) -> None:
    found = position(lots, now)
    assert found.holds_at(now)
    if found.holds_at(now + later):
        assert position(lots, now + later) == found
    changes = [change for change in (found.matures_at, found.expires_at) if change is not None]
    assert found.holds_at(now + later) == (now + later < min(changes, default=10**9))


@given(lots=LOTS, more=st.integers(1, 99), starts=st.integers(1, 150), lasts=st.none() | st.integers(1, 50), now=TIMES)
def test_one_more_lot_on_the_fast_path_is_the_count_of_all(lots, more, starts, lasts, now: int) -> None:
    ends = None if lasts is None else max(starts, now) + lasts
    assert position(lots, now).with_lot(more, starts, ends, now) == position([*lots, (more, starts, ends)], now)


def test_a_pending_lot_that_lapses_first_counts_until_then() -> None:
    found = position([(5, 50, 20)], 10)
    assert found == Position(pending=5, matures_at=20) == Position().with_lot(5, 50, 20, 10)
    assert not found.holds_at(20)
    assert position([(5, 50, 20)], 20) == Position()


def test_the_first_to_lapse_comes_first_then_the_oldest_and_what_never_lapses_last() -> None:
    def lot(lot_id: int, ends: int | None) -> OpenLot:
        return OpenLot(lot_id, 1, None, 5, 5, 0, ends)

    lots = [lot(1, None), lot(2, 90), lot(3, 50), lot(4, 50), lot(5, None)]
    assert [one.id for one in first_to_lapse(reversed(lots))] == [3, 4, 2, 1, 5]

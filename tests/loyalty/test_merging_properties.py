"""Whatever is earned, spent and taken back around it: a merge and its undoing make no point and lose none."""

import asyncio

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loyalty.merging import Merged, merge, undo
from loyalty.work import Work
from storage import ledger
from storage.database import Database
from storage.ledger import ClawBack, Short, Spending
from tests.loyalty.shop import without_trace
from tests.loyalty.till import DAY, GONE, KEPT, give, held, two, work_in

_STEP = st.tuples(
    st.sampled_from(("give", "spend", "claw", "expire")),
    st.booleans(),
    st.integers(1, 60),
    st.sampled_from(("points", "stamps:coffee", "cash:EUR")),
)


def step(work: Work, what: tuple[str, bool, int, str], number: int, member_id: int) -> int:
    """One movement of the books; by how much the sum of all that is held changed."""
    kind, dated, amount, unit = what
    before = sum(held(work, KEPT, GONE).values())
    if kind == "give":
        give(work, member_id, amount, unit=unit, days=20 if dated else None)
    elif kind == "spend":
        spent = ledger.spend(
            work.transaction, Spending(f"s{number}", member_id, amount, "redeem", "x", unit=unit), work.now
        )
        assert isinstance(spent, Short) or spent.transaction_id
    elif kind == "claw":
        claw = ClawBack(f"c{number}", member_id, amount, (), "x", may_owe=dated, unit=unit)
        ledger.claw_back(work.transaction, claw, work.now)
    else:
        ledger.expire(work.transaction, work.now + 21 * DAY, 10)
    return sum(held(work, KEPT, GONE).values()) - before


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=st.lists(st.tuples(st.booleans(), _STEP), max_size=6), between=st.lists(_STEP, max_size=5))
def test_no_point_is_made_or_lost_by_merging_and_parting(sqlite_url: str, before, between) -> None:
    def example(transaction) -> None:
        work = work_in(transaction)
        two(work)
        for number, (mine, what) in enumerate(before):
            step(work, what, number, KEPT if mine else GONE)
        total = held(work, KEPT, GONE)
        made = merge(work, KEPT, GONE)
        assert isinstance(made, Merged)
        assert held(work, KEPT, GONE) == total == held(work, KEPT)
        for number, what in enumerate(between, 100):
            step(work, what, number, KEPT)
        total = held(work, KEPT, GONE)
        undo(work, made.id)
        assert held(work, KEPT, GONE) == total
        assert ledger.audit(transaction) == []

    async def go() -> None:
        database = Database(sqlite_url)
        try:
            await database.write(lambda transaction: without_trace(transaction, lambda: example(transaction)))
        finally:
            await database.close()

    asyncio.run(go())

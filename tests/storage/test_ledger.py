"""The ledger by property: books balance, snapshots agree with the lots at every later time, repeats change nothing."""

import asyncio
from dataclasses import dataclass
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import ledger
from storage.database import Database, Transaction
from storage.ledger import Earned, Earning, Position, position
from tests.builders import query

MEMBERS = (101, 102)
SNAPSHOT = query("select owner_id, active, pending, matures_at, expiring, expires_at, lifetime from account")
WITH_DATABASE = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)


@dataclass(frozen=True)
class Step:
    """Some time passes, then points are given under a key."""

    wait: int
    key: int
    member: int
    points: int
    activates_in: int
    expires_in: int | None

    def earning(self, scope: str, now: int) -> Earning:
        starts = now + self.activates_in
        ends = None if self.expires_in is None else starts + self.expires_in
        return Earning(f"{scope}:{self.key}", self.member, self.points, "purchase", str(self.key), starts, ends)


STEPS = st.lists(
    st.builds(
        Step,
        wait=st.integers(0, 30),
        key=st.integers(0, 9),
        member=st.sampled_from(MEMBERS),
        points=st.integers(1, 1_000),
        activates_in=st.integers(0, 40),
        expires_in=st.none() | st.integers(1, 60),
    ),
    max_size=12,
)
START = 1_000


class Undo(Exception):
    """Ends an example without a trace."""


def play(transaction: Transaction, steps: list[Step], scope: str = "k") -> tuple[list[Earned], int]:
    now, done = START, []
    for step in steps:
        now += step.wait
        done.append(ledger.earn(transaction, step.earning(scope, now), now))
    return done, now


def accepted(steps: list[Step]) -> dict[int, tuple[Step, int]]:
    """Key -> the first step that used it, with its time."""
    now, first = START, {}
    for step in steps:
        now += step.wait
        first.setdefault(step.key, (step, now))
    return first


def expected(steps: list[Step], member: int, at: int) -> tuple[int, int]:
    """(active, pending), counted by hand."""
    active = pending = 0
    for step, now in accepted(steps).values():
        starts = now + step.activates_in
        lapsed = step.expires_in is not None and starts + step.expires_in <= at
        if step.member == member and not lapsed:
            active, pending = (active + step.points, pending) if starts <= at else (active, pending + step.points)
    return active, pending


@pytest.fixture
def example(database_url: str):
    """Runs a work in a transaction that is rolled back: each example starts with empty books."""
    loop = asyncio.new_event_loop()

    async def opened() -> Database:
        return Database(database_url)

    database = loop.run_until_complete(opened())

    def run(work) -> None:
        def inside(transaction: Transaction) -> None:
            work(transaction)
            raise Undo

        async def write() -> None:
            await database.write(inside)

        with pytest.raises(Undo):
            loop.run_until_complete(write())

    yield run
    loop.run_until_complete(database.close())
    loop.close()


@WITH_DATABASE
@given(steps=STEPS, later=st.lists(st.integers(0, 150), max_size=4))
def test_positions_are_the_lots_at_every_later_time(example, steps: list[Step], later: list[int]) -> None:
    def work(transaction: Transaction) -> None:
        _, now = play(transaction, steps)
        assert ledger.audit(transaction) == []
        kept = {row[0]: Position(*row[1:6]) for row in transaction.all(SNAPSHOT)}
        for at in (now, *(now + more for more in later)):
            for member in MEMBERS:
                found = ledger.position_of(transaction, member, at)
                assert (found.active, found.pending) == expected(steps, member, at)
                snapshot = kept.get(member, Position())
                assert not snapshot.holds_at(at) or snapshot == found
                assert not (found.expires_at is not None and found.expires_at <= at)

    example(work)


@WITH_DATABASE
@given(steps=STEPS)
def test_every_transaction_sums_to_zero_and_the_programme_stands_against_its_members(example, steps) -> None:
    def work(transaction: Transaction) -> None:
        play(transaction, steps)
        sums = transaction.all(
            query("select sum(amount), count(*) from posting group by transaction_id having sum(amount) <> 0")
        )
        assert sums == []
        issued = transaction.one(
            query("select -sum(amount) from posting join account on account.id = account_id where owner_id = 1")
        )
        total = sum(step.points for step, _ in accepted(steps).values())
        assert (issued[0] or 0) == total
        lifetimes = {row[0]: row[6] for row in transaction.all(SNAPSHOT) if row[0] in MEMBERS}
        assert sum(lifetimes.values()) == total

    example(work)


@WITH_DATABASE
@given(steps=STEPS, seed=st.integers(0, 999))
def test_replaying_in_any_order_changes_nothing(example, steps: list[Step], seed: int) -> None:
    def work(transaction: Transaction) -> None:
        first, now = play(transaction, steps)
        before = sorted(transaction.all(SNAPSHOT))
        again = list(enumerate(steps))
        Random(seed).shuffle(again)
        for number, step in again:
            repeated = ledger.earn(transaction, step.earning("k", now + 999), now + 999)
            assert repeated == Earned(first[number].transaction_id, repeated=True)
        assert sorted(transaction.all(SNAPSHOT)) == before
        assert ledger.audit(transaction) == []

    example(work)


LOTS = st.lists(
    st.tuples(st.integers(1, 99), st.integers(1, 50), st.integers(1, 50)).map(lambda t: (t[0], t[1], t[1] + t[2]))
    | st.tuples(st.integers(1, 99), st.integers(1, 50), st.none()),
    max_size=8,
)


@given(lots=LOTS, now=st.integers(0, 120), later=st.integers(0, 120))
def test_a_position_holds_exactly_until_its_next_change(lots, now: int, later: int) -> None:
    found = position(lots, now)
    at = now + later
    if found.holds_at(at):
        assert position(lots, at) == found
    assert found.holds_at(now)
    total = sum(remaining for remaining, _, ends in lots if ends is None or ends > now)
    assert found.active + found.pending == total


@pytest.mark.asyncio
async def test_points_are_positive(database) -> None:
    for points in (0, -5):
        earning = Earning("k", 101, points, "purchase", "A", 0, None)
        with pytest.raises(ValueError, match="at least one"):
            await database.write(lambda transaction, earning=earning: ledger.earn(transaction, earning, START))


@pytest.mark.asyncio
async def test_racing_earnings_of_one_key_count_once(database) -> None:
    earning = Earning("k", 101, 7, "purchase", "A", START, None)
    done = await asyncio.gather(*(database.write(lambda t: ledger.earn(t, earning, START)) for _ in range(10)))
    assert sorted(one.repeated for one in done) == [False] + [True] * 9
    assert len({one.transaction_id for one in done}) == 1
    assert (await database.read(lambda t: ledger.position_of(t, 101, START))).active == 7


@pytest.mark.asyncio
async def test_lots_tell_where_points_came_from_the_first_to_lapse_first(database) -> None:
    def work(transaction: Transaction):
        for number, ends in enumerate((None, START + 90, START + 50)):
            ledger.earn(
                transaction, Earning(f"k{number}", 101, 5, "purchase", str(number), START, ends), START + number
            )
        return (
            ledger.lots_of(transaction, 101),
            ledger.lots_of(transaction, 102),
            ledger.position_of(transaction, 102, 1),
        )

    lots, none, nothing = await database.write(work)
    assert [(lot.reference, lot.kind) for lot in lots] == [("2", "purchase"), ("1", "purchase"), ("0", "purchase")]
    assert (none, nothing) == ([], Position())


@pytest.mark.asyncio
async def test_orders_and_referrals_count_once(database) -> None:
    from storage import people
    from tests.builders import member_row

    def work(transaction: Transaction):
        people.add_members(transaction, [member_row(number) for number in (101, 102, 103)])
        order = {"order_id": "A", "member_id": 101, "amount": 5, "currency": "EUR", "points": 1, "at": 1}
        orders = [ledger.add_purchase(transaction, {"id": number, **order}) for number in (1, 2)]
        referrals = [ledger.add_referral(transaction, by, 103, START) for by in (101, 102)]
        pending = ledger.pending_referral(transaction, 103)
        rewarded = [ledger.reward_referral(transaction, pending[0], START) for _ in range(2)]
        return (
            orders,
            ledger.purchase(transaction, "A"),
            referrals,
            pending[1],
            rewarded,
            ledger.pending_referral(transaction, 103),
        )

    assert await database.write(work) == ([True, False], (1, 101, 5, "EUR", 1), [True, False], 101, [True, False], None)


@pytest.mark.asyncio
async def test_the_audit_finds_what_is_wrong(database) -> None:
    def work(transaction: Transaction):
        ledger.earn(transaction, Earning("k", 101, 5, "purchase", "A", START, None), START)
        transaction.run(query("update lot set remaining = 4"))
        transaction.run(query("update posting set amount = amount + 1 where amount < 0"))
        return ledger.audit(transaction)

    wrong = await database.write(work)
    assert [one.split()[0] for one in wrong] == ["transaction", "account"]

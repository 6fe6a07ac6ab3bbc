"""Many writers at once: one balance has one winner, the last item one taker, and members locked crosswise get free."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Barrier
from typing import TypeVar

import pytest

from storage import counters, ledger, members, people
from storage.database import Database, Transaction
from storage.ids import Ids
from storage.ledger import ClawBack, Earning, Moved, Return, Short, Spending, Spent
from tests.builders import member_row
from tests.storage.ledger.plain import Plain
from tests.storage.ledger.till import ANNA, START

Result = TypeVar("Result")
ROUNDS, SPENDERS = 50, 20


@dataclass
class Crew:
    """Threads with a connection each, on one database."""

    url: str
    size: int
    plains: list[Plain] = field(default_factory=list)

    def __post_init__(self) -> None:
        ids = Ids()
        self.plains = [Plain(self.url, ids) for _ in range(self.size)]
        self._threads = ThreadPoolExecutor(self.size)
        self._barrier = Barrier(self.size, timeout=60)

    @property
    def conflicts(self) -> int:
        return sum(plain.conflicts for plain in self.plains)

    def at_once(self, work: Callable[[Transaction, int], Result]) -> list[Result]:
        """Everybody's result, all started together, each in a transaction of its own."""

        def one(number: int) -> Result:
            self._barrier.wait()
            return self.plains[number].write(lambda transaction: work(transaction, number))

        return list(self._threads.map(one, range(self.size)))

    def each(self, work: Callable[[Plain, int], Result]) -> list[Result]:
        """Everybody's result of many transactions."""

        def one(number: int) -> Result:
            self._barrier.wait()
            return work(self.plains[number], number)

        return list(self._threads.map(one, range(self.size)))

    def close(self) -> None:
        self._threads.shutdown()
        for plain in self.plains:
            plain.close()


@contextmanager
def crew(url: str, size: int) -> Iterator[Crew]:
    opened = Crew(url, size)
    try:
        yield opened
    finally:
        opened.close()


def fill(transaction: Transaction) -> None:
    people.add_members(transaction, [member_row(ANNA)])


def earn(transaction: Transaction, key: str, points: int, member: int = ANNA) -> int:
    earning = Earning(key, member, points, "purchase", key, START, None)
    return ledger.earn(transaction, earning, START).transaction_id


def spend(transaction: Transaction, key: str, amount: int) -> Spent | Short:
    return ledger.spend(transaction, Spending(key, ANNA, amount, "redeem", "mug"), START)


def test_of_twenty_spenders_with_a_connection_each_one_wins_every_round(database_url: str) -> None:
    with crew(database_url, SPENDERS) as spenders:
        first = spenders.plains[0]
        first.write(fill)
        for turn in range(ROUNDS):
            first.write(lambda transaction, turn=turn: earn(transaction, f"earn:{turn}", 100))
            found = spenders.at_once(lambda transaction, who, turn=turn: spend(transaction, f"{turn}:{who}", 100))
            assert sum(isinstance(one, Spent) for one in found) == 1
            assert found.count(Short(0)) == SPENDERS - 1
        assert first.write(ledger.audit) == []
        print(f"spenders on {first.dialect}: {spenders.conflicts} conflicts")  # noqa: T201


@pytest.mark.asyncio
async def test_of_twenty_spenders_of_one_program_one_wins_every_round(database_url: str) -> None:
    database = Database(database_url)
    await database.write(fill)
    for turn in range(ROUNDS):
        await database.write(lambda transaction, turn=turn: earn(transaction, f"earn:{turn}", 100))
        asked = (
            database.write(lambda transaction, key=f"{turn}:{who}": spend(transaction, key, 100))
            for who in range(SPENDERS)
        )
        found = await asyncio.gather(*asked)
        assert sum(isinstance(one, Spent) for one in found) == 1
    assert await database.read(ledger.audit) == []
    await database.close()


def test_one_key_is_worked_once_whoever_asks(database_url: str) -> None:
    """An earning, a spending, a return and a claw-back, each by five at once under one key."""
    with crew(database_url, SPENDERS) as askers:
        first = askers.plains[0]
        first.write(fill)
        for turn in range(ROUNDS // 5):
            own = first.write(lambda transaction, turn=turn: earn(transaction, f"own:{turn}", 100))
            spent = first.write(lambda transaction, turn=turn: spend(transaction, f"spent:{turn}", 10))
            assert isinstance(spent, Spent)
            spend_id = spent.transaction_id

            def one(transaction: Transaction, who: int, turn: int = turn, own: int = own, made: int = spend_id) -> bool:
                key = f"{turn}:{who % 4}"
                match who % 4:
                    case 0:
                        earning = Earning(key, ANNA, 50, "purchase", key, START, None)
                        return ledger.earn(transaction, earning, START).repeated
                    case 1:
                        found = spend(transaction, key, 20)
                        assert isinstance(found, Spent)
                        return found.repeated
                    case 2:
                        back = Return(key, made, 10, START, "refund")
                        return ledger.give_back(transaction, back, START).repeated
                    case _:
                        claw = ClawBack(key, ANNA, 30, (own,), "refund")
                        return ledger.claw_back(transaction, claw, START).repeated

            assert askers.at_once(one).count(False) == 4
            held = first.write(lambda transaction: ledger.position_of(transaction, ANNA, START).active)
            assert held == (turn + 1) * (100 - 10 + 50 - 20 + 10 - 30)
        assert first.write(ledger.audit) == []


def test_returns_at_once_never_give_back_more_than_was_spent(database_url: str) -> None:
    with crew(database_url, SPENDERS) as askers:
        first = askers.plains[0]
        first.write(fill)
        for turn in range(ROUNDS // 5):
            first.write(lambda transaction, turn=turn: earn(transaction, f"earn:{turn}", 100))
            spent = first.write(lambda transaction, turn=turn: spend(transaction, f"spent:{turn}", 100))
            assert isinstance(spent, Spent)
            made = spent.transaction_id

            def one(transaction: Transaction, who: int, turn: int = turn, made: int = made) -> Moved:
                back = Return(f"{turn}:{who}", made, 30, START, "refund")
                return ledger.give_back(transaction, back, START)

            assert sorted(moved.amount for moved in askers.at_once(one)) == [0] * 16 + [10, 30, 30, 30]
        assert first.write(ledger.audit) == []


def test_the_last_item_has_one_taker(database_url: str) -> None:
    with crew(database_url, SPENDERS) as takers:
        for turn in range(ROUNDS):
            taken = takers.at_once(
                lambda transaction, _, turn=turn: counters.take(transaction, f"stock:{turn}", most=1)
            )
            assert sum(taken) == 1
        counted = takers.plains[0].write(lambda transaction: counters.taken(transaction, "stock:0"))
        assert counted == 1


@pytest.mark.parametrize(
    ("ordered", "batch_count", "size"),
    [(True, 50, 64), (False, 10, 16)],
    ids=["members locked first", "accounts crosswise"],
)
def test_two_writers_of_the_same_members_in_opposite_order_both_finish(
    database_url: str, ordered: bool, batch_count: int, size: int
) -> None:
    """With `members.lock` there is no deadlock to break; without it the database breaks it and the loser redoes."""
    crowd = list(range(1_001, 1_001 + size))

    def batches(plain: Plain, who: int) -> int:
        order = crowd if who else crowd[::-1]

        def batch(transaction: Transaction, number: int) -> None:
            if ordered:
                members.lock(transaction, *order)
            for member in order:
                earn(transaction, f"{who}:{number}:{member}", 1, member)

        for number in range(batch_count):
            plain.write(lambda transaction, number=number: batch(transaction, number))
        return batch_count

    with crew(database_url, 2) as writers:
        first = writers.plains[0]
        if first.dialect == "postgresql":
            for plain in writers.plains:
                plain.connection.execute("SET deadlock_timeout = '10ms'")
        first.write(lambda transaction: people.add_members(transaction, [member_row(member) for member in crowd]))
        assert writers.each(batches) == [batch_count] * 2
        held = first.write(
            lambda transaction: {ledger.position_of(transaction, member, START).active for member in crowd}
        )
        assert held == {2 * batch_count}
        assert first.write(ledger.audit) == []
        print(f"crosswise on {first.dialect}, locked first: {ordered}: {writers.conflicts} conflicts")  # noqa: T201

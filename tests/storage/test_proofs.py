"""One-time codes: kept by hash, used once, tried so often, gone when over."""

import asyncio

import pytest

from storage import proofs
from storage.database import Database
from storage.proofs import ProofRow

NOW = 1_000


def row(number: int, hash: str, **fields) -> ProofRow:
    return ProofRow(number, "till", hash, 101, "{}", 0, NOW + 100, None)._replace(**fields)


@pytest.mark.asyncio
async def test_a_hash_belongs_to_one_living_proof(database) -> None:
    def work(transaction):
        added = [
            proofs.add(transaction, row(1, "a"), NOW),
            proofs.add(transaction, row(2, "a"), NOW + 99),
            proofs.add(transaction, row(3, "a"), NOW + 100),
        ]
        return added, proofs.find(transaction, "a").id, proofs.find(transaction, "b")

    assert await database.write(work) == ([True, False, True], 3, None)


@pytest.mark.asyncio
async def test_it_is_used_once_and_only_while_it_lives(database) -> None:
    def work(transaction):
        for number, hash in enumerate("ab", 1):
            proofs.add(transaction, row(number, hash), NOW)
        used = [proofs.use(transaction, "a", NOW + 1), proofs.use(transaction, "a", NOW + 2)]
        return used, proofs.use(transaction, "b", NOW + 100), proofs.find(transaction, "a").used_at

    assert await database.write(work) == ([True, False], False, NOW + 1)


@pytest.mark.asyncio
async def test_of_many_who_use_it_at_once_one_does(database_url: str) -> None:
    databases = [Database(database_url) for _ in range(2)]
    await databases[0].write(lambda transaction: proofs.add(transaction, row(1, "a"), NOW))
    uses = [databases[n % 2].write(lambda transaction: proofs.use(transaction, "a", NOW)) for n in range(8)]
    used = await asyncio.gather(*uses)
    for database in databases:
        await database.close()
    assert sorted(used) == [False] * 7 + [True]


@pytest.mark.asyncio
async def test_tries_are_counted_up_to_the_limit(database) -> None:
    def work(transaction):
        proofs.add(transaction, row(1, "a"), NOW)
        tried = [proofs.count_try(transaction, 1, most=3, now=NOW) for _ in range(4)]
        proofs.add(transaction, row(2, "b"), NOW)
        return tried, proofs.count_try(transaction, 2, most=3, now=NOW + 100)

    assert await database.write(work) == ([True, True, True, False], False)


@pytest.mark.asyncio
async def test_what_is_void_dropped_due_or_forgotten(database) -> None:
    def work(transaction):
        for number, purpose in enumerate(("till", "till", "link", "farewell"), 1):
            proofs.add(transaction, row(number, str(number), purpose=purpose), NOW)
        proofs.use(transaction, "1", NOW)
        newest = proofs.newest(transaction, "till", 101).id
        void = proofs.void(transaction, "till", 101)
        left = [bool(proofs.find(transaction, str(number))) for number in range(1, 5)]
        due = [[one.id for one in proofs.due(transaction, "farewell", at, 9)] for at in (NOW + 99, NOW + 100)]
        forgotten = [proofs.forget(transaction, NOW + 100, 1) for _ in range(3)]
        proofs.drop(transaction, 4)
        return newest, void, left, due, forgotten, proofs.find(transaction, "4")

    assert await database.write(work) == (2, 1, [True, False, True, True], [[], [4]], [1, 1, 0], None)

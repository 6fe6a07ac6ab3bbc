"""Guarded counters: never above their limit, never below nothing, whoever comes first."""

import asyncio

import pytest

from storage import counters


@pytest.mark.asyncio
async def test_no_more_is_taken_than_there_is(database) -> None:
    def work(transaction):
        taken = [counters.take(transaction, "stock:IT:mug", most=5, amount=amount) for amount in (2, 4, 3, 1)]
        return taken, counters.taken(transaction, "stock:IT:mug"), counters.taken(transaction, "stock:IT:tote")

    assert await database.write(work) == ([True, False, True, False], 5, 0)


@pytest.mark.asyncio
async def test_what_is_put_back_can_be_taken_again_but_no_more_than_was(database) -> None:
    def work(transaction):
        counters.take(transaction, "c", most=2, amount=2)
        returned = [counters.put_back(transaction, "c", amount) for amount in (1, 2, 1)]
        unknown = counters.put_back(transaction, "unknown")
        return returned, unknown, counters.take(transaction, "c", most=1), counters.taken(transaction, "c")

    assert await database.write(work) == ([True, False, True], False, True, 1)


@pytest.mark.asyncio
async def test_a_limit_that_was_lowered_lets_nothing_more_out(database) -> None:
    def work(transaction):
        counters.take(transaction, "c", most=5, amount=4)
        return [counters.take(transaction, "c", most=most) for most in (3, 4, 5)]

    assert await database.write(work) == [False, False, True]


@pytest.mark.asyncio
async def test_a_work_that_fails_takes_nothing(database) -> None:
    def work(transaction):
        counters.take(transaction, "c", most=1)
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(work)
    taken = await asyncio.gather(*(database.write(lambda t: counters.take(t, "c", most=1)) for _ in range(20)))
    assert sum(taken) == 1

"""API keys at rest, and the first answer to an idempotency key."""

import pytest

from storage import keys
from storage.keys import AnswerRow, KeyRow
from tests.builders import DAY, HOUR, MINUTE, MONDAY

pytestmark = pytest.mark.asyncio
ROW = KeyRow(7, "till", "h" * 64, "members:read stamps:write", "IT", MONDAY)


async def test_a_key_is_kept_listed_and_revoked_once(database) -> None:
    def work(transaction):
        keys.add(transaction, ROW)
        keys.add(transaction, ROW._replace(id=8, hash="g" * 64, market=None))
        revoked = [keys.revoke(transaction, key_id, MONDAY + 1) for key_id in (7, 7, 9)]
        return revoked, keys.get(transaction, 7), keys.get(transaction, 9), keys.listed(transaction)

    revoked, row, nobody, rows = await database.write(work)
    assert revoked == [True, False, False]
    assert row == ROW._replace(revoked_at=MONDAY + 1)
    assert nobody is None
    assert [one.id for one in rows] == [7, 8]


async def test_use_is_noted_when_the_last_note_is_old_enough(database) -> None:
    def work(transaction):
        keys.add(transaction, ROW)
        times = [MONDAY, MONDAY + MINUTE - 1, MONDAY + MINUTE]
        return [keys.use(transaction, 7, now, now - MINUTE) for now in times], keys.get(transaction, 7)

    noted, row = await database.write(work)
    assert noted == [True, False, True]
    assert row.used_at == MONDAY + MINUTE


async def test_the_first_answer_is_found_again_by_its_key_alone(database) -> None:
    def work(transaction):
        free = [keys.claim(transaction, 7, "k", "digest", MONDAY), keys.claim(transaction, 8, "k", "other", MONDAY)]
        keys.settle(transaction, 7, "k", status=200, body="{}")
        return free, keys.claim(transaction, 7, "k", "another digest", MONDAY + 1)

    free, taken = await database.write(work)
    assert free == [None, None]
    assert taken == AnswerRow("digest", 200, "{}")


async def test_a_claim_that_came_to_nothing_leaves_nothing(database) -> None:
    def fails(transaction):
        keys.claim(transaction, 7, "k", "digest", MONDAY)
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(fails)
    assert await database.write(lambda transaction: keys.claim(transaction, 7, "k", "other", MONDAY)) is None


async def test_old_answers_are_forgotten(database) -> None:
    def work(transaction):
        for number, at in enumerate((MONDAY, MONDAY + HOUR, MONDAY + DAY)):
            keys.claim(transaction, 7, str(number), "digest", at)
            keys.settle(transaction, 7, str(number), status=409, body="{}")
        return keys.forget(transaction, MONDAY + HOUR), keys.forget(transaction, MONDAY + HOUR)

    assert await database.write(work) == (1, 0)

"""A member's rights in the chat: the link to everything, and erasure with one last answer."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from loyalty import erasing, exporting
from loyalty.work import Work
from storage import ledger
from storage.database import Database
from tests.builders import ANNA, HOUR, House, text, world

PERSONAL = ("Anna Rossi", ANNA, "anna@example.org")


@pytest_asyncio.fixture
async def each_house(database_url: str) -> AsyncIterator[House]:
    database = Database(database_url)
    yield House(database)
    await database.close()


def work_in(house: House, transaction) -> Work:
    return Work(transaction, world().programme, world().keyring, house.clock())


async def erase(house: House) -> list[str]:
    """Ask for erasure as a member does, to the end."""
    await house.turn(text(ANNA, "/privacy"))
    for words in ("2", "1"):
        await house.turn(text(ANNA, words))
    return await house.turn(text(ANNA, "1"))


async def dump(house: House) -> str:
    """Every row of every table, as one text."""
    tables = ("member", "address", "conversation", "session", "consent_event", "inbox", "outbox", "event", "timer")
    more = ("purchase", "proof", "merge", "coupon", "redemption", "referral", "trigger_firing", "suppression")
    return "\n".join([str(row) for name in tables + more for row in await house.rows(f"select * from {name}")])


async def known(house: House) -> int:
    anna = await house.join(ANNA)
    await house.run(f"update member set name = 'Anna Rossi', email = 'anna@example.org' where id = {anna}")
    await house.run(f"update address set profile_name = 'Anna Rossi' where member_id = {anna}")
    now = house.clock()
    earning = ledger.Earning("gift", anna, 40, "goodwill", "test", now, None)
    await house.database.write(lambda transaction: ledger.earn(transaction, earning, now))
    return anna


@pytest.mark.asyncio
async def test_the_link_gives_everything_once(house: House) -> None:
    anna = await known(house)
    await house.turn(text(ANNA, "/privacy"))
    (said,) = await house.turn(text(ANNA, "1"))
    found = re.search(r"/export/(\S+)", said)
    assert found is not None
    given = await house.database.read(lambda t: exporting.of_link(work_in(house, t), found[1]))
    assert given is not None
    assert (given["profile"]["id"], given["profile"]["phone"]) == (anna, ANNA)
    used = [await house.database.write(lambda t: exporting.use_link(work_in(house, t), found[1])) for _ in range(2)]
    assert used == [True, False]


@pytest.mark.asyncio
async def test_erasure_is_asked_twice_and_can_be_left(house: House) -> None:
    anna = await known(house)
    await house.turn(text(ANNA, "/privacy"))
    (sure,) = await house.turn(text(ANNA, "2"))
    assert "40" in sure
    await house.turn(text(ANNA, "1"))
    await house.turn(text(ANNA, "2"))
    assert await house.member(anna, "erased_at") is None


@pytest.mark.asyncio
async def test_the_last_answer_can_still_be_sent_and_an_hour_later_nothing_is_left(each_house: House) -> None:
    house = each_house
    anna = await known(house)
    (goodbye,) = await erase(house)
    assert goodbye
    assert await house.rows(
        "select channel, value, reachable from outbox join address on address.id = outbox.address_id "
        "where outbox.status = 'pending'"
    ) == [("whatsapp", ANNA, 1)]
    assert await house.member(anna, "name", "phone", "email", "referral_code", "marketing") == [*[None] * 4, 0]
    assert (await house.balance(anna), await house.database.read(ledger.audit)) == (0, [])
    house.clock.later(HOUR)
    done = await house.database.write(lambda t: erasing.finish(work_in(house, t), 10))
    left = await dump(house)
    assert done == 1
    assert [word for word in PERSONAL if word in left] == []
    assert "raw p" not in left


@pytest.mark.asyncio
async def test_who_writes_again_is_somebody_new(each_house: House) -> None:
    house = each_house
    anna = await known(house)
    await erase(house)
    house.clock.later(HOUR // 2)
    await house.turn(text(ANNA, "ciao"))
    fresh = await house.member_at(ANNA)
    assert fresh != anna
    house.clock.later(HOUR)
    await house.database.write(lambda t: erasing.finish(work_in(house, t), 10))
    assert await house.member_at(ANNA) == fresh
    assert await house.value("select count(*) from inbox where status = 'failed'") == 0
    later = await house.join(ANNA)
    assert (later, await house.balance(later)) == (fresh, 0)


@pytest.mark.asyncio
async def test_erasure_beside_other_messages_of_one_batch(each_house: House) -> None:
    house = each_house
    anna = await known(house)
    await house.batch(text(ANNA, "/privacy"), text(ANNA, "2"), text(ANNA, "1"), text(ANNA, "1"))
    assert await house.member(anna, "erased_at") is not None
    rows = await house.rows(
        "select distinct value from outbox join address on address.id = outbox.address_id "
        "where outbox.status = 'pending'"
    )
    assert rows == [(ANNA,)]
    assert await house.value("select count(*) from session") == 0
    assert await house.value(f"select count(*) from timer where address = '{ANNA}'") == 0
    assert await house.value("select count(*) from inbox where status = 'failed'") == 0


@pytest.mark.asyncio
async def test_who_is_erased_twice_within_the_hour_leaves_nothing_either(each_house: House) -> None:
    house = each_house
    await known(house)
    await erase(house)
    house.clock.later(HOUR // 2)
    await house.turn(text(ANNA, "ciao"))
    await erase(house)
    house.clock.later(2 * HOUR)
    await house.database.write(lambda t: erasing.finish(work_in(house, t), 10))
    left = await dump(house)
    assert [word for word in (*PERSONAL, "raw p") if word in left] == []

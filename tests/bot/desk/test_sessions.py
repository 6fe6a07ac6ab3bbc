"""What is remembered of sign-ins is never more than what stands."""

import asyncio

import pytest

from bot.desk._sessions import Sessions, open_session
from storage import staff
from tests.bot.desk.office import Office
from tests.builders import MINUTE, SECOND


@pytest.mark.asyncio
async def test_a_page_needs_no_read_for_five_seconds(office: Office) -> None:
    row = await office.hires()
    cookie = await office.database.write(lambda t: open_session(t, row.id, office.clock()))
    sessions = Sessions(office.database)
    reads = 0
    read = office.database.read

    async def counted(work: object) -> object:
        nonlocal reads
        reads += 1
        return await read(work)

    office.database.read = counted
    for _ in range(3):
        assert (await sessions.find(cookie, office.clock())).staff == row
    assert reads == 1
    office.clock.later(6 * SECOND)
    assert await sessions.find(cookie, office.clock()) is not None
    assert reads == 2


@pytest.mark.asyncio
async def test_what_another_process_ends_is_over_in_five_seconds(office: Office) -> None:
    row = await office.hires()
    cookie = await office.database.write(lambda t: open_session(t, row.id, office.clock()))
    sessions = Sessions(office.database)
    assert await sessions.find(cookie, office.clock()) is not None
    await office.database.write(lambda t: staff.save(t, row._replace(disabled_at=1)))
    office.clock.later(6 * SECOND)
    assert await sessions.find(cookie, office.clock()) is None


@pytest.mark.asyncio
async def test_what_was_read_before_the_end_is_not_remembered(office: Office) -> None:
    row = await office.hires()
    cookie = await office.database.write(lambda t: open_session(t, row.id, office.clock()))
    sessions = Sessions(office.database)
    finding = asyncio.create_task(sessions.find(cookie, office.clock()))
    await asyncio.sleep(0)
    await office.database.write(lambda t: staff.save(t, row._replace(disabled_at=1)))
    sessions.forget(row.id)
    await finding
    assert await sessions.find(cookie, office.clock()) is None


@pytest.mark.asyncio
async def test_being_seen_is_written_once_a_minute(office: Office) -> None:
    browser = await office.somebody()
    began = office.clock()
    for _ in range(5):
        office.clock.later(20 * SECOND)
        await browser.get("/me")
    assert await office.rows("select seen_at from staff_session") == [(began + MINUTE,)]


@pytest.mark.asyncio
async def test_asking_whether_it_is_alive_keeps_nothing_alive(office: Office) -> None:
    row = await office.hires()
    cookie = await office.database.write(lambda t: open_session(t, row.id, office.clock()))
    sessions = Sessions(office.database)
    for _ in range(29):
        office.clock.later(MINUTE)
        assert await sessions.find(cookie, office.clock(), using=False) is not None
    office.clock.later(MINUTE)
    assert await sessions.find(cookie, office.clock(), using=False) is None


@pytest.mark.asyncio
@pytest.mark.parametrize("cookie", ["", "x", "x" * 129, "é" * 40])
async def test_what_is_no_cookie_of_ours(office: Office, cookie: str) -> None:
    assert await Sessions(office.database).find(cookie, office.clock()) is None

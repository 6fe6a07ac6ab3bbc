"""The staff, their sign-ins, links and failures, on both kinds of database."""

import pytest

from storage import staff
from storage.database import Database, Rejected
from storage.staff import GuardRow, LinkRow, SessionRow, StaffRow

ANNA = StaffRow(1, "anna@desk.test", "Anna", "admin", "[]", "en", "argon2", 77, 5)
BRUNO = StaffRow(2, "bruno@desk.test", "Bruno", "agent", '["IT"]', "it", None, None, 6)
SESSION = SessionRow("aa", 1, "csrf", 100, 100)


async def hire(database: Database) -> None:
    for row in (ANNA, BRUNO):
        await database.write(lambda t, row=row: staff.add(t, row))


@pytest.mark.asyncio
async def test_people_are_found(database: Database) -> None:
    assert await database.read(staff.is_anybody) is False
    await hire(database)
    assert await database.read(staff.is_anybody) is True
    assert await database.read(staff.everybody) == [ANNA, BRUNO]
    assert await database.read(lambda t: staff.by_id(t, 2)) == BRUNO
    assert await database.read(lambda t: staff.by_email(t, "anna@desk.test")) == ANNA
    assert await database.read(lambda t: staff.by_telegram(t, 77)) == ANNA
    assert await database.read(lambda t: staff.by_telegram(t, 78)) is None


@pytest.mark.asyncio
async def test_an_address_and_a_telegram_user_are_of_one_person(database: Database) -> None:
    await hire(database)
    for twin in (BRUNO._replace(id=3), BRUNO._replace(id=3, email="c@desk.test", telegram_id=77)):
        with pytest.raises(Rejected):
            await database.write(lambda t, twin=twin: staff.add(t, twin))


@pytest.mark.asyncio
async def test_a_person_is_saved(database: Database) -> None:
    await hire(database)
    new = BRUNO._replace(name="B", role="viewer", markets="[]", locale="en", password="x", telegram_id=5, disabled_at=9)
    await database.write(lambda t: staff.save(t, new))
    assert await database.read(lambda t: staff.by_id(t, 2)) == new
    assert await database.read(lambda t: staff.by_id(t, 1)) == ANNA
    assert await database.read(lambda t: staff.by_telegram(t, 5)) is None


@pytest.mark.asyncio
async def test_who_leads_can_sign_in(database: Database) -> None:
    await hire(database)
    assert await database.read(lambda t: staff.leaders(t, "admin", without=0)) == 1
    assert await database.read(lambda t: staff.leaders(t, "admin", without=1)) == 0
    for off in (ANNA._replace(password=None), ANNA._replace(disabled_at=1), ANNA._replace(role="agent")):
        await database.write(lambda t, off=off: staff.save(t, off))
        assert await database.read(lambda t: staff.leaders(t, "admin", without=0)) == 0


@pytest.mark.asyncio
async def test_a_sign_in_counts_within_its_limits(database: Database) -> None:
    await hire(database)
    await database.write(lambda t: staff.open_session(t, SESSION))
    assert await database.read(lambda t: staff.session(t, "aa", born=99, seen=99)) == (SESSION, ANNA)
    for born, seen in ((100, 99), (99, 100)):
        assert await database.read(lambda t, b=born, s=seen: staff.session(t, "aa", born=b, seen=s)) is None
    await database.write(lambda t: staff.see_session(t, "aa", 200, since=99))
    assert await database.read(lambda t: staff.session(t, "aa", born=99, seen=100)) is None
    await database.write(lambda t: staff.see_session(t, "aa", 200, since=100))
    assert await database.read(lambda t: staff.session(t, "aa", born=99, seen=199)) is not None
    await database.write(lambda t: staff.save(t, ANNA._replace(disabled_at=1)))
    assert await database.read(lambda t: staff.session(t, "aa", born=99, seen=99)) is None


@pytest.mark.asyncio
async def test_sign_ins_end(database: Database) -> None:
    await hire(database)
    for digest, person in (("aa", 1), ("bb", 1), ("cc", 1), ("dd", 2)):
        row = SESSION._replace(hash=digest, staff_id=person)
        await database.write(lambda t, row=row: staff.open_session(t, row))
    assert await database.write(lambda t: staff.close_session(t, "aa")) is True
    assert await database.write(lambda t: staff.close_session(t, "aa")) is False
    assert await database.write(lambda t: staff.close_sessions(t, 1, without="bb")) == 1
    assert await database.write(lambda t: staff.close_sessions(t, 1)) == 1
    assert await database.read(lambda t: staff.session(t, "dd", born=0, seen=0)) is not None


@pytest.mark.asyncio
async def test_a_link_is_used_once_and_a_new_one_replaces_it(database: Database) -> None:
    for digest, person in (("a", None), ("b", None), ("c", 1), ("d", 1), ("e", 2)):
        row = LinkRow(digest, person, 100)
        await database.write(lambda t, row=row: staff.add_link(t, row))
    known = [one for one in "abcde" if await database.read(lambda t, one=one: staff.link(t, one, 99))]
    assert known == ["b", "d", "e"]
    assert await database.write(lambda t: staff.use_link(t, "b", 100)) is False
    assert await database.write(lambda t: staff.use_link(t, "b", 99)) is True
    assert await database.write(lambda t: staff.use_link(t, "b", 99)) is False
    await database.write(lambda t: staff.drop_links(t, 1))
    assert await database.read(lambda t: staff.link(t, "d", 99)) is None
    assert await database.read(lambda t: staff.link(t, "e", 99)) == LinkRow("e", 2, 100)
    await database.write(lambda t: staff.add_link(t, LinkRow("f", None, 100)))
    await database.write(lambda t: staff.drop_links(t, None))
    assert await database.read(lambda t: staff.link(t, "f", 99)) is None


@pytest.mark.asyncio
async def test_failures_are_counted_from_the_first(database: Database) -> None:
    for now, found in ((10, GuardRow(1, 10)), (20, GuardRow(2, 10)), (30, GuardRow(3, 10))):
        assert await database.write(lambda t, now=now: staff.count_failure(t, "k", now, before=5)) == found
    await database.write(lambda t: staff.forgive_failure(t, "k"))
    assert await database.read(lambda t: staff.guard(t, "k")) == GuardRow(2, 10)
    assert await database.write(lambda t: staff.count_failure(t, "k", 40, before=10)) == GuardRow(1, 40)
    await database.write(lambda t: staff.clear_failures(t, "k"))
    assert await database.read(lambda t: staff.guard(t, "k")) is None


@pytest.mark.asyncio
async def test_what_is_over_is_swept(database: Database) -> None:
    await hire(database)
    rows = (SESSION, SESSION._replace(hash="old", created_at=1), SESSION._replace(hash="idle", seen_at=1))
    for row in rows:
        await database.write(lambda t, row=row: staff.open_session(t, row))
    for digest, until in (("late", 50), ("good", 51)):
        row = LinkRow(digest, 1 if digest == "late" else 2, until)
        await database.write(lambda t, row=row: staff.add_link(t, row))
    for key, at in (("past", 10), ("present", 40)):
        await database.write(lambda t, key=key, at=at: staff.count_failure(t, key, at, before=0))
    await database.write(lambda t: staff.sweep(t, 50, born=20, seen=20, before=30))
    left = [one for one in ("aa", "old", "idle") if await _session(database, one)]
    assert left == ["aa"]
    assert await database.read(lambda t: staff.link(t, "late", 0)) is None
    assert await database.read(lambda t: staff.link(t, "good", 0)) is not None
    assert await database.read(lambda t: staff.guard(t, "past")) is None
    assert await database.read(lambda t: staff.guard(t, "present")) is not None


async def _session(database: Database, digest: str) -> object:
    return await database.read(lambda t: staff.session(t, digest, born=0, seen=0))

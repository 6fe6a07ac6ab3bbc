"""A phone with a new owner: when we ask, what a stranger sees, and how the two part."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty import merging
from loyalty.recycled import SILENCE, Known, has_new_owner, initial, known_of, may_be_somebody_else, may_join, part
from storage import members, merges, profiles
from storage.database import Database
from tests.builders import MONDAY
from tests.loyalty.till import give, held, person, work_in


@pytest.mark.parametrize(
    ("known", "shown", "silent", "asked"),
    [
        (("Anna",), "Zoe", SILENCE + 1, True),
        (("Anna",), "Zoe", SILENCE, False),
        (("Anna",), " anna ", SILENCE + 1, False),
        (("Zoe", "Anna"), "Anna", SILENCE + 1, False),
        (("Anna",), None, SILENCE + 1, True),
        ((), "Zoe", SILENCE + 1, True),
        ((), None, SILENCE + 1, True),
        ((), None, SILENCE, False),
    ],
)
def test_after_a_long_silence_only_a_known_name_speaks_for_the_member(known, shown, silent: int, asked: bool) -> None:
    assert may_be_somebody_else(Known(known, MONDAY - silent), shown, MONDAY) is asked
    assert not may_be_somebody_else(Known(known, None), shown, MONDAY)


@given(st.text(max_size=30))
def test_no_more_than_one_letter_of_a_name_is_shown(name: str) -> None:
    shown = initial(name)
    assert shown.endswith("…")
    assert shown[:-1] in ("", name.strip()[:1].upper())


def test_nobody_has_no_initial() -> None:
    assert (initial(None), initial("anna rossi")) == ("…", "A…")


def test_the_phones_addresses_go_and_everything_else_stays(database_url: str) -> None:
    places = (("sms", "+39333"), ("whatsapp", "+39333"), ("telegram", "501"))

    def task(transaction):
        work = work_in(transaction)
        person(transaction, 101, *places, phone="+39333")
        give(work, 101, 40)
        fresh = part(work, 101, "+39333")
        rows = [[row.value.partition(":")[0] for row in profiles.addresses(transaction, one)] for one in (101, fresh)]
        old, new = members.get(transaction, 101), members.get(transaction, fresh)
        return rows, (old.phone, new.phone, new.joined_at, new.market), held(work, 101), held(work, fresh)

    async def run():
        database = Database(database_url)
        try:
            return await database.write(task)
        finally:
            await database.close()

    rows, known, mine, theirs = asyncio.run(run())
    assert rows == [["erased", "erased", "501"], ["+39333", "+39333"]]
    assert (known, mine, theirs) == ((None, "+39333", None, "IT"), {"points": 40}, {})


@pytest.mark.parametrize(
    ("shown", "silent", "doubted"),
    [("Zoe", SILENCE + 1, True), ("Profile", SILENCE + 1, False), ("Zoe", SILENCE, False)],
)
def test_a_phone_shown_under_another_name_after_long_silence_is_doubted(
    database_url: str, shown: str, silent: int, doubted: bool
) -> None:
    def task(transaction):
        work = work_in(transaction, now=MONDAY + silent)
        person(transaction, 101, ("sms", "+39333"), ("telegram", "501"), phone="+39333")
        person(transaction, 102, ("telegram", "502"))
        return [has_new_owner(work, one, "+39333", shown) for one in (101, 102)]

    async def run():
        database = Database(database_url)
        try:
            return await database.write(task)
        finally:
            await database.close()

    assert asyncio.run(run()) == [doubted, False]


def test_a_phone_is_known_by_all_its_channels_and_by_nothing_else(database_url: str) -> None:
    def task(transaction):
        person(transaction, 101, ("sms", "+39333"), ("telegram", "501"), phone="+39333")
        return [known_of(transaction, 101, phone) for phone in ("+39333", "501", "+39000")]

    assert asyncio.run(_once(database_url, task)) == [Known(("Profile",), MONDAY), Known((), None), Known((), None)]


@pytest.mark.parametrize(
    ("elsewhere", "late", "enough"), [((), 0, True), ((("telegram", "501"),), 0, False), ((), 1, False)]
)
def test_a_contact_is_enough_for_a_phone_alone_that_was_heard_of_late(
    database_url: str, elsewhere, late: int, enough: bool
) -> None:
    def task(transaction):
        work = work_in(transaction, now=MONDAY + SILENCE + late)
        person(transaction, 101, ("sms", "+39333"), *elsewhere, phone="+39333")
        return may_join(work, 101, "+39333", "Zoe")

    assert asyncio.run(_once(database_url, task)) is enough


def test_a_merged_phone_that_changes_hands_leads_to_nobody_old(database_url: str) -> None:
    def task(transaction):
        work = work_in(transaction)
        person(transaction, 101, ("sms", "+39111"), phone="+39111")
        person(transaction, 102, ("sms", "+39222"), phone="+39222", joined_at=MONDAY)
        made = merging.merge(work, 101, 102)
        before = members.by_phone(transaction, "+39222")
        fresh = part(work, 101, "+39222")
        merging.undo(work, made.id)
        after = members.by_phone(transaction, "+39222")
        return before.id, after.id == fresh, members.get(transaction, 102).phone, merges.predecessors(transaction, 101)

    assert asyncio.run(_once(database_url, task)) == (101, True, None, [])


async def _once(url: str, task):
    database = Database(url)
    try:
        return await database.write(task)
    finally:
        await database.close()

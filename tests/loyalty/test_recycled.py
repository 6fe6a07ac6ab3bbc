"""A phone with a new owner: when we ask, what a stranger sees, and how the two part."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.recycled import SILENCE, has_new_owner, initial, may_be_somebody_else, part
from storage import members, profiles
from storage.database import Database
from tests.builders import MONDAY
from tests.loyalty.till import give, held, person, work_in


@pytest.mark.parametrize(
    ("names", "silent", "asked"),
    [
        (("Anna", "Zoe"), SILENCE + 1, True),
        (("Anna", "Zoe"), SILENCE, False),
        (("Anna", " anna "), SILENCE + 1, False),
        (("Anna", None), SILENCE + 1, False),
        ((None, "Zoe"), SILENCE + 1, False),
        (("", "Zoe"), SILENCE + 1, False),
    ],
)
def test_a_long_silence_and_another_name_are_both_needed(names, silent: int, asked: bool) -> None:
    assert may_be_somebody_else(names, MONDAY - silent, MONDAY) is asked
    assert not may_be_somebody_else(names, None, MONDAY)


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
        rows = [[row.channel for row in profiles.addresses(transaction, one)] for one in (101, fresh)]
        old, new = members.get(transaction, 101), members.get(transaction, fresh)
        return rows, (old.phone, new.phone, new.joined_at, new.market), held(work, 101), held(work, fresh)

    async def run():
        database = Database(database_url)
        try:
            return await database.write(task)
        finally:
            await database.close()

    rows, known, mine, theirs = asyncio.run(run())
    assert rows == [["telegram"], ["sms", "whatsapp"]]
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
        return [has_new_owner(work, one, shown) for one in (101, 102)]

    async def run():
        database = Database(database_url)
        try:
            return await database.write(task)
        finally:
            await database.close()

    assert asyncio.run(run()) == [doubted, False]

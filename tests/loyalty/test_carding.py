"""Card numbers: drawn again when taken, kept once given."""

from collections.abc import AsyncIterator
from itertools import repeat

import pytest
import pytest_asyncio

from loyalty.carding import NoCard, give_card
from loyalty.codes import card_number, is_card
from loyalty.tokens import Keyring
from loyalty.work import Work
from storage import people
from storage.database import Database, Transaction
from tests.builders import member_row, world


@pytest_asyncio.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    opened = Database(sqlite_url)
    yield opened
    await opened.close()


def work_in(transaction: Transaction) -> Work:
    people.add_members(transaction, [member_row(101), member_row(102)])
    return Work(transaction, world().programme, Keyring(b"0" * 32), now=1)


@pytest.mark.asyncio
async def test_a_taken_number_is_drawn_again_and_a_card_stays(database: Database) -> None:
    def run(transaction: Transaction) -> list[str]:
        work = work_in(transaction)
        draws = iter([7, 7, 8])
        return [give_card(work, member, draws.__next__) for member in (101, 102, 101)]

    assert await database.write(run) == [card_number(7), card_number(8), card_number(7)]


@pytest.mark.asyncio
async def test_a_drawn_number_is_a_card(database: Database) -> None:
    assert is_card(await database.write(lambda transaction: give_card(work_in(transaction), 101)))


@pytest.mark.asyncio
async def test_no_card_without_a_member_or_a_free_number(database: Database) -> None:
    def run(transaction: Transaction) -> None:
        work = work_in(transaction)
        with pytest.raises(NoCard, match="no member"):
            give_card(work, 999)
        give_card(work, 101, lambda: 5)
        with pytest.raises(NoCard, match="taken"):
            give_card(work, 102, repeat(5).__next__)

    await database.write(run)

"""An office on SQLite."""

from collections.abc import AsyncIterator

import pytest_asyncio

from storage.database import Database
from tests.bot.desk.front import Front
from tests.bot.desk.office import Office


@pytest_asyncio.fixture
async def office(sqlite_url: str) -> AsyncIterator[Office]:
    database = Database(sqlite_url)
    found = Office(database)
    yield found
    await found.close()
    await database.close()


@pytest_asyncio.fixture
async def front(sqlite_url: str) -> AsyncIterator[Front]:
    """The same with every page and with members."""
    database = Database(sqlite_url)
    found = Front(database)
    yield found
    await found.close()
    await database.close()

"""The pipeline on a real database: `house` on SQLite, `each_house` on both kinds."""

from collections.abc import AsyncIterator

import pytest_asyncio

from storage.database import Database
from tests.builders import House


@pytest_asyncio.fixture
async def house(sqlite_url: str) -> AsyncIterator[House]:
    database = Database(sqlite_url)
    yield House(database)
    await database.close()


@pytest_asyncio.fixture
async def each_house(database_url: str) -> AsyncIterator[House]:
    database = Database(database_url)
    yield House(database)
    await database.close()

"""The house of the pipeline's tests, on SQLite."""

from collections.abc import AsyncIterator

import pytest_asyncio

from storage.database import Database
from tests.builders import House


@pytest_asyncio.fixture
async def house(sqlite_url: str) -> AsyncIterator[House]:
    database = Database(sqlite_url)
    yield House(database)
    await database.close()

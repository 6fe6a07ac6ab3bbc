"""An open database of each kind."""

from collections.abc import AsyncIterator

import pytest_asyncio

from storage.database import Database


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    yield opened
    await opened.close()

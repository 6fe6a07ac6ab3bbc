"""A shop on a database of each kind, and one on SQLite where the kind makes no difference."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest_asyncio

from storage.database import Database
from tests.bot.api.shop import Shop


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Shop]:
    database = Database(url)
    shop = Shop(database)
    yield shop
    await shop.browser.aclose()
    await database.close()


@pytest_asyncio.fixture
async def shop(sqlite_url: str) -> AsyncIterator[Shop]:
    async with opened(sqlite_url) as found:
        yield found


@pytest_asyncio.fixture
async def each_shop(database_url: str) -> AsyncIterator[Shop]:
    async with opened(database_url) as found:
        yield found

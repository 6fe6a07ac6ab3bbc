"""The house of the pipeline's tests, on SQLite, and somebody in it who reads English."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest_asyncio

from bot.message import Outbound
from storage import ledger
from storage.database import Database
from storage.ledger import Earning
from tests.builders import DAY, House, text

EMMA = "+447400123456"
"""A British number: in the market of Italy, in English."""


@dataclass
class Reader:
    """A member who reads English, and what they hear."""

    house: House
    id: int
    address: str = EMMA
    channel: str = "whatsapp"

    async def asks(self, words: str) -> list[str]:
        """The paragraphs of the one answer."""
        (said,) = await self.house.turn(text(self.address, words, self.channel))
        return said.replace("\xa0", " ").split("\n\n")

    async def hears(self, words: str) -> Outbound:
        """The one answer as a message."""
        await self.house.batch(text(self.address, words, self.channel))
        (message,) = await self.house.said()
        return message

    async def earns(self, amount: int, *, kind: str = "purchase", days: int = 0, life: int = 365, unit: str) -> None:
        """A lot that is active after `days` and lapses `life` days later."""
        now = self.house.clock.now
        key = f"{kind}:{amount}:{days}:{unit}:{now}"
        starts = now + days * DAY
        earning = Earning(key, self.id, amount, kind, key, starts, starts + life * DAY, unit=unit)
        await self.house.database.write(lambda transaction: ledger.earn(transaction, earning, now))


@pytest_asyncio.fixture
async def house(sqlite_url: str) -> AsyncIterator[House]:
    database = Database(sqlite_url)
    yield House(database)
    await database.close()


async def join_in(house: House, address: str, channel: str = "whatsapp", *, hint: str | None = None) -> Reader:
    """Join in English at this address."""
    for words in ("join", "1", "2"):
        await house.turn(text(address, words, channel, locale_hint=hint))
    await house.said()
    return Reader(house, await house.member_at(address, channel), address, channel)


@pytest_asyncio.fixture
async def emma(house: House) -> Reader:
    return await join_in(house, EMMA)

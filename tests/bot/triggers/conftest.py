"""A real SQLite database with members in it, and a clock that is set by hand."""

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest_asyncio

from bot.limits import BY_CHANNEL
from bot.permission import Purpose
from bot.triggers import Trigger, Triggers, Upkeep
from loyalty.markets import load_markets
from loyalty.programme import load
from loyalty.tokens import Keyring
from storage import people
from storage.database import Database, Transaction
from storage.migrations import upgrade

ROOT = Path(__file__).parents[3]
PROGRAMME = load(ROOT / "programmes" / "demo" / "programme.yaml")
MARKETS = load_markets([ROOT / "locales" / "markets"])
PURPOSES: dict[str, Purpose] = {
    **dict.fromkeys(("birthday", "milestone", "occasion", "expiry_reminder"), "marketing"),
    "referral": "service",
}
SECOND, HOUR, DAY = 1_000_000, 3_600_000_000, 86_400_000_000


def us(text: str) -> int:
    """ISO text with an offset as microseconds UTC."""
    return int(datetime.fromisoformat(text).timestamp()) * SECOND


@dataclass
class House:
    """The database, the hand-set clock and the members' builder."""

    database: Database
    path: Path
    now: int = 0
    _next: int = 100
    _years_ago: int = field(default=us("2020-01-01T00:00+00:00"))

    def triggers(self, *modules: Trigger) -> Triggers:
        return Triggers(
            self.database,
            PROGRAMME,
            MARKETS,
            PURPOSES,
            limits=BY_CHANNEL,
            clock=lambda: self.now,
            triggers=modules or None,
            upkeep=Upkeep(PROGRAMME, Keyring(b"k" * 32), ()),
        )

    async def member(self, *channels: str, inbound: int | None = None, **fields: Any) -> int:
        """A joined member with an address on each channel; birth as (month, day)."""
        self._next += 1
        member_id = self._next
        month, day = fields.pop("birth", (None, None))
        row = {
            "market": "IT",
            "locale": "it",
            "locale_source": "settled",
            "name": "Ada",
            "phone": None,
            "zone": "Europe/Rome",
            "birth_year": None,
            "birth_edits": 0,
            "birth_set_at": self._years_ago,
            "joined_at": self._years_ago,
            "terms_version": "1",
            "referral_code": None,
            "marketing": 1,
            "control": "bot",
            "control_version": 0,
            "author_id": None,
            "created_at": self._years_ago,
        }
        row = {"id": member_id, "birth_month": month, "birth_day": day, **row, **fields}

        def work(transaction: Transaction) -> None:
            people.add_members(transaction, [row])
            for channel in channels or ("telegram",):
                self._address(transaction, member_id, channel, inbound)

        await self.database.write(work)
        return member_id

    def _address(self, transaction: Transaction, member_id: int, channel: str, inbound: int | None) -> None:
        address_id = transaction.ids.new()
        known = {"profile_name": None, "reachable": 1, "opted_out": 0, "created_at": self._years_ago}
        address = {"id": address_id, "channel": channel, "value": f"{channel}-{member_id}", "member_id": member_id}
        people.add_addresses(transaction, [{**address, **known}])
        talk = {"address_id": address_id, "last_inbound_at": inbound, "misses": 0, "version": 0, "leaning": None}
        people.add_conversations(transaction, [talk])

    def rows(self, query: str) -> list[Any]:
        """What is in the database now."""
        connection = sqlite3.connect(self.path)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()

    def events(self) -> list[Any]:
        return self.rows("select key, channel, kind from event order by key")

    def firings(self) -> list[Any]:
        return self.rows("select key, decision, reason from trigger_firing order by key")


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    path = tmp_path / "triggers.db"
    upgrade(f"sqlite:///{path}")
    database = Database(f"sqlite:///{path}")
    yield House(database, path)
    await database.close()

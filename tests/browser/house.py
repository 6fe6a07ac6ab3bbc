"""The whole app behind HTTP on loopback, the providers' fakes around it, members and staff made in a moment."""

from __future__ import annotations

import asyncio
import shutil
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import uvicorn
from pydantic import SecretStr

from bot.app import App, open_app
from bot.commands._demo_stage import ACCOUNT, SENDERS, TELEGRAM_SECRET, TELEGRAM_TOKEN, TWILIO_TOKEN, DemoClock
from bot.commands._demo_templates import seed_templates
from bot.desk._passwords import Passwords
from bot.desk._sessions import open_session
from bot.fakes.telegram import FakeTelegram, VirtualUser, Webhook
from bot.fakes.twilio import FakeTwilio, FakeUser
from bot.settings import Settings
from storage import messages, staff
from storage.staff import StaffRow
from tests.builders import DAY, add_person, query

PASSWORD = "seven brown teapots"
MORNING = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
"""A Monday, half past nine in Rome: somebody sits at the desk."""
NOON, SATURDAY = 11, 5
_REMEMBERED = timedelta(seconds=61)
"""How long the desk remembers who works there (bot/desk/_names.py)."""
SECONDS = 15.0
FOR_A_PERSON = {"it": "operatore", "en": "operator", "es": "agente", "ar": "موظف", "de": "mitarbeiter"}
_numbers = count(100)


@dataclass
class Member:
    """Somebody who writes to the shop, with the phone they do it on."""

    id: int
    phone: FakeUser | VirtualUser

    @property
    def heard(self) -> list[str]:
        """What reached the phone, oldest first."""
        return [one.text if isinstance(self.phone, VirtualUser) else one.body for one in self.phone.messages]

    async def writes(self, *texts: str) -> None:
        for text in texts:
            assert await self.phone.write(text)

    async def hears(self, words: str, seconds: float = SECONDS) -> None:
        """Wait until something with these words is on the phone."""
        await until(lambda: any(words in one for one in self.heard), seconds, lambda: self.heard)


@dataclass
class House:
    """One deployment between its providers."""

    app: App
    clock: DemoClock
    telegram: FakeTelegram
    twilio: FakeTwilio
    url: str
    password: str
    listeners: list[Callable[[], Any]] = field(default_factory=list)
    """Called when the clock was moved: browsers have a clock too."""

    @property
    def now(self) -> int:
        return self.clock.microseconds()

    async def member(
        self, name: str | None = None, channel: str = "whatsapp", *, locale: str = "it", market: str = "IT", **more: Any
    ) -> Member:
        """Somebody who has joined."""
        number = next(_numbers)
        if channel == "telegram":
            phone: FakeUser | VirtualUser = self.telegram.user(
                TELEGRAM_TOKEN, id=500_000 + number, first_name=name or "Ada", language_code=locale[:2]
            )
            address = str(500_000 + number)
        else:
            address = f"+393330{number:06d}"
            phone = self.twilio.user(address, channel=channel, profile_name=name or "Ada")
        known = {"name": name, "locale": locale, "market": market, "phone": address if address[0] == "+" else None}
        known["joined_at"] = self.now - 40 * DAY
        made = await self.app.database.write(
            lambda t: add_person(t, channel, address, inbound=None, **{**known, **more})
        )
        return Member(made, phone)

    async def asks(self, name: str = "Anna", channel: str = "whatsapp", **more: Any) -> Member:
        """A member who has just asked for a person, and was told that one comes."""
        member = await self.member(name, channel, **more)
        await member.writes(FOR_A_PERSON[more.get("locale", "it")])
        await until(lambda: member.heard)
        return member

    async def hires(self, name: str = "Nora", role: str = "agent", **more: Any) -> StaffRow:
        """Somebody new at the desk."""
        fresh = self.app.database.ids.new()
        email = f"{name.lower()}{next(_numbers)}@shop.example"
        row = StaffRow(fresh, email, name, role, "[]", "en", self.password, None, self.now)._replace(**more)
        await self.app.database.write(lambda t: staff.add(t, row))
        return row

    async def signs_in(self, row: StaffRow) -> str:
        """The cookie of a sign-in, without the form."""
        return await self.app.database.write(lambda t: open_session(t, row.id, self.now))

    async def later(self, **span: float) -> None:
        """The clock jumps; what is due then happens now."""
        self.clock.set(self.clock.now() + timedelta(**span))
        for tell in self.listeners:
            await tell()
        await self.app.triggers.tick(force=True)
        await self.quiet()

    async def quiet(self) -> None:
        """Wait until nothing is waiting to be worked or to be sent now."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            found = await self.app.health()
            if not found["outbox"]["sending"] and not await self._due():
                return
            await asyncio.sleep(0.01)

    async def _due(self) -> bool:
        now, channels = self.now, list(self.app.channels)
        return bool(await self.app.database.read(lambda t: messages.due(t, now, 1, channels)))

    async def rows(self, words: str) -> list[tuple[Any, ...]]:
        statement = query(words)
        return await self.app.database.read(lambda transaction: transaction.all(statement))

    async def run(self, words: str) -> None:
        statement = query(words)
        await self.app.database.write(lambda transaction: transaction.run(statement))

    def begin(self) -> None:
        """A little later, on a day and at an hour when somebody is at the desk."""
        at = self.clock.now() + _REMEMBERED
        if at.hour >= NOON or at.hour < MORNING.hour:
            at = (at + timedelta(days=1)).replace(hour=MORNING.hour, minute=MORNING.minute)
        self.clock.set(at + timedelta(days=2) if at.weekday() >= SATURDAY else at)

    async def clear(self) -> None:
        """Nobody waits any more: the next test finds an empty queue."""
        await self.run("update support_case set status = 'resolved', owner_id = null, lease_until = null")
        await self.run("update member set control = 'bot'")
        await self.run("delete from timer where key like 'case:%'")
        for waiting in self.twilio.world.failures.values():
            waiting.clear()


async def until(
    holds: Callable[[], object], seconds: float = SECONDS, seen: Callable[[], object] | None = None
) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"it did not come: {seen() if seen else ''}"
        await asyncio.sleep(0.01)


@asynccontextmanager
async def open_house(folder: Path, template: Path) -> AsyncIterator[House]:
    """The app with both providers, serving."""
    clock = DemoClock(MORNING)
    shutil.copy(template, folder / "desk.db")
    telegram, twilio = FakeTelegram(), FakeTwilio(ACCOUNT, TWILIO_TOKEN, senders=SENDERS, clock=clock.now)
    await telegram.start()
    await twilio.start()
    door = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{door.getsockname()[1]}"
    try:
        async with open_app(_settings(folder, url, telegram, twilio), clock=clock.microseconds) as app:
            server = uvicorn.Server(uvicorn.Config(app.web(), log_level="error", access_log=False, lifespan="off"))
            serving = asyncio.create_task(server.serve(sockets=[door]))
            telegram.bot(TELEGRAM_TOKEN).webhook = Webhook(f"{url}/webhooks/telegram", TELEGRAM_SECRET, 40, ())
            for channel in SENDERS:
                twilio.webhooks[channel] = f"{url}/webhooks/{channel}#rc=5&rp=all"
            seed_templates(twilio, app.world)
            await until(lambda: server.started)
            yield House(app, clock, telegram, twilio, url, await Passwords().hash(PASSWORD))
            server.should_exit = True
            await serving
    finally:
        door.close()
        await twilio.settle()
        await twilio.stop()
        await telegram.stop()


def _settings(folder: Path, url: str, telegram: FakeTelegram, twilio: FakeTwilio) -> Settings:
    return Settings(
        _env_file=None,
        database=f"sqlite:///{folder / 'desk.db'}",
        public_url=url,
        telegram_token=SecretStr(TELEGRAM_TOKEN),
        telegram_secret=SecretStr(TELEGRAM_SECRET),
        telegram_api=telegram.url,
        telegram_name="members_bot",
        twilio_account=ACCOUNT,
        twilio_token=SecretStr(TWILIO_TOKEN),
        twilio_api=twilio.url,
        whatsapp_sender=SENDERS["whatsapp"],
        sms_sender=SENDERS["sms"],
    )  # type: ignore[call-arg]

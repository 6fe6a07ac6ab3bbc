"""The demo's stage: the real app on loopback, the project's own fakes in front of it, a given clock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import uvicorn
from pydantic import SecretStr
from rich.console import Console

from bot.app import App, open_app
from bot.commands._demo_templates import seed_templates
from bot.fakes.telegram import FakeTelegram, VirtualUser, Webhook
from bot.fakes.twilio import FakeTwilio, FakeUser
from bot.settings import Settings
from storage import messages

ACCOUNT = "AC" + "0" * 32
TWILIO_TOKEN = "demo-auth-token"  # noqa: S105 - of the fake
TELEGRAM_TOKEN = "100200:demo-token"  # noqa: S105 - of the fake
TELEGRAM_SECRET = "demo-secret"  # noqa: S105 - of the fake
SENDERS = {"whatsapp": "+15550001111", "sms": "+15550002222"}
ANSWER_SECONDS = 8.0
_WALL = datetime(2026, 2, 2, 10, 0, tzinfo=UTC)


class DemoClock:
    """A given instant that real time moves on by milliseconds and the script by days."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._at = time.monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=time.monotonic() - self._at)

    def microseconds(self) -> int:
        return int(self.now().timestamp() * 1_000_000)

    def set(self, moment: datetime) -> None:
        self._start, self._at = moment, time.monotonic()


@dataclass(frozen=True, slots=True)
class Heard:
    """One message as it reached a phone."""

    text: str
    buttons: tuple[str, ...] = ()
    template: str | None = None
    is_photo: bool = False


class Phone(Protocol):
    """A person's telephone on one channel."""

    @property
    def channel(self) -> str: ...
    @property
    def address(self) -> str: ...
    async def write(self, text: str) -> object: ...
    async def tap(self, index: int) -> object: ...
    def heard(self) -> Sequence[Heard]: ...


@dataclass(slots=True)
class TwilioPhone:
    """WhatsApp or SMS at the fake Twilio."""

    user: FakeUser

    @property
    def channel(self) -> str:
        return self.user.channel

    @property
    def address(self) -> str:
        return self.user.phone

    async def write(self, text: str) -> object:
        return await self.user.write(text)

    async def tap(self, index: int) -> object:
        return await self.user.press(self.user.messages[-1], index)

    def heard(self) -> Sequence[Heard]:
        return [Heard(one.body, tuple(label for label, _ in one.buttons), one.template) for one in self.user.messages]


@dataclass(slots=True)
class TelegramPhone:
    """Telegram at the fake Bot API."""

    user: VirtualUser
    channel: str = "telegram"

    @property
    def address(self) -> str:
        return str(self.user.id)

    async def write(self, text: str) -> object:
        if text.startswith("/start"):
            return await self.user.start(text.removeprefix("/start").strip())
        return await self.user.write(text)

    async def tap(self, index: int) -> object:
        shown = next(one for one in reversed(self.user.messages) if one.buttons)
        return await self.user.press(shown, index)

    def heard(self) -> Sequence[Heard]:
        return [
            Heard(one.text, tuple(label for label, _ in one.buttons), is_photo=bool(one.photo))
            for one in self.user.messages
        ]


@dataclass(slots=True)
class Person:
    """Somebody in the demo, named by language and channel."""

    name: str
    phone: Phone
    sent: int = 0
    received: int = 0
    latencies: list[float] = field(default_factory=list)
    """Milliseconds from the member's message to the answer on the member's phone."""


@dataclass(slots=True)
class Stage:
    """Everything the script plays with."""

    app: App
    clock: DemoClock
    telegram: FakeTelegram
    twilio: FakeTwilio
    url: str
    console: Console
    people: list[Person] = field(default_factory=list)
    checks: list[tuple[str, bool]] = field(default_factory=list)

    def person(self, name: str, phone: Phone) -> Person:
        made = Person(name, phone)
        self.people.append(made)
        return made

    def check(self, what: str, held: bool) -> None:
        """An expectation; the demo's exit code says whether all held."""
        self.checks.append((what, held))
        if not held:
            self.console.print(f"  [bold red]✗ {what}[/]")

    def heading(self, text: str) -> None:
        self.console.print(f"\n[bold]{text}[/]  [dim]{self.clock.now():%a %d %b %Y %H:%M} UTC[/]")

    async def say(self, person: Person, text: str) -> str:
        """The person writes; the whole answer comes back."""
        return await self._exchange(person, text, lambda: person.phone.write(text))

    async def tap(self, person: Person, index: int) -> str:
        """The person taps the button at this place of the last message."""
        shown = next((one for one in reversed(person.phone.heard()) if one.buttons), None)
        label = shown.buttons[index] if shown else str(index + 1)
        return await self._exchange(person, f"[{label}]", lambda: person.phone.tap(index))

    async def _exchange(self, person: Person, said: str, act: Callable[[], object]) -> str:
        before = len(person.phone.heard())
        self._line(person, "→", said)
        started = time.perf_counter()
        doing = act()
        if asyncio.iscoroutine(doing):
            await doing
        person.sent += 1
        await self.until(lambda: len(person.phone.heard()) > before)
        latency = (time.perf_counter() - started) * 1_000
        if len(person.phone.heard()) > before:
            person.latencies.append(latency)
        await self.quiet()
        return self.show(person, before, latency)

    def show(self, person: Person, before: int, latency: float | None = None) -> str:
        """Print what reached the phone since; the texts together."""
        news = person.phone.heard()[before:]
        person.received += len(news)
        for number, one in enumerate(news):
            note = f"{latency:.0f} ms" if latency is not None and number == 0 else ""
            note += " template" if one.template else ""
            picture = "[QR] " if one.is_photo else ""
            buttons = "".join(f"\n[{label}]" for label in one.buttons)
            self._line(person, "←", picture + one.text + buttons, note.strip())
        return "\n".join(one.text for one in news)

    def _line(self, person: Person, arrow: str, text: str, note: str = "") -> None:
        colour = "cyan" if arrow == "→" else "green"
        first, *rest = text.splitlines() or [""]
        self.console.print(f"  [dim]{person.name:<20}[/] [{colour}]{arrow}[/] ", end="")
        self.console.print(first, markup=False, highlight=False, end="  " if note else "\n")
        if note:
            self.console.print(f"[dim]{note}[/]")
        for line in rest:
            self.console.print(" " * 25 + line, markup=False, highlight=False)

    async def until(self, holds: Callable[[], bool], seconds: float = ANSWER_SECONDS) -> bool:
        """Wait for something, bounded; whether it came."""
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end:
                return False
            await asyncio.sleep(0.005)
        return True

    async def quiet(self) -> None:
        """Wait until nothing is waiting to be sent now."""
        end = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < end:
            found = await self.app.health()
            if not found["outbox"]["sending"] and not await self._due():
                return
            await asyncio.sleep(0.01)

    async def _due(self) -> bool:
        now = self.clock.microseconds()
        channels = list(self.app.channels)
        return bool(await self.app.database.read(lambda transaction: messages.due(transaction, now, 1, channels)))

    async def move_to(self, moment: datetime) -> None:
        """The given clock jumps; what is due then happens now."""
        self.clock.set(moment)
        await self.app.triggers.tick(force=True)
        while await self.app.lanes.drain_once():
            continue
        await self.app.triggers.tick(force=True)
        while await self.app.lanes.drain_once():
            continue
        await self.quiet()


@asynccontextmanager
async def open_stage(folder: Path, console: Console) -> AsyncIterator[Stage]:
    """The fakes, the app behind a real HTTP server, and webhooks set as `connect` would."""
    clock = DemoClock(_WALL)
    telegram = FakeTelegram()
    twilio = FakeTwilio(ACCOUNT, TWILIO_TOKEN, senders=SENDERS, clock=clock.now)
    await telegram.start()
    await twilio.start()
    server = None
    try:
        settings = _settings(folder, telegram.url, twilio.url)
        async with open_app(settings, clock=clock.microseconds) as app:
            server = uvicorn.Server(
                uvicorn.Config(app.web(), host="127.0.0.1", port=0, log_level="error", access_log=False)
            )
            serving = asyncio.create_task(server.serve())
            while not server.started:
                await asyncio.sleep(0.01)
            url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
            _point(telegram, twilio, url, settings.public_url)
            seed_templates(twilio, app.world)
            yield Stage(app, clock, telegram, twilio, url, console)
            server.should_exit = True
            await serving
    finally:
        await twilio.settle()
        await twilio.stop()
        await telegram.stop()


def _settings(folder: Path, telegram_url: str, twilio_url: str) -> Settings:
    return Settings(
        database=f"sqlite:///{folder / 'demo.db'}",
        public_url="https://bot.example",
        telegram_token=SecretStr(TELEGRAM_TOKEN),
        telegram_secret=SecretStr(TELEGRAM_SECRET),
        telegram_api=telegram_url,
        telegram_name="bentornato_demo_bot",
        twilio_account=ACCOUNT,
        twilio_token=SecretStr(TWILIO_TOKEN),
        twilio_api=twilio_url,
        whatsapp_sender=SENDERS["whatsapp"],
        sms_sender=SENDERS["sms"],
        folder=None,
        locales=(),
    )


def _point(telegram: FakeTelegram, twilio: FakeTwilio, url: str, public_url: str) -> None:
    bot = telegram.bot(TELEGRAM_TOKEN, "bentornato_demo_bot")
    bot.webhook = Webhook(f"{url}/webhooks/telegram", TELEGRAM_SECRET, 40, ())
    twilio.world.tunnel[public_url] = url
    for channel in SENDERS:
        twilio.webhooks[channel] = f"{public_url}/webhooks/{channel}#rc=5&rp=all"

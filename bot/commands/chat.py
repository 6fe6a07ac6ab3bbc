"""`bentornato chat`: talk to the bot in the terminal, as a member on a channel would; nothing is sent to anybody."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import orjson
import structlog
import typer

from bot.app import App, open_app
from bot.channels.simulator import Simulator
from bot.commands._chat_screen import Screen, screen_for
from bot.lanes import Arrival
from bot.render import Part
from bot.settings import Settings
from storage import messages, people
from storage.database import Transaction

_LONGEST_WAIT = 5.0
_STEP = 0.01
_LEAVE = "/quit"


class Look(StrEnum):
    """Which channel is played."""

    TELEGRAM = "telegram"
    WHATSAPP = "whatsapp"
    SMS = "sms"


def run(
    channel: Annotated[Look, typer.Option(help="Which channel's limits and looks.")] = Look.TELEGRAM,
    locale: Annotated[str | None, typer.Option(help="The language hint a provider would give, e.g. it.")] = None,
    name: Annotated[str | None, typer.Option(help="Who writes; each name is somebody of their own.")] = None,
    database: Annotated[
        str | None, typer.Option(help="Keep it in this database (no running server's). Otherwise all is forgotten.")
    ] = None,
) -> None:
    """Chat in the terminal: a line is a message, a number picks a button, /quit or the end of input leaves."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    address = f"{channel.value}:{name.strip().lower() if name else 'terminal'}"
    with _somewhere(database) as url, asyncio.Runner() as runner:
        stack = AsyncExitStack()
        app = runner.run(stack.enter_async_context(open_app(_settings(url))))
        try:
            _talk(runner, Talk(app, address, locale=locale, name=name), screen_for(channel.value))
        finally:
            runner.run(stack.aclose())


class Talk:
    """One member's conversation with the app."""

    def __init__(self, app: App, address: str, *, locale: str | None, name: str | None) -> None:
        simulator = app.channels["simulator"]
        assert isinstance(simulator, Simulator)
        self._app = app
        self._simulator = simulator
        self._who = {"address": address, "locale": locale, "name": name}
        self._address = address
        self._seen = 0
        self._offered: Part | None = None

    async def say(self, line: str) -> list[Part]:
        """Send a line, or the button whose number it is; what the bot answers."""
        payload = self._picked(line)
        said = {"payload": payload} if payload is not None else {"text": line}
        raw = orjson.dumps(self._who | said)
        for event in self._simulator.parse(raw):
            await self._app.lanes.put(Arrival(event, raw, self._app.clock()))
        await self._quiet()
        found = await self._simulator.after(self._address, self._seen, 0)
        if found:
            self._seen = found[-1][0]
            self._offered = found[-1][1]
        return [part for _, part in found]

    def _picked(self, line: str) -> str | None:
        choices = self._offered.choices if self._offered is not None and self._offered.style != "plain" else ()
        number = int(line) if line.isdecimal() and len(line) < 4 else 0
        return choices[number - 1].payload if 0 < number <= len(choices) else None

    async def _quiet(self) -> None:
        """Until no answer to this address is waiting any more."""
        end = time.monotonic() + _LONGEST_WAIT
        while await self._app.database.read(self._is_owed) and time.monotonic() < end:
            await asyncio.sleep(_STEP)

    def _is_owed(self, transaction: Transaction) -> bool:
        rows = [row.address_id for row in people.at_addresses(transaction, [self._address])]
        return bool(messages.first_open_replies(transaction, rows)) if rows else False


def _talk(runner: asyncio.Runner, talk: Talk, screen: Screen) -> None:
    screen.welcome()
    for line in screen.lines():
        if line == _LEAVE:
            return
        if line:
            screen.show(runner.run(talk.say(line)))


def _settings(url: str) -> Settings:
    """No provider is called from here, whatever the environment says."""
    return Settings(database=url, telegram_token=None, twilio_account=None, twilio_token=None)


@contextmanager
def _somewhere(database: str | None) -> Iterator[str]:
    if database is not None:
        yield database
        return
    with TemporaryDirectory(prefix="bentornato-") as folder:
        yield f"sqlite:///{Path(folder) / 'chat.db'}"

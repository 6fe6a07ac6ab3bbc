"""A bot's web side for the Twilio tests: it verifies, parses and remembers what the fake posts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from pydantic import SecretStr

from bot.channels import Forged, Request
from bot.fakes.twilio import FakeTwilio
from bot.message import Event, Kind
from bot.settings import Settings
from bot.twilio_client import webhook_url

ACCOUNT = "AC" + "0" * 32
TOKEN = "f" * 32
OURS = "+15550001111"
ADA = "+393331234567"
PUBLIC = "https://bot.example"


def settings(**more: Any) -> Settings:
    senders = {"whatsapp_sender": OURS, "sms_sender": OURS}
    account = {"twilio_account": ACCOUNT, "twilio_token": SecretStr(TOKEN)}
    return Settings(_env_file=None, public_url=PUBLIC, **(senders | account | {"provider_timeout": 5} | more))


def form(**fields: str) -> bytes:
    """A webhook body; `MessageSid` SM1 unless told otherwise."""
    return urlencode({"MessageSid": "SM1"} | fields).encode()


@dataclass
class Bot:
    """One channel behind a loopback web server, and the fake Twilio it talks to."""

    fake: FakeTwilio
    channel: Any = None
    events: list[Event] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    """Statuses to answer before all is well again."""
    posts: int = 0

    async def hook(self, request: web.Request) -> web.Response:
        self.posts += 1
        headers = {name.lower(): value for name, value in request.headers.items()}
        told = Request(request.path, request.rel_url.raw_query_string, headers, await request.read())
        try:
            self.channel.verify(told)
        except Forged as error:
            return web.Response(status=error.status)
        if self.answers:
            return web.Response(status=self.answers.pop(0))
        self.events += self.channel.parse(told.body)
        return web.Response(text="<Response/>", content_type="text/xml")

    @property
    def statuses(self) -> list[str | None]:
        return [event.status for event in self.events if event.kind is Kind.STATUS]


@asynccontextmanager
async def running(module: ModuleType, *, templates: Any = None, **more: Any) -> AsyncIterator[Bot]:
    """The channel of this module, connected with the fake both ways."""
    fake = FakeTwilio(ACCOUNT, TOKEN, senders={"whatsapp": OURS, "sms": OURS})
    bot = Bot(fake)
    app = web.Application()
    app.router.add_post("/webhooks/{channel}", bot.hook)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with fake:
            told = settings(twilio_api=fake.url, **more)
            fake.world.tunnel[PUBLIC] = f"http://127.0.0.1:{runner.addresses[0][1]}"
            fake.webhooks[module.NAME] = webhook_url(told, module.NAME)
            bot.channel = module.build(told, templates=templates)
            yield bot
    finally:
        if bot.channel is not None:
            await bot.channel.close()
        await runner.cleanup()

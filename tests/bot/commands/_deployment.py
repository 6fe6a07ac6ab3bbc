"""A served deployment beside fake providers, and commands run against it in this process."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager

import pytest
import uvicorn
from typer.testing import CliRunner, Result

from bot.__main__ import build
from bot.commands.serve import asgi
from bot.fakes.telegram import FakeTelegram
from bot.fakes.twilio import FakeTwilio
from bot.settings import Settings

ACCOUNT = "AC" + "0" * 32
TOKEN = "f" * 32
TELEGRAM = "123456:" + "A" * 35
OURS = "+15550001111"
DESK = "777000:" + "D" * 35
GROUP = -1001999


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def everything(tmp_path, port: int, telegram: FakeTelegram, twilio: FakeTwilio) -> dict[str, str]:
    """The environment of a deployment with every channel, its public address being its own port."""
    return {
        "BENTORNATO_DATABASE": f"sqlite:///{tmp_path / 'd.db'}",
        "BENTORNATO_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "BENTORNATO_PORT": str(port),
        "BENTORNATO_TELEGRAM_TOKEN": TELEGRAM,
        "BENTORNATO_TELEGRAM_SECRET": "hush",
        "BENTORNATO_TELEGRAM_API": telegram.url,
        "BENTORNATO_TWILIO_ACCOUNT": ACCOUNT,
        "BENTORNATO_TWILIO_TOKEN": TOKEN,
        "BENTORNATO_TWILIO_API": twilio.url,
        "BENTORNATO_WHATSAPP_SENDER": OURS,
        "BENTORNATO_SMS_SENDER": OURS,
    }


def desk_on_telegram(telegram: FakeTelegram) -> dict[str, str]:
    """What a deployment says besides whose staff work in a Telegram group, which is made at the fake."""
    telegram.bot(DESK, username="deskbot")
    telegram.group(DESK, GROUP)
    return {
        "BENTORNATO_DESK_TELEGRAM_TOKEN": DESK,
        "BENTORNATO_DESK_TELEGRAM_SECRET": "whisper",
        "BENTORNATO_DESK_TELEGRAM_GROUP": str(GROUP),
    }


@asynccontextmanager
async def fakes() -> AsyncIterator[tuple[FakeTelegram, FakeTwilio]]:
    async with AsyncExitStack() as stack:
        telegram = FakeTelegram()
        await telegram.start()
        stack.push_async_callback(telegram.stop)
        telegram.bot(TELEGRAM, username="ourbot")
        twilio = await stack.enter_async_context(FakeTwilio(ACCOUNT, TOKEN, senders={"whatsapp": OURS, "sms": OURS}))
        yield telegram, twilio


@contextmanager
def served(port: int) -> Iterator[None]:
    """The deployment of the present environment, serving in a thread."""
    config = uvicorn.Config(
        asgi(Settings(_env_file=None)), host="127.0.0.1", port=port, log_level="error", loop="asyncio"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            thread.join(0.02)
        yield
    finally:
        server.should_exit = True
        thread.join(20)


async def command(monkeypatch: pytest.MonkeyPatch, environment: Mapping[str, str], *words: str) -> Result:
    """Run a command beside this loop, so that the fakes can answer it."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return await asyncio.to_thread(CliRunner().invoke, build(words[0]), list(words))

"""Long polling against the fake Bot API: confirmed only when durable, tried again after a failure."""

import asyncio
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.app import open_app
from bot.channels import poll
from bot.fakes.telegram import FakeTelegram
from bot.settings import Settings

TOKEN = "7100:poll"


@pytest.mark.asyncio
async def test_updates_are_answered_without_a_webhook(sqlite_url: str) -> None:
    fake = FakeTelegram(rate_limits=False)
    url = await fake.start()
    try:
        user = fake.user(TOKEN, id=41, language_code="it")
        await user.write("ciao")
        settings = Settings(
            database=sqlite_url, telegram_token=SecretStr(TOKEN), telegram_api=url, telegram_polling=True
        )
        async with open_app(settings):
            messages = await user.wait(1)
        assert "punti" in messages[0].text
    finally:
        await fake.stop()


@pytest.mark.asyncio
async def test_what_could_not_be_kept_is_asked_for_again(tmp_path: Path) -> None:
    fake = FakeTelegram(rate_limits=False)
    url = await fake.start()
    taken: list[bytes] = []
    done = asyncio.Event()

    async def take(channel: str, body: bytes) -> None:
        assert channel == "telegram"
        if not taken:
            taken.append(b"refused")
            raise OSError("the disk is full")
        taken.append(body)
        if len(taken) == 3:
            done.set()

    try:
        user = fake.user(TOKEN, id=42)
        await user.write("one")
        await user.write("two")
        task = asyncio.create_task(poll(Settings(telegram_token=SecretStr(TOKEN), telegram_api=url), take))
        await asyncio.wait_for(done.wait(), 10)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    finally:
        await fake.stop()
    assert [b'"one"' in body for body in taken] == [False, True, False]
    assert b'"two"' in taken[2]

"""What an operator does at Twilio: connect and inspect."""

import pytest

from bot.channels import whatsapp
from bot.channels._twilio_setup import connect, inspect
from tests.bot.channels._twilio_bot import OURS, running, settings


@pytest.mark.asyncio
async def test_connect_and_inspect():
    async with running(whatsapp) as bot:
        told = settings(twilio_api=bot.fake.url)
        urls = await connect(told)
        assert urls == [
            "https://bot.example/webhooks/whatsapp#rc=5&rp=all",
            "https://bot.example/webhooks/sms#rc=5&rp=all",
        ]
        assert bot.fake.world.sms_urls == {OURS: urls[1]}
        assert [well for well, _ in await inspect(told)] == [True, True, True]
        foreign = settings(twilio_api=bot.fake.url, sms_sender="+15559998888", whatsapp_sender="+15559998888")
        assert [well for well, _ in await inspect(foreign)] == [True, False, False]
        wrong = settings(twilio_api=bot.fake.url, twilio_token="no", whatsapp_sender=None, sms_sender="MG1")
        assert [well for well, _ in await inspect(wrong)] == [False, False]
        assert await inspect(settings(twilio_account=None)) == [(False, "Twilio: account and token are not set")]

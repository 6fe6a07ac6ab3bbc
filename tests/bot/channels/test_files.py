"""One contract for files on every channel: what a member sent is fetched, what staff send arrives or is a link."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
import pytest_asyncio
from aiohttp import web

from bot.channels import Channel, MediaGone, Sent, simulator, sms, telegram, whatsapp
from bot.fakes.telegram import FakeTelegram
from bot.message import Attachment, Media, Outbound, Text
from bot.render import Attached, render
from bot.settings import Settings
from tests.bot.channels._twilio_bot import ADA, PUBLIC, running
from tests.builders import world
from tests.samples import GIF, JPEG, OGG, PDF, png, sized

TOKEN = "123456:ABC-def"
MOST = 1_000_000
LINK = f"{PUBLIC}/files/token"
Shown = tuple[str, bytes]
"""The text of a message and the file beside it."""


@dataclass
class Rig:
    """A channel, one person who sends files on it, and what they see."""

    channel: Channel
    address: str
    give: Callable[[bytes, str], Awaitable[Media]]
    shown: Callable[[], list[Shown]]
    served: dict[str, Any]
    """What the link gives: `content` and `type`."""

    async def send(self, words: str, content: bytes, kind: str, name: str = "file") -> list[Sent]:
        """As the outbox does."""
        self.served |= {"content": content, "type": kind}
        limits = self.channel.limits_for(self.address)
        message = Outbound(Text(words), attachment=Attachment(1, name, kind, len(content)))
        file = Attached(name, kind, content, LINK)
        parts = render(message, limits, locale="en", texts=world().texts, attached=file)
        return [await self.channel.send(self.address, part) for part in parts]


@asynccontextmanager
async def telegram_rig() -> AsyncIterator[Rig]:
    fake = FakeTelegram(rate_limits=False)
    await fake.start()
    channel = telegram.build(Settings(_env_file=None, telegram_token=TOKEN, telegram_api=fake.url), templates={})
    assert channel is not None
    ada = fake.user(TOKEN, id=501)
    await ada.start()

    async def give(content: bytes, kind: str) -> Media:
        await (ada.send_photo(content) if kind == "image/png" else ada.send_document(content, "f.bin"))
        (event,) = channel.parse(orjson.dumps(fake.bot(TOKEN).pending[-1]))
        return event.media[0]

    yield Rig(channel, "501", give, lambda: [(one.text, one.photo or one.document) for one in ada.messages], {})
    await channel.close()
    await fake.stop()


@asynccontextmanager
async def twilio_rig(module: Any) -> AsyncIterator[Rig]:
    served: dict[str, Any] = {}

    async def serve(_: web.Request) -> web.Response:
        return web.Response(body=served["content"], content_type=served["type"])

    async with running(module) as bot, serving(serve) as place:
        bot.fake.world.tunnel = {f"{PUBLIC}/files": f"{place}/files", **bot.fake.world.tunnel}
        ada = bot.fake.user(ADA, channel=module.NAME)
        await ada.write("ciao")

        async def give(content: bytes, kind: str) -> Media:
            assert await ada.send_file(content, kind) == 200
            return bot.events[-1].media[0]

        def shown() -> list[Shown]:
            return [(one.body, one.files[0][1] if one.files else b"") for one in ada.messages]

        yield Rig(bot.channel, ADA, give, shown, served)
        await bot.fake.settle()


@asynccontextmanager
async def serving(handler: Any) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/files/token", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@asynccontextmanager
async def simulator_rig() -> AsyncIterator[Rig]:
    channel = simulator.build(Settings(_env_file=None), templates={})
    served: dict[str, Any] = {}

    async def give(content: bytes, kind: str) -> Media:
        held = channel.put(content, "f.bin")
        told = {"address": "web:ada", "media": [{"type": kind, "url": held.url}]}
        (event,) = channel.parse(orjson.dumps(told))
        return event.media[0]

    def shown() -> list[Shown]:
        parts = [part for _, part in channel._chat("web:ada").messages]
        files = [one.attachment for one in parts]
        assert all(one.url == LINK and one.content == b"" for one in files if one), "the link, not the bytes"
        return [(part.text, served["content"] if part.attachment else b"") for part in parts]

    yield Rig(channel, "web:ada", give, shown, served)


RIGS = {
    "telegram": telegram_rig,
    "whatsapp": lambda: twilio_rig(whatsapp),
    "sms": lambda: twilio_rig(sms),
    "simulator": simulator_rig,
}


@pytest_asyncio.fixture(params=RIGS)
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    async with RIGS[request.param]() as made:
        yield made


@pytest.mark.parametrize(
    ("content", "told", "kind"),
    [
        (png(), "image/png", "image/png"),
        (JPEG, "image/jpeg", "image/jpeg"),
        (OGG, "audio/ogg", "audio/ogg"),
        (PDF, "image/jpeg", "application/pdf"),
        (b"<html><script>1</script></html>", "image/jpeg", "application/octet-stream"),
    ],
    ids=["png", "jpeg", "ogg", "a pdf said to be a picture", "a page said to be a picture"],
)
@pytest.mark.asyncio
async def test_what_a_member_sent_is_fetched_and_its_type_is_what_it_is(
    rig: Rig, content: bytes, told: str, kind: str
) -> None:
    found = await rig.channel.fetch(await rig.give(content, told), most=MOST)
    assert (found.content, found.type) == (content, kind)


@pytest.mark.asyncio
async def test_a_file_may_be_as_large_as_said_and_no_larger(rig: Rig) -> None:
    media = await rig.give(sized(PDF, 300_000), "application/pdf")
    assert len((await rig.channel.fetch(media, most=300_000)).content) == 300_000
    with pytest.raises(MediaGone) as gone:
        await rig.channel.fetch(media, most=299_999)
    assert gone.value.reason == "too_large"


@pytest.mark.parametrize(
    "media",
    [Media("image/jpeg"), Media("image/jpeg", id="unknown", url="https://api.twilio.com/2010-04-01/Media/ME1")],
    ids=["no address", "nobody has it"],
)
@pytest.mark.asyncio
async def test_a_file_that_is_not_there_is_gone(rig: Rig, media: Media) -> None:
    with pytest.raises(MediaGone) as gone:
        await rig.channel.fetch(media, most=MOST)
    assert gone.value.reason == "gone"


@pytest.mark.parametrize(("content", "kind"), [(png(), "image/png"), (PDF, "application/pdf"), (GIF, "image/gif")])
@pytest.mark.asyncio
async def test_what_staff_send_arrives_with_its_words(rig: Rig, content: bytes, kind: str) -> None:
    before = len(rig.shown())
    sent = await rig.send("Here it is", content, kind)
    assert all(one.provider_id for one in sent)
    shown = rig.shown()[before:]
    limits = rig.channel.limits_for(rig.address)
    carried = limits.attachments and (limits.attachment_types is None or kind in limits.attachment_types)
    if carried:
        assert [file for _, file in shown if file] == [content]
        assert [text for text, _ in shown if text] == ["Here it is"]
    else:
        assert shown == [(f"Here it is\n{LINK}", b"")]


@pytest.mark.asyncio
async def test_long_words_go_ahead_of_the_file(rig: Rig) -> None:
    before = len(rig.shown())
    await rig.send("word " * 290, png(), "image/png")
    shown = rig.shown()[before:]
    texts = " ".join(text for text, _ in shown)
    assert texts.count("word") == 290
    files = [file for _, file in shown]
    assert files == ([b""] if rig.channel.name == "sms" else [b"", png()])


@pytest.mark.asyncio
async def test_a_file_without_words_is_sent_all_the_same(rig: Rig) -> None:
    before = len(rig.shown())
    await rig.send("", png(), "image/png")
    assert rig.shown()[before:] == ([(LINK, b"")] if rig.channel.name == "sms" else [("", png())])

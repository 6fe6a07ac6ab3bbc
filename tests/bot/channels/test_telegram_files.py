"""Telegram's files: pictures and documents as Telegram takes them, downloads that stop, errors that tell no token."""

import traceback
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.channels import BadRequest, Channel, MediaGone, RetryAt, telegram
from bot.fakes.telegram import FakeTelegram
from bot.message import Media
from bot.render import Attached, Part
from bot.settings import Settings
from tests.samples import GIF, JPEG, PDF, WEBP, png

pytestmark = pytest.mark.asyncio
TOKEN = "123456:ABC-def"


@pytest_asyncio.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    server = FakeTelegram(rate_limits=False)
    await server.start()
    await server.user(TOKEN, id=501).start()
    yield server
    await server.stop()


@pytest_asyncio.fixture
async def channel(fake: FakeTelegram) -> AsyncIterator[Channel]:
    settings = Settings(_env_file=None, telegram_token=TOKEN, telegram_api=fake.url, provider_timeout=2)
    made = telegram.build(settings, templates={})
    assert made is not None
    yield made
    await made.close()


def part(kind: str, content: bytes, text: str = "") -> Part:
    return Part(text, attachment=Attached("a b.x", kind, content, "https://shop.example/files/x"), fallback=text)


@pytest.mark.parametrize(
    ("kind", "content", "method"),
    [
        ("image/png", png(), "sendPhoto"),
        ("image/jpeg", JPEG, "sendPhoto"),
        ("image/webp", WEBP, "sendPhoto"),
        ("image/gif", GIF, "sendDocument"),
        ("application/pdf", PDF, "sendDocument"),
    ],
)
async def test_pictures_are_photos_and_the_rest_documents(
    fake: FakeTelegram, channel: Channel, kind: str, content: bytes, method: str
) -> None:
    sent = await channel.send("501", part(kind, content, "<b>Hi</b> &amp; bye"))
    (message,) = fake.user(TOKEN, id=501).messages
    assert (message.text, message.photo or message.document) == ("Hi & bye", content)
    assert sent.provider_id == f"501:{message.message_id}"
    assert fake.calls[-1].method == method
    assert message.file_name == ("" if method == "sendPhoto" else "a b.x")


async def test_a_picture_of_odd_shape_goes_as_a_document(fake: FakeTelegram, channel: Channel) -> None:
    long = png()[:16] + (30).to_bytes(4) + (900).to_bytes(4) + png()[24:]
    await channel.send("501", part("image/png", long, "Long"))
    (message,) = fake.user(TOKEN, id=501).messages
    assert (message.text, message.photo, message.document) == ("Long", b"", long)


async def test_other_refusals_of_a_file_are_those_of_a_text(fake: FakeTelegram, channel: Channel) -> None:
    fake.fail_next("sendPhoto", 400, "Bad Request: not enough sense")
    with pytest.raises(BadRequest):
        await channel.send("501", part("image/png", png()))
    fake.fail_next("sendDocument", 502, "Bad Gateway")
    with pytest.raises(RetryAt):
        await channel.send("501", part("application/pdf", PDF))
    fake.fail_next("sendDocument", 400, "Bad Request: can't parse entities: x")
    await channel.send("501", part("application/pdf", PDF, "<b>plain</b>"))
    assert fake.user(TOKEN, id=501).messages[-1].text == "<b>plain</b>"


async def test_a_download_that_fails_tells_no_token(fake: FakeTelegram, channel: Channel) -> None:
    fake.answer_next("getFile", {"file_id": "x", "file_unique_id": "x", "file_path": "documents/gone.pdf"})
    with pytest.raises(MediaGone) as gone:
        await channel.fetch(Media("document", id="x"), most=9)
    assert gone.value.reason == "gone"
    shown = "".join(traceback.format_exception(gone.value))
    assert "ABC-def" not in shown


async def test_a_size_told_too_small_is_found_out(fake: FakeTelegram, channel: Channel) -> None:
    ada = fake.user(TOKEN, id=501)
    await ada.send_document(PDF)
    file_id, held = next(iter(fake.bot(TOKEN).files.items()))
    held.is_asked_for = True
    told = {"file_id": file_id, "file_unique_id": "x", "file_path": held.path, "file_size": 1}
    fake.answer_next("getFile", told)
    with pytest.raises(MediaGone) as gone:
        await channel.fetch(Media("document", id=file_id), most=len(PDF) - 1)
    assert gone.value.reason == "too_large"


@pytest.mark.parametrize(
    ("status", "words", "reason"),
    [
        (400, "Bad Request: file is too big", "too_large"),
        (400, "Bad Request: wrong file_id or the file is temporarily unavailable", "gone"),
        (500, "Internal Server Error", "unavailable"),
        (401, "Unauthorized", "unavailable"),
        (429, "Too Many Requests: retry after 3", "unavailable"),
    ],
)
async def test_what_getfile_says_is_a_reason(
    fake: FakeTelegram, channel: Channel, status: int, words: str, reason: str
) -> None:
    fake.fail_next("getFile", status, words)
    with pytest.raises(MediaGone) as gone:
        await channel.fetch(Media("photo", id="x"), most=9)
    assert gone.value.reason == reason


async def test_a_server_that_is_away_is_unavailable(fake: FakeTelegram, channel: Channel) -> None:
    await fake.stop()
    with pytest.raises(MediaGone) as gone:
        await channel.fetch(Media("photo", id="x"), most=9)
    assert gone.value.reason == "unavailable"

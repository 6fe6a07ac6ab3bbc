"""The fake Bot API is as strict with files as the real one: captions, shapes, sizes, ids of one bot only."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramBadRequest, TelegramEntityTooLarge
from aiogram.types import BufferedInputFile

from bot.fakes import _telegram_files as files
from bot.fakes.telegram import FakeTelegram
from tests.samples import JPEG, PDF, WEBP, png

pytestmark = pytest.mark.asyncio
TOKEN, OTHER = "123456:ABC-def", "654321:XYZ"


@pytest_asyncio.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    server = FakeTelegram(rate_limits=False)
    await server.start()
    for token in (TOKEN, OTHER):
        await server.user(token, id=501).start()
    yield server
    await server.stop()


@pytest_asyncio.fixture
async def bot(fake: FakeTelegram) -> AsyncIterator[Bot]:
    async with client(fake, TOKEN) as made:
        yield made


def client(fake: FakeTelegram, token: str) -> Bot:
    session = AiohttpSession(api=TelegramAPIServer.from_base(fake.url))
    return Bot(token, session=session, default=DefaultBotProperties(parse_mode="HTML"))


def file(content: bytes, name: str = "a.pdf") -> BufferedInputFile:
    return BufferedInputFile(content, name)


async def test_a_document_arrives_under_its_name(fake: FakeTelegram, bot: Bot) -> None:
    sent = await bot.send_document(501, file(PDF, "Bill 1.pdf"), caption="<b>Yours</b>")
    (seen,) = fake.user(TOKEN, id=501).messages
    assert (seen.text, seen.html, seen.document, seen.photo) == ("Yours", "<b>Yours</b>", PDF, b"")
    assert seen.file_name == sent.document.file_name == "Bill 1.pdf"
    assert sent.document.file_size == len(PDF)


async def test_captions_and_contents_are_checked(fake: FakeTelegram, bot: Bot) -> None:
    await bot.send_document(501, file(PDF), caption="👋" * 512)
    for send in (bot.send_document, bot.send_photo):
        with pytest.raises(TelegramBadRequest, match="caption is too long"):
            await send(501, file(png()), caption="👋" * 512 + "x")
        with pytest.raises(TelegramBadRequest, match="can't parse entities"):
            await send(501, file(png()), caption="<b>")
        with pytest.raises(TelegramBadRequest, match="non-empty"):
            await send(501, file(b""))
    assert len(fake.user(TOKEN, id=501).messages) == 1


@pytest.mark.parametrize(("content", "size"), [(png(), (29, 29)), (JPEG, (9, 8)), (WEBP, (9, 9))])
async def test_pictures_of_three_kinds_are_measured(bot: Bot, content: bytes, size: tuple[int, int]) -> None:
    sent = await bot.send_photo(501, file(content))
    assert (sent.photo[-1].width, sent.photo[-1].height) == size


async def test_what_is_no_picture_or_too_large_is_refused(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = png()[:16] + (10).to_bytes(4) + (201).to_bytes(4) + png()[24:]
    for content, words in (
        (PDF, "IMAGE_PROCESS_FAILED"),
        (odd, "PHOTO_INVALID_DIMENSIONS"),
        (JPEG[:9], "IMAGE_PROCESS"),
    ):
        with pytest.raises(TelegramBadRequest, match=words):
            await bot.send_photo(501, file(content))
    monkeypatch.setattr(files, "PHOTO_BYTES", 10)
    with pytest.raises(TelegramEntityTooLarge):
        await bot.send_photo(501, file(png()))


async def test_a_persons_file_is_had_by_the_bot_that_got_it_alone(fake: FakeTelegram, bot: Bot) -> None:
    ada = fake.user(TOKEN, id=501)
    await ada.send_photo(png(4), "Look")
    await ada.send_document(PDF, "bill.pdf")
    photo, document = (update["message"] for update in list(fake.bot(TOKEN).pending)[-2:])
    assert (photo["caption"], len(photo["photo"]), document["document"]["file_name"]) == ("Look", 2, "bill.pdf")
    file_id = document["document"]["file_id"]
    path = fake.bot(TOKEN).files[file_id].path
    async with aiohttp.ClientSession() as session:
        for asked, status in ((False, 404), (True, 200)):
            if asked:
                assert (await bot.get_file(file_id)).file_path == path
            async with session.get(f"{fake.url}/file/bot{TOKEN}/{path}") as answer:
                assert answer.status == status
        async with session.get(f"{fake.url}/file/bot{OTHER}/{path}") as answer:
            assert answer.status == 404
    largest = await bot.download(photo["photo"][-1]["file_id"])
    assert largest is not None
    assert largest.read() == png(4)
    async with client(fake, OTHER) as other:
        with pytest.raises(TelegramBadRequest, match="wrong file_id"):
            await other.get_file(file_id)


async def test_a_file_of_more_than_twenty_megabytes_is_not_given(
    fake: FakeTelegram, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fake.user(TOKEN, id=501).send_document(PDF)
    monkeypatch.setattr(files, "DOWNLOAD_BYTES", len(PDF) - 1)
    with pytest.raises(TelegramBadRequest, match="file is too big"):
        await bot.get_file(next(iter(fake.bot(TOKEN).files)))

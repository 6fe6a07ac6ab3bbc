"""Files by the Bot API: what a member sent is downloaded, what goes to a member is uploaded as picture or document."""

from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramBadRequest
from aiogram.types import BufferedInputFile, InlineKeyboardMarkup, Message, ReplyKeyboardMarkup
from aiohttp import ClientError, ClientResponseError

from bot.channels._contract import Fetched, MediaGone
from bot.media import clean_name, sniff
from bot.message import Media
from bot.render import Attached

PHOTOS = frozenset({"image/png", "image/jpeg", "image/webp"})
"""What Telegram shows as a picture; the rest goes as a document."""
SECONDS = 60
"""A file takes longer than a text."""

_CHUNK = 64 * 1024
_GONE = (404, 410)
_NO_PICTURE = ("photo_invalid_dimensions", "image_process_failed", "photo_save_file_invalid", "wrong file type")

Keyboard = InlineKeyboardMarkup | ReplyKeyboardMarkup


async def fetch_file(bot: Bot, media: Media, most: int) -> Fetched:
    """The file a member sent; Telegram gives those of up to 20 MB. No error tells its address, which has the token."""
    if media.id is None:
        raise MediaGone("gone")
    try:
        file = await bot.get_file(media.id)
    except TelegramBadRequest as refused:
        raise MediaGone("too_large" if "too big" in str(refused.message).lower() else "gone") from None
    except AiogramError:
        raise MediaGone("unavailable") from None
    if not file.file_path:
        raise MediaGone("gone")
    if (file.file_size or 0) > most:
        raise MediaGone("too_large")
    content = await _download(bot, file.file_path, most)
    kind = sniff(content)
    return Fetched(content, kind, clean_name(file.file_path, kind))


async def _download(bot: Bot, path: str, most: int) -> bytes:
    url = bot.session.api.file_url(bot.token, path)
    found = bytearray()
    stream = bot.session.stream_content(url, timeout=SECONDS, chunk_size=_CHUNK, raise_for_status=True)
    try:
        async for chunk in stream:
            found += chunk
            if len(found) > most:
                raise MediaGone("too_large")
    except ClientResponseError as error:
        raise MediaGone("gone" if error.status in _GONE else "unavailable") from None
    except (ClientError, TimeoutError, OSError):
        raise MediaGone("unavailable") from None
    finally:
        await stream.aclose()
    return bytes(found)


async def send_file(
    bot: Bot, address: str, file: Attached, *, caption: str, parse_mode: str | None, markup: Keyboard | None
) -> Message:
    """A picture, or as a document what is none or what Telegram cannot show as one."""
    upload, words = BufferedInputFile(file.content, file.name), caption or None
    if file.type in PHOTOS:
        try:
            return await bot.send_photo(
                address, upload, caption=words, parse_mode=parse_mode, reply_markup=markup, request_timeout=SECONDS
            )
        except TelegramBadRequest as refused:
            if not any(phrase in str(refused.message).lower() for phrase in _NO_PICTURE):
                raise
    return await bot.send_document(
        address, upload, caption=words, parse_mode=parse_mode, reply_markup=markup, request_timeout=SECONDS
    )

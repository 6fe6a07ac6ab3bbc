"""The Telegram channel: checks the webhook's secret and hands rendered parts to the Bot API."""

import asyncio
import hmac
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from typing import Any

import orjson
import segno
import structlog
from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import PRODUCTION, TelegramAPIServer
from aiogram.exceptions import ClientDecodeError, TelegramBadRequest, TelegramMigrateToChat
from aiogram.types import (
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    Message,
    ReplyKeyboardMarkup,
)
from aiogram.utils.token import TokenValidationError

from bot.channels._contract import BadRequest, Config, Fetched, Forged, MediaGone, Request, Sent
from bot.channels._telegram_errors import is_harmless, is_markup_error, translated
from bot.channels._telegram_files import fetch_file, send_file
from bot.channels._telegram_parse import CHANNEL, parse
from bot.limits import TELEGRAM, Limits
from bot.message import Choice, Event, Media
from bot.render import Part
from bot.settings import Settings

SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - a header's name
CAPTION_UNITS = 1024
CALLBACK_ANSWER = 200

_LONG_LABEL = 20
_MANY_CHOICES = 4
_QR_SCALE = 8

Keyboard = InlineKeyboardMarkup | ReplyKeyboardMarkup

_log = structlog.get_logger(__name__)


def open_bot(settings: Settings) -> Bot:
    """A Bot API client. Needs a running loop; whoever opens it closes its session."""
    if settings.telegram_token is None:
        raise Config("no token")
    server = TelegramAPIServer.from_base(settings.telegram_api) if settings.telegram_api else PRODUCTION
    session = AiohttpSession(api=server, timeout=settings.provider_timeout, json_loads=_loads)
    defaults = DefaultBotProperties(parse_mode="HTML", link_preview_is_disabled=True)
    return Bot(settings.telegram_token.get_secret_value(), session=session, default=defaults)


def _loads(text: str) -> Any:
    """An answer's JSON. aiogram takes for granted that a failure has a description."""
    answer = orjson.loads(text)
    if isinstance(answer, dict) and answer.get("description") is None:
        answer["description"] = ""
    return answer


class TelegramChannel:
    """A bot's private chats. One client, opened at the first call."""

    name: str = CHANNEL
    limits: Limits = TELEGRAM

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._bot: Bot | None = None

    def verify(self, request: Request) -> None:
        """Raise `Forged` unless the secret we gave Telegram comes back; without one nothing can be genuine."""
        secret = self._settings.telegram_secret.get_secret_value() if self._settings.telegram_secret else ""
        given = request.headers.get(SECRET_HEADER, "")
        if not secret or not hmac.compare_digest(secret.encode(), given.encode("utf-8", "surrogatepass")):
            raise Forged(401)

    def limits_for(self, address: str) -> Limits:
        """The same for everybody."""
        return self.limits

    def parse(self, body: bytes) -> list[Event]:
        """The events of an update; see `_telegram_parse`."""
        return parse(body)

    async def send(self, address: str, part: Part) -> Sent:
        """Send one part; a moved chat and unreadable markup are each tried once more."""
        with translated():
            try:
                return await self._send(address, part)
            except TelegramMigrateToChat as moved:
                new_address = str(moved.migrate_to_chat_id)
                return replace(await self._send(new_address, part), moved_to=new_address)

    async def fetch(self, media: Media, *, most: int) -> Fetched:
        """The file behind a file_id; see `_telegram_files`."""
        try:
            bot = self._client()
        except (Config, TokenValidationError):
            raise MediaGone("unavailable") from None
        return await fetch_file(bot, media, most)

    async def answer_callback(self, callback_id: str, text: str | None) -> None:
        """Stop the button's spinner, with a short notice if there is one; too late is no failure."""
        notice = text[:CALLBACK_ANSWER] if text else None
        with translated():
            try:
                await self._client().answer_callback_query(callback_id, text=notice)
            except TelegramBadRequest as refused:
                if not is_harmless(refused):
                    raise

    async def missed(self, since: datetime) -> AsyncIterator[bytes]:
        """Nothing: Telegram keeps redelivering what was not answered 200."""
        none: tuple[bytes, ...] = ()
        for body in none:
            yield body

    async def close(self) -> None:
        """Close the client's connections."""
        if self._bot is not None:
            bot, self._bot = self._bot, None
            await bot.session.close()

    def _client(self) -> Bot:
        if self._bot is None:
            self._bot = open_bot(self._settings)
        return self._bot

    async def _send(self, address: str, part: Part) -> Sent:
        try:
            return await self._deliver(address, part, part.text, "HTML")
        except TelegramBadRequest as refused:
            if part.fallback is None or not is_markup_error(refused):
                raise
        _log.warning("telegram_markup_refused", template=part.template_flow)
        return await self._deliver(address, part, part.fallback, None)

    async def _deliver(self, address: str, part: Part, text: str, parse_mode: str | None) -> Sent:
        try:
            if part.qr is not None and _utf16_units(text) <= CAPTION_UNITS:
                return _sent(await self._photo(address, part, text, parse_mode))
            bot = self._client()
            if part.attachment is not None:
                file, markup = part.attachment, keyboard(part)
                made = await send_file(bot, address, file, caption=text, parse_mode=parse_mode, markup=markup)
                return _sent(made)
            return _sent(await bot.send_message(address, text, parse_mode=parse_mode, reply_markup=keyboard(part)))
        except ClientDecodeError as unreadable:
            return _sent_all_the_same(unreadable)

    async def _photo(self, address: str, part: Part, caption: str, parse_mode: str | None) -> Message:
        picture = BufferedInputFile(await asyncio.to_thread(qr_png, part.qr or ""), "code.png")
        return await self._client().send_photo(
            address, picture, caption=caption, parse_mode=parse_mode, reply_markup=keyboard(part)
        )


def _sent(message: Message) -> Sent:
    return Sent(_provider_id(message.chat.id, message.message_id))


def _provider_id(chat_id: object, message_id: object) -> str:
    """A message's number is unique in its chat only."""
    return f"{chat_id}:{message_id}"


def _sent_all_the_same(unreadable: ClientDecodeError) -> Sent:
    """A message Telegram says it took, in words aiogram does not know yet: trying again would double it."""
    try:
        if unreadable.data["ok"] is True:
            result = unreadable.data["result"]
            return Sent(_provider_id(result["chat"]["id"], result["message_id"]))
    except (TypeError, KeyError):
        pass
    raise unreadable


def _utf16_units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def qr_png(content: str) -> bytes:
    """A QR image of the content."""
    try:
        code = segno.make(content, micro=False)
    except ValueError as error:
        raise BadRequest("qr too long") from error
    image = BytesIO()
    code.save(image, kind="png", scale=_QR_SCALE)
    return image.getvalue()


def keyboard(part: Part) -> Keyboard | None:
    """What stands under the text: a share-my-phone button, or the choices as inline buttons.

    Telegram shows one keyboard a message: beside a share-my-phone button choices become buttons that write their label.
    """
    choices = part.choices if part.style != "plain" else ()
    if part.ask_contact is not None:
        return _contact_keyboard(part.ask_contact, choices)
    if not choices:
        return None
    buttons = [InlineKeyboardButton(text=choice.label, callback_data=choice.payload) for choice in choices]
    return InlineKeyboardMarkup(inline_keyboard=_rows(buttons))


def _contact_keyboard(label: str, choices: Sequence[Choice]) -> ReplyKeyboardMarkup:
    share = [KeyboardButton(text=label, request_contact=True)]
    others = [[KeyboardButton(text=choice.label)] for choice in choices]
    return ReplyKeyboardMarkup(keyboard=[share, *others], one_time_keyboard=True, resize_keyboard=True)


def _rows(buttons: Sequence[InlineKeyboardButton]) -> list[list[InlineKeyboardButton]]:
    long = len(buttons) > _MANY_CHOICES or any(len(button.text) > _LONG_LABEL for button in buttons)
    width = 1 if long else 2
    return [list(buttons[start : start + width]) for start in range(0, len(buttons), width)]

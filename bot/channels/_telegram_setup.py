"""What an operator does once for a bot: tell Telegram our webhook and commands, and look whether that still holds.

It imports aiogram, which takes seconds: import it where the command runs, not at the top of a command file.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from aiogram import Bot
from aiogram.types import BotCommand, WebhookInfo

from bot.channels._contract import Config, SendError
from bot.channels._telegram_errors import translated
from bot.channels._telegram_parse import ALLOWED_UPDATES
from bot.channels._telegram_send import open_bot
from bot.settings import Settings

WEBHOOK_PATH = "/webhooks/telegram"
MAX_CONNECTIONS = 40
PENDING_TOLERATED = 100

Commands = Mapping[str | None, Mapping[str, str]]
"""Locale (None: every other one) -> command -> description."""


def webhook_url(settings: Settings) -> str:
    """Where Telegram is to deliver."""
    return settings.public_url + WEBHOOK_PATH


async def connect(settings: Settings, commands: Commands) -> list[str]:
    """Set the webhook and the commands of every language; lines for the operator. Raises `SendError`."""
    secret = settings.telegram_secret.get_secret_value() if settings.telegram_secret else ""
    if not secret:
        raise Config("no secret")
    async with _bot(settings) as bot:
        me = await bot.get_me()
        await bot.set_webhook(
            webhook_url(settings),
            secret_token=secret,
            allowed_updates=list(ALLOWED_UPDATES),
            max_connections=MAX_CONNECTIONS,
            drop_pending_updates=False,
        )
        lines = [f"Bot @{me.username}", f"Webhook: {webhook_url(settings)}"]
        for locale, texts in commands.items():
            lines.append(await _set_commands(bot, locale, texts))
    return lines


async def _set_commands(bot: Bot, locale: str | None, texts: Mapping[str, str]) -> str:
    """Telegram knows languages by two letters, without a region."""
    language = locale.replace("-", "_").split("_")[0] if locale else None
    if language and len(language) != 2:
        return f"Commands, {locale}: left out, Telegram takes two-letter languages only"
    rows = [BotCommand(command=name, description=text) for name, text in texts.items()]
    await bot.set_my_commands(rows, language_code=language)
    return f"Commands, {locale or 'any other language'}: {len(rows)}"


async def inspect(settings: Settings) -> list[tuple[bool, str]]:
    """What `doctor` says about the bot: (in order?, line)."""
    try:
        async with _bot(settings) as bot:
            me = await bot.get_me()
            info = await bot.get_webhook_info()
    except SendError as error:
        return [(False, f"Telegram: {error.staff} ({error.code})")]
    return [(True, f"Telegram: bot @{me.username}"), *_webhook_lines(settings, info)]


def _webhook_lines(settings: Settings, info: WebhookInfo) -> list[tuple[bool, str]]:
    wanted = webhook_url(settings)
    pending = info.pending_update_count
    missing = sorted(set(ALLOWED_UPDATES) - set(info.allowed_updates or ()))
    lines = [
        (info.url == wanted, f"Webhook: {info.url or 'none'}" + ("" if info.url == wanted else f", not {wanted}")),
        (pending <= PENDING_TOLERATED, f"Updates waiting at Telegram: {pending}"),
    ]
    if missing:
        lines.append((False, f"Updates not asked for: {', '.join(missing)}"))
    if info.last_error_message and info.last_error_date:
        moment = info.last_error_date.isoformat(timespec="seconds")
        lines.append((pending == 0, f"Last failed delivery, {moment}: {info.last_error_message}"))
    return lines


@asynccontextmanager
async def _bot(settings: Settings) -> AsyncIterator[Bot]:
    with translated():
        bot = open_bot(settings)
        try:
            yield bot
        finally:
            await bot.session.close()

"""What `doctor` asks the providers."""

from __future__ import annotations

from dataclasses import dataclass

from bot.desk import telegram as telegram_desk
from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's; `well` is None for what is not configured."""

    well: bool | None
    line: str


async def check_telegram(settings: Settings) -> list[Finding]:
    """The token, the webhook and what waits at Telegram."""
    if settings.telegram_token is None:
        return [Finding(None, "Telegram: not configured")]
    if settings.telegram_secret is None:
        return [Finding(False, "Telegram: telegram_secret is not set")]
    from bot.channels._telegram_setup import inspect  # noqa: PLC0415  # aiogram takes seconds to import

    return [Finding(well, line) for well, line in await inspect(settings)]


async def check_desk(settings: Settings) -> list[Finding]:
    """The staff's bot and its place in their group."""
    token, group = settings.desk_telegram_token, settings.desk_telegram_group
    if token is None and group is None:
        return [Finding(None, "Desk on Telegram: not configured")]
    if token is None or group is None:
        missing = "desk_telegram_token" if token is None else "desk_telegram_group"
        return [Finding(False, f"Desk on Telegram: {missing} is not set")]
    if settings.desk_telegram_secret is None and not settings.telegram_polling:
        return [Finding(False, "Desk on Telegram: desk_telegram_secret is not set")]
    return [Finding(well, line) for well, line in await telegram_desk.inspect(settings)]


async def check_twilio(settings: Settings) -> list[Finding]:
    """The account and its senders."""
    if settings.twilio_account is None and settings.twilio_token is None:
        return [Finding(None, "Twilio: not configured")]
    from bot.channels._twilio_setup import inspect  # noqa: PLC0415  # the twilio library takes a while to import

    found = [Finding(well, line) for well, line in await inspect(settings)]
    if not (settings.whatsapp_sender or settings.sms_sender):
        found.append(Finding(False, "Twilio: neither whatsapp_sender nor sms_sender is set"))
    return found

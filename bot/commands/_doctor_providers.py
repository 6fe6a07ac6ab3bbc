"""What `doctor` asks the providers."""

from __future__ import annotations

from dataclasses import dataclass

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


async def check_twilio(settings: Settings) -> list[Finding]:
    """The account and its senders."""
    if settings.twilio_account is None and settings.twilio_token is None:
        return [Finding(None, "Twilio: not configured")]
    from bot.channels._twilio_setup import inspect  # noqa: PLC0415  # the twilio library takes a while to import

    found = [Finding(well, line) for well, line in await inspect(settings)]
    if not (settings.whatsapp_sender or settings.sms_sender):
        found.append(Finding(False, "Twilio: neither whatsapp_sender nor sms_sender is set"))
    return found

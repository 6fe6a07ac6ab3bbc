"""Telegram, by the Bot API: updates in through a webhook, messages out through aiogram."""

from collections.abc import Mapping

from bot.channels._contract import Channel
from bot.channels._telegram_parse import CHANNEL as NAME
from bot.channels._telegram_parse import parse
from bot.settings import Settings

__all__ = ["NAME", "build", "parse"]


def build(settings: Settings, *, templates: Mapping[str, Mapping[str, str]]) -> Channel | None:  # noqa: ARG001 - the contract's
    """The channel, or None without a token."""
    if settings.telegram_token is None:
        return None
    # aiogram takes seconds to import; who only parses, or uses other channels, does not wait for it.
    from bot.channels._telegram_send import TelegramChannel  # noqa: PLC0415

    return TelegramChannel(settings)

"""SMS through Twilio: plain text, counted in parts, with choices as numbers."""

from __future__ import annotations

from collections.abc import Mapping

from bot.channels._contract import Channel, Sent
from bot.channels._twilio_channel import TwilioSide, open_account
from bot.channels._twilio_parse import parse_form
from bot.limits import SMS
from bot.message import Event
from bot.render import Part
from bot.settings import Settings

NAME = "sms"

VALIDITY_SECONDS = 4 * 3600
"""A text that has not left Twilio's queue by then is stale and dropped."""


def parse(body: bytes) -> list[Event]:
    """The event of a webhook body; never raises."""
    return parse_form(body, NAME)


def build(settings: Settings, *, templates: Mapping[str, Mapping[str, str]] | None = None) -> Channel | None:  # noqa: ARG001  # SMS has no templates
    """The channel, when the account and the SMS sender are set."""
    account = open_account(settings, NAME, settings.sms_sender)
    return None if account is None else SmsChannel(account)


class SmsChannel(TwilioSide):
    """One SMS sender: a number or a messaging service."""

    name = NAME
    limits = SMS

    def parse(self, body: bytes) -> list[Event]:
        return parse(body)

    async def send(self, address: str, part: Part) -> Sent:
        """The rendered text as it is: it is counted in parts already, so Twilio shall not re-encode it."""
        return await self.create(address, body=part.text, validity_period=VALIDITY_SECONDS, smart_encoded=False)

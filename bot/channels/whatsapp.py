"""WhatsApp through Twilio: buttons and lists by the Content API, approved templates outside the 24-hour window."""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from twilio.base import values  # type: ignore[import-untyped]  # twilio publishes no types

from bot.channels._contract import BadRequest, Channel, SendError, Sent
from bot.channels._twilio_channel import Account, TwilioSide, open_account
from bot.channels._twilio_content import Contents, is_content_refusal, numbered, split_body, variables
from bot.channels._twilio_errors import CONTENT_REFUSED
from bot.channels._twilio_parse import parse_form
from bot.limits import WHATSAPP
from bot.message import Event
from bot.render import Part
from bot.settings import Settings
from loyalty.programme import template_for

log = structlog.get_logger()

NAME = "whatsapp"
PREFIX = "whatsapp:"

Templates = Mapping[str, Mapping[str, str]]
"""flow -> locale -> ContentSid of the approved template."""


def parse(body: bytes) -> list[Event]:
    """The event of a webhook body; never raises."""
    return parse_form(body, NAME)


def build(settings: Settings, *, templates: Templates | None = None) -> Channel | None:
    """The channel, when the account and the WhatsApp sender are set."""
    account = open_account(settings, NAME, settings.whatsapp_sender, prefix=PREFIX)
    return None if account is None else WhatsAppChannel(account, templates or {})


class WhatsAppChannel(TwilioSide):
    """One WhatsApp sender."""

    name = NAME
    limits = WHATSAPP

    def __init__(self, account: Account, templates: Templates) -> None:
        super().__init__(account)
        self._templates = templates
        self._contents = Contents(account.client)

    def parse(self, body: bytes) -> list[Event]:
        return parse(body)

    async def send(self, address: str, part: Part) -> Sent:
        if part.template_flow is not None:
            sid = self._template(part.template_flow, part.locale)
            return await self.create(address, content_sid=sid, content_variables=variables(part.variables))
        if part.attachment is not None:
            return await self.create(address, body=part.text or values.unset, media_url=[part.attachment.url])
        if part.style == "plain" or not part.choices:
            return await self.create(address, body=part.text)
        return await self._send_choices(address, part)

    def _template(self, flow: str, locale: str) -> str:
        sid = template_for(self._templates, flow, locale)
        if sid is None:
            raise BadRequest("no template")
        return sid

    async def _send_choices(self, address: str, part: Part) -> Sent:
        """Buttons or a list. Everything that can fail beforehand does, so that nothing goes out by halves."""
        try:
            sid = await self._contents.sid(part)
        except SendError as error:
            if not is_content_refusal(error):
                raise
            log.warning("content_refused", code=error.code, style=part.style, choices=len(part.choices))
            return await self._send_numbered(address, part.text, part)
        ahead, line = split_body(part.text)
        if ahead:
            await self.create(address, receipts=False, body=ahead)
        filled = variables([line, *(choice.payload for choice in part.choices)])
        try:
            return await self.create(address, content_sid=sid, content_variables=filled)
        except SendError as error:
            if error.code not in CONTENT_REFUSED:
                raise _after(error, ahead) from None
            log.warning("content_not_accepted", code=error.code, style=part.style, choices=len(part.choices))
            self._contents.forget(part)
        return await self._send_numbered(address, line, part, after=ahead)

    async def _send_numbered(self, address: str, text: str, part: Part, *, after: str = "") -> Sent:
        """The choices as numbered text; as a message of their own when text and numbers do not fit in one."""
        whole = f"{text}\n\n{numbered(part)}".strip()
        try:
            if text and len(whole) > self.limits.text:
                await self.create(address, receipts=False, body=text)
                after, whole = text, numbered(part)
            return await self.create(address, body=whole)
        except SendError as error:
            raise _after(error, after) from None


def _after(error: SendError, ahead: str) -> SendError:
    """The error, saying that a repeat doubles what has gone ahead."""
    error.sent_perhaps = error.sent_perhaps or bool(ahead)
    return error

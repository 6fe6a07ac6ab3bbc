"""What WhatsApp and SMS share at Twilio: the signature, the create call, the errors, the messages we missed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from bot.channels._contract import Fetched, Forged, Request, SendError, Sent
from bot.channels._twilio_errors import error_for_receipt, mapped_errors
from bot.channels._twilio_media import fetch_media
from bot.limits import Limits
from bot.message import Media
from bot.settings import Settings
from bot.twilio_client import Client, Signatures, open_client, status_url

_SERVICE = "MG"
_OVERLAP = timedelta(seconds=1)
"""Twilio's times are whole seconds."""

_MEDIA = "https://api.twilio.com/2010-04-01/Accounts/{account}/Messages/{message}/Media/{media}"
_PAGE = 1000
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Account:
    """One sender of a Twilio account: what a channel needs to speak through it."""

    client: Client
    signatures: Signatures
    sender: str
    callback: str
    prefix: str = ""
    """What stands before a phone number in this channel's addresses."""

    def origin(self) -> dict[str, str]:
        """The parameter that names the sender: a number, or a messaging service that picks one."""
        if self.sender.startswith(_SERVICE):
            return {"messaging_service_sid": self.sender}
        return {"from_": self.prefix + self.sender}


def open_account(settings: Settings, channel: str, sender: str | None, *, prefix: str = "") -> Account | None:
    """The account as the settings have it; None when something is not set."""
    if not (settings.twilio_account and settings.twilio_token and sender):
        return None
    tokens = (settings.twilio_token, settings.twilio_second_token)
    return Account(
        client=open_client(settings),
        signatures=Signatures(settings.public_url, [token.get_secret_value() for token in tokens if token]),
        sender=sender,
        callback=status_url(settings, channel),
        prefix=prefix,
    )


class TwilioSide:
    """The part of the channel contract that is the same for every Twilio channel."""

    limits: Limits

    def __init__(self, account: Account) -> None:
        self._account = account

    def limits_for(self, address: str) -> Limits:  # the contract's: the same for every address
        return self.limits

    def verify(self, request: Request) -> None:
        """Twilio's rules say 403 for a wrong signature."""
        if not self._account.signatures.valid(request.path, request.query, request.headers, request.body):
            raise Forged(403)

    def receipt_error(self, code: str | None) -> type[SendError] | None:
        """What the ErrorCode of a status callback means, in the words of the closed set."""
        return error_for_receipt(code)

    async def fetch(self, media: Media, *, most: int) -> Fetched:
        """The file behind a MediaUrl; see `_twilio_media`."""
        return await fetch_media(self._account.client, media.url, most)

    async def answer_callback(self, callback_id: str, text: str | None) -> None:
        """Twilio's taps need no answer."""

    async def close(self) -> None:
        await self._account.client.http_client.close()

    async def create(self, address: str, *, receipts: bool = True, **fields: Any) -> Sent:
        """One message to one address. Without `receipts` nobody asks how it fared."""
        if receipts:
            fields["status_callback"] = self._account.callback
        with mapped_errors():
            made = await self._account.client.messages.create_async(
                to=self._account.prefix + address, **self._account.origin(), **fields
            )
        return Sent(made.sid)

    async def missed(self, since: datetime) -> AsyncIterator[bytes]:
        """Inbound messages since then, as the webhook would have told them but for buttons, places and names.

        The same MessageSid stands in them, so the unique key drops what did arrive. Twilio lists the newest first.
        """
        start = since.astimezone(UTC) - _OVERLAP
        with mapped_errors(sends=False):
            listed = await self._account.client.messages.list_async(
                date_sent_after=start, page_size=_PAGE, **self._recipient()
            )
        found = [one for one in reversed(listed) if self._is_ours(one) and _moment(one) >= start]
        for message in sorted(found, key=_moment):
            yield urlencode(await self._form(message)).encode()

    def _recipient(self) -> dict[str, str]:
        sender = self._account.sender
        return {} if sender.startswith(_SERVICE) else {"to": self._account.prefix + sender}

    def _is_ours(self, message: Any) -> bool:
        if message.direction != "inbound":
            return False
        if not self._account.sender.startswith(_SERVICE):
            return True
        # The list cannot be asked for one service's messages; other channels' addresses carry a prefix.
        return message.messaging_service_sid == self._account.sender and _scheme(message.to) == self._account.prefix

    async def _form(self, message: Any) -> dict[str, str]:
        fields = {
            "MessageSid": message.sid,
            "SmsSid": message.sid,
            "SmsMessageSid": message.sid,
            "AccountSid": message.account_sid,
            "From": message.from_,
            "To": message.to,
            "Body": message.body,
            "NumMedia": message.num_media,
            "NumSegments": message.num_segments,
            "SmsStatus": "received",
            "ApiVersion": message.api_version,
        }
        told = {name: "" if value is None else str(value) for name, value in fields.items()}
        return told if told["NumMedia"].strip("0") == "" else told | await self._attachments(message)

    async def _attachments(self, message: Any) -> dict[str, str]:
        with mapped_errors(sends=False):
            listed = await self._account.client.messages(message.sid).media.list_async()
        found: dict[str, str] = {}
        for number, media in enumerate(listed):
            found[f"MediaContentType{number}"] = media.content_type or ""
            found[f"MediaUrl{number}"] = _MEDIA.format(
                account=message.account_sid, message=message.sid, media=media.sid
            )
        return found


def _scheme(address: str | None) -> str:
    scheme, colon, _ = (address or "").rpartition(":")
    return scheme + colon


def _moment(message: Any) -> datetime:
    found: datetime = message.date_sent or message.date_created or _EARLIEST
    return found

"""What an operator does at Twilio once: point the senders at our webhooks, and look whether all is well."""

from __future__ import annotations

from collections.abc import Awaitable

from bot.channels._contract import SendError
from bot.channels._twilio_errors import mapped_errors
from bot.settings import Settings
from bot.twilio_client import Client, open_client, webhook_url

Finding = tuple[bool, str]
"""Whether it is well, and what a person should read."""

_SERVICE = "MG"


async def connect(settings: Settings) -> list[str]:
    """The webhook URLs to enter at Twilio, one a configured sender; a phone number of ours is pointed at once.

    WhatsApp senders and messaging services take theirs in the console (field "When a message comes in").
    """
    senders = {"whatsapp": settings.whatsapp_sender, "sms": settings.sms_sender}
    urls = {channel: webhook_url(settings, channel) for channel, sender in senders.items() if sender}
    if "sms" in urls:
        client = open_client(settings)
        try:
            await _point(client, settings.sms_sender or "", urls["sms"])
        finally:
            await client.http_client.close()
    return list(urls.values())


async def _point(client: Client, sender: str, url: str) -> None:
    if sender.startswith(_SERVICE):
        return
    with mapped_errors(sends=False):
        for number in await client.incoming_phone_numbers.list_async(phone_number=sender):
            await number.update_async(sms_url=url, sms_method="POST")


async def inspect(settings: Settings) -> list[Finding]:
    """Each thing that must be right at Twilio, and whether it is."""
    if settings.twilio_account is None or settings.twilio_token is None:
        return [(False, "Twilio: account and token are not set")]
    client = open_client(settings)
    try:
        found = [await _checked("Twilio account", _account(client, settings.twilio_account))]
        if settings.sms_sender:
            found.append(await _checked("SMS sender", _sms(client, settings.sms_sender)))
        if settings.whatsapp_sender:
            found.append(await _checked("WhatsApp sender", _whatsapp(client, settings.whatsapp_sender)))
        return found
    finally:
        await client.http_client.close()


async def _checked(what: str, call: Awaitable[str]) -> Finding:
    """The call answers what is wrong, or nothing."""
    try:
        with mapped_errors(sends=False):
            wrong = await call
    except SendError as error:
        wrong = f"{error.staff} (Twilio {error.code})"
    return not wrong, f"{what}: {wrong or 'in order'}"


async def _account(client: Client, sid: str) -> str:
    found = await client.api.v2010.accounts(sid).fetch_async()
    return "" if found.status == "active" else f"is {found.status}"


async def _sms(client: Client, sender: str) -> str:
    if sender.startswith(_SERVICE):
        await client.messaging.v1.services(sender).fetch_async()
        return ""
    found = await client.incoming_phone_numbers.list_async(phone_number=sender)
    return "" if found else "is not among the account's phone numbers"


async def _whatsapp(client: Client, sender: str) -> str:
    listed = await client.messaging.v2.channels_senders.list_async(channel="whatsapp")
    found = [one for one in listed if one.sender_id == f"whatsapp:{sender}"]
    if not found:
        return "is not among the account's WhatsApp senders"
    return "" if str(found[0].status).startswith("ONLINE") else f"is {found[0].status}"

"""Requests of our own to our public address, signed as the providers sign, and forged ones that must be refused."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import ClientError, ClientSession, ClientTimeout
from pydantic import SecretStr

from bot.commands._doctor_providers import Finding
from bot.settings import Settings

_SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  # a header's name
_UPDATE = b'{"update_id":0}'
"""An update of no kind: it is taken and ignored, and a repeat is a duplicate."""
_MESSAGE = "SM" + "0" * 32
"""A message nobody sent: its receipt moves nothing."""


@dataclass(frozen=True, slots=True)
class _Probe:
    """A request and the status it must be answered with."""

    what: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    expected: int


async def check_webhooks(settings: Settings) -> list[Finding]:
    """Do our webhooks answer at the public address, and refuse forgeries?"""
    probes = [*_telegram(settings), *_desk(settings), *_twilio(settings)]
    if not probes:
        return [Finding(None, "Webhooks: not configured")]
    async with ClientSession(timeout=ClientTimeout(total=settings.provider_timeout)) as session:
        return [await _tried(session, settings.public_url, probe) for probe in probes]


async def _tried(session: ClientSession, public_url: str, probe: _Probe) -> Finding:
    url = public_url + probe.path
    try:
        async with session.post(url, data=probe.body, headers=probe.headers, allow_redirects=False) as answer:
            status = answer.status
    except (ClientError, TimeoutError, ValueError) as error:
        return Finding(False, f"{probe.what}: {url} cannot be reached ({type(error).__name__})")
    wrong = "" if status == probe.expected else f", not {probe.expected}"
    return Finding(not wrong, f"{probe.what}: {url} answers {status}{wrong}")


def _telegram(settings: Settings) -> Iterator[_Probe]:
    if settings.telegram_token is None or settings.telegram_secret is None:
        return
    yield from _updates("Telegram webhook", "/webhooks/telegram", settings.telegram_secret)


def _desk(settings: Settings) -> Iterator[_Probe]:
    if settings.desk_telegram_token is None or settings.desk_telegram_group is None:
        return
    if settings.desk_telegram_secret is not None:
        yield from _updates("Desk webhook", "/desk/telegram", settings.desk_telegram_secret)


def _updates(what: str, path: str, secret: SecretStr) -> Iterator[_Probe]:
    """One with the secret, one with another."""
    right = secret.get_secret_value()
    for how, shown, expected in (("signed", right, 200), ("forged", f"x{right}", 401)):
        headers = {"content-type": "application/json", _SECRET_HEADER: shown}
        yield _Probe(f"{what}, {how}", path, headers, _UPDATE, expected)


def _twilio(settings: Settings) -> Iterator[_Probe]:
    if settings.twilio_account is None or settings.twilio_token is None:
        return
    token = settings.twilio_token.get_secret_value()
    senders = {"whatsapp": settings.whatsapp_sender, "sms": settings.sms_sender}
    for channel in (name for name, sender in senders.items() if sender):
        path = f"/webhooks/{channel}"
        form = _receipt(settings.twilio_account, channel, senders[channel] or "")
        for what, key, expected in (("signed", token, 200), ("forged", f"x{token}", 403)):
            headers = {
                "content-type": "application/x-www-form-urlencoded",
                "X-Twilio-Signature": _signature(key, settings.public_url + path, form),
            }
            yield _Probe(f"{channel} webhook, {what}", path, headers, urlencode(form).encode(), expected)


def _receipt(account: str, channel: str, sender: str) -> dict[str, str]:
    prefix = "whatsapp:" if channel == "whatsapp" else ""
    return {
        "AccountSid": account,
        "ApiVersion": "2010-04-01",
        "From": prefix + sender,
        "MessageSid": _MESSAGE,
        "MessageStatus": "sent",
        "SmsSid": _MESSAGE,
        "SmsStatus": "sent",
        "To": prefix + sender,
    }


def _signature(token: str, url: str, form: Mapping[str, str]) -> str:
    signed = url + "".join(name + value for name, value in sorted(form.items()))
    return base64.b64encode(hmac.digest(token.encode(), signed.encode(), "sha1")).decode()

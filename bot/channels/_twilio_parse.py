"""Twilio's webhook form -> one neutral event. Pure, and takes any bytes.

Of a field that comes twice the first counts. Blank fields count as absent: Twilio posts many. Bytes that are no
UTF-8 become U+FFFD.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from bot.channels._clean import clean
from bot.channels._words import opt_out_word
from bot.limits import BY_CHANNEL
from bot.message import Event, Kind, Location, Media
from bot.twilio_client import form_pairs

OPT_IN_WORDS = frozenset({"START", "UNSTOP"})
"""YES opens a blocked number too, but only a blocked one: that needs state, so it stays a text here."""

Content = tuple[Kind, dict[str, object]]
"""What an inbound form says: the kind and the event's fields that go with it."""

_PHONE = re.compile(r"[+ ]([1-9][0-9]{6,14})")
_INBOUND = frozenset({"received", "receiving"})
_SILENT = {"STOP": Kind.OPT_OUT, "START": Kind.OPT_IN, "HELP": Kind.TEXT}
_IDS = ("MessageSid", "SmsSid", "SmsMessageSid")
_MEDIA_MOST = 16
_ADDRESS_MOST = 255
_ID_MOST, _STATUS_MOST = 255, 64
"""Ids are indexed, and PostgreSQL refuses index rows of some kilobytes; a longer id is none."""


@dataclass(slots=True)
class Form:
    """A webhook's fields, the blank ones gone."""

    channel: str
    fields: Mapping[str, str]
    body: bytes

    @property
    def digest(self) -> str:
        """What stands for the id of a body that has none."""
        return "sha256:" + sha256(self.body).hexdigest()[:32]

    def first(self, *names: str) -> str | None:
        """The first of these fields that says anything."""
        for name in names:
            value = self.fields.get(name)
            if value is not None:
                return value
        return None

    def address(self, *names: str) -> str:
        """The E.164 number among these fields, or the provider's own id of a member whose phone stays hidden."""
        told = [self.fields[name] for name in names if name in self.fields]
        phone = next((found for found in map(_phone, told) if found), None)
        # WhatsApp may put a business-scoped id where the number used to be.
        other = [self.fields.get("ExternalUserId", "").strip(), *(_bare(one) for one in told if _prefixed(one))]
        return phone or next((one for one in other if 0 < len(one) <= _ADDRESS_MOST), "")


def parse_form(body: bytes, channel: str) -> list[Event]:
    """The events of a webhook body: none is lost, what makes no sense is `ignored` with the reason."""
    if not body:
        return [_ignored(Form(channel, {}, body), "empty")]
    try:
        fields = _fields(body)
    except ValueError:
        return [_ignored(Form(channel, {}, body), "too_many_fields")]
    return [_event(Form(channel, fields, body))]


def _fields(body: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in form_pairs(body):
        if value and name not in found and (cleaned := clean(value)).strip():
            found[name] = cleaned
    return found


def _event(form: Form) -> Event:
    if form.first("From", "To", *_IDS) is None:
        return _ignored(form, "unknown_form")
    status = _status(form)
    if status is not None:
        return _receipt(form, status)
    address = form.address("From")
    if not address:
        return _ignored(form, "no_address")
    content = _content(form)
    if content is None:
        return _ignored(form, "no_content")
    kind, more = content
    return _made(form, kind, address=address, profile_name=form.first("ProfileName"), **more)


def _content(form: Form) -> Content | None:
    if form.fields.keys().isdisjoint(_SPECIAL) and form.fields.get("NumMedia") in (None, "0") and _type(form) == "text":
        return _opted(form) or _text(form) or _other(form)
    for reader in _READERS:
        found = reader(form)
        if found is not None:
            return found
    return None


def _status(form: Form) -> str | None:
    """A receipt's status in lower case; None for a message that came in."""
    if (form.first("EventType") or "").strip().upper() == "READ":
        return "read"
    told = (form.first("MessageStatus", "SmsStatus") or "").strip().lower()[:_STATUS_MOST]
    return None if not told or told in _INBOUND else told


def _receipt(form: Form, status: str) -> Event:
    error = (form.first("ErrorCode") or "").strip()
    return _made(
        form,
        Kind.STATUS,
        address=form.address("To", "ChannelToAddress"),
        provider_id=f"{_id(form)}:{status}",
        status=status,
        error=error if error not in ("", "0") else None,
    )


def _silent(form: Form) -> Content | None:
    told = (form.first("OptOutType") or "").strip().upper()
    if told not in _SILENT:
        return None
    reason = "help" if told == "HELP" else None
    return _SILENT[told], {"text": form.first("Body"), "reason": reason, "replied_silently": True}


def _choice(form: Form) -> Content | None:
    payload = form.first("ButtonPayload", "ListId", "ButtonText")
    if payload is None:
        return None
    return Kind.CHOICE, {"payload": payload, "text": form.first("ButtonText", "ListTitle", "Body")}


def _reaction(form: Form) -> Content | None:
    if _type(form) != "reaction":
        return None
    return Kind.REACTION, {"text": form.first("Body")}


def _opted(form: Form) -> Content | None:
    text = form.first("Body") or ""
    carrier = BY_CHANNEL[form.channel].carrier_words
    word = text.strip().upper() if carrier else ""
    if word in carrier or opt_out_word(text):
        return Kind.OPT_OUT, {"text": text}
    return (Kind.OPT_IN, {"text": text}) if word in OPT_IN_WORDS else None


def _place(form: Form) -> Content | None:
    latitude, longitude = _degrees(form, "Latitude", 90), _degrees(form, "Longitude", 180)
    if latitude is None or longitude is None:
        return None
    return Kind.LOCATION, {"location": Location(latitude, longitude), "text": form.first("Address", "Label", "Body")}


def _media(form: Form) -> Content | None:
    """Attachments by their numbered fields: NumMedia may be wrong, and a photo that vanishes is a lost claim."""
    count = (form.first("NumMedia") or "").strip().strip("0")
    if not count and "Media" not in {name[:5] for name in form.fields}:
        return None
    found = tuple(
        Media(type=form.first(f"MediaContentType{number}") or "unknown", url=form.first(f"MediaUrl{number}"))
        for number in range(_MEDIA_MOST)
        if form.first(f"MediaUrl{number}", f"MediaContentType{number}")
    )
    if not found and count:
        found = (Media(type="unknown"),)
    return (Kind.MEDIA, {"media": found, "text": form.first("Body")}) if found else None


def _text(form: Form) -> Content | None:
    text = form.first("Body")
    return None if text is None else (Kind.TEXT, {"text": text})


def _other(form: Form) -> Content | None:
    """A type we do not know (order, contacts, unsupported, …): the member gets an answer, so it is no silence."""
    told = _type(form)
    if told == "text":
        return Kind.TEXT, {"text": ""}
    return (Kind.MEDIA, {"media": (Media(type=told),)}) if told else None


def _blank(form: Form) -> Content | None:
    """A message of white space only, which the form's reader dropped."""
    return (Kind.TEXT, {"text": ""}) if form.first(*_IDS) and form.first("From") else None


_READERS: tuple[Callable[[Form], Content | None], ...] = (
    _silent,
    _choice,
    _reaction,
    _opted,
    _place,
    _media,
    _text,
    _other,
    _blank,
)
"""Asked in this order; the first that finds something decides."""
_SPECIAL = frozenset(
    {
        *("OptOutType", "ButtonPayload", "ListId", "ButtonText", "Latitude", "Longitude"),
        *(f"Media{what}{number}" for what in ("Url", "ContentType") for number in range(_MEDIA_MOST)),
    }
)
"""Without these fields a form of type text is just a text: most are, and need no more questions."""


def _type(form: Form) -> str:
    return (form.first("MessageType") or "").strip().lower()[:32]


def _degrees(form: Form, name: str, most: float) -> float | None:
    told = form.first(name)
    if told is None:
        return None
    try:
        value = float(told)
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) <= most else None


def _prefixed(value: str) -> bool:
    return value[:9].lower() == "whatsapp:"


def _bare(value: str) -> str:
    return value[9:].rstrip() if _prefixed(value) else value.rstrip()


def _phone(value: str) -> str | None:
    """E.164; a lone blank before the digits is a `+` that nobody encoded."""
    found = _PHONE.fullmatch(_bare(value))
    return "+" + found[1] if found else None


def _id(form: Form) -> str:
    told = (form.first(*_IDS) or "").strip()
    return told if 0 < len(told) <= _ID_MOST else form.digest


def _ignored(form: Form, reason: str) -> Event:
    return _made(form, Kind.IGNORED, address=form.address("From", "To"), reason=reason)


def _made(form: Form, kind: Kind, **more: object) -> Event:
    given = {"provider_id": _id(form), **more}
    return Event(kind=kind, channel=form.channel, **given)  # type: ignore[arg-type]  # the readers' tables hold each its own fields

"""What POST Messages accepts, checked as strictly as Twilio does."""

from __future__ import annotations

from collections.abc import Mapping

from bot.fakes._twilio_content import filled_variables, is_sendable, shown
from bot.fakes._twilio_files import check_media
from bot.fakes._twilio_model import PHONE, PREFIX, ApiError, FakeMessage, World, channel_of, phone_of
from bot.fakes._twilio_text import segments

_BODY = 1600
_KNOWN = frozenset(
    {"To", "From", "MessagingServiceSid", "Body", "MediaUrl", "ContentSid", "ContentVariables", "StatusCallback"}
    | {"ValidityPeriod", "SmartEncoded"}
)


def accept(world: World, form: Mapping[str, str]) -> FakeMessage:
    """The message, queued; or the refusal Twilio would give."""
    recipient = form.get("To", "")
    sender = _sender(world, form)
    _check_addresses(world, recipient, sender)
    _check_fields(form)
    check_media(form, recipient)
    if (channel_of(recipient), phone_of(recipient)) in world.opted_out:
        raise ApiError(400, 21610, "Attempt to send to unsubscribed recipient")
    made = FakeMessage(
        sid=world.sid("SM"),
        sender=sender,
        recipient=recipient,
        body=form.get("Body", ""),
        direction="outbound-api",
        created=world.clock(),
        callback=form.get("StatusCallback"),
        service=form.get("MessagingServiceSid"),
        parameters=dict(form),
    )
    _fill(world, made, form)
    if channel_of(recipient) == "sms":
        made.segments = segments(made.body)
    world.messages.append(made)
    return made


def _sender(world: World, form: Mapping[str, str]) -> str:
    service = form.get("MessagingServiceSid")
    if service:
        if service not in world.services:
            raise ApiError(400, 21703, "The Messaging Service does not have a phone number available")
        channel = world.services[service]
        return (PREFIX if channel == "whatsapp" else "") + world.senders[channel]
    if not form.get("From"):
        raise ApiError(400, 21603, "A 'From' phone number is required")
    return form["From"]


def _check_addresses(world: World, recipient: str, sender: str) -> None:
    if not recipient:
        raise ApiError(400, 21604, "A 'To' phone number is required")
    if not PHONE.fullmatch(phone_of(recipient)):
        raise ApiError(400, 21211, "The 'To' number is not a valid phone number")
    channel = channel_of(sender)
    if world.senders.get(channel) != phone_of(sender):
        code = 63007 if channel == "whatsapp" else 21606
        raise ApiError(400, code, "The 'From' number is not a valid sender of this account")
    if channel != channel_of(recipient):
        raise ApiError(400, 21910, "From and To should be of the same channel")


def _check_fields(form: Mapping[str, str]) -> None:
    if not any(form.get(name) for name in ("Body", "MediaUrl", "ContentSid")):
        raise ApiError(400, 21619, "A text message body or media urls must be specified")
    if len(form.get("Body", "")) > _BODY:
        raise ApiError(400, 21617, "The concatenated message body exceeds the 1600 character limit")
    unknown = set(form) - _KNOWN
    if unknown:
        raise ApiError(400, 20001, f"Unknown parameters: {sorted(unknown)}")
    if not form.get("StatusCallback", "https://").startswith(("https://", "http://")):
        raise ApiError(400, 21609, "The 'StatusCallback' URL is not a valid URL")
    validity = form.get("ValidityPeriod", "1")
    if not validity.isdecimal() or not 1 <= int(validity) <= 36_000:
        raise ApiError(400, 20001, "ValidityPeriod must be 1 to 36000")


def _fill(world: World, made: FakeMessage, form: Mapping[str, str]) -> None:
    """The content's words into the message, and what WhatsApp's window makes of it."""
    is_open = channel_of(made.recipient) == "sms" or world.is_open(phone_of(made.recipient))
    if form.get("ContentSid"):
        content = world.contents.get(form["ContentSid"])
        if content is None:
            raise ApiError(400, 21655, "The ContentSid is invalid")
        made.body, made.buttons, made.list_label = shown(
            content, filled_variables(content, form.get("ContentVariables"))
        )
        made.content_sid = content.sid
        made.template = content.sid if content.approval == "approved" else None
        if is_open and not is_sendable(content, is_open=True):
            raise ApiError(400, 63021, "Channel invalid content error")
        is_open = is_open or is_sendable(content, is_open=False)
    if not is_open:
        if world.window == "sync":
            raise ApiError(400, 63016, "Failed to send freeform message because you are outside the allowed window")
        made.error = 63016

"""Every channel's limits, as data: what fits in a message, how choices may be shown, how fast one may send.

Sources: Telegram Bot API (text 4096 after entity parsing, callback_data 64 bytes, 30 messages/s a bot, 1/s a chat);
Twilio (body 1600 characters; WhatsApp quick-reply 3 buttons in session, title 20, body 1024; list-picker 10 items,
item 24, 80 messages/s a sender, pictures of 5 MB as JPEG or PNG, a PDF has no caption; SMS 1 message/s on a long code,
GSM-7 160/153 and UCS-2 70/67 a part).
"""

from dataclasses import dataclass
from typing import Literal

Markup = Literal["html", "whatsapp", "plain"]
"""How a text is written: Telegram HTML, WhatsApp's asterisks (neutralised in values), or nothing at all."""

Measure = Literal["utf16", "characters"]
"""What a text's length counts: UTF-16 units (Telegram) or characters."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one channel can carry. Lengths in `measure`, rates per second, the window in seconds."""

    text: int
    measure: Measure
    markup: Markup
    buttons: int = 0
    """How many choices fit as buttons; 0: the channel has none."""
    button_label: int = 0
    button_text: int = 0
    """How long the text above buttons may be; 0: as long as `text`."""
    list_items: int = 0
    """How many choices fit in a list; 0: the channel has none."""
    list_label: int = 0
    payload_bytes: int = 64
    images: bool = False
    attachments: bool = False
    """Files can be sent; where they cannot, a link to the file stands in the text."""
    attachment_bytes: int = 0
    """The largest file; a larger one becomes a link."""
    attachment_types: frozenset[str] | None = None
    """The MIME types that can be sent, the others become links; None: every one."""
    caption_types: frozenset[str] | None = None
    """The MIME types under which a text may stand; None: every one."""
    contact_button: bool = False
    gsm7: bool = False
    """Texts are counted in SMS parts and normalised to GSM-7 where that loses nothing."""
    isolates: bool = True
    """Bidi isolates may be sent; on SMS they cost characters."""
    per_second: float = 30.0
    """Messages a second for the whole account (Telegram: bot; Twilio: sender)."""
    chat_seconds: float = 0.0
    """Least time between two messages to one chat."""
    window_seconds: int | None = None
    """Free-form messages only this long after the member's last message (WhatsApp)."""
    template_only_outside: bool = False
    phone_addresses: bool = False
    """An address is an E.164 number: channels that share one are one member."""
    names_apart: bool = False
    """The provider tells a person's given and family names apart, the given one first."""
    carrier_words: frozenset[str] = frozenset()
    """Whole messages, in capitals, at which the provider itself confirms and blocks the number; it lifts the block
    itself too. We obey and stay silent."""


_FILE_BYTES = 5 * 1024 * 1024
_PICTURES = frozenset({"image/jpeg", "image/png"})

TELEGRAM = Limits(
    names_apart=True,
    text=4096,
    measure="utf16",
    markup="html",
    buttons=100,
    button_label=64,
    images=True,
    attachments=True,
    attachment_bytes=_FILE_BYTES,
    contact_button=True,
    per_second=30.0,
    chat_seconds=1.0,
)
WHATSAPP = Limits(
    text=1600,
    measure="characters",
    markup="whatsapp",
    buttons=3,
    button_label=20,
    button_text=1024,
    list_items=10,
    list_label=24,
    payload_bytes=200,
    images=False,
    attachments=True,
    attachment_bytes=_FILE_BYTES,
    attachment_types=_PICTURES | {"application/pdf"},
    caption_types=_PICTURES,
    per_second=80.0,
    window_seconds=24 * 3600,
    template_only_outside=True,
    phone_addresses=True,
)
SMS = Limits(
    text=1600,
    measure="characters",
    markup="plain",
    gsm7=True,
    isolates=False,
    per_second=1.0,
    phone_addresses=True,
    carrier_words=frozenset({"STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL", "ARRET"}),
)
SIMULATOR = Limits(
    text=4096,
    measure="characters",
    markup="plain",
    buttons=20,
    button_label=64,
    images=True,
    attachments=True,
    attachment_bytes=_FILE_BYTES,
    per_second=10_000.0,
)

BY_CHANNEL = {"telegram": TELEGRAM, "whatsapp": WHATSAPP, "sms": SMS, "simulator": SIMULATOR}

BODY_BYTES = 1024 * 1024
"""The largest webhook body that is read; a larger one answers 413."""

WINDOW_MARGIN = 300
"""Seconds kept clear at the end of a window, so that a message is not under way when it shuts."""

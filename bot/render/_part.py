"""What rendering makes: parts, each one provider message."""

from dataclasses import dataclass, field
from typing import Literal

from bot.message import Choice

Style = Literal["plain", "buttons", "list"]


class NoTemplate(ValueError):  # a refusal the sender expects, named like the channels' ones
    """The window is shut and the message has no template to stand in for its text."""


@dataclass(frozen=True, slots=True)
class Attached:
    """A file at hand: its bytes, for who uploads it, and the link under which a provider or a member can fetch it."""

    name: str
    type: str
    content: bytes = field(repr=False)
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Part:
    """One provider message, its text already written in the channel's markup and within its limits.

    `style` says how `choices` are shown: buttons, a list, or not at all (`plain`: they are numbered in the text).
    `qr`: send a QR image of this content, with the text as its caption. `template`: send this flow's approved
    template with these variables instead of the text.
    """

    text: str
    style: Style = "plain"
    choices: tuple[Choice, ...] = ()
    list_label: str = ""
    """What opens a list ("Choose"), localised."""
    ask_contact: str | None = None
    qr: str | None = None
    locale: str = "en"
    template_flow: str | None = None
    variables: tuple[str, ...] = ()
    segments: int = 1
    """SMS parts this text costs; 1 elsewhere."""
    attachment: Attached | None = None
    """A file to send, with the text as its caption; the text is empty when it went ahead."""
    fallback: str | None = None
    """The same text without any markup, for a provider that cannot parse ours."""

"""The page's own words. What the bot says comes from the flows."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.message import Name
from bot.texts import N_, Message, Texts

WORDS: Mapping[str, Message] = {
    "lead": N_("Write as a member would. These are the real conversations; nothing leaves this server."),
    "channel": N_("Channel"),
    "language": N_("Language"),
    "show": N_("Show"),
    "again": N_("Start over"),
    "start": N_("Start"),
    "hello": N_("Hello"),
    "empty": N_("Nobody has written yet."),
    "write": N_("Message"),
    "send": N_("Send"),
    "typing": N_("{brand} is writing"),
    "conversation": N_("Conversation with {brand}"),
    "failed": N_("Not delivered. Tap to try again."),
}

Say = Callable[[str], str]


def speaker(texts: Texts, locale: str, brand: str) -> Say:
    """What says one of the words, by its name, in a locale."""
    values = {"brand": Name(brand)}
    return lambda word: texts.text(locale, WORDS[word], values).body

"""The page's HTML, from Jinja templates, and the two files it links to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from babel import Locale
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.texts import Texts
from bot.web._try_chat import Bubble
from bot.web._try_words import speaker

CHANNELS: Mapping[str, str] = {"telegram": "Telegram", "whatsapp": "WhatsApp", "sms": "SMS"}
_HERE = Path(__file__).parent
_KINDS = {".css": "text/css", ".js": "text/javascript"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the visitor is: the channel, its address, the page's locale, and the hint the bot gets."""

    channel: str
    address: str
    locale: str
    hint: str


class View:
    """Writes the page for one brand."""

    def __init__(self, brand: str, texts: Texts) -> None:
        self.files = {
            path.name: (_KINDS[path.suffix], path.read_bytes()) for path in sorted((_HERE / "static").iterdir())
        }
        self._brand = brand
        self._texts = texts
        environment = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._page = environment.get_template("try.html")
        self._bubble = environment.get_template("bubble.html")
        self._version = sha256(b"".join(content for _, content in self.files.values())).hexdigest()[:12]
        self._languages = {name: _own_name(name) for name in texts.locales}

    def page(self, place: Place, conversation: Sequence[Bubble]) -> str:
        """The whole page with what has been said so far."""
        return self._page.render(
            brand=self._brand,
            place=place,
            bubbles=conversation,
            after=max((bubble.number or 0 for bubble in conversation), default=0),
            channels=CHANNELS,
            languages=self._languages,
            lang=place.locale.partition("@")[0].replace("_", "-"),
            rtl=self._texts.rtl(place.locale),
            say=speaker(self._texts, place.locale, self._brand),
            version=self._version,
        )

    def bubble(self, bubble: Bubble) -> str:
        """One bubble, as the script inserts it."""
        return self._bubble.render(bubble=bubble)


def _own_name(locale: str) -> str:
    """What a language's speakers call it: italiano, العربية."""
    tag = locale.partition("@")[0]
    name = Locale.parse(tag).get_display_name(tag) or locale
    return name[:1].upper() + name[1:]

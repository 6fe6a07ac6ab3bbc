"""A channel without a provider: the terminal chat and the /try page. It shows what a real channel would.

An address is `<channel>:<name>`: `whatsapp:me` is shown with WhatsApp's limits. Simulator members are a namespace of
their own: never matched by phone, never sent to a provider.
"""

import asyncio
import secrets
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import orjson

from bot.channels._clean import clean
from bot.channels._contract import Fetched, Forged, MediaGone, Request, Sent
from bot.limits import BY_CHANNEL, SIMULATOR, Limits
from bot.media import sniff
from bot.message import Event, Kind, Media
from bot.render import Part
from bot.settings import Settings

NAME = "simulator"
_MOST_ADDRESSES, _MOST_MESSAGES, _MOST_FILES = 1_000, 200, 50
_MOST_MEDIA = 10


@dataclass(slots=True)
class _Chat:
    messages: deque[tuple[int, Part]] = field(default_factory=lambda: deque(maxlen=_MOST_MESSAGES))
    count: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)


def parse(body: bytes) -> list[Event]:
    """`{address, text | payload | start | media, id?, locale?, name?}` as JSON; anything else is ignored."""
    try:
        row = orjson.loads(body)
        address, words = row["address"], {name: row.get(name) for name in ("text", "payload", "start")}
        media = _media(row.get("media"))
    except (ValueError, KeyError, TypeError, AttributeError):
        return [Event(Kind.IGNORED, NAME, "", _fresh(), reason="unreadable")]
    kinds = {"payload": Kind.CHOICE, "start": Kind.START, "text": Kind.TEXT}
    said = next((kinds[name] for name in kinds if isinstance(words[name], str)), None)
    kind = Kind.MEDIA if media else said
    if kind is None or not isinstance(address, str):
        return [Event(Kind.IGNORED, NAME, "", _fresh(), reason="nothing_said")]
    text, payload, start = (
        clean(value) if isinstance(value, str) else None for value in (words["text"], words["payload"], words["start"])
    )
    provider_id = row["id"] if isinstance(row.get("id"), str) else _fresh()
    locale = row["locale"] if isinstance(row.get("locale"), str) else None
    name = clean(row["name"]) if isinstance(row.get("name"), str) else None
    return [
        Event(
            kind,
            NAME,
            clean(address),
            provider_id,
            text=text,
            payload=payload,
            start=start,
            media=media,
            locale_hint=locale,
            profile_name=name,
        )
    ]


def _media(told: object) -> tuple[Media, ...]:
    """`[{type, url}]`: files that `Simulator.put` has the addresses of."""
    files = [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
    return tuple(
        Media(clean(one["type"]), url=clean(one["url"]))
        for one in files[:_MOST_MEDIA]
        if isinstance(one.get("type"), str) and isinstance(one.get("url"), str)
    )


def _fresh() -> str:
    return secrets.token_hex(12)


class Simulator:
    """Keeps the last messages of each address for whoever looks at them."""

    name = NAME
    limits = SIMULATOR

    def __init__(self) -> None:
        self._chats: OrderedDict[str, _Chat] = OrderedDict()
        self._files: OrderedDict[str, tuple[bytes, str | None]] = OrderedDict()

    def limits_for(self, address: str) -> Limits:
        """The limits of the channel this address plays."""
        return BY_CHANNEL.get(address.partition(":")[0], SIMULATOR)

    def verify(self, request: Request) -> None:
        """There is no webhook: /try has a door of its own."""
        raise Forged(404)

    def parse(self, body: bytes) -> list[Event]:
        return parse(body)

    async def send(self, address: str, part: Part) -> Sent:
        chat = self._chat(address)
        chat.count += 1
        if part.attachment is not None:  # the link is enough for who looks, and two hundred files are a lot of memory
            part = replace(part, attachment=replace(part.attachment, content=b""))
        chat.messages.append((chat.count, part))
        chat.changed.set()
        chat.changed = asyncio.Event()
        return Sent(f"{address}#{chat.count}")

    def _chat(self, address: str) -> _Chat:
        chat = self._chats.setdefault(address, _Chat())
        self._chats.move_to_end(address)
        if len(self._chats) > _MOST_ADDRESSES:
            self._chats.popitem(last=False)
        return chat

    async def after(self, address: str, seen: int, seconds: float) -> list[tuple[int, Part]]:
        """The address's messages numbered above `seen`, waiting up to `seconds` for the first."""
        chat = self._chat(address)
        if chat.count <= seen and seconds > 0:
            try:
                async with asyncio.timeout(seconds):
                    await chat.changed.wait()
            except TimeoutError:
                return []
        return [(number, part) for number, part in chat.messages if number > seen]

    def put(self, content: bytes, name: str | None = None) -> Media:
        """Hold a file that a member is about to send; only the last fifty are kept, and only in memory."""
        media = Media(sniff(content), url=f"simulator:{_fresh()}")
        self._files[media.url or ""] = content, name
        if len(self._files) > _MOST_FILES:
            self._files.popitem(last=False)
        return media

    async def fetch(self, media: Media, *, most: int) -> Fetched:
        content, name = self._files.get(media.url or "", (None, None))
        if content is None:
            raise MediaGone("gone")
        if len(content) > most:
            raise MediaGone("too_large")
        return Fetched(content, sniff(content), name)

    async def answer_callback(self, callback_id: str, text: str | None) -> None:
        """Taps need no answer here."""

    async def missed(self, since: datetime) -> AsyncIterator[bytes]:
        """Nothing is ever missed."""
        nothing: tuple[bytes, ...] = ()
        for body in nothing:
            yield body

    async def close(self) -> None:
        """No connections."""


def build(settings: Settings, *, templates: Mapping[str, Mapping[str, str]]) -> Simulator:
    """Always available; who may talk to it is decided at its doors."""
    del settings, templates
    return Simulator()

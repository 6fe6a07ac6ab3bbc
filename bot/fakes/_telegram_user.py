"""A person in front of a bot: writes, taps, shares, blocks, and sees what the bot sends."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

from bot.fakes._telegram_files import keep_file, photo_sizes
from bot.fakes._telegram_state import BotState, Json, Profile, Received, keep

Deliver = Callable[[Json], Awaitable[bool]]
"""Hands an update to the bot's webhook; whether it was taken."""

_numbers = count(1)


class VirtualUser:
    """A person's private chat with one bot. Every action builds the update Telegram would send and delivers it;
    it answers whether the webhook took it."""

    def __init__(self, bot: BotState, profile: Profile, deliver: Deliver) -> None:
        self.profile = profile
        self.messages: list[Received] = []
        self.answers: list[str | None] = []
        """What the bot answered to button taps, in order."""
        self.blocked = False
        self._bot = bot
        self._deliver = deliver
        self._arrived = asyncio.Event()

    @property
    def id(self) -> int:
        return self.profile.id

    @property
    def place(self) -> Json:
        return {}

    async def write(self, text: str) -> bool:
        """Send a text."""
        return await self.send(text=text)

    async def start(self, payload: str = "") -> bool:
        """Press Start, perhaps through a deep link."""
        text = f"/start {payload}" if payload else "/start"
        return await self.send(text=text, entities=[{"type": "bot_command", "offset": 0, "length": 6}])

    async def send(self, **content: Any) -> bool:
        """Send a message with these fields of a Bot API Message (voice={…}, photo=[…], caption="…")."""
        return await self._deliver(self._bot.update("message", self._message(content)))

    async def edit(self, message_id: int, text: str) -> bool:
        """Change a text sent before."""
        content = {"message_id": message_id, "edit_date": _now(), "text": text}
        return await self._deliver(self._bot.update("edited_message", self._message(content)))

    async def sticker(self) -> bool:
        """Send a sticker."""
        files = {"file_id": f"sticker-{next(_numbers)}", "file_unique_id": "s"}
        looks = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
        return await self.send(sticker={**files, **looks, "emoji": "👍"})

    async def send_photo(self, content: bytes, caption: str = "") -> bool:
        """Send a picture; `content` is a real one."""
        return await self.send(photo=photo_sizes(self._bot, content), **({"caption": caption} if caption else {}))

    async def send_document(self, content: bytes, name: str = "file.pdf", caption: str = "") -> bool:
        """Send a file under a name."""
        document = {**keep_file(self._bot, content, "document", name), "file_name": name}
        return await self.send(document=document, **({"caption": caption} if caption else {}))

    async def locate(self, latitude: float, longitude: float) -> bool:
        """Send a location."""
        return await self.send(location={"latitude": latitude, "longitude": longitude})

    async def share_contact(self, phone: str, own: bool = True) -> bool:
        """Share one's own card, or somebody else's."""
        owner = self.id if own else self.id + 1
        return await self.send(contact={"phone_number": phone, "first_name": "Card", "user_id": owner})

    async def press(self, message: Received, which: int | str) -> bool:
        """Tap an inline button, by its place, its label or its callback_data; other data goes out as it is."""
        key = (self.id, message.message_id)
        gone = {"message_id": message.message_id, "chat": self.profile.as_chat(), "date": 0}
        callback_id = f"{self._bot.id}{next(_numbers):09d}"
        self._bot.callbacks[callback_id] = self
        query = {
            "id": callback_id,
            "from": self.profile.as_user(),
            "message": self._bot.messages.get(key, gone),
            "chat_instance": str(self.id),
            "data": tapped(message, which),
        }
        return await self._deliver(self._bot.update("callback_query", query))

    async def react(self, message: Received, *emoji: str) -> bool:
        """Put these emoji under a message; none takes the reaction away."""
        change = {
            "chat": self.profile.as_chat(),
            "message_id": message.message_id,
            "user": self.profile.as_user(),
            "date": _now(),
            "old_reaction": [],
            "new_reaction": [{"type": "emoji", "emoji": one} for one in emoji],
        }
        return await self._deliver(self._bot.update("message_reaction", change))

    async def block(self) -> bool:
        """Block the bot."""
        self.blocked = True
        return await self._change_membership("member", "kicked")

    async def unblock(self) -> bool:
        """Let the bot write again."""
        self.blocked = False
        return await self._change_membership("kicked", "member")

    async def wait(self, number: int, timeout: float = 5.0) -> list[Received]:  # noqa: ASYNC109 - a bound, not a scope
        """Wait until so many messages have come in all. Raises `TimeoutError`."""
        async with asyncio.timeout(timeout):
            while len(self.messages) < number:
                self._arrived.clear()
                await self._arrived.wait()
        return self.messages

    def receive(self, message: Received) -> None:
        """Called by the fake: a message came, or one that came before was changed."""
        if keep(self.messages, message):
            self._arrived.set()

    def _message(self, content: Json) -> Json:
        self._bot.chats.setdefault(self.id, self)
        head = {"message_id": next(self._bot.message_ids), "from": self.profile.as_user()}
        return {**head, "chat": self.profile.as_chat(), "date": _now(), **content}

    async def _change_membership(self, old: str, new: str) -> bool:
        bot = self._bot.profile()
        until = {"until_date": 0} if new == "kicked" else {}
        change = {
            "chat": self.profile.as_chat(),
            "from": self.profile.as_user(),
            "date": _now(),
            "old_chat_member": {"user": bot, "status": old, **({"until_date": 0} if old == "kicked" else {})},
            "new_chat_member": {"user": bot, "status": new, **until},
        }
        return await self._deliver(self._bot.update("my_chat_member", change))


def tapped(message: Received, which: int | str) -> str:
    """The callback_data of a button by its place or its label; other data goes out as it is."""
    if isinstance(which, int):
        return message.buttons[which][1]
    return next((data for label, data in message.buttons if label == which), which)


def _now() -> int:
    return int(time.time())

"""A group in front of a bot: several people write, tap and tidy up in it, with their names or as the group."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

from bot.fakes._telegram_forum import Group, Topic, drop_topic, new_topic
from bot.fakes._telegram_state import BotState, Json, Profile, Received
from bot.fakes._telegram_user import tapped

Deliver = Callable[[Json], Awaitable[bool]]
"""Hands an update to the bot's webhook; whether it was taken."""

GROUP_ANONYMOUS_BOT = 1087968824
_ANONYMOUS: Json = {
    "id": GROUP_ANONYMOUS_BOT,
    "is_bot": True,
    "first_name": "Group",
    "username": "GroupAnonymousBot",
}
_numbers = count(1)


class VirtualGroup(Group):
    """A supergroup as its people see it. Every action builds the update Telegram would send and delivers it."""

    def __init__(self, bot: BotState, chat_id: int, title: str, deliver: Deliver) -> None:
        super().__init__(id=chat_id, title=title)
        self._bot = bot
        self._deliver = deliver
        self._arrived = asyncio.Event()
        self._colleagues: dict[int, Colleague] = {}

    def person(self, id: int, first_name: str = "Sam", **profile: str | None) -> "Colleague":
        """Somebody in the group; the same one for the same id."""
        if id not in self._colleagues:
            given: dict[str, Any] = dict(profile)
            self.people[id] = Profile(id, first_name, **given)
            self._colleagues[id] = Colleague(self, self._bot, self.people[id])
        return self._colleagues[id]

    def shown(self, thread: int | None) -> list[Received]:
        """What the bot's messages in a topic look like now; None: in General."""
        return [one for one in self.messages if one.thread == thread]

    def topic(self, name: str) -> Topic:
        """The newest topic with this in its name. Raises `LookupError`."""
        found = [one for one in self.topics.values() if name in one.name]
        if not found:
            raise LookupError(f"no topic is named like {name}")
        return found[-1]

    def receive(self, message: Received) -> None:
        """Called by the fake: a message came, or one that came before was changed."""
        super().receive(message)
        self._arrived.set()

    async def wait(self, holds: Callable[[], object], timeout: float = 8.0) -> None:  # noqa: ASYNC109 - a bound
        """Wait until something holds that messages bring about. Raises `TimeoutError`."""
        async with asyncio.timeout(timeout):
            while not holds():
                self._arrived.clear()
                waiting = asyncio.create_task(self._arrived.wait())
                await asyncio.wait([waiting], timeout=0.02)
                waiting.cancel()

    def delete_topic(self, thread: int) -> None:
        """An administrator deletes a topic; bots are not told."""
        drop_topic(self._bot, self, thread)

    async def close_topic(self, thread: int) -> bool:
        """An administrator closes a topic."""
        self.topics[thread].is_closed = True
        return await self.send({"from": dict(_ANONYMOUS), "forum_topic_closed": {}}, thread)

    def open_topic(self, name: str) -> Topic:
        """A person makes a topic of their own."""
        return new_topic(self._bot, self, name, {"from": dict(_ANONYMOUS), "forum_topic_created": {"name": name}})

    async def upgrade(self, new_id: int) -> bool:
        """The group becomes another: the old id answers which, and both say so with a service message."""
        bot, old_id = self._bot, self.id
        before = self._message({"from": dict(_ANONYMOUS), "migrate_to_chat_id": new_id}, None)
        self.id = new_id
        bot.chats[new_id] = bot.chats.pop(old_id)
        bot.migrated[old_id] = new_id
        for key in [key for key in bot.messages if key[0] == old_id]:
            message = bot.messages.pop(key)
            bot.messages[new_id, key[1]] = {**message, "chat": self.profile.as_chat()}
        after = self._message({"from": dict(_ANONYMOUS), "migrate_from_chat_id": old_id}, None)
        return all([await self._deliver(bot.update("message", one)) for one in (before, after)])

    async def send(self, content: Json, thread: int | None) -> bool:
        """A message of somebody in the group arrives at the bot."""
        return await self._deliver(self._bot.update("message", self._message(content, thread)))

    async def tap(self, query: Json) -> bool:
        """A tap of somebody in the group arrives at the bot."""
        return await self._deliver(self._bot.update("callback_query", query))

    def _message(self, content: Json, thread: int | None) -> Json:
        if thread is not None and thread not in self.topics:
            raise LookupError("there is no such topic to write in")
        where = {} if thread is None else {"message_thread_id": thread, "is_topic_message": True}
        head = {"message_id": next(self._bot.message_ids), "chat": self.profile.as_chat(), "date": int(time.time())}
        message = {**head, **where, **content}
        self._bot.messages[self.id, message["message_id"]] = message
        return message


class Colleague:
    """One person in a group. Every action answers whether the webhook took it."""

    def __init__(self, group: VirtualGroup, bot: BotState, profile: Profile) -> None:
        self.profile = profile
        self.answers: list[str | None] = []
        """What the bot answered to button taps, in order."""
        self.is_anonymous = False
        """An administrator who writes as the group."""
        self._group = group
        self._bot = bot

    @property
    def id(self) -> int:
        return self.profile.id

    async def write(self, text: str, thread: int | None = None, *, reply_to: int | None = None) -> bool:
        """Write into a topic, or into General; perhaps as a reply to a message there."""
        word = len(text.split(maxsplit=1)[0])
        is_command = text.startswith("/") and not text.startswith("//")
        entities = {"entities": [{"type": "bot_command", "offset": 0, "length": word}]} if is_command else {}
        return await self.send(thread, text=text, **entities, **self._replying(thread, reply_to))

    async def send(self, thread: int | None = None, **content: Any) -> bool:
        """Send a message with these fields of a Bot API Message (photo=[…], document={…}, caption="…")."""
        return await self._group.send({**self._from(), **content}, thread)

    async def press(self, message: Received, which: int | str) -> bool:
        """Tap an inline button, by its place, its label or its callback_data; other data goes out as it is."""
        group = self._group
        gone = {"message_id": message.message_id, "chat": group.profile.as_chat(), "date": 0}
        callback_id = f"{self._bot.id}{next(_numbers):09d}"
        self._bot.callbacks[callback_id] = self
        query = {
            "id": callback_id,
            "from": self.profile.as_user(),
            "message": self._bot.messages.get((group.id, message.message_id), gone),
            "chat_instance": str(group.id),
            "data": tapped(message, which),
        }
        return await group.tap(query)

    def _from(self) -> Json:
        if self.is_anonymous:
            return {"from": dict(_ANONYMOUS), "sender_chat": self._group.profile.as_chat()}
        return {"from": self.profile.as_user()}

    def _replying(self, thread: int | None, reply_to: int | None) -> Json:
        """In a topic, what replies to nothing replies to the message that made the topic, as Telegram has it."""
        message_id = reply_to if reply_to is not None else thread
        original = self._bot.messages.get((self._group.id, message_id)) if message_id is not None else None
        return {} if original is None else {"reply_to_message": original}

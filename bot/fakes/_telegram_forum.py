"""The fake's groups as the methods see them: topics, rights, pins, and the methods that only groups have."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.fakes import _telegram_checks as checks
from bot.fakes._telegram_state import (
    ApiError,
    BotState,
    Incoming,
    Json,
    Person,
    Profile,
    Received,
    bad_request,
    keep,
)

TOPIC_NAME = 128
_COLOUR = 7322096
_POWERS = ("can_be_edited", "is_anonymous", "can_post_stories", "can_edit_stories", "can_delete_stories")
_DUTIES = ("can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members")
_MORE_DUTIES = ("can_change_info", "can_invite_users", "can_pin_messages")
_MORE_POWERS = ("can_send_welcome_messages", "can_promote_members")


@dataclass(slots=True)
class Topic:
    """A topic of a forum; its id is that of the message that made it."""

    id: int
    name: str
    is_closed: bool = False


@dataclass(frozen=True, slots=True)
class GroupProfile:
    """What a group shows of itself."""

    id: int
    title: str
    is_forum: bool

    def as_chat(self) -> Json:
        return {"id": self.id, "type": "supergroup", "title": self.title} | (
            {"is_forum": True} if self.is_forum else {}
        )


@dataclass(slots=True, kw_only=True)
class Group:
    """A supergroup with the bot as an administrator."""

    id: int
    title: str
    is_forum: bool = True
    can_manage_topics: bool = True
    blocked: bool = False
    """The bot was thrown out."""
    people: dict[int, Profile] = field(default_factory=dict)
    topics: dict[int, Topic] = field(default_factory=dict)
    messages: list[Received] = field(default_factory=list)
    pinned: list[int] = field(default_factory=list)

    @property
    def profile(self) -> GroupProfile:
        return GroupProfile(self.id, self.title, self.is_forum)

    @property
    def place(self) -> Json:
        return {}

    def receive(self, message: Received) -> None:
        """Called by the fake: a message came, or one that came before was changed."""
        keep(self.messages, message)


@dataclass(frozen=True, slots=True)
class Place:
    """One topic of a group: who a message to it is for."""

    group: Group
    thread: int

    @property
    def profile(self) -> GroupProfile:
        return self.group.profile

    @property
    def messages(self) -> list[Received]:
        return self.group.messages

    @property
    def blocked(self) -> bool:
        return self.group.blocked

    @property
    def place(self) -> Json:
        return {"message_thread_id": self.thread, "is_topic_message": True}

    def receive(self, message: Received) -> None:
        self.group.receive(message)


def place(reader: Person, params: Mapping[str, str]) -> Person:
    """The topic a call is for, if it names one and may write there; else whose chat it is."""
    if not params.get("message_thread_id"):
        return reader
    topic = reader.topics.get(checks.integer(params, "message_thread_id")) if isinstance(reader, Group) else None
    if topic is None or not isinstance(reader, Group):
        raise bad_request("message thread not found")
    if topic.is_closed:
        raise bad_request("TOPIC_CLOSED")
    return Place(reader, topic.id)


def _group(bot: BotState, call: Incoming) -> Group:
    """The group a call is for. Raises unless the bot is in it."""
    raw = call.params.get("chat_id", "")
    chat_id = int(raw) if raw.lstrip("-").isdecimal() else 0
    if chat_id in bot.migrated:
        words = "Bad Request: group chat was upgraded to a supergroup chat"
        raise ApiError(400, words, {"migrate_to_chat_id": bot.migrated[chat_id]})
    group = bot.chats.get(chat_id)
    if not isinstance(group, Group):
        raise bad_request("chat not found")
    if group.blocked:
        raise ApiError(403, "Forbidden: bot was kicked from the supergroup chat")
    return group


def _forum(bot: BotState, call: Incoming) -> Group:
    group = _group(bot, call)
    if not group.is_forum:
        raise bad_request("the chat is not a forum")
    if not group.can_manage_topics:
        raise bad_request("not enough rights to manage topics")
    return group


def _topic(bot: BotState, call: Incoming) -> Topic:
    topic = _forum(bot, call).topics.get(checks.integer(call.params, "message_thread_id"))
    if topic is None:
        raise bad_request("TOPIC_ID_INVALID")
    return topic


def _name(call: Incoming) -> str:
    name = call.params.get("name", "").strip()
    if not 1 <= len(name) <= TOPIC_NAME:
        raise bad_request("TOPIC_TITLE_INVALID")
    return name


def _create_topic(bot: BotState, call: Incoming) -> Json:
    group, name = _forum(bot, call), _name(call)
    made = {"forum_topic_created": {"name": name, "icon_color": _COLOUR}}
    topic = new_topic(bot, group, name, {"from": bot.profile(), **made})
    return {"message_thread_id": topic.id, "name": name, "icon_color": _COLOUR}


def new_topic(bot: BotState, group: Group, name: str, content: Json) -> Topic:
    """Make a topic, with the service message that starts it."""
    topic = Topic(next(bot.message_ids), name)
    group.topics[topic.id] = topic
    head = {"message_id": topic.id, "message_thread_id": topic.id, "is_topic_message": True, "date": int(time.time())}
    bot.messages[group.id, topic.id] = {**head, "chat": group.profile.as_chat(), **content}
    return topic


def _edit_topic(bot: BotState, call: Incoming) -> bool:
    topic = _topic(bot, call)
    if "name" in call.params:
        name = _name(call)
        if name == topic.name:
            raise bad_request("TOPIC_NOT_MODIFIED")
        topic.name = name
    return True


def _close_topic(bot: BotState, call: Incoming) -> bool:
    return _set_closed(_topic(bot, call), is_closed=True)


def _reopen_topic(bot: BotState, call: Incoming) -> bool:
    return _set_closed(_topic(bot, call), is_closed=False)


def _set_closed(topic: Topic, *, is_closed: bool) -> bool:
    if topic.is_closed == is_closed:
        raise bad_request("TOPIC_NOT_MODIFIED")
    topic.is_closed = is_closed
    return True


def _delete_topic(bot: BotState, call: Incoming) -> bool:
    group, topic = _forum(bot, call), _topic(bot, call)
    drop_topic(bot, group, topic.id)
    return True


def drop_topic(bot: BotState, group: Group, thread: int) -> None:
    """A topic goes, and with it everything in it."""
    del group.topics[thread]
    group.messages[:] = [one for one in group.messages if one.thread != thread]
    gone = [key for key, one in bot.messages.items() if key[0] == group.id and one.get("message_thread_id") == thread]
    for key in gone:
        del bot.messages[key]


def _pin(bot: BotState, call: Incoming) -> bool:
    group, message_id = _group(bot, call), checks.integer(call.params, "message_id")
    if (group.id, message_id) not in bot.messages:
        raise bad_request("message to pin not found")
    group.pinned.append(message_id)
    return True


def _get_chat(bot: BotState, call: Incoming) -> Json:
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
    looks = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": dict.fromkeys(gifts, False)}
    return {**_group(bot, call).profile.as_chat(), **looks}


def _get_chat_member(bot: BotState, call: Incoming) -> Json:
    group, user_id = _group(bot, call), checks.integer(call.params, "user_id")
    if user_id == bot.id:
        rights = dict.fromkeys(_POWERS + _MORE_POWERS, False) | dict.fromkeys(_DUTIES + _MORE_DUTIES, True)
        topics = {"can_manage_topics": group.can_manage_topics}
        return {"user": bot.profile(), "status": "administrator", **rights, **topics}
    if user_id not in group.people:
        raise bad_request("member not found")
    return {"user": group.people[user_id].as_user(), "status": "member"}


FORUM_METHODS: Mapping[str, Callable[[BotState, Incoming], Any]] = {
    "createforumtopic": _create_topic,
    "editforumtopic": _edit_topic,
    "closeforumtopic": _close_topic,
    "reopenforumtopic": _reopen_topic,
    "deleteforumtopic": _delete_topic,
    "pinchatmessage": _pin,
    "getchat": _get_chat,
    "getchatmember": _get_chat_member,
}
"""Lower-cased name -> method."""

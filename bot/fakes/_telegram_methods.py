"""The fake's methods of the Bot API: each takes the bot's state and a call, answers a result or raises `ApiError`."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from bot.fakes import _telegram_checks as checks
from bot.fakes._telegram_forum import FORUM_METHODS, place
from bot.fakes._telegram_html import utf16_units
from bot.fakes._telegram_state import ApiError, BotState, Incoming, Json, Person, Received, Webhook, bad_request

Method = Callable[[BotState, Incoming], Any]


def _get_me(bot: BotState, _call: Incoming) -> Json:
    rights = {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}
    abilities = {"can_connect_to_business": False, "has_main_web_app": False}
    return {**bot.profile(), **rights, **abilities}


def _set_webhook(bot: BotState, call: Incoming) -> bool:
    if not call.params.get("url"):
        return _delete_webhook(bot, call)
    url, secret = checks.webhook(call.params)
    allowed = bot.webhook.allowed if bot.webhook else ()
    if "allowed_updates" in call.params:
        allowed = checks.names(call.params["allowed_updates"])
    connections = checks.integer({"max_connections": "40", **call.params}, "max_connections")
    bot.webhook = Webhook(url, secret, connections, allowed)
    _drop_pending(bot, call)
    return True


def _delete_webhook(bot: BotState, call: Incoming) -> bool:
    bot.webhook = None
    _drop_pending(bot, call)
    return True


def _drop_pending(bot: BotState, call: Incoming) -> None:
    if call.params.get("drop_pending_updates", "").lower() == "true":
        bot.pending.clear()


def _get_webhook_info(bot: BotState, _call: Incoming) -> Json:
    url = bot.webhook.url if bot.webhook else ""
    info: Json = {"url": url, "has_custom_certificate": False, "pending_update_count": len(bot.pending)}
    if bot.webhook:
        info |= {"max_connections": bot.webhook.max_connections}
        info |= {"allowed_updates": list(bot.webhook.allowed)} if bot.webhook.allowed else {}
    if bot.last_error:
        info |= {"last_error_date": bot.last_error[0], "last_error_message": bot.last_error[1]}
    return info


def _set_my_commands(bot: BotState, call: Incoming) -> bool:
    bot.commands[checks.language(call.params)] = checks.commands(call.params)
    return True


def _get_my_commands(bot: BotState, call: Incoming) -> list[Json]:
    return bot.commands.get(checks.language(call.params), [])


def _send_message(bot: BotState, call: Incoming) -> Json:
    chat_id, user = chat_of(bot, call)
    text, entities = checks.text(call.params)
    keyboard = checks.markup(call.params)
    spend(bot, call, chat_id)
    content = {"text": text} | ({"entities": entities} if entities else {})
    message = new_message(bot, chat_id, user, content | shown(keyboard))
    user.receive(received(message, call, keyboard))
    return message


def _answer_callback_query(bot: BotState, call: Incoming) -> bool:
    text = call.params.get("text")
    if utf16_units(text or "") > 200:
        raise bad_request("MESSAGE_TOO_LONG")
    user = bot.callbacks.pop(call.params.get("callback_query_id", ""), None)
    if user is None:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    user.answers.append(text)
    return True


def _edit_text(bot: BotState, call: Incoming) -> Json:
    text, entities = checks.text(call.params)
    return _edit(bot, call, {"text": text, "entities": entities})


def _edit_markup(bot: BotState, call: Incoming) -> Json:
    return _edit(bot, call, {})


def _edit(bot: BotState, call: Incoming, content: Json) -> Json:
    """Change a message: the keyboard is what the call says, so none takes it away."""
    chat_id, user = chat_of(bot, call)
    keyboard = checks.markup(call.params)
    if keyboard and "inline_keyboard" not in keyboard:
        raise bad_request("inline keyboard expected")
    key = (chat_id, checks.integer(call.params, "message_id"))
    old = bot.messages.get(key)
    if old is None:
        raise bad_request("message to edit not found")
    if old["from"]["id"] != bot.id:
        raise bad_request("message can't be edited")
    kept = {name: value for name, value in old.items() if name not in ("reply_markup", "edit_date")}
    new = {name: value for name, value in {**kept, **content, **shown(keyboard)}.items() if value != []}
    if new == {name: value for name, value in old.items() if name != "edit_date"}:
        raise bad_request(
            "message is not modified: specified new message content and reply markup are exactly the same as a current "
            "content and reply markup of the message"
        )
    if chat_id < 0:
        spend(bot, call, chat_id)
    new["edit_date"] = int(time.time())
    bot.messages[key] = new
    user.receive(received(new, call, keyboard))
    return new


def _delete_message(bot: BotState, call: Incoming) -> bool:
    chat_id, user = chat_of(bot, call)
    key = (chat_id, checks.integer(call.params, "message_id"))
    if bot.messages.pop(key, None) is None:
        raise bad_request("message to delete not found")
    user.messages[:] = [message for message in user.messages if message.message_id != key[1]]
    return True


def chat_of(bot: BotState, call: Incoming) -> tuple[int, Person]:
    """The chat a call is for, if the bot may write there."""
    raw = call.params.get("chat_id", "")
    if not raw:
        raise bad_request("chat_id is empty")
    chat_id = int(raw) if raw.lstrip("-").isdecimal() else 0
    if chat_id in bot.migrated:
        words = "Bad Request: group chat was upgraded to a supergroup chat"
        raise ApiError(400, words, {"migrate_to_chat_id": bot.migrated[chat_id]})
    if chat_id not in bot.chats:
        raise bad_request("chat not found")
    if bot.chats[chat_id].blocked:
        raise ApiError(403, "Forbidden: bot was blocked by the user")
    return chat_id, place(bot.chats[chat_id], call.params)


def spend(bot: BotState, call: Incoming, chat_id: int) -> None:
    """Count one message against the rates."""
    if call.limited:
        bot.pace.spend(chat_id, call.now)


def new_message(bot: BotState, chat_id: int, user: Person, content: Json) -> Json:
    """A message of the bot's, remembered."""
    group = {"id": chat_id, "type": "supergroup", "title": "Group"}
    chat = user.profile.as_chat() if chat_id == user.profile.id else group
    head = {"message_id": next(bot.message_ids), "from": bot.profile(), "chat": chat, "date": int(time.time())}
    message = {**head, **user.place, **content}
    bot.messages[chat_id, message["message_id"]] = message
    return message


def shown(keyboard: Json) -> Json:
    """Only an inline keyboard is part of the message that comes back."""
    return {"reply_markup": keyboard} if keyboard.get("inline_keyboard") else {}


def received(message: Json, call: Incoming, keyboard: Json, *, photo: bytes = b"", document: bytes = b"") -> Received:
    """The message as its reader sees it."""
    rows = keyboard.get("inline_keyboard", [])
    keys = [{"text": one} if isinstance(one, str) else one for row in keyboard.get("keyboard", []) for one in row]
    text: str = message.get("text") or message.get("caption") or ""
    return Received(
        message_id=message["message_id"],
        text=text,
        html=call.params.get("text", call.params.get("caption", text)),
        buttons=tuple((one["text"], one.get("callback_data", one.get("url", ""))) for row in rows for one in row),
        rows=tuple(len(row) for row in rows),
        reply_buttons=tuple(key["text"] for key in keys),
        asks_contact=any(key.get("request_contact") is True for key in keys),
        photo=photo,
        document=document,
        file_name=message.get("document", {}).get("file_name", ""),
        sent_at=call.now,
        thread=message.get("message_thread_id"),
    )


def _get_updates(bot: BotState, call: Incoming) -> list[Json]:
    """What is kept, from `offset` on; an offset confirms what lies before it. It does not wait for more."""
    if bot.webhook is not None:
        raise ApiError(409, "Conflict: can't use getUpdates method while webhook is active")
    offset = int(call.params.get("offset", "0"))
    while bot.pending and bot.pending[0]["update_id"] < offset:
        bot.pending.popleft()
    return list(bot.pending)[:100]


METHODS: Mapping[str, Method] = {
    "getme": _get_me,
    "getupdates": _get_updates,
    "setwebhook": _set_webhook,
    "deletewebhook": _delete_webhook,
    "getwebhookinfo": _get_webhook_info,
    "setmycommands": _set_my_commands,
    "getmycommands": _get_my_commands,
    "sendmessage": _send_message,
    "answercallbackquery": _answer_callback_query,
    "editmessagetext": _edit_text,
    "editmessagereplymarkup": _edit_markup,
    "deletemessage": _delete_message,
    **FORUM_METHODS,
}
"""Lower-cased name -> method."""

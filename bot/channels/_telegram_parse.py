"""A Bot API update -> neutral events, read from the raw JSON so that nothing a client sends can make it raise."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

import orjson

from bot.channels._clean import clean
from bot.channels._telegram_names import ENVELOPE, MEDIA, SERVICE, UNUSED_UPDATES
from bot.channels._words import opt_out_word
from bot.message import Contact, Event, Kind, Location, Media

Json = dict[str, Any]
Fields = dict[str, Any]
"""Some of an event's fields by name; every reader below returns them with at least `kind`."""

CHANNEL = "telegram"

_LONGEST_TAG = 35
"""Characters of a language tag (RFC 5646, section 4.4.1)."""
_START = re.compile(r"/start(?:@\w+)?(?:\s+(?P<payload>.*))?", re.DOTALL | re.IGNORECASE)
_TYPE_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_PHONE_SEPARATORS = re.compile(r"[\s().\-]+")
_PHONE_DIGITS = re.compile(r"[1-9][0-9]{4,14}")


def parse(body: bytes) -> list[Event]:
    """The event of one update. Whatever cannot be used is an `ignored` event whose `reason` says why."""
    update = _load(body)
    if not isinstance(update, dict):
        reason = "not_json" if update is None else "not_an_update"
        return [_event(_digest(body), _ignored(reason))]
    number = _integer(update.get("update_id"))
    provider_id = _digest(body) if number is None else str(number)
    return [_event(provider_id, _read(update))]


def _load(body: bytes) -> Any:
    """The JSON value, or None. orjson is exact and fast; the second reader also takes what a broken client sends."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(body.decode("utf-8-sig", "replace"), strict=False, parse_int=_lenient_integer)
    except (ValueError, RecursionError):
        return None


def _lenient_integer(digits: str) -> int | None:
    return int(digits) if len(digits) < 40 else None


def _digest(body: bytes) -> str:
    return "sha256:" + hashlib.sha256(body).hexdigest()[:32]


def _event(provider_id: str, fields: Fields) -> Event:
    return Event(channel=CHANNEL, provider_id=provider_id, **{"address": "", **fields})


def _ignored(reason: str) -> Fields:
    return {"kind": Kind.IGNORED, "reason": reason}


def _integer(value: Any) -> int | None:
    """A 64-bit integer; a bool, a float or a larger number is none."""
    return value if type(value) is int and -(2**63) <= value < 2**63 else None


def _string(value: Any) -> str | None:
    """A cleaned, non-empty string."""
    return (clean(value) or None) if isinstance(value, str) else None


def _object(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _read(update: Json) -> Fields:
    for name, read in _UPDATES.items():
        if name in update:
            content = update[name]
            return read(content) if isinstance(content, dict) else _ignored("malformed")
    unused = next((name for name in update if name in UNUSED_UPDATES), None)
    return _ignored(unused or ("unknown_update" if update.keys() - {"update_id"} else "empty_update"))


def _from_person(content: Json, read: Callable[[Json], Fields], *, sender: str = "from") -> Fields:
    """What `read` finds, with who sent it; only a person's own doing is more than ignored."""
    person = _object(content.get(sender))
    address = _integer(person.get("id"))
    if address is None or address <= 0:
        return _ignored("anonymous" if "actor_chat" in content else "no_sender") | _privacy(content)
    refused = _not_a_person(content, person)
    found = _ignored(refused) if refused else read(content)
    return found | _profile(person) | _privacy(content) | {"address": str(address)}


def _not_a_person(content: Json, person: Json) -> str | None:
    if isinstance(content.get("sender_chat"), dict):
        return "anonymous_sender"
    return "sender_is_bot" if person.get("is_bot") is True else None


def _profile(person: Json) -> Fields:
    names = (_string(person.get("first_name")), _string(person.get("last_name")))
    return {
        "locale_hint": hint[:_LONGEST_TAG] if (hint := _string(person.get("language_code"))) else None,
        "profile_name": " ".join(name for name in names if name) or None,
    }


def _privacy(content: Json) -> Fields:
    """Only a chat that says so is private; an update without a chat cannot come from a group."""
    chat = _object(content.get("message", content)).get("chat")
    return {"private": not isinstance(chat, dict) or chat.get("type") == "private"}


def _is_private(content: Json) -> bool:
    return _object(content.get("chat")).get("type") == "private"


def _message(content: Json) -> Fields:
    return _from_person(content, _message_content)


def _message_content(content: Json) -> Fields:
    if content.get("is_topic_message") is True and not _is_private(content):
        return _ignored("topic_message")
    for name, read in _CONTENTS.items():
        if name in content:
            return read(content[name], content)
    return _other_content(content)


def _other_content(content: Json) -> Fields:
    """A service message, a kind of media nobody had heard of, or nothing at all."""
    service = next((name for name in content if name in SERVICE), None)
    if service:
        return _ignored(service)
    unknown = next((name for name, value in content.items() if name not in ENVELOPE and _is_media(value)), None)
    if unknown is None:
        return _ignored("no_content")
    return _media(content[unknown], content, unknown if _TYPE_NAME.fullmatch(unknown) else "unknown")


def _is_media(value: Any) -> bool:
    return isinstance(value, dict | list) and bool(value)


def _text(value: Any, _content: Json) -> Fields:
    text = _string(value)
    if text is None:
        return _ignored("no_content")
    start = _START.fullmatch(text)
    if start:
        return {"kind": Kind.START, "start": (start["payload"] or "").strip()}
    return {"kind": Kind.OPT_OUT if opt_out_word(text) else Kind.TEXT, "text": text}


def _contact(value: Any, content: Json) -> Fields:
    card = _object(value)
    phone = _string(card.get("phone_number"))
    if phone is None:
        return _media(value, content, "contact")
    owner = _integer(card.get("user_id"))
    own = owner is not None and owner == _integer(_object(content.get("from")).get("id"))
    return {"kind": Kind.CONTACT, "contact": Contact(_phone(phone), own)}


def _phone(text: str) -> str:
    """E.164 when it is digits; anything else stands as it is and fails where numbers are checked."""
    digits = _PHONE_SEPARATORS.sub("", text).removeprefix("+")
    return f"+{digits}" if _PHONE_DIGITS.fullmatch(digits) else text


def _location(value: Any, _content: Json) -> Fields:
    point = _object(value)
    latitude = _degrees(point.get("latitude"), 90)
    longitude = _degrees(point.get("longitude"), 180)
    if latitude is None or longitude is None:
        return _ignored("malformed")
    return {"kind": Kind.LOCATION, "location": Location(latitude, longitude)}


def _degrees(value: Any, limit: int) -> float | None:
    if type(value) not in (int, float) or not isfinite(value) or abs(value) > limit:
        return None
    return float(value)


def _venue(value: Any, content: Json) -> Fields:
    return _location(_object(value).get("location"), content)


def _media(value: Any, content: Json, type_name: str) -> Fields:
    media = Media(type_name, id=_string(_object(value).get("file_id")))
    return {"kind": Kind.MEDIA, "media": (media,), "text": _string(content.get("caption"))}


def _reader(type_name: str) -> Callable[[Any, Json], Fields]:
    return lambda value, content: _media(value, content, type_name)


def _photo(value: Any, content: Json) -> Fields:
    sizes = [size for size in value if isinstance(size, dict)] if isinstance(value, list) else []
    return _media(max(sizes, key=_area, default=None), content, "photo")


def _area(size: Json) -> int:
    return (_integer(size.get("width")) or 0) * (_integer(size.get("height")) or 0)


def _web_app_data(value: Any, _content: Json) -> Fields:
    return _choice(_object(value).get("data"))


def _choice(data: Any) -> Fields:
    payload = _string(data)
    return {"kind": Kind.CHOICE, "payload": payload} if payload else _ignored("no_data")


def _edited(content: Json) -> Fields:
    return _from_person(content, _edited_content)


def _edited_content(content: Json) -> Fields:
    return {"kind": Kind.EDITED, "text": _string(content.get("text")) or _string(content.get("caption"))}


def _callback(content: Json) -> Fields:
    found = _from_person(content, lambda query: _choice(query.get("data")))
    return found | {"callback_id": _string(content.get("id"))}


def _membership(content: Json) -> Fields:
    return _from_person(content, _membership_change)


def _membership_change(content: Json) -> Fields:
    if not _is_private(content):
        return _ignored("group_membership")
    status = _object(content.get("new_chat_member")).get("status")
    kind = _MEMBERSHIP.get(status) if isinstance(status, str) else None
    return {"kind": kind} if kind else _ignored("other_membership")


def _reaction(content: Json) -> Fields:
    return _from_person(content, _reaction_change, sender="user")


def _reaction_change(content: Json) -> Fields:
    reactions = content.get("new_reaction")
    if not isinstance(reactions, list):
        return _ignored("malformed")
    emoji = "".join(filter(None, (_string(_object(one).get("emoji")) for one in reactions)))
    if reactions and not emoji:
        return _ignored("custom_reaction")
    return {"kind": Kind.REACTION, "text": emoji or None}


_MEMBERSHIP = {"kicked": Kind.BLOCKED, "member": Kind.UNBLOCKED}

_UPDATES: Mapping[str, Callable[[Json], Fields]] = {
    "message": _message,
    "callback_query": _callback,
    "edited_message": _edited,
    "my_chat_member": _membership,
    "message_reaction": _reaction,
}
"""What is handled. Also the webhook's `allowed_updates`."""

ALLOWED_UPDATES = tuple(_UPDATES)

_CONTENTS: Mapping[str, Callable[[Any, Json], Fields]] = {
    "text": _text,
    "contact": _contact,
    "venue": _venue,
    "location": _location,
    "photo": _photo,
    "web_app_data": _web_app_data,
} | {name: _reader(name) for name in MEDIA}

"""A table of Bot API updates and the events they become; then anything at all, which must never raise."""

import hashlib
import json
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.telegram import parse
from bot.message import Contact, Event, Kind, Location, Media, as_json

ADA = {
    "id": 5012345678,
    "is_bot": False,
    "first_name": "Ada",
    "last_name": "Neri",
    "username": "ada_n",
    "language_code": "it",
}
CHAT = {"id": 5012345678, "first_name": "Ada", "last_name": "Neri", "username": "ada_n", "type": "private"}
GROUP = {"id": -1002003004005, "title": "Friends", "type": "supergroup", "is_forum": True}
BOT = {"id": 770001, "is_bot": True, "first_name": "Bentornato", "username": "bentornato_bot"}
ABOUT_ADA = {"address": "5012345678", "locale_hint": "it", "profile_name": "Ada Neri"}


def message(**content: Any) -> dict[str, Any]:
    return {"message": {"message_id": 31, "from": ADA, "chat": CHAT, "date": 1795000000, **content}}


def callback(**content: Any) -> dict[str, Any]:
    shown = {"message_id": 30, "from": BOT, "chat": CHAT, "date": 1795000000, "text": "Choose"}
    query = {"id": "21527", "from": ADA, "message": shown, "chat_instance": "-77", "data": "v1:redeem:k3", **content}
    return {"callback_query": {name: value for name, value in query.items() if value is not None}}


def membership(status: Any, chat: Any = CHAT) -> dict[str, Any]:
    change = {"chat": chat, "from": ADA, "date": 1795000000, "old_chat_member": {"user": BOT, "status": "member"}}
    return {"my_chat_member": {**change, "new_chat_member": {"user": BOT, "status": status, "until_date": 0}}}


def reaction(new: Any, **sender: Any) -> dict[str, Any]:
    change = {"chat": CHAT, "message_id": 30, "date": 1795000000, "old_reaction": [], "new_reaction": new}
    return {"message_reaction": {**change, **(sender or {"user": ADA})}}


def photo(*sizes: tuple[str, int, int]) -> list[dict[str, Any]]:
    return [
        {"file_id": name, "file_unique_id": f"u{name}", "file_size": 900, "width": width, "height": height}
        for name, width, height in sizes
    ]


def voiced(name: str, **fields: Any) -> dict[str, Any]:
    return {name: {"file_id": f"{name}-1", "file_unique_id": "u1", **fields}}


def media(kind: str, file: str | None, **fields: Any) -> dict[str, Any]:
    return {"kind": Kind.MEDIA, "media": (Media(kind, id=file),), **fields}


def ignored(reason: str, **fields: Any) -> dict[str, Any]:
    return {"kind": Kind.IGNORED, "reason": reason, **fields}


NOBODY = {"address": "", "locale_hint": None, "profile_name": None}
DOCUMENT = {"document": {"file_id": "d", "file_unique_id": "u", "file_name": "a.pdf", "mime_type": "application/pdf"}}
POLL = {"id": "1", "question": "?", "options": [], "total_voter_count": 0, "is_closed": False, "is_anonymous": True}
CARD = {"phone_number": "393331234567", "first_name": "Ada", "user_id": ADA["id"]}
POINT = {"latitude": 45.4642, "longitude": 9.19}
COMMAND = {"entities": [{"type": "bot_command", "offset": 0, "length": 6}]}
TOPIC = {"is_topic_message": True, "message_thread_id": 4}
LINKED = {"is_automatic_forward": True, "from": {"id": 777000, "is_bot": False, "first_name": "Telegram"}}
ANONYMOUS_ADMIN = {"from": {"id": 1087968824, "is_bot": True, "first_name": "Group"}, "sender_chat": GROUP}

ROWS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "text": (message(text="ciao"), {"kind": Kind.TEXT, "text": "ciao"}),
    "text with emoji and RTL": (message(text="שלום 👋🏽"), {"kind": Kind.TEXT, "text": "שלום 👋🏽"}),
    "text with NUL": (message(text="a\0b"), {"kind": Kind.TEXT, "text": "ab"}),
    "text of NUL only": (message(text="\0"), ignored("no_content")),
    "text empty": (message(text=""), ignored("no_content")),
    "text a number": (message(text=5), ignored("no_content")),
    "text null": (message(text=None), ignored("no_content")),
    "start": (message(text="/start", **COMMAND), {"kind": Kind.START, "start": ""}),
    "start payload": (message(text="/start r_AB12", **COMMAND), {"kind": Kind.START, "start": "r_AB12"}),
    "start at bot": (message(text="/start@bentornato_bot s_7"), {"kind": Kind.START, "start": "s_7"}),
    "start at bot alone": (message(text="/start@bentornato_bot"), {"kind": Kind.START, "start": ""}),
    "start several words": (message(text="/start  a\nb "), {"kind": Kind.START, "start": "a\nb"}),
    "start capital": (message(text="/Start x"), {"kind": Kind.START, "start": "x"}),
    "not quite start": (message(text="/started"), {"kind": Kind.TEXT, "text": "/started"}),
    "start not first": (message(text="say /start"), {"kind": Kind.TEXT, "text": "say /start"}),
    "other command": (message(text="/menu"), {"kind": Kind.TEXT, "text": "/menu"}),
    "contact own": (message(contact=CARD), {"kind": Kind.CONTACT, "contact": Contact("+393331234567", True)}),
    "contact with plus and spaces": (
        message(contact=CARD | {"phone_number": "+39 333 123-4567"}),
        {"kind": Kind.CONTACT, "contact": Contact("+393331234567", True)},
    ),
    "contact of another": (
        message(contact=CARD | {"user_id": 99}),
        {"kind": Kind.CONTACT, "contact": Contact("+393331234567", False)},
    ),
    "contact of nobody known": (
        message(contact={"phone_number": "393331234567", "first_name": "Bo"}),
        {"kind": Kind.CONTACT, "contact": Contact("+393331234567", False)},
    ),
    "contact whose owner is true": (
        {"message": {**message(contact=CARD | {"user_id": True})["message"], "from": ADA | {"id": 1}}},
        {"kind": Kind.CONTACT, "contact": Contact("+393331234567", False), "address": "1"},
    ),
    "contact odd number": (
        message(contact=CARD | {"phone_number": "*100#"}),
        {"kind": Kind.CONTACT, "contact": Contact("*100#", True)},
    ),
    "contact without number": (message(contact={"first_name": "Bo"}), media("contact", None)),
    "contact a string": (message(contact="Bo"), media("contact", None)),
    "location": (message(location=POINT), {"kind": Kind.LOCATION, "location": Location(45.4642, 9.19)}),
    "location live, whole degrees": (
        message(location={"latitude": 45, "longitude": -9, "live_period": 900}),
        {"kind": Kind.LOCATION, "location": Location(45.0, -9.0)},
    ),
    "location off the map": (message(location={"latitude": 91.0, "longitude": 9.19}), ignored("malformed")),
    "location of words": (message(location={"latitude": "45", "longitude": True}), ignored("malformed")),
    "venue": (
        message(venue={"location": POINT, "title": "Shop", "address": "Via Roma 1"}, location=POINT),
        {"kind": Kind.LOCATION, "location": Location(45.4642, 9.19)},
    ),
    "photo": (
        message(photo=photo(("s", 90, 60), ("l", 1280, 853), ("m", 320, 213)), caption="my receipt"),
        media("photo", "l", text="my receipt"),
    ),
    "photo without sizes": (message(photo=[]), media("photo", None)),
    "photo of nonsense": (message(photo=["x", None, {"file_id": 4, "width": "w"}]), media("photo", None)),
    "voice": (message(**voiced("voice", duration=3)), media("voice", "voice-1")),
    "video": (message(**voiced("video", width=1, height=1, duration=3)), media("video", "video-1")),
    "video note": (message(**voiced("video_note", length=240, duration=3)), media("video_note", "video_note-1")),
    "audio": (message(**voiced("audio", duration=3)), media("audio", "audio-1")),
    "sticker": (message(**voiced("sticker", type="regular", emoji="👍")), media("sticker", "sticker-1")),
    "document": (message(**DOCUMENT, caption="la fattura"), media("document", "d", text="la fattura")),
    "animation": (message(**voiced("animation", duration=1), **DOCUMENT), media("animation", "animation-1")),
    "dice": (message(dice={"emoji": "🎲", "value": 4}), media("dice", None)),
    "poll in a message": (message(poll=POLL), media("poll", None)),
    "story": (message(story={"id": 3, "chat": GROUP}), media("story", None)),
    "media not known yet": (message(hologram={"file_id": "h1"}), media("hologram", "h1")),
    "media with a strange name": (message(**{"Holo Gram!": [1]}), media("unknown", None)),
    "web app data": (
        message(web_app_data={"data": "seat:4", "button_text": "Pick"}),
        {"kind": Kind.CHOICE, "payload": "seat:4"},
    ),
    "web app data missing": (message(web_app_data={"button_text": "Pick"}), ignored("no_data")),
    "quoting": (
        message(reply_to_message=message(text="x")["message"], quote={"text": "x"}, text="yes"),
        {"kind": Kind.TEXT, "text": "yes"},
    ),
    "quote only": (message(quote={"text": "x"}), ignored("no_content")),
    "edited": (
        {"edited_message": message(text="ciao!", edit_date=1795000060)["message"]},
        {"kind": Kind.EDITED, "text": "ciao!"},
    ),
    "edited caption": (
        {"edited_message": message(**DOCUMENT, caption="new")["message"]},
        {"kind": Kind.EDITED, "text": "new"},
    ),
    "edited live location": ({"edited_message": message(location=POINT)["message"]}, {"kind": Kind.EDITED}),
    "group text": (message(chat=GROUP, text="hi"), {"kind": Kind.TEXT, "text": "hi", "private": False}),
    "chat of no kind": (message(chat={}, text="hi"), {"kind": Kind.TEXT, "text": "hi", "private": False}),
    "topic in a group": (message(chat=GROUP, text="hi", **TOPIC), ignored("topic_message", private=False)),
    "topic in a private chat": (message(text="hi", **TOPIC), {"kind": Kind.TEXT, "text": "hi"}),
    "joined a group": (message(chat=GROUP, new_chat_members=[BOT]), ignored("new_chat_members", private=False)),
    "pinned": (message(pinned_message=message(text="x")["message"]), ignored("pinned_message")),
    "group moved": (message(chat=GROUP, migrate_to_chat_id=-100987), ignored("migrate_to_chat_id", private=False)),
    "topic created": (
        message(chat=GROUP, forum_topic_created={"name": "Ada"}),
        ignored("forum_topic_created", private=False),
    ),
    "paid": (message(successful_payment={"currency": "XTR"}), ignored("successful_payment")),
    "write access": (message(write_access_allowed={}), ignored("write_access_allowed")),
    "from a bot": (
        message(text="hi", **{"from": BOT}),
        ignored("sender_is_bot", address="770001", locale_hint=None, profile_name="Bentornato"),
    ),
    "anonymous admin": (
        message(text="hi", chat=GROUP, **ANONYMOUS_ADMIN),
        ignored(
            "anonymous_sender", address="1087968824", private=False, locale_hint=None, profile_name="Group"
        ),
    ),
    "linked channel": (
        message(text="hi", chat=GROUP, sender_chat={"id": -5, "type": "channel"}, **LINKED),
        ignored("anonymous_sender", address="777000", private=False, locale_hint=None, profile_name="Telegram"),
    ),
    "without from": ({"message": {"message_id": 1, "chat": CHAT, "text": "x"}}, ignored("no_sender", **NOBODY)),
    "from a list": (message(text="x", **{"from": [1]}), ignored("no_sender", **NOBODY)),
    "id true": (message(text="x", **{"from": ADA | {"id": True}}), ignored("no_sender", **NOBODY)),
    "id a string": (message(text="x", **{"from": ADA | {"id": "5"}}), ignored("no_sender", **NOBODY)),
    "id negative": (message(text="x", **{"from": ADA | {"id": -5}}), ignored("no_sender", **NOBODY)),
    "id beyond 2**53": (
        message(text="x", **{"from": ADA | {"id": 2**53 + 1}}),
        {"kind": Kind.TEXT, "text": "x", "address": "9007199254740993"},
    ),
    "id beyond 64 bits": (
        b'{"message":{"from":{"id":99999999999999999999},"text":"x"}}',
        ignored("no_sender", **NOBODY),
    ),
    "profile of wrong types": (
        message(text="x", **{"from": {"id": 8, "first_name": 1, "last_name": "Neri", "language_code": []}}),
        {"kind": Kind.TEXT, "text": "x", "address": "8", "locale_hint": None, "profile_name": "Neri"},
    ),
    "tap": (callback(), {"kind": Kind.CHOICE, "payload": "v1:redeem:k3", "callback_id": "21527"}),
    "tap on an inaccessible message": (
        callback(message={"message_id": 3, "chat": CHAT, "date": 0}),
        {"kind": Kind.CHOICE, "payload": "v1:redeem:k3", "callback_id": "21527"},
    ),
    "tap on an inline message": (
        callback(message=None, inline_message_id="BAAA"),
        {"kind": Kind.CHOICE, "payload": "v1:redeem:k3", "callback_id": "21527"},
    ),
    "tap in a group": (
        callback(message={"message_id": 3, "chat": GROUP, "date": 0}),
        {"kind": Kind.CHOICE, "payload": "v1:redeem:k3", "callback_id": "21527", "private": False},
    ),
    "tap on a game": (callback(data=None, game_short_name="chess"), ignored("no_data", callback_id="21527")),
    "tap with a list": (callback(data=["v1"]), ignored("no_data", callback_id="21527")),
    "tap without id": (callback(id=None), {"kind": Kind.CHOICE, "payload": "v1:redeem:k3"}),
    "blocked": (membership("kicked"), {"kind": Kind.BLOCKED}),
    "unblocked": (membership("member"), {"kind": Kind.UNBLOCKED}),
    "membership of another kind": (membership("restricted"), ignored("other_membership")),
    "membership of a wrong type": (membership(["kicked"]), ignored("other_membership")),
    "put out of a group": (membership("kicked", GROUP), ignored("group_membership", private=False)),
    "reaction": (reaction([{"type": "emoji", "emoji": "❤"}]), {"kind": Kind.REACTION, "text": "❤"}),
    "reactions": (
        reaction([{"type": "emoji", "emoji": "❤"}, {"type": "emoji", "emoji": "🔥"}]),
        {"kind": Kind.REACTION, "text": "❤🔥"},
    ),
    "reaction removed": (reaction([]), {"kind": Kind.REACTION}),
    "reaction custom": (reaction([{"type": "custom_emoji", "custom_emoji_id": "53"}]), ignored("custom_reaction")),
    "reaction of nonsense": (reaction([1, {"emoji": {}}]), ignored("custom_reaction")),
    "reaction a string": (reaction("❤"), ignored("malformed")),
    "reaction anonymous": (reaction([], actor_chat=GROUP), ignored("anonymous", **NOBODY)),
    "channel post": ({"channel_post": message(text="x")["message"]}, ignored("channel_post", **NOBODY)),
    "business message": ({"business_message": message(text="x")["message"]}, ignored("business_message", **NOBODY)),
    "poll closed": ({"poll": POLL}, ignored("poll", **NOBODY)),
    "inline query": ({"inline_query": {"id": "1", "from": ADA, "query": "x"}}, ignored("inline_query", **NOBODY)),
    "update not known yet": ({"telepathy": {"from": ADA}}, ignored("unknown_update", **NOBODY)),
    "update of nothing": ({}, ignored("empty_update", **NOBODY)),
    "message null": ({"message": None}, ignored("malformed", **NOBODY)),
    "message a list": ({"message": [1]}, ignored("malformed", **NOBODY)),
}  # fmt: skip


@pytest.mark.parametrize(("update", "expected"), ROWS.values(), ids=ROWS)
def test_update_becomes_the_event(update: dict[str, Any] | bytes, expected: dict[str, Any]) -> None:
    body = update if isinstance(update, bytes) else orjson.dumps({"update_id": 4711, **update})
    provider_id = digest(body) if isinstance(update, bytes) else "4711"
    assert parse(body) == [Event(channel="telegram", provider_id=provider_id, **{**ABOUT_ADA, **expected})]


def digest(body: bytes) -> str:
    return "sha256:" + hashlib.sha256(body).hexdigest()[:32]


BODIES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "not_json"),
    "words": (b"hello", "not_json"),
    "cut short": (b'{"update_id":1,"message":{"te', "not_json"),
    "bytes": (bytes(range(256)), "not_json"),
    "deep list": (b"[" * 200_000, "not_json"),
    "deep object": (b'{"message":' * 100_000, "not_json"),
    "list": (b"[1,2]", "not_an_update"),
    "number": (b"17", "not_an_update"),
    "string": (b'"x"', "not_an_update"),
    "NaN": (b"NaN", "not_an_update"),
    "null": (b"null", "not_json"),
}


@pytest.mark.parametrize(("body", "reason"), BODIES.values(), ids=BODIES)
def test_a_body_that_is_no_update_is_kept_and_ignored(body: bytes, reason: str) -> None:
    assert parse(body) == [
        Event(kind=Kind.IGNORED, channel="telegram", address="", provider_id=digest(body), reason=reason)
    ]


@pytest.mark.parametrize("number", [b"true", b'"12"', b"1.0", b"null", b"99999999999999999999", b"1" * 5000])
def test_an_update_without_a_usable_number_is_known_by_its_bytes(number: bytes) -> None:
    body = b'{"update_id":%s,"message":{"from":{"id":7},"chat":{"type":"private"},"text":"hi"}}' % number
    event = parse(body)[0]
    assert (event.kind, event.address, event.provider_id) == (Kind.TEXT, "7", digest(body))


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        (rb"a\ud800b", "a\ufffdb"),
        (rb"\udc00\ud83d", "\ufffd\ufffd"),
        (rb"\ud83d\ude00 \ude00", "\U0001f600 \ufffd"),
        (b"caf\xe9", "caf\ufffd"),
        (b"tab\there", "tab\there"),
        (rb"n\u0000ul", "nul"),
    ],
)
def test_text_in_a_bad_encoding_is_cleaned_once(text: bytes, cleaned: str) -> None:
    body = b'{"update_id":9,"message":{"from":{"id":7,"first_name":"%s"},"text":"%s"}}' % (text, text)
    event = parse(body)[0]
    assert (event.text, event.profile_name, event.provider_id) == (cleaned, cleaned, "9")


_FIELDS = """
    update_id message edited_message callback_query my_chat_member message_reaction from chat text contact location
    photo voice venue web_app_data caption data id user user_id actor_chat new_reaction new_chat_member status emoji
    phone_number latitude longitude file_id width height type is_bot first_name language_code sender_chat
"""
_NAMES = st.sampled_from(_FIELDS.split())
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["private", "kicked", "/start"])
)
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES | st.text(), inner, max_size=8)
)
_PERSON = {"from": st.just(ADA), "user": st.just(ADA), "chat": st.just(CHAT)}
_CONTENT = st.builds(
    lambda head, rest: {**head, **rest},
    st.fixed_dictionaries({}, optional=_PERSON),
    st.dictionaries(_NAMES, _VALUES, max_size=6),
)
_UPDATES = st.dictionaries(_NAMES, _CONTENT | _VALUES, max_size=3)


@settings(max_examples=400, deadline=None)
@given(_UPDATES)
def test_any_json_is_one_event_that_can_be_written_down(update: dict[str, Any]) -> None:
    events = parse(json.dumps(update).encode())
    assert len(events) == 1
    assert orjson.loads(orjson.dumps(as_json(events[0]))) == as_json(events[0])


@settings(max_examples=300, deadline=None)
@given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_one_event(body: bytes) -> None:
    (event,) = parse(body)
    assert orjson.dumps(as_json(event))
    assert parse(body) == [event]

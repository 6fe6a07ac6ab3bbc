"""Odd webhook bodies from a seed: payloads as the schemas have them, then bent, cut, doubled and blown up.

Every body is different or counts once: an id that a body carries carries the body's number too.
"""

# ruff: noqa: ARG005 - the makers in a table are all called alike

import json
import random
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from tests.robustness.odd_values import ODD, VALUES, lone_surrogates, nested, noise, words

Json = dict[str, Any]
Bend = Callable[[random.Random, bytes, int], bytes]
_PEOPLE = 300
_ID = 1_000_000_000
HUGE_EVERY, HUGE_AT = 240, 7
"""Largest bodies come in regularly, so that the first few hundred bodies have met every size."""


def telegram_bodies(seed: int, count: int) -> list[bytes]:
    """So many bodies for the Telegram webhook."""
    chance = random.Random(seed)
    return [_telegram(chance, number) for number in range(count)]


def _telegram(chance: random.Random, number: int) -> bytes:
    update = {"update_id": _ID + number, **chance.choice(_UPDATES)(chance, number)}
    for _ in range(chance.choice((0, 0, 1, 1, 1, 2, 4))):
        _change(chance, update, number)
    if chance.random() < 0.15:
        update["update_id"] = _odd_id(chance, number)
    body = json.dumps(update, ensure_ascii=chance.random() < 0.7).encode("utf-8", "surrogatepass")
    if number % HUGE_EVERY == HUGE_AT:
        return huge(number)
    return chance.choice(_BENDS)(chance, body, number) if chance.random() < 0.25 else body


def _odd_id(chance: random.Random, number: int) -> Any:
    """What a broken client may put where the number belongs; never the same twice when it is a number."""
    odd = (str(_ID + number), f"id-{number}", number + 0.5, None, True, [number], {"id": number}, 2**63 + number)
    return chance.choice((*odd, -(_ID + number), 10**40 + number, "\0", "\ud800"))


def _change(chance: random.Random, update: Json, number: int) -> None:
    """One change somewhere in the tree, the update's own id left alone."""
    place: Any = update
    while True:
        keys = [key for key in (place if isinstance(place, dict) else range(len(place))) if key != "update_id"]
        if not keys:
            return
        key = chance.choice(keys)
        if isinstance(place[key], dict | list) and place[key] and chance.random() < 0.75:
            place = place[key]
            continue
        break
    _change_at(chance, place, key, number)


def _change_at(chance: random.Random, place: Any, key: Any, number: int) -> None:
    what = chance.randrange(8)
    if what == 0:
        del place[key]
    elif what == 1 and isinstance(place, dict):
        place[chance.choice(("extra", "", "\0", "\ud800", "new_chat_photo", "x" * 300))] = deepcopy(chance.choice(ODD))
    elif what == 2:
        place[key] = [place[key]]
    elif what == 3 and isinstance(place, dict):
        place[str(key).upper()] = place.pop(key)
    elif what == 4:
        place[key] = chance.choice(VALUES)(chance, number)
    else:
        place[key] = deepcopy(chance.choice(ODD))


def _person(chance: random.Random) -> Json:
    identity = 5_000_000 + chance.randrange(_PEOPLE)
    language = chance.choice(("it", "en", "es", "pt-br", "ar", "xx", "", "zh-hans", "en-GB"))
    name = chance.choice(("Ada", "عائشة", "<b>&", "𝒜𝒹𝒶", "\u202eevil", "a" * 200))
    return {"id": identity, "is_bot": False, "first_name": name, "last_name": "L", "language_code": language}


def _message(chance: random.Random, number: int) -> Json:
    person = _person(chance)
    kind = "private" if chance.random() < 0.85 else chance.choice(("group", "supergroup", "channel"))
    chat = {"id": person["id"] if kind == "private" else -1_000_000_000_000 - number, "type": kind}
    head = {"message_id": number, "date": 1_790_000_000, "chat": chat, "from": person}
    return head | chance.choice(_CONTENTS)(chance, number)


_CONTENTS: tuple[Callable[[random.Random, int], Json], ...] = (
    lambda chance, _: {"text": words(chance)},
    lambda chance, _: {"text": words(chance), "entities": [{"type": "bold", "offset": 0, "length": 99}]},
    lambda chance, _: {"text": noise(chance)},
    lambda chance, number: {"text": f"/start {chance.choice(('', 'ABCD2345', 'x' * 64, str(number)))}"},
    lambda chance, _: {"contact": {"phone_number": "+393331234567", "user_id": 5_000_001, "first_name": "A"}},
    lambda chance, _: {"location": {"latitude": chance.uniform(-100, 100), "longitude": 9.1}},
    lambda chance, _: {"photo": [{"file_id": "a", "width": 9, "height": 9}], "caption": words(chance)},
    lambda chance, _: {"voice": {"file_id": "v", "duration": 3}},
    lambda chance, _: {"sticker": {"file_id": "s", "emoji": "👍"}},
    lambda chance, _: {"poll": {"id": "1", "question": "?", "options": []}},
    lambda chance, _: {"venue": {"location": {"latitude": 1, "longitude": 2}, "title": "t"}},
    lambda chance, _: {"new_chat_members": [{"id": 1}]},
    lambda chance, _: {"something_new": {"file_id": "n"}},
)


def _callback(chance: random.Random, number: int) -> Json:
    message = _message(chance, number) if chance.random() < 0.6 else {"chat": {"id": 1}, "message_id": 1, "date": 0}
    data = chance.choice(("v1:0", "v1:" + "f" * 60, "balance", "x", words(chance)))
    return {"callback_query": {"id": str(number), "from": _person(chance), "message": message, "data": data}}


def _membership(chance: random.Random, number: int) -> Json:
    status = chance.choice(("kicked", "member", "left", "administrator", ""))
    chat = {"id": 1, "type": chance.choice(("private", "group"))}
    member = {"user": {"id": 4242, "is_bot": True}, "status": status}
    return {"my_chat_member": {"chat": chat, "from": _person(chance), "date": 1, "new_chat_member": member}}


def _reaction(chance: random.Random, number: int) -> Json:
    reactions = [{"type": "emoji", "emoji": "👍"}, {"type": "custom_emoji", "custom_emoji_id": "7"}]
    change = {"chat": {"id": 1, "type": "private"}, "user": _person(chance), "new_reaction": reactions}
    return {"message_reaction": {**change, "message_id": number, "date": 1, "old_reaction": []}}


_UPDATES: tuple[Callable[[random.Random, int], Json], ...] = (
    *((lambda chance, number: {"message": _message(chance, number)}),) * 6,
    lambda chance, number: {"edited_message": _message(chance, number)},
    lambda chance, number: {"channel_post": _message(chance, number)},
    lambda chance, number: {"something_else": _message(chance, number)},
    lambda chance, number: {"message": _message(chance, number), "callback_query": {"id": "1"}},
    _callback,
    _membership,
    _reaction,
)


def _doubled_field(chance: random.Random, body: bytes, number: int) -> bytes:
    first = str(2 * _ID + number).encode()
    return b'{"update_id":' + first + b',"message":' + chance.choice((b"null", b"[]", b"{}", b'"x"')) + b"," + body[1:]


def _cut(chance: random.Random, body: bytes, number: int) -> bytes:
    return body[: chance.randrange(len(body) + 1)]


def _invalid_utf8(chance: random.Random, body: bytes, number: int) -> bytes:
    place = chance.randrange(len(body) + 1)
    return body[:place] + chance.choice((b"\xff", b"\xed\xa0\x80", b"\xc0\x80", b"\x80", b"\xf5\x80")) + body[place:]


def _nul(chance: random.Random, body: bytes, number: int) -> bytes:
    place = chance.randrange(len(body) + 1)
    return body[:place] + b"\0" + body[place:]


def _deep(chance: random.Random, body: bytes, number: int) -> bytes:
    levels = chance.choice((100, 900, 1100, 20_000))
    inner = b"[" * levels + b"]" * levels
    return b'{"update_id":%d,"message":{"text":%s}}' % (_ID + number, inner)


def _big(chance: random.Random, body: bytes, number: int) -> bytes:
    text = noise(chance, chance.choice((5_000, 20_000, 60_000)))
    message = {"chat": {"id": 1, "type": "private"}, "from": _person(chance), "message_id": 1, "text": text}
    return json.dumps({"update_id": _ID + number, "message": message}).encode("utf-8", "surrogatepass")


def huge_letter(number: int) -> str:
    """A letter of one, three or four bytes, each in turn."""
    return "a中😀"[number // HUGE_EVERY % 3]


def huge(number: int) -> bytes:
    """Nearly a mebibyte of one text."""
    text = huge_letter(number) * 85_000
    message = {"chat": {"id": 1, "type": "private"}, "from": {"id": 5_000_000 + number}, "text": text}
    return json.dumps({"update_id": _ID + number, "message": message}).encode("utf-8", "surrogatepass")


def _surrogates(chance: random.Random, body: bytes, number: int) -> bytes:
    message = {"chat": {"id": 1, "type": "private"}, "from": _person(chance), "text": lone_surrogates(chance)}
    return json.dumps({"update_id": _ID + number, "message": message}).encode()


_BENDS: tuple[Bend, ...] = (
    _cut,
    _invalid_utf8,
    _nul,
    _doubled_field,
    _deep,
    _big,
    _surrogates,
    _surrogates,
    lambda chance, body, number: b"\xef\xbb\xbf" + body,
    lambda chance, body, number: b" \r\n\t" + body + b"\n",
    lambda chance, body, number: body + body,
    lambda chance, body, number: b"[" + body + b"]",
    lambda chance, body, number: body.decode("utf-8", "replace").encode("utf-16"),
    lambda chance, body, number: json.dumps(nested(chance.randrange(1, 200))).encode(),
    lambda chance, body, number: chance.choice((b"", b"null", b"0", b"{}", b"[]", b'"', b"NaN", b"\0", b"{")),
    lambda chance, body, number: chance.randbytes(chance.randrange(200)),
    lambda chance, body, number: body.replace(b"1790000000", b"1e999"),
)

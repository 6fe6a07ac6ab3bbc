"""Odd Twilio forms from a seed, and how Twilio signs what it posts."""

# ruff: noqa: ARG005 - the makers in a table are all called alike

import base64
import hmac
import random
from hashlib import sha256
from urllib.parse import parse_qsl, quote_plus

from tests.robustness.odd import HUGE_AT, HUGE_EVERY, huge_letter
from tests.robustness.odd_values import lone_surrogates, noise, words
from tests.robustness.wire import Post

Pairs = list[tuple[str, str]]
_PEOPLE = 300
_MOST_FIELDS = 512


def twilio_posts(seed: int, count: int, *, channel: str, public_url: str, token: str) -> list[Post]:
    """So many signed webhook calls for this channel."""
    chance = random.Random(seed)
    url = f"{public_url}/webhooks/{channel}"
    return [signed(url, form(chance, number, channel), token, chance.random() < 0.1) for number in range(count)]


def signed(url: str, body: bytes, token: str, as_json: bool = False) -> Post:
    """A call Twilio's way: over the sorted fields of a form, or over the body's hash for any other body."""
    path = "/" + url.split("/", 3)[3]
    pairs = parse_qsl(body.decode("utf-8", "surrogateescape"), keep_blank_values=True, errors="surrogateescape")
    if as_json or len(pairs) > _MOST_FIELDS or body.count(b"&") >= _MOST_FIELDS:
        query = f"?bodySHA256={sha256(body).hexdigest()}"
        headers = {"content-type": "application/json", "x-twilio-signature": _mac(token, (url + query).encode())}
        return Post(path + query, body, headers)
    fields = sorted({(_raw(name), _raw(value)) for name, value in pairs})
    mac = _mac(token, url.encode() + b"".join(name + value for name, value in fields))
    return Post(path, body, {"content-type": "application/x-www-form-urlencoded", "x-twilio-signature": mac})


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _mac(token: str, text: bytes) -> str:
    return base64.b64encode(hmac.digest(token.encode(), text, "sha1")).decode()


def form(chance: random.Random, number: int, channel: str) -> bytes:
    """One body."""
    pairs = chance.choice(_FORMS)(chance, number, "whatsapp:" if channel == "whatsapp" else "")
    for _ in range(chance.choice((0, 0, 1, 1, 2, 4))):
        _change(chance, pairs, number)
    chance.shuffle(pairs) if chance.random() < 0.3 else None
    body = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in pairs).encode()
    if number % HUGE_EVERY == HUGE_AT:
        return b"Body=" + huge_letter(number).encode() * 240_000 + b"&" + body
    return chance.choice(_BENDS)(chance, body, number) if chance.random() < 0.2 else body


def _quoted(text: str) -> str:
    return quote_plus(text, errors="surrogatepass")


def _head(chance: random.Random, number: int, prefix: str) -> Pairs:
    sid = "SM" + sha256(str(number).encode()).hexdigest()[:32]
    phone = f"+39333{chance.randrange(_PEOPLE):07d}" if chance.random() < 0.8 else f"+5511{chance.randrange(10**8):09d}"
    pairs = [("MessageSid", sid), ("SmsSid", sid), ("SmsMessageSid", sid), ("AccountSid", "AC" + "7" * 32)]
    return [*pairs, ("From", prefix + phone), ("To", prefix + "+15550001111"), ("ApiVersion", "2010-04-01")]


def _told(chance: random.Random, number: int, prefix: str, **more: str) -> Pairs:
    whatsapp = [("ProfileName", chance.choice(("Ada", "عائشة", "\ud800", ""))), ("WaId", "393330000000")]
    sms = [("FromCity", ""), ("FromCountry", "IT"), ("ToCity", ""), ("ToZip", "")]
    common = [("NumMedia", "0"), ("NumSegments", "1"), ("SmsStatus", "received")]
    given = [pair for pair in common if pair[0] not in more] + list(more.items())
    return _head(chance, number, prefix) + (whatsapp if prefix else sms) + given


def _receipt(chance: random.Random, number: int, prefix: str) -> Pairs:
    known = ("queued", "sent", "delivered", "read", "failed", "undelivered", "canceled", "DELIVERED", "odd", "s" * 3000)
    status = chance.choice(known)
    code = chance.choice(("", "0", "30003", "21610", "63016", "63024", "x", "-1", "9" * 400))
    return [*_head(chance, number, prefix), ("MessageStatus", status), ("SmsStatus", status), ("ErrorCode", code)]


_FORMS = (
    *((lambda chance, number, prefix: _told(chance, number, prefix, Body=words(chance))),) * 5,
    lambda chance, number, prefix: _told(chance, number, prefix, Body=noise(chance)),
    lambda chance, number, prefix: _told(chance, number, prefix, Body=lone_surrogates(chance)),
    lambda chance, number, prefix: _told(
        chance, number, prefix, Body="", ButtonPayload="v1:1", ButtonText=words(chance)
    ),
    lambda chance, number, prefix: _told(chance, number, prefix, ListId="x" * 300, ListTitle="t"),
    lambda chance, number, prefix: _told(
        chance, number, prefix, NumMedia="2", MediaUrl0="https://x.example/0", MediaContentType0="image/jpeg"
    ),
    lambda chance, number, prefix: _told(
        chance, number, prefix, Latitude=str(chance.uniform(-99, 99)), Longitude="1e400", MessageType="location"
    ),
    lambda chance, number, prefix: _told(
        chance, number, prefix, OptOutType=chance.choice(("STOP", "START", "HELP", "?"))
    ),
    lambda chance, number, prefix: _told(
        chance, number, prefix, MessageType=chance.choice(("order", "reaction", "text"))
    ),
    lambda chance, number, prefix: [
        pair for pair in _told(chance, number, prefix, Body="ciao", ExternalUserId=f"IT.{number}") if pair[0] != "From"
    ],
    _receipt,
    _receipt,
)
_ODD_FIELDS = ("Body", "NumMedia", "MediaUrl0", "ErrorCode", "MessageStatus", "EventType", "", "\0", "Ünïcode", "From")


def _change(chance: random.Random, pairs: Pairs, number: int) -> None:
    if not pairs:
        return
    place = chance.randrange(len(pairs))
    name, value = pairs[place]
    what = chance.randrange(7)
    if what == 0:
        del pairs[place]
    elif what == 1:
        pairs.insert(chance.randrange(len(pairs) + 1), (name, _value(chance, name, number)))
    elif what == 2:
        pairs[place] = (name, chance.choice(("", " ", "\t\n")))
    elif what == 3:
        pairs[place] = (name.lower() if chance.random() < 0.5 else name + "\0", value)
    elif what == 4:
        pairs.append((chance.choice(_ODD_FIELDS), _value(chance, "", number)))
    else:
        pairs[place] = (name, _value(chance, name, number))


def _value(chance: random.Random, name: str, number: int) -> str:
    """Any odd value; where an id belongs it carries the body's number, so that it is nobody else's."""
    if name in ("MessageSid", "SmsSid", "SmsMessageSid"):
        tail = chance.choice(("", "\0", " ", "\ud800", "é", ":delivered", "x" * 3000, noise(chance, 1500)))
        return f"ODD{number}{tail}"
    odd = ("", "\0", "\ud800", "-1", "99999999999999999999", "NaN", "1e999", "true", "{}", "whatsapp:", "+", "++39")
    drawn = (words(chance), noise(chance), lone_surrogates(chance), f"+{chance.randrange(10**15)}", "y" * 5_000)
    return chance.choice((*odd, *drawn))


def _twice(chance: random.Random, body: bytes, number: int) -> bytes:
    return body + b"&" + body


def _many(chance: random.Random, body: bytes, number: int) -> bytes:
    return body + b"".join(b"&field%d=1" % index for index in range(chance.choice((400, 480, 600))))


def _invalid(chance: random.Random, body: bytes, number: int) -> bytes:
    place = chance.randrange(len(body) + 1)
    odd = (b"%ff%fe", b"\xff\xfe", b"%00", b"\0", b"%ED%A0%80", b"%", b"%zz", b"&&&", b"=", b";", b"%u0041", b"+")
    return body[:place] + chance.choice(odd) + body[place:]


def _cut(chance: random.Random, body: bytes, number: int) -> bytes:
    """Cut anywhere but inside an id, whose beginning may be another body's too."""
    kept, _, last = body[: chance.randrange(len(body) + 1)].rpartition(b"&")
    return kept if b"Sid" in last else kept + b"&" + last


def _big(chance: random.Random, body: bytes, number: int) -> bytes:
    return b"Body=" + _quoted(noise(chance, chance.choice((3_000, 10_000, 20_000)))).encode() + b"&" + body


_BENDS = (
    _twice,
    _many,
    _invalid,
    _invalid,
    _invalid,
    _big,
    _cut,
    lambda chance, body, number: chance.choice((b"", b"&", b"=", b"{}", b"null", b"%", b"a", b"\0", b"Body")),
    lambda chance, body, number: b'{"MessageSid": "SM%d", "Body": "json"}' % number,
    lambda chance, body, number: chance.randbytes(chance.randrange(300)),
)

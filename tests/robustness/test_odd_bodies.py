"""5,000 odd bodies a webhook on both databases, over HTTP: all answered 200, each kept once byte for byte, no leak."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.limits import BODY_BYTES
from tests.robustness.odd import telegram_bodies
from tests.robustness.odd_forms import signed, twilio_posts
from tests.robustness.server import TELEGRAM_SECRET, TWILIO_ACCOUNT, TWILIO_TOKEN, Nursery, Server, rows
from tests.robustness.wire import Post, Wire, post_all

pytestmark = pytest.mark.long
PUBLIC_URL = "https://bot.bentornato.example"
CHANNELS = ("telegram", "whatsapp", "sms")
COUNT, WARM = 5_000, 500
MIB = 1024 * 1024
_JSON = {"content-type": "application/json", "x-telegram-bot-api-secret-token": TELEGRAM_SECRET}


def telegram_post(body: bytes) -> Post:
    return Post("/webhooks/telegram", body, _JSON)


@lru_cache(maxsize=3)
def odd_posts(channel: str) -> list[Post]:
    seed = 100 + CHANNELS.index(channel)
    if channel == "telegram":
        return [telegram_post(body) for body in telegram_bodies(seed, COUNT)]
    return twilio_posts(seed, COUNT, channel=channel, public_url=PUBLIC_URL, token=TWILIO_TOKEN)


def server_for(nursery: Nursery, home: Path, database: str) -> Server:
    return Server(
        nursery,
        home,
        database,
        program="quiet",
        public_url=PUBLIC_URL,
        twilio_account=TWILIO_ACCOUNT,
        twilio_token=TWILIO_TOKEN,
        whatsapp_sender="+15550001111",
        sms_sender="+15550002222",
    )


def kept(database: str, channel: str) -> Counter[bytes]:
    """Raw bodies in the inbox, and how often each is there."""
    found = rows(database, f"SELECT raw FROM inbox WHERE channel = '{channel}'")
    return Counter(bytes(raw) for (raw,) in found)


@pytest.mark.asyncio
@pytest.mark.parametrize("channel", CHANNELS)
async def test_every_odd_body_is_answered_and_kept_once(
    channel: str, database_url: str, tmp_path: Path, nursery: Nursery
) -> None:
    posts = odd_posts(channel)
    server = server_for(nursery, tmp_path, database_url)
    await server.start()
    started = time.perf_counter()
    try:
        warm = await post_all(server.port, posts[:WARM])
        before = server.rss()
        statuses = warm + await post_all(server.port, posts[WARM:])
        after = server.rss()
    finally:
        await server.stop()
    seconds = time.perf_counter() - started
    print(f"odd {channel}: {seconds:.1f} s, RSS {before / MIB:.1f} -> {after / MIB:.1f} MiB, {Counter(statuses)}")  # noqa: T201
    refused = [post.body[:200] for post, status in zip(posts, statuses, strict=True) if status != 200]
    assert not refused
    assert kept(database_url, channel) == Counter({post.body for post in posts})
    failed = rows(database_url, f"SELECT error, raw FROM inbox WHERE status = 'failed' AND channel = '{channel}'")
    assert [(error, bytes(raw)[:200]) for error, raw in failed] == []
    assert after <= before + 10 * MIB


@pytest.mark.asyncio
async def test_a_mebibyte_is_read_and_a_byte_more_is_not(sqlite_url: str, tmp_path: Path, nursery: Nursery) -> None:
    server = server_for(nursery, tmp_path, sqlite_url)
    await server.start()
    most = b'{"update_id":1,"x":"%s"}' % (b"a" * (BODY_BYTES - 22))
    form = b"MessageSid=SM1&Body=" + b"b" * (BODY_BYTES - 20)
    posts = [telegram_post(most)] + [
        signed(f"{PUBLIC_URL}/webhooks/{name}", form, TWILIO_TOKEN) for name in CHANNELS[1:]
    ]
    try:
        assert [len(post.body) for post in posts] == [BODY_BYTES] * 3
        assert await post_all(server.port, posts) == [200] * 3
        larger = [Post(post.path, post.body + b" ", post.headers) for post in posts]
        assert await post_all(server.port, larger) == [413] * 3
        huge = [Post(post.path, post.body * 3, post.headers) for post in posts]
        assert await post_all(server.port, huge) == [413] * 3
    finally:
        await server.stop()
    assert kept(sqlite_url, "telegram") == {most: 1}
    assert kept(sqlite_url, "sms") == kept(sqlite_url, "whatsapp") == {form: 1}


TEXT = st.text(st.characters(exclude_categories=()), max_size=30)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
PERSON = st.fixed_dictionaries(
    {"id": st.integers(1, 9) | ANY_JSON},
    optional=dict.fromkeys(("is_bot", "first_name", "language_code"), ANY_JSON),
)
CHAT = st.fixed_dictionaries({"type": st.sampled_from(("private", "group")) | ANY_JSON}, optional={"id": ANY_JSON})
CONTENT = {
    **dict.fromkeys(("caption", "photo", "location", "venue", "contact", "voice", "entities", "date"), ANY_JSON),
    "text": TEXT | ANY_JSON,
    "chat": CHAT | ANY_JSON,
    "from": PERSON | ANY_JSON,
}
MESSAGE = st.fixed_dictionaries({"chat": CHAT, "from": PERSON}, optional={n: CONTENT[n] for n in ("text", "contact")})
LOOSE = st.fixed_dictionaries({}, optional=CONTENT)
UPDATE = st.dictionaries(
    st.sampled_from(("message", "edited_message", "callback_query", "my_chat_member", "message_reaction", "poll")),
    MESSAGE | LOOSE | ANY_JSON,
    max_size=2,
)
FIELDS = ("MessageSid", "From", "To", "Body", "NumMedia", "MessageStatus", "ButtonPayload", "OptOutType", "Latitude")
FORM = st.lists(st.tuples(st.sampled_from(FIELDS).map(str.encode) | st.binary(max_size=9), st.binary(max_size=40)))


def numbered(update: dict[str, Any], digits: bool) -> bytes:
    """The update under an id of its own, which is made of its content."""
    number = int(sha256(json.dumps(update).encode()).hexdigest()[:15], 16)
    return json.dumps({"update_id": number if digits else str(number), **update}).encode()


class House:
    """A running server that tests without a loop of their own can post to."""

    def __init__(self, server: Server, runner: asyncio.Runner) -> None:
        self.server = server
        self.wire = Wire(server.port)
        self.runner = runner

    def takes(self, channel: str, post: Post) -> None:
        """The body is answered 200 and stands in the inbox once, as it is, however often it is posted."""
        statuses = [self.runner.run(self.wire.post(post.path, post.body, post.headers)) for _ in range(2)]
        assert statuses == [200, 200]
        stands = f"channel = '{channel}' AND status <> 'failed' AND raw = x'{post.body.hex()}'"
        assert rows(self.server.database, f"SELECT count(*) FROM inbox WHERE {stands}") == [(1,)]


@pytest.fixture(scope="module")
def house(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, nursery: Nursery) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    path = folder / "bentornato.db"
    path.write_bytes(sqlite_template.read_bytes())
    with asyncio.Runner() as runner:
        server = server_for(nursery, folder, f"sqlite:///{path}")
        runner.run(server.start())
        house = House(server, runner)
        yield house
        runner.run(house.wire.close())
        runner.run(server.stop())


BOUNDED = settings(
    max_examples=150, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


@BOUNDED
@given(update=UPDATE, digits=st.booleans())
def test_whatever_an_update_holds_it_is_taken(house: House, update: dict[str, Any], digits: bool) -> None:
    house.takes("telegram", telegram_post(numbered(update, digits)))


@BOUNDED
@given(body=st.binary(max_size=200))
def test_whatever_bytes_telegram_posts_they_are_taken(house: House, body: bytes) -> None:
    house.takes("telegram", telegram_post(body))


@BOUNDED
@given(channel=st.sampled_from(CHANNELS[1:]), fields=FORM)
def test_whatever_a_form_holds_it_is_taken(house: House, channel: str, fields: list[tuple[bytes, bytes]]) -> None:
    pairs = [
        (name, sha256(repr(fields).encode()).hexdigest().encode() if name == b"MessageSid" else value)
        for name, value in fields
    ]
    body = b"&".join(name + b"=" + value for name, value in pairs)
    house.takes(channel, signed(f"{PUBLIC_URL}/webhooks/{channel}", body, TWILIO_TOKEN))

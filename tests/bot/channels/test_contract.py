"""One contract for every channel: Telegram, WhatsApp and SMS with their real clients over HTTP, and the simulator."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.channels import (
    BadRequest,
    Channel,
    Config,
    Forged,
    NeedsTemplate,
    OptedOut,
    PauseAccount,
    Request,
    RetryAt,
    SendError,
    Unreachable,
    discover,
    simulator,
    sms,
    telegram,
    whatsapp,
)
from bot.fakes.telegram import FakeTelegram
from bot.limits import BY_CHANNEL
from bot.message import Choice, Code, Event, Outbound, Text, as_json
from bot.render import render
from bot.settings import Settings
from bot.texts import Message
from tests.bot.channels._twilio_bot import ADA, running
from tests.builders import world

TOKEN, SECRET = "123456:ABC-def", "s3cret_-"
Shown = tuple[str, list[tuple[str, str]]]
"""The text of a message and what can be tapped under it: (label, payload)."""


@dataclass
class Rig:
    """A channel, one person on it, and how to see and to disturb what happens."""

    channel: Channel
    address: str
    shown: Callable[[], list[Shown]]
    failures: dict[type[SendError], Callable[[], None]] = field(default_factory=dict)

    async def send(self, message: Outbound, locale: str = "en") -> list[Shown]:
        """Render and send as the outbox does; what reached the person."""
        before = len(self.shown())
        limits = self.channel.limits_for(self.address)
        for part in render(message, limits, locale=locale, texts=world().texts, window_open=True):
            sent = await self.channel.send(self.address, part)
            assert sent.provider_id
            assert sent.moved_to is None
        return self.shown()[before:]


@asynccontextmanager
async def telegram_rig() -> AsyncIterator[Rig]:
    fake = FakeTelegram(rate_limits=False)
    await fake.start()
    told: dict[str, Any] = {"telegram_token": TOKEN, "telegram_secret": SECRET, "telegram_api": fake.url}
    channel = telegram.build(Settings(_env_file=None, **told), templates={})
    ada = fake.user(TOKEN, id=501, first_name="Ada")
    await ada.start()

    def fails(status: int, description: str, parameters: dict[str, int] | None = None) -> Callable[[], None]:
        return lambda: fake.fail_next("sendMessage", status, description, parameters)

    failures = {
        RetryAt: fails(502, "Bad Gateway"),
        PauseAccount: fails(429, "Too Many Requests: retry after 3", {"retry_after": 3}),
        Unreachable: fails(403, "Forbidden: bot was blocked by the user"),
        BadRequest: fails(400, "Bad Request: message text is empty"),
        Config: fails(401, "Unauthorized"),
    }
    assert channel is not None
    yield Rig(channel, "501", lambda: [(one.text, list(one.buttons)) for one in ada.messages], failures)
    await channel.close()
    await fake.stop()


@asynccontextmanager
async def twilio_rig(module: Any) -> AsyncIterator[Rig]:
    async with running(module) as bot:
        ada = bot.fake.user(ADA, channel=module.NAME)
        await ada.write("ciao")

        def fails(code: int, status: int = 400) -> Callable[[], None]:
            return lambda: bot.fake.fail_next(code, status=status)

        failures = {
            RetryAt: fails(20500, 500),
            PauseAccount: fails(20429, 429),
            Unreachable: fails(21211),
            OptedOut: fails(21610),
            BadRequest: fails(21617),
            Config: fails(21606),
        } | ({NeedsTemplate: fails(63016)} if module is whatsapp else {})
        shown = lambda: [(one.body, list(one.buttons)) for one in ada.messages]  # noqa: E731
        yield Rig(bot.channel, ADA, shown, failures)
        await bot.fake.settle()


@asynccontextmanager
async def simulator_rig() -> AsyncIterator[Rig]:
    channel = simulator.build(Settings(_env_file=None), templates={})

    def shown() -> list[Shown]:
        parts = [part for _, part in channel._chat("web:ada").messages]
        return [(one.text, [(c.label, c.payload) for c in one.choices if one.style != "plain"]) for one in parts]

    yield Rig(channel, "web:ada", shown)
    await channel.close()


RIGS = {
    "telegram": telegram_rig,
    "whatsapp": lambda: twilio_rig(whatsapp),
    "sms": lambda: twilio_rig(sms),
    "simulator": simulator_rig,
}


@pytest_asyncio.fixture(params=RIGS)
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    async with RIGS[request.param]() as made:
        yield made


def test_every_channel_is_held_to_the_contract() -> None:
    assert set(discover()) == set(RIGS) == set(BY_CHANNEL)


@pytest.mark.asyncio
async def test_its_name_and_limits_are_those_of_the_house(rig: Rig) -> None:
    assert rig.channel.limits == BY_CHANNEL[rig.channel.name]


@pytest.mark.parametrize(
    "words",
    [
        "Hello",
        "Two\n\nparagraphs & <b>no markup</b>",
        "مرحبًا، لديك ١٢ نقطة",
        "Ciao 👋🏽 però è così — “già”",
        "👨‍👩‍👧‍👦🇮🇹" * 20,
        "*stars* _lines_ ~waves~ `ticks`",
        "נקודות 12 और हिन्दी 中文",
    ],
)
@pytest.mark.asyncio
async def test_a_text_arrives_as_one_message_in_full(rig: Rig, words: str) -> None:
    ((body, buttons),) = await rig.send(Outbound(Text(words)), "ar" if "م" in words else "en")
    assert buttons == []
    letters = [letter for letter in words if letter.isalnum()]
    assert [letter for letter in body if letter.isalnum()] == letters


@pytest.mark.asyncio
async def test_a_long_text_arrives_in_order_and_whole(rig: Rig) -> None:
    paragraphs = [f"{number} " + "Ещё кофе 👋 " * 90 for number in range(8)]
    shown = await rig.send(Outbound(Text("\n\n".join(paragraphs))), "ru")
    limit = rig.channel.limits.text
    assert len(shown) > 1
    assert all(len(body) <= limit for body, _ in shown)
    digits = [letter for body, _ in shown for letter in body if letter.isdecimal()]
    assert "".join(digits) == "01234567"
    assert sum(body.count("👋") for body, _ in shown) == 8 * 90


@pytest.mark.parametrize("number", [1, 3, 4, 10, 11])
@pytest.mark.parametrize("locale", ["en", "ar"])
@pytest.mark.asyncio
async def test_choices_are_all_shown_and_carry_their_payload(rig: Rig, number: int, locale: str) -> None:
    word = "خيار" if locale == "ar" else "Choice"
    offered = [(f"{word} {letter}", f"v1:menu:abc:{index}") for index, letter in enumerate("abcdefghijk"[:number])]
    message = Outbound(Text("Which one?"), tuple(Choice(label, payload) for label, payload in offered))
    shown = await rig.send(message, locale)
    body, buttons = "\n".join(text for text, _ in shown), [button for _, found in shown for button in found]
    assert "Which one?" in body
    if buttons:
        assert buttons == offered
    else:
        for index, (label, _) in enumerate(offered, 1):
            line = next(line for line in body.splitlines() if f"{index}) " in line)
            assert label in line
    degraded = {"telegram": 0, "simulator": 0, "whatsapp": 11, "sms": 1}[rig.channel.name]
    assert bool(buttons) == (not degraded or number < degraded)


@pytest.mark.asyncio
async def test_a_code_can_be_read_off(rig: Rig) -> None:
    text = world().texts.text("ar", Message("Your code: {code}"), {"code": Code("0W8TN02R2")})
    ((body, _),) = await rig.send(Outbound(text), "ar")
    assert "0W8TN02R2" in body


@pytest.mark.parametrize("kind", [RetryAt, PauseAccount, Unreachable, OptedOut, NeedsTemplate, BadRequest, Config])
@pytest.mark.asyncio
async def test_every_failure_is_one_of_the_closed_set_and_passes(rig: Rig, kind: type[SendError]) -> None:
    provoke = rig.failures.get(kind)
    if provoke is not None:
        provoke()
        with pytest.raises(SendError) as raised:
            await rig.send(Outbound(Text("secret words")))
        error = raised.value
        assert type(error) is kind
        assert error.code
        assert error.retry == (kind in (RetryAt, PauseAccount))
        assert kind is not PauseAccount or error.seconds
        assert "secret" not in str(error)
        assert rig.address not in str(error)
    assert len(await rig.send(Outbound(Text("after")))) == 1


FORGED = {
    "nothing": {},
    "wrong": {"x-telegram-bot-api-secret-token": "wrong", "x-twilio-signature": "wrong"},
    "empty": {"x-telegram-bot-api-secret-token": "", "x-twilio-signature": ""},
}


@pytest.mark.parametrize("headers", FORGED.values(), ids=FORGED)
@pytest.mark.asyncio
async def test_a_forged_webhook_is_refused(rig: Rig, headers: dict[str, str]) -> None:
    request = Request(f"/webhooks/{rig.channel.name}", "", headers, b"Body=ciao&From=%2B39333")
    with pytest.raises(Forged) as forged:
        rig.channel.verify(request)
    assert forged.value.status == {"telegram": 401, "simulator": 404}.get(rig.channel.name, 403)


ODD = [
    b"",
    b"null",
    b"[]",
    b"{}",
    b"\xff\xfe\x00",
    b"From=%00&Body=%ED%A0%80",
    b'{"update_id":{}}',
    b"[" * 5_000,
    b"a=b&" * 9,
]


@pytest.mark.parametrize("name", RIGS)
@given(
    body=st.sampled_from(ODD)
    | st.binary(max_size=200)
    | st.text(max_size=80).map(lambda one: f"Body={one}&From=+1".encode())
)
def test_parse_never_raises(name: str, body: bytes) -> None:
    events = discover()[name].parse(body)
    assert events
    for found in events:
        assert isinstance(found, Event)
        assert found.channel == name
        assert found.provider_id
        orjson.dumps(as_json(found))


@pytest.mark.asyncio
async def test_missed_and_taps_are_answered_by_every_channel(rig: Rig) -> None:
    missed = [body async for body in rig.channel.missed(datetime.now(UTC))]
    assert all(rig.channel.parse(body) for body in missed)
    if rig.channel.name != "telegram":
        await rig.channel.answer_callback("unknown", None)


@pytest.mark.asyncio
async def test_closing_is_done_at_any_time_and_twice(rig: Rig) -> None:
    await rig.send(Outbound(Text("x")))
    await rig.channel.close()
    await rig.channel.close()


def test_without_settings_only_the_simulator_is_there() -> None:
    bare = Settings(_env_file=None, telegram_token=None, twilio_token=None)
    built = {name for name, module in discover().items() if module.build(bare, templates={}) is not None}
    assert built == {"simulator"}


def test_secrets_do_not_show() -> None:
    assert "abc" not in repr(Settings(_env_file=None, telegram_token=SecretStr("abc")))

"""`bentornato connect` against the fakes, over HTTP."""

import pytest

from bot.commands.connect import commands
from bot.flows.library import Library
from bot.flows.model import Definition
from bot.texts import Texts
from tests.bot.commands._deployment import DESK, OURS, TELEGRAM, command, desk_on_telegram, everything, fakes


@pytest.mark.asyncio
async def test_telegram(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    async with fakes() as (telegram, twilio):
        environment = everything(tmp_path, 8080, telegram, twilio)
        done = await command(monkeypatch, environment, "connect", "telegram")
        assert done.exit_code == 0, done.output
        hook = telegram.bot(TELEGRAM).webhook
        assert hook is not None
        assert hook.url == "http://127.0.0.1:8080/webhooks/telegram"
        told = [call.params for call in telegram.calls if call.method.lower() == "setmycommands"]
        languages = {call.get("language_code", "") for call in told}
        assert {"", "ar", "en", "es", "it", "pt"} <= languages
        assert all('"command":"menu"' in call["commands"].replace(" ", "") for call in told)
        assert "✓ Bot @ourbot" in done.output


@pytest.mark.asyncio
async def test_telegram_refuses(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    async with fakes() as (telegram, twilio):
        environment = everything(tmp_path, 8080, telegram, twilio) | {"BENTORNATO_TELEGRAM_TOKEN": "999999:" + "B" * 35}
        done = await command(monkeypatch, environment, "connect", "telegram")
        assert done.exit_code == 1
        assert done.output.startswith("✗ ")


@pytest.mark.asyncio
async def test_the_desk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    async with fakes() as (telegram, twilio):
        environment = everything(tmp_path, 8080, telegram, twilio) | desk_on_telegram(telegram)
        done = await command(monkeypatch, environment, "connect", "desk")
        assert (done.exit_code, done.output) == (0, "✓ Webhook: http://127.0.0.1:8080/desk/telegram\n")
        hook = telegram.bot(DESK).webhook
        assert hook is not None
        assert (hook.url, hook.secret) == ("http://127.0.0.1:8080/desk/telegram", "whisper")
        assert telegram.bot(TELEGRAM, username="ourbot").webhook is None


@pytest.mark.asyncio
async def test_the_desk_s_bot_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    token = "999999:" + "B" * 35
    async with fakes() as (telegram, twilio):
        environment = everything(tmp_path, 8080, telegram, twilio) | desk_on_telegram(telegram)
        environment["BENTORNATO_DESK_TELEGRAM_TOKEN"] = token
        done = await command(monkeypatch, environment, "connect", "desk")
    assert (done.exit_code, done.output) == (1, "✗ the token or the bot's rights are not right (InvalidToken)\n")


@pytest.mark.asyncio
async def test_twilio(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    async with fakes() as (telegram, twilio):
        done = await command(monkeypatch, everything(tmp_path, 8080, telegram, twilio), "connect", "twilio")
        assert done.exit_code == 0, done.output
        assert twilio.world.sms_urls == {OURS: "http://127.0.0.1:8080/webhooks/sms#rc=5&rp=all"}
        assert "http://127.0.0.1:8080/webhooks/whatsapp#rc=5&rp=all" in done.output


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("environment", "provider", "why"),
    [
        ({}, "telegram", "telegram_token is not set"),
        ({"BENTORNATO_TELEGRAM_TOKEN": TELEGRAM}, "telegram", "telegram_secret is not set"),
        ({}, "desk", "desk_telegram_token and desk_telegram_secret must be set"),
        ({}, "twilio", "twilio_account and twilio_token are not set"),
        (
            {"BENTORNATO_TWILIO_ACCOUNT": "AC1", "BENTORNATO_TWILIO_TOKEN": "x"},
            "twilio",
            "neither whatsapp_sender nor sms_sender is set",
        ),
    ],
)
async def test_what_is_missing_is_named(tmp_path, monkeypatch, environment, provider, why):
    monkeypatch.chdir(tmp_path)
    done = await command(monkeypatch, environment, "connect", provider)
    assert (done.exit_code, done.output) == (1, f"✗ {why}\n")


def test_commands_are_the_flows_in_their_order():
    def flow(name: str, order: int, command: str | None) -> Definition:
        row = {"flow": name, "about": "x", "start": "a", "order": order, "command": command}
        return Definition.model_validate(row | {"steps": {"a": {"say": "Hello."}}})

    listed = commands(Library([flow("b", 2, "Second"), flow("a", 1, "First"), flow("c", 3, None)]), Texts.load([]))
    assert listed == {None: {"a": "First", "b": "Second"}, "en": {"a": "First", "b": "Second"}}
    assert list(listed[None]) == ["a", "b"]

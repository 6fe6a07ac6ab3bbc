"""`bentornato doctor` against the fakes and a served deployment, over HTTP."""

import re

import pytest

from tests.bot.commands._deployment import (
    DESK,
    GROUP,
    command,
    desk_on_telegram,
    everything,
    fakes,
    free_port,
    served,
)


@pytest.mark.asyncio
async def test_all_is_well(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    port = free_port()
    async with fakes() as (telegram, twilio):
        environment = everything(tmp_path, port, telegram, twilio) | desk_on_telegram(telegram)
        for bot in ("telegram", "desk"):
            assert (await command(monkeypatch, environment, "connect", bot)).exit_code == 0
        with served(port):
            done = await command(monkeypatch, environment, "doctor")
            again = await command(monkeypatch, environment, "doctor")
    assert (done.exit_code, again.exit_code) == (0, 0), done.output
    assert not re.search("^[✗–]", done.output, re.MULTILINE)
    for expected in (
        "Schema: up to date",
        "Programme: ",
        "Time zones: present",
        "Telegram: bot @ourbot",
        "Desk on Telegram: bot @deskbot",
        "Desk group: topics, and the rights to keep them",
        f"Desk webhook: http://127.0.0.1:{port}/desk/telegram",
        f"Desk webhook, signed: http://127.0.0.1:{port}/desk/telegram answers 200",
        f"Desk webhook, forged: http://127.0.0.1:{port}/desk/telegram answers 401",
        "Twilio account: in order",
        f"Telegram webhook, signed: http://127.0.0.1:{port}/webhooks/telegram answers 200",
        f"Telegram webhook, forged: http://127.0.0.1:{port}/webhooks/telegram answers 401",
        f"whatsapp webhook, signed: http://127.0.0.1:{port}/webhooks/whatsapp answers 200",
        f"sms webhook, signed: http://127.0.0.1:{port}/webhooks/sms answers 200",
        f"sms webhook, forged: http://127.0.0.1:{port}/webhooks/sms answers 403",
    ):
        assert expected in done.output


@pytest.mark.asyncio
async def test_a_server_that_checks_with_another_secret(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    port = free_port()
    async with fakes() as (telegram, twilio):
        environment = everything(tmp_path, port, telegram, twilio)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        with served(port):
            changed = environment | {"BENTORNATO_TELEGRAM_SECRET": "other", "BENTORNATO_TWILIO_TOKEN": "e" * 32}
            done = await command(monkeypatch, changed, "doctor")
    assert done.exit_code == 1
    assert "✗ Telegram webhook, signed" in done.output
    assert "answers 401, not 200" in done.output
    assert "answers 403, not 200" in done.output
    assert "✗ Twilio account" in done.output


@pytest.mark.asyncio
async def test_nothing_is_configured(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = await command(monkeypatch, {}, "doctor")
    assert done.exit_code == 1
    assert "✗ Database: there is none yet" in done.output
    for what in ("Telegram", "Desk on Telegram", "Twilio", "Webhooks"):
        assert f"– {what}: not configured" in done.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("environment", "line"),
    [
        ({"BENTORNATO_PORT": "many"}, "✗ Settings: port: "),
        ({"BENTORNATO_DATABASE": "postgresql://u:secret@127.0.0.1:9/x"}, "✗ Database: cannot be reached"),
        ({"BENTORNATO_LOCALES": "xx"}, "✗ Programme: "),
        ({"BENTORNATO_TELEGRAM_TOKEN": "1:a"}, "✗ Telegram: telegram_secret is not set"),
        ({"BENTORNATO_DESK_TELEGRAM_TOKEN": "1:a"}, "✗ Desk on Telegram: desk_telegram_group is not set"),
        ({"BENTORNATO_DESK_TELEGRAM_GROUP": "-1001"}, "✗ Desk on Telegram: desk_telegram_token is not set"),
        (
            {"BENTORNATO_DESK_TELEGRAM_TOKEN": "1:a", "BENTORNATO_DESK_TELEGRAM_GROUP": "-1001"},
            "✗ Desk on Telegram: desk_telegram_secret is not set",
        ),
    ],
)
async def test_what_is_wrong_is_said(tmp_path, monkeypatch, environment, line):
    monkeypatch.chdir(tmp_path)
    done = await command(monkeypatch, environment, "doctor")
    assert done.exit_code == 1
    assert line in done.output
    assert "secret@" not in done.output
    assert "Traceback" not in done.output


@pytest.mark.asyncio
async def test_nobody_at_the_public_address(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    async with fakes() as (telegram, twilio):
        done = await command(monkeypatch, everything(tmp_path, free_port(), telegram, twilio), "doctor")
    assert done.exit_code == 1
    assert "/webhooks/telegram cannot be reached (ClientConnectorError)" in done.output


@pytest.mark.asyncio
async def test_the_desk_s_bot_is_not_what_it_must_be(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    async with fakes() as (telegram, twilio):
        environment = everything(tmp_path, free_port(), telegram, twilio) | desk_on_telegram(telegram)
        environment |= {"BENTORNATO_PUBLIC_URL": "http://127.0.0.1:9"}
        group = telegram.group(DESK, GROUP, is_forum=False, can_manage_topics=False)
        plain = await command(monkeypatch, environment, "doctor")
        group.is_forum = group.can_manage_topics = True
        telegram.migrate(DESK, GROUP, -1002)
        moved = await command(monkeypatch, environment, "doctor")
        group.blocked = True
        gone = await command(monkeypatch, environment, "doctor")
        wrong = environment | {"BENTORNATO_DESK_TELEGRAM_TOKEN": "999999:" + "B" * 35}
        refused = await command(monkeypatch, wrong, "doctor")
    assert "✗ Desk group: turn on its topics; let the bot manage topics\n" in plain.output
    assert "✗ Desk webhook: none; run `bentornato connect desk`" in plain.output
    assert "✓ Desk group (its id is now -1002): topics, and the rights to keep them" in moved.output
    assert "✗ Desk on Telegram: the token or the bot's rights are not right (Forbidden)" in gone.output
    assert "✗ Desk on Telegram: the token or the bot's rights are not right (InvalidToken)" in refused.output
    assert "B" * 35 not in refused.output

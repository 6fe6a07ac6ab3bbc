"""Webhooks through the whole application: what each kind of call is answered, and that 200 means durable."""

import base64
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlencode

import httpx
import orjson
import pytest
from pydantic import SecretStr

from bot.app import App, open_app
from bot.limits import BODY_BYTES
from bot.settings import Settings
from storage import messages

PUBLIC = "https://bot.example"
TOKEN = "f" * 32
SECRET = {"x-telegram-bot-api-secret-token": "hush"}
UPDATE = {
    "update_id": 7,
    "message": {
        "message_id": 1,
        "date": 1,
        "chat": {"id": 5, "type": "private"},
        "from": {"id": 5, "is_bot": False, "first_name": "Ada", "language_code": "it"},
        "text": "ciao",
    },
}


@asynccontextmanager
async def opened(tmp_path) -> AsyncIterator[tuple[App, httpx.AsyncClient]]:
    settings = Settings(
        _env_file=None,
        database=f"sqlite:///{tmp_path / 'web.db'}",
        public_url=PUBLIC,
        telegram_token=SecretStr("123456:" + "A" * 35),
        telegram_secret=SecretStr("hush"),
        telegram_api="http://127.0.0.1:9",
        twilio_account="AC" + "0" * 32,
        twilio_token=SecretStr(TOKEN),
        twilio_api="http://127.0.0.1:9",
        sms_sender="+15550001111",
    )
    async with open_app(settings, send=False) as app:
        transport = httpx.ASGITransport(app.web())
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
            yield app, client


def signed(form: dict[str, str], token: str = TOKEN) -> dict[str, str]:
    text = f"{PUBLIC}/webhooks/sms" + "".join(name + value for name, value in sorted(form.items()))
    return {
        "content-type": "application/x-www-form-urlencoded",
        "x-twilio-signature": base64.b64encode(hmac.digest(token.encode(), text.encode(), "sha1")).decode(),
    }


@pytest.mark.asyncio
async def test_every_answer(tmp_path):
    form = {
        "MessageSid": "SM" + "1" * 32,
        "From": "+393331234567",
        "To": "+15550001111",
        "Body": "ciao",
        "NumMedia": "",
    }
    body = urlencode(form).encode()
    update = orjson.dumps(UPDATE)
    async with opened(tmp_path) as (app, client):
        cases = [
            ("POST", "/webhooks/signal", {}, b"{}", 404),
            ("POST", "/webhooks/simulator", {}, b"{}", 404),
            ("GET", "/webhooks/telegram", SECRET, b"", 405),
            ("POST", "/webhooks/telegram", {}, update, 401),
            ("POST", "/webhooks/telegram", {"x-telegram-bot-api-secret-token": "hus"}, update, 401),
            ("POST", "/webhooks/telegram", SECRET, b"x" * (BODY_BYTES + 1), 413),
            ("POST", "/webhooks/telegram", SECRET, b"\xff not json", 200),
            ("POST", "/webhooks/telegram", SECRET, update, 200),
            ("POST", "/webhooks/telegram", SECRET, update, 200),
            ("POST", "/webhooks/sms", signed(form, "wrong"), body, 403),
            ("POST", "/webhooks/sms", signed(form), body + b"&more=1", 403),
            ("POST", "/webhooks/sms", signed(form), body, 200),
        ]
        for method, path, headers, content, status in cases:
            answer = await client.request(method, path, headers=headers, content=content)
            assert (answer.status_code, path) == (status, path), (method, path, headers)
        assert (answer.headers["content-type"], answer.text) == ("text/xml", "<Response/>")
        assert await app.database.read(lambda t: messages.known(t, ["7"])) == {("telegram", "7")}
        assert await app.database.read(lambda t: messages.known(t, [form["MessageSid"]])) == {
            ("sms", form["MessageSid"])
        }
        counted = (await client.get("/metrics")).text
        assert 'bentornato_webhooks_total{channel="telegram",status="200"} 3.0' in counted
        assert 'bentornato_webhooks_total{channel="unknown",status="404"} 1.0' in counted


@pytest.mark.asyncio
async def test_nothing_is_answered_200_that_is_not_durable(tmp_path):
    async with opened(tmp_path) as (app, client):
        assert (await client.get("/health")).json()["ok"] is True
        await app.lanes.close()
        answer = await client.post("/webhooks/telegram", headers=SECRET, content=orjson.dumps(UPDATE))
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "2"
        assert (await client.get("/health")).json()["refused"] == 1
        assert await app.database.read(lambda t: messages.known(t, ["7"])) == set()

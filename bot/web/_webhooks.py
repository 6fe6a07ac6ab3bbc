"""Webhooks: a plain ASGI callable, since this is the hot path; and what is counted about them."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Protocol

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram

from bot.channels import Channel, Forged, Request
from bot.lanes import Arrival, Unavailable
from bot.limits import BODY_BYTES

_log = structlog.get_logger()
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
_ANSWERS: Mapping[str, tuple[bytes, bytes]] = {
    "telegram": (b"application/json", b"{}"),
    "whatsapp": (b"text/xml", b"<Response/>"),
    "sms": (b"text/xml", b"<Response/>"),
}
"""What a provider wants to read: Twilio an empty TwiML, as all replies go through the outbox."""


class Lanes(Protocol):
    """Where accepted events go."""

    def put(self, arrival: Arrival) -> Awaitable[None]: ...


class Meters:
    """Counts and times of this process, without any personal label."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.webhooks = Counter("bentornato_webhooks", "Webhook calls", ["channel", "status"], registry=self.registry)
        self.seconds = Histogram("bentornato_webhook_seconds", "Time to durable", ["channel"], registry=self.registry)
        self._done: dict[tuple[str, int], Any] = {}
        self._timed: dict[str, Any] = {}

    def webhook(self, channel: str, status: int, seconds: float) -> None:
        key = (channel, status)
        count = self._done.get(key)
        if count is None:
            count = self._done[key] = self.webhooks.labels(channel, str(status))
        count.inc()
        timed = self._timed.get(channel)
        if timed is None:
            timed = self._timed[channel] = self.seconds.labels(channel)
        timed.observe(seconds)


class Webhooks:
    """POST /webhooks/<channel>: verified on the raw body, answered 200 only when every event is durable."""

    def __init__(self, channels: Mapping[str, Channel], lanes: Lanes, meters: Meters, clock: Callable[[], int]) -> None:
        self._channels = channels
        self._lanes = lanes
        self._meters = meters
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        name = str(scope["path"]).rstrip("/").rpartition("/")[2]
        channel = self._channels.get(name)
        if scope["type"] != "http" or channel is None:
            status = 404
        elif scope["method"] != "POST":
            status = 405
        else:
            status = await self._take(channel, scope, receive)
        self._meters.webhook(name if channel else "unknown", status, time.perf_counter() - started)
        await _answer(send, status, _ANSWERS.get(name, _ANSWERS["telegram"]))

    async def _take(self, channel: Channel, scope: Scope, receive: Receive) -> int:
        body = await _read(receive)
        if body is None:
            return 413
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        request = Request(str(scope["path"]), scope["query_string"].decode("latin-1"), headers, body)
        try:
            channel.verify(request)
        except Forged as forged:
            _log.warning("forged webhook", channel=channel.name, status=forged.status)
            return forged.status
        now = self._clock()
        try:
            for event in channel.parse(body):
                await self._lanes.put(Arrival(event, body, now))
        except Unavailable:
            return 503
        return 200


async def _read(receive: Receive) -> bytes | None:
    """The whole body, or None when it is over the limit (the rest is read and thrown away)."""
    parts: list[bytes] = []
    size = 0
    while True:
        part = await receive()
        if part["type"] == "http.disconnect":
            return None
        size += len(part.get("body", b""))
        if size <= BODY_BYTES:
            parts.append(part.get("body", b""))
        if not part.get("more_body"):
            return b"".join(parts) if size <= BODY_BYTES else None


async def _answer(send: Send, status: int, answer: tuple[bytes, bytes]) -> None:
    kind, body = answer if status == 200 else (b"text/plain", b"")
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    if status == 503:
        headers.append((b"retry-after", b"2"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

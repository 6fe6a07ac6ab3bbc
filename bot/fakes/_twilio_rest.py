"""The REST API of the fake Twilio: v2010 messages and numbers, Content v1, and what an inspection asks for."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from aiohttp import web

from bot.fakes._twilio_accept import accept
from bot.fakes._twilio_content import create_content
from bot.fakes._twilio_files import CDN_PATH, MediaPlace, media_sid
from bot.fakes._twilio_model import ApiError, FakeContent, FakeMessage, World
from bot.fakes._twilio_post import Poster

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_V2010 = "/2010-04-01/Accounts/{account}"
_STAMPS = ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d")


class Rest:
    """The HTTP application over one `World`."""

    def __init__(self, world: World, poster: Poster) -> None:
        self._world = world
        self._poster = poster
        self.app = web.Application(middlewares=[self._guard])
        self.app.add_routes(
            [
                web.post(f"{_V2010}/Messages.json", self._create),
                web.get(f"{_V2010}/Messages.json", self._list),
                web.get(f"{_V2010}/Messages/{{sid}}.json", self._fetch),
                web.get(f"{_V2010}/Messages/{{sid}}/Media.json", self._media),
                web.get(f"{_V2010}/IncomingPhoneNumbers.json", self._numbers),
                web.post(f"{_V2010}/IncomingPhoneNumbers/{{sid}}.json", self._update_number),
                web.get(f"{_V2010}.json", self._account),
                web.post("/content/v1/Content", self._create_content),
                web.get("/content/v1/Content", self._list_contents),
                web.get("/content/v1/Content/{sid}", self._fetch_content),
                web.delete("/content/v1/Content/{sid}", self._delete_content),
                web.get("/content/v1/Content/{sid}/ApprovalRequests", self._approval),
                web.post("/content/v1/Content/{sid}/ApprovalRequests/whatsapp", self._submit),
                web.get("/messaging/v1/Services/{sid}", self._service),
                web.get("/messaging/v2/Channels/Senders", self._senders),
                *MediaPlace(world).routes(_V2010),
            ]
        )

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Basic auth, the account in the path, and refusals as Twilio words them."""
        self._world.requests.append((request.method, request.path))
        try:
            if not request.path.startswith(f"{CDN_PATH}/"):
                self._check_caller(request)
            return await handler(request)
        except ApiError as error:
            more = f"https://www.twilio.com/docs/errors/{error.code}"
            told = {"code": error.code, "message": error.message, "more_info": more, "status": error.status}
            return web.json_response(told, status=error.status)

    def _check_caller(self, request: web.Request) -> None:
        expected = b64encode(f"{self._world.account}:{self._world.token}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {expected}":
            raise ApiError(401, 20003, "Authenticate")
        if request.match_info.get("account", self._world.account) != self._world.account:
            raise ApiError(404, 20404, "The requested resource was not found")

    def _fail(self, place: str) -> float:
        """Raise the failure that waits for this place; otherwise the seconds by which the answer is late."""
        injected = self._world.injected(place)
        if injected is None:
            return 0.0
        if injected.stall:
            return injected.stall
        raise ApiError(injected.status, injected.code, "Injected")

    async def _create(self, request: web.Request) -> web.Response:
        stall = self._fail("messages")
        form = {name: str(value) for name, value in (await request.post()).items()}
        made = accept(self._world, form)
        if "MediaUrl" in form and made.error is None:
            await self._poster.fetch(made, form["MediaUrl"])
        late = self._world.injected("receipts")
        if late is not None and made.error is None:
            made.error = late.code
        answer = message_json(self._world, made)
        if self._world.receipts == "early":
            await self._poster.report(made)
        else:
            self._poster.report_later(made)
        await asyncio.sleep(stall)
        return web.json_response(answer, status=201)

    async def _list(self, request: web.Request) -> web.Response:
        told = request.query
        found = [one for one in self._world.messages if _matches(one, dict(told))]
        found.sort(key=lambda one: one.created)
        rows = [message_json(self._world, one) for one in reversed(found)]
        return _page(request, "messages", rows)

    async def _fetch(self, request: web.Request) -> web.Response:
        return web.json_response(message_json(self._world, self._world.find(request.match_info["sid"])))

    async def _media(self, request: web.Request) -> web.Response:
        message = self._world.find(request.match_info["sid"])
        rows = [
            {"sid": media_sid(number), "parent_sid": message.sid, "content_type": kind}
            for number, kind in enumerate(message.media)
        ]
        return _page(request, "media_list", rows)

    async def _account(self, _: web.Request) -> web.Response:
        return web.json_response({"sid": self._world.account, "friendly_name": "fake", "status": "active"})

    async def _numbers(self, request: web.Request) -> web.Response:
        asked = request.query.get("PhoneNumber", "")
        phone = self._world.senders.get("sms")
        rows = [self._number(phone)] if phone and asked in phone else []
        return _page(request, "incoming_phone_numbers", rows)

    def _number(self, phone: str) -> dict[str, Any]:
        url = self._world.sms_urls.get(phone, "")
        return {"sid": f"PN{0:032x}", "phone_number": phone, "sms_url": url, "account_sid": self._world.account}

    async def _update_number(self, request: web.Request) -> web.Response:
        form = await request.post()
        phone = self._world.senders["sms"]
        self._world.sms_urls[phone] = str(form.get("SmsUrl", self._world.sms_urls.get(phone, "")))
        return web.json_response(self._number(phone))

    async def _create_content(self, request: web.Request) -> web.Response:
        self._fail("content")
        if request.content_type != "application/json":
            raise ApiError(415, 20415, "Unsupported Media Type")
        try:
            told = await request.json()
        except json.JSONDecodeError:
            raise ApiError(400, 20001, "Invalid JSON") from None
        return web.json_response(content_json(self._world, create_content(self._world, told)), status=201)

    async def _list_contents(self, request: web.Request) -> web.Response:
        self._fail("content")
        rows = [content_json(self._world, one) for one in self._world.contents.values()]
        size, start = int(request.query.get("PageSize", 50)), int(request.query.get("Page", 0))
        more = f"https://content.twilio.com/v1/Content?PageSize={size}&Page={start + 1}"
        is_last = (start + 1) * size >= len(rows)
        meta = {"key": "contents", "page": start, "page_size": size, "next_page_url": None if is_last else more}
        return web.json_response({"contents": rows[start * size : (start + 1) * size], "meta": meta})

    async def _fetch_content(self, request: web.Request) -> web.Response:
        return web.json_response(content_json(self._world, self._world.content(request.match_info["sid"])))

    async def _delete_content(self, request: web.Request) -> web.Response:
        del self._world.contents[self._world.content(request.match_info["sid"]).sid]
        return web.Response(status=204)

    async def _approval(self, request: web.Request) -> web.Response:
        content = self._world.content(request.match_info["sid"])
        approval = {"name": content.name, "category": "MARKETING", "status": content.approval, "rejection_reason": ""}
        return web.json_response({"sid": content.sid, "account_sid": self._world.account, "whatsapp": approval})

    async def _submit(self, request: web.Request) -> web.Response:
        content = self._world.content(request.match_info["sid"])
        if "twilio/list-picker" in content.types:
            raise ApiError(400, 20001, "List pickers cannot be approved")
        content.approval = "received"
        return web.json_response({"name": content.name, "status": content.approval}, status=201)

    async def _service(self, request: web.Request) -> web.Response:
        if request.match_info["sid"] not in self._world.services:
            raise ApiError(404, 20404, "The requested resource was not found")
        return web.json_response({"sid": request.match_info["sid"], "account_sid": self._world.account})

    async def _senders(self, _: web.Request) -> web.Response:
        phone = self._world.senders.get("whatsapp")
        rows = [{"sid": f"XE{0:032x}", "sender_id": f"whatsapp:{phone}", "status": "ONLINE"}] if phone else []
        return web.json_response({"senders": rows, "meta": {"key": "senders", "next_page_url": None}})


def _page(request: web.Request, key: str, rows: list[dict[str, Any]]) -> web.Response:
    size, number = int(request.query.get("PageSize", 50)), int(request.query.get("Page", 0))
    following = request.rel_url.update_query({"Page": number + 1, "PageSize": size})
    is_last = (number + 1) * size >= len(rows)
    told = {key: rows[number * size : (number + 1) * size], "page": number, "page_size": size}
    return web.json_response(told | {"next_page_uri": None if is_last else str(following), "uri": str(request.rel_url)})


def _matches(message: FakeMessage, told: dict[str, str]) -> bool:
    moment = message.created
    return (
        told.get("To", message.recipient) == message.recipient
        and told.get("From", message.sender) == message.sender
        and ("DateSent>" not in told or moment >= _stamp(told["DateSent>"]))
        and ("DateSent<" not in told or moment <= _stamp(told["DateSent<"]))
        and ("DateSent" not in told or timedelta() <= moment - _stamp(told["DateSent"]) < timedelta(days=1))
    )


def _stamp(text: str) -> datetime:
    for form in _STAMPS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise ApiError(400, 20001, "Invalid date")


def message_json(world: World, message: FakeMessage) -> dict[str, Any]:
    """A message as the API shows it."""
    stamp = format_datetime(message.created)
    return {
        "sid": message.sid,
        "account_sid": world.account,
        "messaging_service_sid": message.service,
        "from": message.sender,
        "to": message.recipient,
        "body": message.body,
        "direction": message.direction,
        "status": message.status,
        "num_segments": str(message.segments),
        "num_media": str(len(message.media) or len(message.files)),
        "error_code": message.error if message.status in ("undelivered", "failed") else None,
        "error_message": None,
        "date_created": stamp,
        "date_updated": stamp,
        "date_sent": None if message.status == "queued" else stamp,
        "api_version": "2010-04-01",
        "price": None,
        "price_unit": "USD",
        "uri": f"/2010-04-01/Accounts/{world.account}/Messages/{message.sid}.json",
        "subresource_uris": {},
    }


def content_json(world: World, content: FakeContent) -> dict[str, Any]:
    """A content as the API shows it."""
    stamp = content.created.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "sid": content.sid,
        "account_sid": world.account,
        "friendly_name": content.name,
        "language": content.language,
        "variables": dict(content.variables),
        "types": dict(content.types),
        "date_created": stamp,
        "date_updated": stamp,
        "url": f"https://content.twilio.com/v1/Content/{content.sid}",
        "links": {},
    }

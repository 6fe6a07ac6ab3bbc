"""The whole web application: webhooks, health, metrics, and whatever else has routes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Response
from prometheus_client import generate_latest
from starlette.routing import BaseRoute

from bot.web._webhooks import Meters, Receive, Scope, Send, Webhooks

_WEBHOOKS = "/webhooks/"
_API, _DESK = "/api", "/desk"
Health = Callable[[], Awaitable[Mapping[str, Any]]]


class Site:
    """The outermost ASGI application: webhooks, the API, the desk and members' pages each go straight to their own."""

    def __init__(self, webhooks: Webhooks, pages: FastAPI, api: FastAPI, desk: FastAPI) -> None:
        self._webhooks = webhooks
        self._pages = pages
        self._parts = {_API: api, _DESK: desk}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(_WEBHOOKS):
            await self._webhooks(scope, receive, send)
            return
        prefix = f"/{scope['path'].split('/', 2)[1]}" if scope["type"] == "http" and "/" in scope["path"] else ""
        part = self._parts.get(prefix)
        if part is None:
            await self._pages(scope, receive, send)
        else:
            await part({**scope, "root_path": scope.get("root_path", "") + prefix}, receive, send)


def build_web(
    webhooks: Webhooks, meters: Meters, health: Health, *, api: FastAPI, desk: FastAPI, routes: Sequence[BaseRoute] = ()
) -> Site:
    """The whole web application, with the till's API, the staff's desk and the routes of other parts (/try, /export).

    `health` answers what /health shows; `ok: False` in it makes that a 503.
    """
    pages = FastAPI(title="Bentornato", docs_url=None, redoc_url=None, openapi_url=None)
    pages.router.routes.extend(routes)

    @pages.get("/health")
    async def _health(response: Response) -> Mapping[str, Any]:
        found = await health()
        response.status_code = 200 if found.get("ok") else 503
        return found

    @pages.get("/metrics")
    async def _metrics() -> Response:
        return Response(generate_latest(meters.registry), media_type="text/plain; version=0.0.4")

    return Site(webhooks, pages, api, desk)

"""The whole web application: webhooks, health, metrics and the /try page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import FastAPI, Response
from prometheus_client import generate_latest

from bot.web._try import TryPage
from bot.web._webhooks import Meters, Receive, Scope, Send, Webhooks

_WEBHOOKS = "/webhooks/"
Health = Callable[[], Awaitable[Mapping[str, Any]]]


class Site:
    """The outermost ASGI application. Webhooks go straight to their callable; people's pages go through FastAPI."""

    def __init__(self, webhooks: Webhooks, pages: FastAPI) -> None:
        self._webhooks = webhooks
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(_WEBHOOKS):
            await self._webhooks(scope, receive, send)
        else:
            await self._pages(scope, receive, send)


def build_web(webhooks: Webhooks, meters: Meters, health: Health, *, page: TryPage | None = None) -> Site:
    """The whole web application. `health` answers what /health shows; `ok: False` in it makes that a 503."""
    pages = FastAPI(title="Bentornato", docs_url=None, redoc_url=None, openapi_url=None)
    if page is not None:
        pages.router.routes.extend(page.routes())

    @pages.get("/health")
    async def _health(response: Response) -> Mapping[str, Any]:
        found = await health()
        response.status_code = 200 if found.get("ok") else 503
        return found

    @pages.get("/metrics")
    async def _metrics() -> Response:
        return Response(generate_latest(meters.registry), media_type="text/plain; version=0.0.4")

    return Site(webhooks, pages)

"""The whole web application: webhooks, health, metrics and the /try page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import FastAPI, Response
from prometheus_client import generate_latest

from bot.web._try import TryPage
from bot.web._webhooks import Meters, Webhooks


def build_web(
    webhooks: Webhooks,
    meters: Meters,
    health: Callable[[], Awaitable[Mapping[str, Any]]],
    *,
    page: TryPage | None = None,
    lifespan: Any = None,
) -> FastAPI:
    """The whole web application. `health` answers what /health shows; `ok: False` in it makes that a 503."""
    web = FastAPI(title="Bentornato", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    web.mount("/webhooks", webhooks)
    if page is not None:
        web.router.routes.extend(page.routes())

    @web.get("/health")
    async def _health(response: Response) -> Mapping[str, Any]:
        found = await health()
        response.status_code = 200 if found.get("ok") else 503
        return found

    @web.get("/metrics")
    async def _metrics() -> Response:
        return Response(generate_latest(meters.registry), media_type="text/plain; version=0.0.4")

    return web

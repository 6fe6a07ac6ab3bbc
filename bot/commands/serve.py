"""`bentornato serve`: the web side, the lanes, the sender and the triggers in one process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import typer
import uvicorn
from fastapi import FastAPI

from bot.app import open_app
from bot.settings import Settings


def run() -> None:
    """Serve webhooks, /try, /health and /metrics until stopped; a stop drains."""
    settings = Settings()
    typer.echo(f"Bentornato on http://{settings.host}:{settings.port}  (try it: /try)")
    uvicorn.run(
        asgi(settings), host=settings.host, port=settings.port, access_log=False, log_level="warning", loop="uvloop"
    )


def asgi(settings: Settings) -> FastAPI:
    """The web application that opens everything when the server starts it and drains when it stops."""

    @asynccontextmanager
    async def lifespan(web: FastAPI) -> AsyncIterator[None]:
        async with open_app(settings) as app:
            web.mount("/", app.web())
            yield

    return FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)

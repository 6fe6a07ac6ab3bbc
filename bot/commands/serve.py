"""`bentornato serve`: the web side, the lanes, the sender and the triggers in one process."""

import gc

import typer
import uvicorn

from bot.app import open_app
from bot.settings import Settings
from bot.web import Receive, Scope, Send, Site


def run() -> None:
    """Serve webhooks, /try, /health and /metrics until stopped; a stop drains."""
    settings = Settings()
    typer.echo(f"Bentornato on http://{settings.host}:{settings.port}  (try it: /try)")
    uvicorn.run(
        asgi(settings),
        host=settings.host,
        port=settings.port,
        access_log=False,
        log_level="warning",
        loop="uvloop",
        timeout_graceful_shutdown=5,
    )


class Served:
    """An ASGI application that opens everything when the server starts it and drains when the server stops."""

    def __init__(self, settings: Settings, *, send: bool = True) -> None:
        self._settings = settings
        self._send = send
        self._site: Site | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif self._site is not None:
            await self._site(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        started = False
        try:
            async with open_app(self._settings, send=self._send) as app:
                self._site = app.web()
                _settle_memory()
                await send({"type": "lifespan.startup.complete"})
                started = True
                await receive()
        except Exception as error:
            phase = "shutdown" if started else "startup"
            await send({"type": f"lifespan.{phase}.failed", "message": f"{type(error).__name__}: {error}"})
            raise
        await send({"type": "lifespan.shutdown.complete"})


def _settle_memory() -> None:
    """What was built at the start stays for good: the collector need not walk phrases, flows and profiles again.

    A message makes a hundred small objects without cycles: the collector looks after thousands of messages, not five.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


def asgi(settings: Settings, *, send: bool = True) -> Served:
    """The application for an ASGI server. `send=False`: messages are made but stay in the outbox."""
    return Served(settings, send=send)

"""`bentornato serve`: the web side, the lanes, the sender and the triggers in one process."""

import ctypes
import gc
import sys

import typer
import uvicorn

from bot.app import App, open_app
from bot.desk import first_link, told_to_stop
from bot.settings import Settings
from bot.web import Receive, Scope, Send, Site

_MMAP_THRESHOLD, _TRIM_THRESHOLD = -3, -1
_HEAP_STEP = 128 * 1024


def run() -> None:
    """Serve webhooks, /try, /health and /metrics until stopped; a stop drains."""
    settings = Settings()
    typer.echo(f"Bentornato on http://{settings.host}:{settings.port}  (try it: /try, the staff's desk: /desk)")
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
                await _invite(app)
                _settle_memory()
                with told_to_stop(app.desk.hub.close):
                    await send({"type": "lifespan.startup.complete"})
                    started = True
                    await receive()
        except Exception as error:
            phase = "shutdown" if started else "startup"
            await send({"type": f"lifespan.{phase}.failed", "message": f"{type(error).__name__}: {error}"})
            raise
        await send({"type": "lifespan.shutdown.complete"})


async def _invite(app: App) -> None:
    """While nobody works at the desk: print the link that makes the first administrator."""
    link = await first_link(app.database, app.world.keyring, app.settings.public_url, app.clock())
    if link is not None:
        typer.echo(f"Nobody works at the desk yet. Make the first administrator (once, within a day): {link}")


def _settle_memory() -> None:
    """What was built at the start stays for good: the collector need not walk phrases, flows and profiles again.

    A message makes a hundred small objects without cycles: the collector looks after thousands of messages, not five.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)
    _give_back_large_blocks()


def _give_back_large_blocks() -> None:
    """glibc raises its own limit once a large block was freed, and then keeps megabytes of past bodies in its heap."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, _HEAP_STEP)
        mallopt(_TRIM_THRESHOLD, _HEAP_STEP)


def asgi(settings: Settings, *, send: bool = True) -> Served:
    """The application for an ASGI server. `send=False`: messages are made but stay in the outbox."""
    return Served(settings, send=send)

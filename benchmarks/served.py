"""The real application as `bentornato serve` builds it, with sending paused: `uvicorn benchmarks.served:app`."""

from functools import partial
from typing import Any

from bot.app import open_app
from bot.commands import serve
from bot.settings import Settings

_serve: Any = serve
_serve.open_app = partial(open_app, send=False)  # the benchmark shall follow whatever shape `serve.asgi` takes
app = serve.asgi(Settings())

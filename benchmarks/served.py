"""The real application as `bentornato serve` runs it, with sending paused: `uvicorn benchmarks.served:app`."""

from bot.commands.serve import asgi
from bot.settings import Settings

app = asgi(Settings(), send=False)

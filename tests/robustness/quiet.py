"""`bentornato serve` without its sender: nothing leaves, so only what comes in is measured."""

import uvicorn

from bot.commands.serve import asgi
from bot.settings import Settings

if __name__ == "__main__":
    given = Settings()
    uvicorn.run(asgi(given, send=False), port=given.port, access_log=False, log_level="warning", loop="uvloop")

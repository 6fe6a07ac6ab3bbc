"""The whole application behind uvicorn without its sender: nothing leaves, so only what comes in is measured."""

import asyncio

import uvicorn

from bot.app import open_app
from bot.settings import Settings


async def main() -> None:
    settings = Settings()
    async with open_app(settings, send=False) as app:
        config = uvicorn.Config(
            app.web(), host=settings.host, port=settings.port, access_log=False, log_level="warning", lifespan="off"
        )
        await uvicorn.Server(config).serve()


if __name__ == "__main__":
    with asyncio.Runner() as runner:
        runner.run(main())

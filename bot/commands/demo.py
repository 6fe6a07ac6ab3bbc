"""`bentornato demo`: the whole programme in under a minute, on loopback, with the project's own strict fakes.

Four members on three channels join, earn, invite, ask and are greeted, each in their own language. A till sells, hands
over a reward and refunds through the HTTP API. Forged and doubled webhooks are refused. Exit status 0 only if every
expectation held.
"""

import asyncio
import logging
import tempfile
import time
from pathlib import Path

import structlog
import typer
from rich.console import Console

from bot.commands._demo_script import play
from bot.commands._demo_stage import open_stage
from bot.commands._demo_table import close


def run(quiet: bool = typer.Option(False, help="Only the closing table.")) -> None:
    """Play the demonstration and say whether everything went as it should."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    console = Console(quiet=quiet, soft_wrap=True)
    held = asyncio.run(_play(console))
    raise typer.Exit(0 if held else 1)


async def _play(console: Console) -> bool:
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bentornato-") as folder:
        async with open_stage(Path(folder), console) as stage:
            await play(stage)
            return await close(stage, time.monotonic() - started)

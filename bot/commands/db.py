"""`bentornato db`: what failed, another try, and whether the books balance."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import typer

from bot.app import App, open_app
from bot.lanes import Arrival
from bot.settings import Settings
from storage import ledger, messages, occasions
from storage.database import Database
from storage.migrations import upgrade

app = typer.Typer(help="Failed events, dead messages, migrations and the books.", no_args_is_help=True)
Result = TypeVar("Result")


@app.command()
def migrate() -> None:
    """Create or migrate the schema."""
    upgrade(Settings().database)
    typer.echo("the schema is up to date")


@app.command()
def failed() -> None:
    """List events that could not be worked and messages that were given up. Texts are not shown."""

    async def work(database: Database) -> None:
        for row in await database.read(messages.failed):
            at = datetime.fromtimestamp(row.received_at / 1_000_000, UTC).isoformat(timespec="seconds")
            typer.echo(f"inbox  {row.id}  {row.channel:<9} {row.kind:<8} {at}  {row.error}")
        for event in await database.read(occasions.failed_events):
            typer.echo(f"event  {event.id}  {event.channel:<9} {event.kind:<8} {event.error}")
        for row_id, channel, error, attempts in await database.read(messages.dead):
            typer.echo(f"outbox {row_id}  {channel:<9} after {attempts} tries  {error}")

    _with_database(work)


@app.command()
def retry(row: Annotated[int, typer.Argument(help="The id that `db failed` shows.")]) -> None:
    """Work a failed event again, or send a given-up message again."""
    typer.echo(asyncio.run(_retry(row)))


@app.command()
def verify() -> None:
    """Audit the ledger; exit 1 and name what is wrong if it does not balance."""

    async def work(database: Database) -> list[str]:
        return await database.read(ledger.audit)

    wrong = _with_database(work)
    for line in wrong:
        typer.echo(line, err=True)
    if wrong:
        raise typer.Exit(1)
    typer.echo("the books balance")


def _with_database(work: Callable[[Database], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        settings = Settings()
        await asyncio.to_thread(upgrade, settings.database)
        database = Database(settings.database)
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(run())


async def _retry(row_id: int) -> str:
    async with open_app(Settings(), send=False) as opened:
        database = opened.database
        if await database.write(lambda transaction: messages.revive(transaction, row_id, opened.clock())):
            return "the message will be sent again"
        if await database.write(lambda transaction: occasions.retry_event(transaction, row_id)):
            await opened.lanes.drain_once()
            return "the event was worked again; `db failed` shows it if it failed again"
        return await _again(opened, row_id)


async def _again(opened: App, row_id: int) -> str:
    rows = {row.id: row for row in await opened.database.read(messages.failed)}
    row = rows.get(row_id)
    channel = opened.channels.get(row.channel) if row else None
    if row is None or channel is None:
        return "there is no such failed row, or its channel is not configured"
    for event in channel.parse(row.raw):
        arrival = Arrival(event, row.raw, row.received_at)
        await opened.lanes.again(arrival, lambda transaction: messages.forget_failed(transaction, row_id))
    return "the event was worked again; `db failed` shows it if it failed again"

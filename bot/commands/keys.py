"""`bentornato keys`: the keys of tills and shops, made, listed and revoked."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import typer

from bot.api import SCOPES, Grant, make_key
from bot.app import load_world
from bot.pipeline import now_us
from bot.secret import keyring_for
from bot.settings import Settings
from storage import keys
from storage.database import Database, Transaction
from storage.keys import KeyRow
from storage.migrations import upgrade

app = typer.Typer(help="Keys for the API: add, list, revoke.", no_args_is_help=True)
Result = TypeVar("Result")


@app.command("add")
def add_command(
    name: Annotated[str, typer.Argument(help="Whose it is, like till-7; it stands in the books.")],
    scope: Annotated[list[str] | None, typer.Option("--scope", help=f"What it may do: {', '.join(SCOPES)}.")] = None,
    market: Annotated[str | None, typer.Option(help="The one market it may act in; all if not said.")] = None,
) -> None:
    """Make a key and show it, this once."""
    settings = Settings()
    world = load_world(settings, keyring=keyring_for(settings))
    unknown = sorted(set(scope or ()) - set(SCOPES))
    if not scope or unknown:
        wrong = f"there is no scope {', '.join(unknown)}" if unknown else "say what it may do"
        raise typer.BadParameter(f"{wrong}; there are {', '.join(SCOPES)}", param_hint="--scope")
    if market is not None and market not in world.programme.markets:
        raise typer.BadParameter(f"the programme has no market {market}", param_hint="--market")
    if not name.strip() or not name.isprintable() or len(name) > 100:
        raise typer.BadParameter("a name is a line of at most 100 characters", param_hint="NAME")
    grant = Grant(name.strip(), frozenset(scope), market)
    key_id, key = _run(settings, lambda transaction: make_key(transaction, world.keyring, grant, now_us()))
    typer.echo(f"key {key_id} for {grant.name}; it is shown only now:", err=True)
    typer.echo(key)


@app.command("list")
def list_command() -> None:
    """Every key there ever was, without its secret."""
    rows = _run(Settings(), keys.listed)
    for row in rows:
        typer.echo(_line(row))
    if not rows:
        typer.echo("no keys")


@app.command("revoke")
def revoke_command(key_id: Annotated[int, typer.Argument(help="The key's id, from `keys list`.")]) -> None:
    """Close a key at once and for good."""
    if not 0 < key_id < 2**63 or not _run(Settings(), lambda transaction: keys.revoke(transaction, key_id, now_us())):
        typer.echo(f"there is no open key {key_id}", err=True)
        raise typer.Exit(1)
    typer.echo(f"key {key_id} is revoked")


def _line(row: KeyRow) -> str:
    used = "never used" if row.used_at is None else f"used {_day(row.used_at)}"
    state = used if row.revoked_at is None else f"revoked {_day(row.revoked_at)}"
    return f"{row.id}  {row.name}  {row.market or 'all markets'}  {row.scopes}  made {_day(row.created_at)}, {state}"


def _day(instant: int) -> str:
    return datetime.fromtimestamp(instant / 1_000_000, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _run(settings: Settings, work: Callable[[Transaction], Result]) -> Result:
    """The work in a transaction of its own, beside a running server or without one."""

    async def run() -> Result:
        database = Database(settings.database)
        try:
            return await database.write(work)
        finally:
            await database.close()

    upgrade(settings.database)
    return asyncio.run(run())

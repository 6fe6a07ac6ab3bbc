"""What commands that write like a till share: amounts, a member to find, one use case in one transaction, its news."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TypeVar

import typer

from bot.app import load_world
from bot.handlers import World
from bot.permission import Occasion
from bot.secret import keyring_for
from bot.settings import Settings
from bot.texts import exponent
from loyalty.work import LoyaltyError, Work
from storage import members, occasions
from storage.database import Database, Transaction
from storage.members import MemberRow
from storage.migrations import upgrade

Result = TypeVar("Result")
Task = Callable[[Work], Result]
_ACTOR = "till"


def minor_units(amount: str, currency: str, *, least: int = 1) -> int:
    """What somebody typed, like 25.90, in minor units; BadParameter if it is no such amount or less than `least`."""
    try:
        exact = Decimal(amount).scaleb(exponent(currency))
    except InvalidOperation:
        raise typer.BadParameter(f"{amount!r} is not an amount") from None
    if not exact.is_finite() or exact != exact.to_integral_value() or exact < least:
        what = "a positive amount" if least else "an amount"
        raise typer.BadParameter(f"{amount} is not {what} of {currency}")
    return int(exact)


def find(work: Work, phone: str | None, member: int | None) -> MemberRow | None:
    """Who has this phone or id and has joined, or whoever took over everything of theirs."""
    found = members.by_phone(work.transaction, phone) if phone is not None else None
    member_id = member if found is None else found.id
    row = members.current(work.transaction, member_id) if member_id is not None else None
    return row if row is not None and row.is_active else None


async def write(database: Database, world: World, task: Task[Result], *, now: int) -> Result:
    """Work a task in one transaction; its news are planned by the triggers of the running server."""

    def run(transaction: Transaction) -> Result:
        work = Work(transaction, world.programme, world.keyring, now, actor=_ACTOR)
        result = task(work)
        occasions.set_timers(transaction, [Occasion.about(one).as_timer(now) for one in work.news])
        return result

    return await database.write(run)


def at_the_till(task: Task[Result]) -> Result:
    """Work a task on the deployment's database, beside a running server or without one; its mistakes end the command.

    A mistake is said on the error stream, with exit code 1.
    """
    try:
        return asyncio.run(_on_database(task))
    except LoyaltyError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


async def _on_database(task: Task[Result]) -> Result:
    settings = Settings()
    await asyncio.to_thread(upgrade, settings.database)
    world = load_world(settings, keyring=keyring_for(settings))
    database = Database(settings.database)
    try:
        return await write(database, world, task, now=int(datetime.now(UTC).timestamp() * 1_000_000))
    finally:
        await database.close()

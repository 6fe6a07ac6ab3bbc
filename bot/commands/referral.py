"""`bentornato referral`: who brought whom, and a person's word on those under review."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import typer

from bot.app import load_world
from bot.secret import keyring_for
from bot.settings import Settings
from loyalty import referring
from loyalty.referring import Decided
from loyalty.work import Work
from storage import referrals
from storage.database import Database, Transaction
from storage.migrations import upgrade
from storage.referrals import ReferralRow

app = typer.Typer(help="Referrals: list them, decide on those under review.", no_args_is_help=True)
Result = TypeVar("Result")
ReferralId = Annotated[int, typer.Argument(help="The id that `referral list` shows.")]
_ACTOR = "staff"


@app.command("list")
def list_(
    review: Annotated[bool, typer.Option(help="Only those that wait for a person, oldest first.")] = False,
    most: Annotated[int, typer.Option(min=1, help="How many of the newest.")] = 50,
) -> None:
    """Referrals, newest first: state, referrer's and friend's id, the day it began, flags. No names, no phones."""

    def read(transaction: Transaction) -> list[ReferralRow]:
        return referring.review_list(transaction) if review else referrals.latest(transaction, most)

    found = _with_database(lambda database: database.read(read))
    for row in found:
        typer.echo(_line(row))
    if not found:
        typer.echo("nothing waits for a decision" if review else "there are no referrals")


@app.command()
def accept(referral: ReferralId) -> None:
    """The friend counts: the referral goes on where it stood. Exit 1 if it is not under review."""
    _decide(referral, accept=True)


@app.command()
def reject(referral: ReferralId) -> None:
    """The friend does not count. Exit 1 if it is not under review."""
    _decide(referral, accept=False)


def _decide(referral_id: int, *, accept: bool) -> None:
    world = load_world(Settings(), keyring=keyring_for(Settings()))
    now = int(datetime.now(UTC).timestamp() * 1_000_000)

    def decide(transaction: Transaction) -> Decided:
        work = Work(transaction, world.programme, world.keyring, now, actor=_ACTOR)
        return referring.decide(work, referral_id, accept)

    state = _with_database(lambda database: database.write(decide))
    if state == "gone":
        typer.echo(f"referral {referral_id} is not under review", err=True)
        raise typer.Exit(1)
    typer.echo(f"referral {referral_id}: {state}")


def _line(row: ReferralRow) -> str:
    began = datetime.fromtimestamp(row.created_at / 1_000_000, UTC).date().isoformat()
    order = f"  order {row.order_id}" if row.order_id else ""
    flags = f"  {row.flags}" if row.flags else ""
    return f"{row.id}  {row.state:<9} {row.referrer_id} -> {row.friend_id}  {began}{order}{flags}"


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

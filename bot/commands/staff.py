"""`bentornato staff`: who works at the desk. Everybody chooses their own password, by a link that is shown once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, NoReturn, TypeVar

import typer

from bot.app import load_world
from bot.desk import ROLES, Person, Unfit, Words, add_staff, disable_staff, link_url, markets_of, staff_link
from bot.pipeline import now_us
from bot.secret import keyring_for
from bot.settings import Settings
from storage import staff
from storage.database import Database, Rejected, Transaction
from storage.migrations import upgrade
from storage.staff import StaffRow

app = typer.Typer(help="The staff of the desk: add, list, disable, link.", no_args_is_help=True)
Result = TypeVar("Result")
Email = Annotated[str, typer.Argument(help="The e-mail address they sign in with.")]


@app.command("add")
def add_command(
    email: Email,
    name: Annotated[str, typer.Option(help="As members read it.")],
    role: Annotated[str, typer.Option(help=f"One of {', '.join(ROLES)}.")] = "agent",
    market: Annotated[list[str] | None, typer.Option(help="A market they see (repeatable); all if not said.")] = None,
    locale: Annotated[str, typer.Option(help="The language of their desk.")] = "en",
) -> None:
    """Add somebody and show the link with which they choose a password, this once."""
    settings = Settings()
    world = load_world(settings, keyring=keyring_for(settings))
    unknown = sorted(set(market or ()) - set(world.programme.markets))
    if unknown:
        raise typer.BadParameter(f"the programme has no market {', '.join(unknown)}", param_hint="--market")
    if role not in ROLES:
        raise typer.BadParameter(f"there is no role {role}; there are {', '.join(ROLES)}", param_hint="--role")
    spoken = Words.load().locales
    if locale not in spoken:
        raise typer.BadParameter(f"the desk speaks {', '.join(spoken)}", param_hint="--locale")
    person = Person(name, role, tuple(market or ()), locale)

    def work(transaction: Transaction) -> str:
        row = add_staff(transaction, email, person, by=None, now=now_us())
        return staff_link(transaction, world.keyring, row, by=None, now=now_us())

    _show_link(settings, _run(settings, work))


@app.command("list")
def list_command() -> None:
    """Everybody there ever was."""
    rows = _run(Settings(), staff.everybody)
    for row in rows:
        typer.echo(_line(row))
    if not rows:
        typer.echo("no staff")


@app.command("disable")
def disable_command(email: Email) -> None:
    """Sign somebody out everywhere, within seconds, and let them in no more."""
    _run(Settings(), lambda t: disable_staff(t, _known(t, email), by=None, now=now_us()))
    typer.echo(f"{email} is disabled")


@app.command("link")
def link_command(email: Email) -> None:
    """A new link with which somebody chooses a password; older ones open nothing any more."""
    settings = Settings()
    keyring = keyring_for(settings)
    _show_link(settings, _run(settings, lambda t: staff_link(t, keyring, _known(t, email), by=None, now=now_us())))


def _show_link(settings: Settings, token: str) -> None:
    typer.echo("the link works once, for three days; it is shown only now:", err=True)
    typer.echo(link_url(settings.public_url, token))


def _line(row: StaffRow) -> str:
    state = "disabled" if row.disabled_at is not None else "invited" if row.password is None else "active"
    return f"{row.email}  {row.name}  {row.role}  {', '.join(markets_of(row)) or 'all markets'}  {row.locale}  {state}"


def _known(transaction: Transaction, email: str) -> StaffRow:
    row = staff.by_email(transaction, email.strip().lower())
    if row is None:
        raise Unfit(f"There is nobody with the address {email}.")
    return row


def _run(settings: Settings, work: Callable[[Transaction], Result]) -> Result:
    """The work in a transaction of its own, beside a running server or without one."""

    async def run() -> Result:
        database = Database(settings.database)
        try:
            return await database.write(work)
        finally:
            await database.close()

    upgrade(settings.database)
    try:
        return asyncio.run(run())
    except Unfit as unfit:
        _fail(unfit.text)
    except Rejected:
        _fail("Somebody has this e-mail address already.")


def _fail(why: str) -> NoReturn:
    typer.echo(why, err=True)
    raise typer.Exit(1)

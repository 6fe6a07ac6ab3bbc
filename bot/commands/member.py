"""`bentornato member`: who somebody is, why a balance is what it is, merges, coupons, export and erasure."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar
from zoneinfo import ZoneInfo

import orjson
import typer

from bot.app import load_world
from bot.commands import _member_page as pages
from bot.commands._till import at_the_till
from bot.secret import keyring_for
from bot.settings import Settings
from loyalty import coupon_gifts, erasing, exporting, identifying, merging
from loyalty.days import local_time
from loyalty.merging import Merged, Preview
from loyalty.work import LoyaltyError, Work
from storage import members
from storage.database import Database, Transaction
from storage.members import MemberRow
from storage.migrations import upgrade
from storage.people import POINTS_UNIT

app = typer.Typer(help="Members: show, find, merge, part, give a coupon, export, erase.", no_args_is_help=True)
Result = TypeVar("Result")
MemberId = Annotated[int | None, typer.Argument(help="The member's id; or give --phone.")]
Phone = Annotated[str | None, typer.Option(help="The member's phone, E.164.")]
_ACTOR = "staff"


@app.command()
def show(member: MemberId = None, phone: Phone = None) -> None:
    """Who a member is: addresses, consents, standing, what they hold. Exit 1 if there is nobody."""
    typer.echo(_read(lambda work: pages.profile(work, _find(work, member, phone))))


@app.command()
def statement(
    member: MemberId = None,
    phone: Phone = None,
    unit: Annotated[str, typer.Option(help="points, stamps:<card> or cash:<currency>.")] = POINTS_UNIT,
    most: Annotated[int, typer.Option(min=1, help="How many of the newest lines.")] = 50,
) -> None:
    """Why is my balance so? The ledger's lines with the running balance, then the lots that make it up."""
    typer.echo(_read(lambda work: pages.statement(work, _find(work, member, phone), unit, most)))


@app.command()
def find(
    phone: Phone = None,
    card: Annotated[str | None, typer.Option(help="The number of the printed card.")] = None,
) -> None:
    """The id of whoever has this phone or card. Exit 1 if nobody has."""
    if (phone is None) == (card is None):
        raise typer.BadParameter("give either --phone or --card")
    found = _read(lambda work: identifying.identify(work, audience=_ACTOR, phone=phone, card=card))
    if isinstance(found, str):
        typer.echo(found, err=True)
        raise typer.Exit(1)
    typer.echo(str(found.member.id))


@app.command()
def merge(
    kept: Annotated[int, typer.Argument(help="The member who takes over everything.")],
    merged: Annotated[int, typer.Argument(help="The member who goes.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without this only what would happen is shown.")] = False,
) -> None:
    """Make one member of two; undone within 30 days by `member unmerge`. Exit 1 if they cannot be merged."""
    seen = _read(lambda work: merging.preview(work, kept, merged))
    if seen.refusal is not None:
        _refuse(pages.REFUSALS[seen.refusal])
    if not yes:
        typer.echo(_preview(seen))
        return
    made = _write(lambda work: merging.merge(work, kept, merged))
    if not isinstance(made, Merged):
        _refuse(pages.REFUSALS[made])
    typer.echo(f"merged: {made.id}")


@app.command()
def unmerge(merge_id: Annotated[int, typer.Argument(help="The merge's id, as `member merge` said.")]) -> None:
    """Part two members again, within 30 days. Exit 1 if that cannot be."""
    done = _write(lambda work: merging.undo(work, merge_id))
    typer.echo(f"parted: {done.kept_id} and {done.merged_id}")


@app.command()
def separate(
    one: Annotated[int, typer.Argument(help="A member.")],
    other: Annotated[int, typer.Argument(help="A member who is somebody else.")],
) -> None:
    """Never merge these two."""
    fresh = _write(lambda work: merging.separate(work, one, other))
    typer.echo("they will never be merged" if fresh else "known already")


@app.command()
def export(
    member: MemberId = None,
    phone: Phone = None,
    to: Annotated[Path | None, typer.Option(help="A file; else it is printed.")] = None,
) -> None:
    """Everything we know of a member, as JSON for themselves."""

    def read(work: Work) -> dict[str, Any]:
        return exporting.export(work.transaction, _find(work, member, phone).id, work.now)

    text = orjson.dumps(_read(read), option=orjson.OPT_INDENT_2).decode()
    if to is None:
        typer.echo(text)
    else:
        to.write_text(text + "\n", encoding="utf-8")
        typer.echo(f"written: {to}")


@app.command()
def erase(
    member: MemberId = None,
    phone: Phone = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase a member for good: nothing personal is left, what they hold is given up, the books stay."""
    found = _read(lambda work: _find(work, member, phone))
    if not yes:
        typer.confirm(f"erase member {found.id} for good?", abort=True)
    given_up = _write(lambda work: erasing.erase(work, found.id))
    typer.echo(f"erased: {found.id}; {given_up} points, stamps and minor units of credit were given up")


@app.command()
def coupon(
    member: Annotated[int, typer.Argument(help="The member's id.")],
    kind: Annotated[str, typer.Argument(help="The coupon's name in the programme.")],
    reason: Annotated[str, typer.Option(help="What it is for; the same reason again gives nothing more.")],
) -> None:
    """Give a member a coupon, once for each reason, and tell them. Exit 1 if there is nobody or none is left."""

    def give(work: Work) -> str:
        row = _find(work, member, None)
        if not row.is_active:
            _refuse("there is nobody")
        given = coupon_gifts.give(work, row, kind, reason, actor=_ACTOR)
        if given is None:
            _refuse(f"no coupon {kind} is left")
        until = local_time(given.expires_at - 1, ZoneInfo(row.zone)).date().isoformat()
        return f"{'given already' if given.repeated else 'given'}: {kind}, until {until}"

    typer.echo(at_the_till(give))


def _find(work: Work, member: int | None, phone: str | None) -> MemberRow:
    if (phone is None) == (member is None):
        raise typer.BadParameter("give either a member's id or --phone")
    row = members.by_phone(work.transaction, phone) if phone is not None else None
    wanted = row.id if row is not None else member
    found = members.current(work.transaction, wanted) if wanted is not None else None
    return found if found is not None else _refuse("there is nobody")


def _preview(seen: Preview) -> str:
    return "\n".join([*pages.preview(seen), "nothing was changed; --yes does it"])


def _refuse(why: str) -> NoReturn:
    typer.echo(why, err=True)
    raise typer.Exit(1)


def _read(task: Callable[[Work], Result]) -> Result:
    return _run(lambda database, job: database.read(job), task)


def _write(task: Callable[[Work], Result]) -> Result:
    return _run(lambda database, job: database.write(job), task)


def _run(
    how: Callable[[Database, Callable[[Transaction], Result]], Awaitable[Result]], task: Callable[[Work], Result]
) -> Result:
    settings = Settings()
    world = load_world(settings, keyring=keyring_for(settings))
    now = int(datetime.now(UTC).timestamp() * 1_000_000)

    async def run() -> Result:
        await asyncio.to_thread(upgrade, settings.database)
        database = Database(settings.database)
        try:
            return await how(database, lambda t: task(Work(t, world.programme, world.keyring, now, actor=_ACTOR)))
        finally:
            await database.close()

    try:
        return asyncio.run(run())
    except LoyaltyError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error

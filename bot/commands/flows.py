"""`bentornato flows`: check them, draw them, see what publishing would do to live conversations, publish."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated

import typer

from bot.app import flow_folders, load_world
from bot.flows import check as checks
from bot.flows import release
from bot.flows.check import Finding, Fit, HandlerInfo, Measure
from bot.flows.exchange import Saying
from bot.flows.library import Library
from bot.flows.publish import Plan
from bot.flows.show import mermaid
from bot.handlers import World, discover
from bot.limits import BY_CHANNEL, Limits
from bot.pipeline import compose, now_us
from bot.render import render
from bot.settings import Settings
from bot.texts.check import SMS_KEYWORDS
from storage.database import Database, Transaction
from storage.migrations import upgrade

app = typer.Typer(help="Check, draw and publish the conversations.", no_args_is_help=True)


@app.command()
def check(
    parts: Annotated[bool, typer.Option(help="Also show what each text costs in SMS parts.")] = False,
) -> None:
    """Prove the flows: paths, handlers, texts in every locale, every channel's limits. Exit 1 on an error."""
    world = load_world(Settings())
    found = [one for one in findings(world) if parts or one.level != "info"]
    for one in found:
        typer.echo(f"{one.level}: {one.flow}.{one.step or '*'}: {one.what}")
    errors = sum(one.level == "error" for one in found)
    typer.echo(f"{len(world.library.active)} flows, {len(world.texts.locales)} locales: {errors} errors")
    if errors:
        raise typer.Exit(1)


def findings(world: World) -> list[Finding]:
    """Everything the check has to say about a deployment's flows, and rewards promised by texts but not funded."""
    known: Mapping[str, HandlerInfo] = {
        name: HandlerInfo(outcomes=one.outcomes, values=one.values, writes=one.writes)
        for name, one in discover().items()
    }
    shown = {name: limits for name, limits in BY_CHANNEL.items() if name != "simulator"}
    return checks.check(
        world.library,
        handlers=known,
        texts=world.texts,
        limits=shown,
        reserved=SMS_KEYWORDS,
        measure=_measure(world),
    )


def _measure(world: World) -> Measure:
    def measure(saying: Saying, limits: Limits, locale: str) -> Fit:
        made = render(compose(world, locale, [saying]), limits, locale=locale, texts=world.texts)
        return Fit(len(made), sum(part.segments for part in made))

    return measure


@app.command()
def show(flow: Annotated[str, typer.Argument(help="The flow's name.")]) -> None:
    """Draw a flow as a Mermaid flowchart."""
    found = Library.load(flow_folders(Settings())).get(flow)
    if found is None:
        typer.echo(f"there is no flow {flow!r}", err=True)
        raise typer.Exit(2)
    typer.echo(mermaid(found.definition))


@app.command()
def plan() -> None:
    """Say what publishing would do to the people in the middle of a conversation."""

    async def work(database: Database, library: Library) -> None:
        planned = await database.read(lambda transaction: release.plans(transaction, library))
        for one in planned:
            _tell(one)
        if not planned:
            typer.echo("nobody is in the middle of a flow that changed")

    _with_database(work)


@app.command()
def publish() -> None:
    """Publish every changed flow and move live conversations as planned."""

    async def work(database: Database, library: Library) -> None:
        def inside(transaction: Transaction) -> list[Plan]:
            planned = release.plans(transaction, library)
            for flow in library.active.values():
                release.publish(transaction, flow, planned, now_us())
            return planned

        for one in await database.write(inside):
            _tell(one)
        typer.echo("published; a running server takes the new flows at its next start")

    _with_database(work)


def _tell(one: Plan) -> None:
    fates = ", ".join(f"{count} {fate}" for fate, count in one.counts().items())
    typer.echo(f"{one.flow} {one.old} -> {one.new}: {fates or 'nobody'}")


def _with_database(work: Callable[[Database, Library], Awaitable[None]]) -> None:
    async def run() -> None:
        settings = Settings()
        await asyncio.to_thread(upgrade, settings.database)
        database = Database(settings.database)
        try:
            await work(database, Library.load(flow_folders(settings)))
        finally:
            await database.close()

    asyncio.run(run())

"""`bentornato liability`: what the programme owes its members, by market and unit, and how much of it ever lapses."""

import asyncio
from fractions import Fraction

import typer

from bot.app import load_texts, load_world
from bot.message import Money
from bot.settings import Settings
from bot.texts import Texts
from loyalty.programme import Programme
from loyalty.redeeming import worth
from storage import ledger
from storage.database import Database
from storage.ledger import Liability
from storage.migrations import upgrade


def run() -> None:
    """Show points, stamps and credit that members hold, their worth, and the share that lapsed (breakage)."""
    settings = Settings()
    programme = load_world(settings).programme
    texts = load_texts(settings)
    rows = asyncio.run(_read(settings))
    if not rows:
        typer.echo("nobody holds anything yet")
    for row in rows:
        typer.echo(_line(row, programme, texts))


async def _read(settings: Settings) -> list[Liability]:
    await asyncio.to_thread(upgrade, settings.database)
    database = Database(settings.database)
    try:
        return await database.read(ledger.liability)
    finally:
        await database.close()


def _line(row: Liability, programme: Programme, texts: Texts) -> str:
    rules = programme.market(row.market)
    kind, _, of = row.unit.partition(":")
    currency = of if kind == "cash" else rules.currency
    minor = row.held if kind == "cash" else worth(max(row.held, 0), rules.redeem) if kind == "points" else None
    value = "" if minor is None else str(texts.format("en", Money(minor, currency)))
    rate = Fraction(row.lapsed, row.issued) if row.issued > 0 else Fraction(0)
    share = f"{float(rate):.1%}"
    return f"{row.market}  {row.unit:<16} held {row.held:>10}  {value:>14}  given {row.issued:>10}  lapsed {share:>6}"

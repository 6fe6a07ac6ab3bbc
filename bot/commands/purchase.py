"""`bentornato purchase`: report a paid order, once per order id, beside a running server or without one."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated

import orjson
import typer

from bot.app import App, open_app
from bot.settings import Settings
from bot.texts import exponent
from storage import ledger, occasions, people
from storage.database import Transaction
from storage.people import PersonRow

_TURNS = 100
"""Batches worked at most; what still waits then is for the server."""


def run(
    order_id: Annotated[str, typer.Option(help="The till's order number; a repeat changes nothing.")],
    amount: Annotated[str, typer.Option(help="What was paid, like 25.90.")],
    currency: Annotated[str, typer.Option(help="ISO 4217, like EUR.")],
    phone: Annotated[str | None, typer.Option(help="The member's phone, E.164.")] = None,
    member: Annotated[int | None, typer.Option(help="The member's id.")] = None,
) -> None:
    """Book a purchase: points, milestones, and the reward of the friend who brought the member."""
    if (phone is None) == (member is None):
        raise typer.BadParameter("give either --phone or --member")
    minor = _minor(amount, currency.upper())
    asyncio.run(_report(order_id, minor, currency.upper(), phone=phone, member=member))


def _minor(amount: str, currency: str) -> int:
    try:
        exact = Decimal(amount).scaleb(exponent(currency))
    except InvalidOperation:
        raise typer.BadParameter(f"{amount!r} is not an amount") from None
    if not exact.is_finite() or exact != exact.to_integral_value() or exact <= 0:
        raise typer.BadParameter(f"{amount} is not a positive amount of {currency}")
    return int(exact)


async def _report(order_id: str, minor: int, currency: str, *, phone: str | None, member: int | None) -> None:
    async with open_app(Settings(), send=False) as app:
        person = await _find(app, phone, member)
        if person is None or person.joined_at is None:
            typer.echo("nobody with this phone or id has joined the programme", err=True)
            raise typer.Exit(1)
        rules = app.world.programme.market(person.market)
        if rules.currency != currency:
            typer.echo(f"the member's market ({person.market}) is in {rules.currency}, not {currency}", err=True)
            raise typer.Exit(1)
        fresh = await report(app, person, order_id, minor, currency)
        booked = await app.database.read(lambda transaction: ledger.purchase(transaction, order_id))
        if booked is None:
            typer.echo("the order is queued; it is listed by `bentornato db failed` if it cannot be booked", err=True)
            raise typer.Exit(1)
        typer.echo(f"{'booked' if fresh else 'known already'}: order {order_id}, {booked[4]} points")


async def _find(app: App, phone: str | None, member: int | None) -> PersonRow | None:
    def read(transaction: Transaction) -> PersonRow | None:
        found = member if phone is None else people.id_by_phone(transaction, phone)
        rows = people.of_member(transaction, found) if found is not None else []
        return rows[0] if rows else None

    return await app.database.read(read)


async def report(app: App, person: PersonRow, order_id: str, minor: int, currency: str) -> bool:
    """Put the purchase into the member's lane and wait until it is worked; False when the order was known."""
    row = {
        "key": f"purchase:{order_id}",
        "channel": person.channel,
        "address": person.address,
        "kind": "purchase",
        "data": orjson.dumps({"order_id": order_id, "amount": minor, "currency": currency}).decode(),
        "created_at": int(datetime.now(UTC).timestamp() * 1_000_000),
    }
    fresh = await app.database.write(lambda transaction: occasions.add_event(transaction, row))
    for _ in range(_TURNS):
        if not await app.lanes.drain_once():
            break
    return fresh

"""`bentornato refund`: report money given back for an order, once per refund id; it may come before its order."""

from typing import Annotated

import typer

from bot.commands._till import at_the_till, minor_units
from loyalty import refunding
from loyalty.refunding import Refunded
from loyalty.work import Work

_SAID = {
    "applied": "applied",
    "known": "known already",
    "waiting": "waits for its order",
    "too_much": "refused: more than is left of the order",
}


def run(
    refund_id: Annotated[str, typer.Option(help="The till's number of the refund; a repeat changes nothing.")],
    order_id: Annotated[str, typer.Option(help="The order it belongs to.")],
    amount: Annotated[str, typer.Option(help="What was given back, like 12.50.")],
    currency: Annotated[str, typer.Option(help="ISO 4217, like EUR.")],
) -> None:
    """Take back what an order brought, in proportion, and give back the points it was paid with."""
    code = currency.upper()
    minor = minor_units(amount, code)

    def task(work: Work) -> Refunded:
        return refunding.refund(work, refund_id=refund_id, order_id=order_id, amount=minor, currency=code)

    done = at_the_till(task)
    figures = f", {done.points} points taken back, {done.returned} given back" if done.label != "too_much" else ""
    typer.echo(f"{_SAID[done.label]}: refund {refund_id} of order {order_id}{figures}", err=done.label == "too_much")
    if done.label == "too_much":
        raise typer.Exit(1)

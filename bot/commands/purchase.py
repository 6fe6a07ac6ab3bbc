"""`bentornato purchase`: report an order, once per order id, beside a running server or without one."""

from dataclasses import replace
from typing import Annotated

import typer

from bot.commands._till import at_the_till, find, minor_units
from loyalty import purchasing
from loyalty.orders import Line, Order
from loyalty.points import Plan
from loyalty.purchasing import Recorded
from loyalty.work import LoyaltyError, Work


def run(
    *,
    order_id: Annotated[str, typer.Option(help="The till's order number; a repeat changes nothing.")],
    amount: Annotated[str, typer.Option(help="What it cost, like 25.90, with shipping and tax.")],
    currency: Annotated[str, typer.Option(help="ISO 4217, like EUR.")],
    phone: Annotated[str | None, typer.Option(help="The member's phone, E.164.")] = None,
    member: Annotated[int | None, typer.Option(help="The member's id.")] = None,
    market: Annotated[str | None, typer.Option(help="Where a guest bought; a member's own market otherwise.")] = None,
    shipping: Annotated[str, typer.Option(help="The shipping in it.")] = "0",
    tax: Annotated[str, typer.Option(help="The tax in it.")] = "0",
    redeemed: Annotated[str, typer.Option(help="What points or credit paid of it.")] = "0",
    category: Annotated[list[str] | None, typer.Option(help="A category that was bought; may be repeated.")] = None,
    test: Annotated[bool, typer.Option("--test", help="A test order: recorded, brings nothing.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what it would bring, and why.")] = False,
) -> None:
    """Book a purchase: points, credit, stamps, level, milestones, and the reward of the friend who brought the member.

    A phone of nobody who has joined is a guest's: with --market the order waits for them to join.
    """
    if (phone is None) == (member is None):
        raise typer.BadParameter("give either --phone or --member")
    code = currency.upper()
    total = minor_units(amount, code)
    sent, taxed, paid = (minor_units(part, code, least=0) for part in (shipping, tax, redeemed))
    lines = tuple(Line(0 if place else total, 1, name) for place, name in enumerate(category or ()))

    def task(work: Work) -> Recorded | Plan:
        plain = Order(order_id, code, total, work.now, lines=lines, test=test)
        order = replace(plain, shipping=sent, tax=taxed, redeemed=paid)
        owner = find(work, phone, member)
        if owner is None and (phone is None or market is None or dry_run):
            raise LoyaltyError("nobody with this phone or id has joined the programme")
        place = market or (owner.market if owner is not None else "")
        if dry_run and owner is not None:
            return purchasing.dry_run(work, owner, order, place)
        return purchasing.record(work, owner, order, market=place, phone=phone)

    done = at_the_till(task)
    lines_of = _plan(done) if isinstance(done, Plan) else _booked(order_id, done)
    typer.echo("\n".join(lines_of))


def _plan(plan: Plan) -> list[str]:
    fired = [f"  {one.rule:<20} {one.points:>+8}  {one.why}" for one in plan.fired]
    return [f"would bring {plan.points} points", *fired]


def _booked(order_id: str, done: Recorded) -> list[str]:
    state = {"known": "known already", "guest": "booked for a guest", "test": "recorded as a test"}
    lines = [f"{state.get(done.label, done.label)}: order {order_id}, {done.points} points"]
    if done.credit:
        lines.append(f"  credit: {done.credit} minor units")
    lines += [f"  stamps on {card}: {count}" for card, count in done.stamps.items() if count]
    if done.tier_up:
        lines.append(f"  new level: {done.tier_up}")
    return lines

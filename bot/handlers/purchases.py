"""A reported order is booked; and what the notices of purchases and refunds have to tell beside points."""

from bot.flows.model import Outcome
from bot.handlers import Context, answers
from bot.handlers._reading import member_row
from bot.message import Money, Points
from loyalty import purchasing
from loyalty.orders import Order


@answers("booked", "known", writes=True)
def record(context: Context) -> Outcome:
    """Book a purchase event: `order_id`, `amount` (minor units), `currency`; `WrongOrder` if it cannot be booked."""
    work = context.work()
    order = Order(
        order_id=str(context.value("order_id")),
        currency=str(context.value("currency")),
        total=int(context.value("amount")),
        at=context.now,
    )
    done = purchasing.record(work, member_row(context), order, market=context.member.market)
    context.finish(work)
    return Outcome("known" if done.label == "known" else "booked")


@answers("some", "none", values=("credit",))
def credit(context: Context) -> Outcome:
    """The credit that the purchase brought beside its points."""
    found = context.values.get("credit")
    if not isinstance(found, Money) or found.minor <= 0:
        return Outcome("none")
    return Outcome("some", {"credit": found})


@answers("some", "none", values=("points",))
def taken(context: Context) -> Outcome:
    """The points that the refund took back."""
    return _some(context, "points")


@answers("some", "none", values=("returned",))
def returned(context: Context) -> Outcome:
    """The points that the purchase was paid with and the refund gave back."""
    return _some(context, "returned")


def _some(context: Context, name: str) -> Outcome:
    points = int(context.value(name) or 0)
    return Outcome("some" if points else "none", {name: Points(points)})

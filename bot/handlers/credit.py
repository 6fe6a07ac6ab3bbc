"""The credit that purchases brought (cashback): now, on its way, lapsing, and how to use it."""

from bot.flows.model import Outcome, Values
from bot.handlers import Context, answers
from bot.handlers._reading import day_of, last_day
from bot.message import Money
from storage import ledger
from storage.ledger import Position


@answers("some", "empty", "off", values=("credit",))
def look(context: Context) -> Outcome:
    """The credit that can be used now; `off` in a market without cashback."""
    if not context.world.rules(context.member).has("cashback"):
        return Outcome("off")
    held = _position(context).active
    return Outcome("some" if held > 0 else "empty", {"credit": _money(context, held)})


@answers("pending", "none", values=("pending", "ready"))
def coming(context: Context) -> Outcome:
    """Credit that waits for the return window to end."""
    position = _position(context)
    if not position.pending or position.matures_at is None:
        return Outcome("none")
    values: Values = {"pending": _money(context, position.pending), "ready": day_of(context, position.matures_at)}
    return Outcome("pending", values)


@answers("soon", "none", values=("expiring", "until"))
def lapsing(context: Context) -> Outcome:
    """The credit that lapses next."""
    position = _position(context)
    if not position.expiring or position.expires_at is None:
        return Outcome("none")
    values: Values = {"expiring": _money(context, position.expiring), "until": last_day(context, position.expires_at)}
    return Outcome("soon", values)


@answers("from", "any", "none", values=("minimum",))
def use(context: Context) -> Outcome:
    """From which amount on the credit can be used; `none` where orders are not paid with it."""
    rules = context.world.rules(context.member)
    minimum = rules.cashback.minimum if rules.cashback is not None else 0
    label = "none" if not rules.redeem.share else "from" if minimum else "any"
    return Outcome(label, {"minimum": _money(context, minimum)})


def _position(context: Context) -> Position:
    unit = ledger.cash_unit(context.world.rules(context.member).currency)
    return ledger.position_of(context.transaction, context.member.id, context.now, unit)


def _money(context: Context, minor: int) -> Money:
    return Money(minor, context.world.rules(context.member).currency)

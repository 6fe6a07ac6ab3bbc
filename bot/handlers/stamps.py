"""The member's stamp cards."""

from bot.flows.model import Outcome
from bot.handlers import Context, answers
from bot.message import Name
from loyalty.modules import StampCard
from loyalty.wording import said
from storage import ledger

_VALUES = ("shown", "card", "stamps", "needed", "gift")


@answers("card", "done", values=_VALUES)
def next_card(context: Context) -> Outcome:
    """The next card: its stamps, how many it needs, and the coupon that a full one brings."""
    return _next(context, least=0)


@answers("card", "done", values=_VALUES)
def next_begun(context: Context) -> Outcome:
    """The next card with a stamp on it."""
    return _next(context, least=1)


def _next(context: Context, *, least: int) -> Outcome:
    rules = context.world.rules(context.member)
    cards = rules.stamps if rules.has("stamps") else ()
    shown = int(context.value("shown") or 0)
    for place, card in enumerate(cards[shown:], shown + 1):
        held = max(_held(context, card), 0)
        if held >= least:
            gift = rules.coupon(card.coupon) or card
            locale = context.member.locale
            names = {"card": Name(said(card.title, locale)), "gift": Name(said(gift.title, locale))}
            return Outcome("card", {"shown": place, "stamps": held, "needed": card.needed, **names})
    return Outcome("done", {"shown": len(cards)})


def _held(context: Context, card: StampCard) -> int:
    unit = ledger.stamps_unit(card.name)
    return ledger.position_of(context.transaction, context.member.id, context.now, unit).active

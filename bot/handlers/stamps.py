"""The member's stamp cards."""

from bot.flows.model import Outcome, Values
from bot.handlers import Context, answers
from bot.message import Name
from loyalty.wording import said
from storage import ledger


@answers("card", "done", values=("shown", "card", "stamps", "needed", "gift"))
def next_card(context: Context) -> Outcome:
    """The next card: its stamps, how many it needs, and the coupon that a full one brings."""
    shown = int(context.value("shown") or 0)
    rules = context.world.rules(context.member)
    cards = rules.stamps if rules.has("stamps") else ()
    if shown >= len(cards):
        return Outcome("done", {"shown": shown})
    card = cards[shown]
    unit = ledger.stamps_unit(card.name)
    held = ledger.position_of(context.transaction, context.member.id, context.now, unit).active
    gift = rules.coupon(card.coupon)
    values: Values = {
        "shown": shown + 1,
        "card": Name(said(card.title, context.member.locale)),
        "stamps": max(held, 0),
        "needed": card.needed,
        "gift": Name(said((gift or card).title, context.member.locale)),
    }
    return Outcome("card", values)

"""Where the shops are and when they are open."""

from bot.flows.model import Outcome
from bot.handlers import Context, answers
from bot.message import Name
from loyalty.wording import said


@answers("shop", "done", values=("place", "shop", "address", "hours"))
def next_shop(context: Context) -> Outcome:
    """The next shop of the member's market, in the programme's order."""
    place = int(context.value("place") or 0)
    shops = context.world.rules(context.member).shops
    if place >= len(shops):
        return Outcome("done", {"place": place, "shop": Name(""), "address": Name(""), "hours": Name("")})
    shop, locale = shops[place], context.member.locale
    hours = shop.hours or context.world.programme.brand.hours
    values = {"shop": Name(said(shop.title, locale)), "address": Name(shop.address), "hours": Name(said(hours, locale))}
    return Outcome("shop", {"place": place + 1, **values})

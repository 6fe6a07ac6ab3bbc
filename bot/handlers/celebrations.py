"""Gifts and words for the programme's own occasions: birthday and milestone."""

from bot.flows.model import Outcome, Values
from bot.handlers import Context, answers
from bot.message import Name, Points
from loyalty import points
from storage.ledger import Earning


@answers("gift", "greeting", values=("points", "brand"), writes=True)
def birthday(context: Context) -> Outcome:
    """Wish a happy birthday, with the market's gift once per occasion."""
    member = context.member
    rules = context.world.rules(member)
    gift = rules.birthday.points
    brand = Name(context.world.programme.name)
    values: Values = {"points": Points(gift), "brand": brand}
    if not gift:
        return Outcome("greeting", values)
    _, expires_at = points.lot_times(context.now, rules)
    earning = Earning(
        key=str(context.value("occasion")),
        member_id=member.id,
        points=gift,
        kind="birthday",
        reference=str(context.value("occasion")),
        activates_at=context.now,
        expires_at=expires_at,
    )
    context.earn(earning)
    return Outcome("gift", values)


@answers("purchases", "points", values=("reached", "brand"))
def milestone(context: Context) -> Outcome:
    """Name the milestone that was reached."""
    values: Values = {"reached": int(context.value("reached") or 0), "brand": Name(context.world.programme.name)}
    return Outcome(str(context.value("kind")), values)


@answers("gift", "none", values=("points",))
def milestone_gift(context: Context) -> Outcome:
    """The milestone's points; they were booked with the purchase that crossed it."""
    gift = int(context.value("points") or 0)
    return Outcome("gift" if gift else "none", {"points": Points(gift)})

"""What a member shows at the till: a QR that lives for five minutes, six digits, and the number of their card."""

from bot.flows.model import Outcome, Values
from bot.handlers import Context, answers
from bot.message import Code
from loyalty import codes, identifying
from storage import members

_MINUTE = 60_000_000


@answers("shown", values=("token", "digits", "number", "minutes"), writes=True)
def show(context: Context) -> Outcome:
    """A fresh QR and six digits; those shown before are worth nothing any more."""
    work = context.work()
    with context.aside():
        member = members.get(context.transaction, context.member.id)
        if member is None:
            raise LookupError("the member of this turn has no row")
        card = identifying.show(work, member)
    context.finish(work)
    minutes = (min(card.qr_expires_at, card.digits_expires_at) - work.now + _MINUTE // 2) // _MINUTE
    number = codes.grouped(card.number)
    values: Values = {
        "token": Code(card.qr),
        "digits": Code(card.digits),
        "number": Code(number),
        "minutes": max(1, minutes),
    }
    return Outcome("shown", values)

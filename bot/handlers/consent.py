"""Whether the programme may write first: granted, withdrawn, and who says so."""

from bot.flows.model import Outcome
from bot.handlers import Context, answers


@answers("granted", writes=True)
def grant(context: Context) -> Outcome:
    """The member agrees to offers and greetings."""
    context.consent("marketing", "grant")
    return Outcome("granted")


@answers("withdrawn", "nothing", writes=True)
def withdraw(context: Context) -> Outcome:
    """The member wants none; recorded even when none was granted, because they said so."""
    had = bool(context.member.marketing)
    context.consent("marketing", "withdraw")
    return Outcome("withdrawn" if had else "nothing")

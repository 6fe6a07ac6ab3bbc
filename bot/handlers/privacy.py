"""A member's rights over their data: to have it all, and to have it erased."""

from bot.flows.model import Outcome
from bot.handlers import Context, answers
from bot.message import Link
from loyalty import erasing, exporting


@answers("link", values=("link",), writes=True)
def export(context: Context) -> Outcome:
    """A link that gives everything we know of them, once, within 24 hours."""
    work = context.work()
    made = exporting.make_link(work, context.member.id, context.world.settings.public_url)
    return Outcome("link", {"link": Link(made)})


@answers("points", "nothing", values=("points",))
def at_stake(context: Context) -> Outcome:
    """What an erasure would take."""
    position = context.member.position
    held = max(0, position.active) + position.pending
    return Outcome("points" if held else "nothing", {"points": held})


@answers("erased", writes=True)
def erase(context: Context) -> Outcome:
    """Erase everything; the answer goes out to the address as to a newcomer's."""
    work = context.work()
    place = context.place
    context.moved_to = None
    context.occasions.clear()
    with context.aside():
        erasing.erase(work, context.member.id, farewell=(place.channel, place.value))
    context.finish(work)
    return Outcome("erased")

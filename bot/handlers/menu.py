"""What the bot can do, and where a person can be found."""

from bot.flows.model import Option, Outcome
from bot.handlers import Context, answers
from bot.message import Link, Name


@answers("shown", values=("modules",))
def modules(context: Context) -> Outcome:
    """The flows of this member's market that have a line in the menu."""
    world = context.world
    flows = world.library.menu(world.rules(context.member).off)
    locale = context.member.locale
    options = tuple(Option(world.texts.label(locale, flow.definition.menu or ""), flow.name) for flow in flows)
    return Outcome("shown", {"modules": options})


@answers("shown", values=("contact", "hours"))
def contact(context: Context) -> Outcome:
    """The shop's own contact and hours."""
    brand = context.world.programme.brand
    return Outcome("shown", {"contact": Link(brand.contact), "hours": Name(brand.hours)})

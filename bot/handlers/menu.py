"""What the bot can do, and where a person can be found."""

from bot.flows.model import Option, Outcome
from bot.handlers import Context, answers
from bot.message import Link, Name


@answers("shown", values=("modules",))
def modules(context: Context) -> Outcome:
    """The flows of this member's market that have a line in the menu; before joining, joining and what needs none."""
    world = context.world
    locale = context.member.locale
    flows = world.library.menu(world.rules(context.member).off)
    if context.member.joined_at is not None:
        lines = [(flow.definition.menu or "", flow.name) for flow in flows]
    else:
        open_to_all = [flow for flow in flows if not flow.definition.members]
        lines = [("Join", "join"), *((flow.definition.menu or "", flow.name) for flow in open_to_all)]
    options = tuple(Option(world.texts.label(locale, label), name) for label, name in lines)
    return Outcome("shown", {"modules": options})


@answers("shown", values=("contact", "hours"))
def contact(context: Context) -> Outcome:
    """The shop's own contact and hours."""
    brand = context.world.programme.brand
    return Outcome("shown", {"contact": Link(brand.contact), "hours": Name(brand.hours)})

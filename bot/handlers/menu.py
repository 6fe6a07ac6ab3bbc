"""What the bot can do, a page at a time, and where a person can be found."""

from bot.flows.model import Option, Outcome
from bot.handlers import Context, answers
from bot.message import Link, Name
from bot.texts import NP_

PAGE = 10
"""Lines a page, the one that turns it included: a list on WhatsApp holds no more."""
MORE = NP_("button", "More…")
_TURN = "+"
"""What the line that turns the page stands for; no flow can be called so."""


@answers("shown", values=("modules", "page"))
def modules(context: Context) -> Outcome:
    """The flows of this member's market that have a line in the menu; before joining, joining and what needs none."""
    world = context.world
    locale = context.member.locale
    options = [Option(world.texts.label(locale, label), name) for label, name in _lines(context)]
    page = int(context.value("page") or 0)
    if len(options) <= PAGE:
        return Outcome("shown", {"modules": tuple(options), "page": 0})
    size = PAGE - 1
    shown = options[page * size : (page + 1) * size] or options[:size]
    return Outcome("shown", {"modules": (*shown, Option(world.texts.label(locale, MORE.other), _TURN)), "page": page})


@answers("flow", "page", values=("page",))
def turn(context: Context) -> Outcome:
    """The chosen flow, or the next page; after the last one the first comes again."""
    if context.value("module") != _TURN:
        return Outcome("flow")
    page = int(context.value("page") or 0) + 1
    return Outcome("page", {"page": page if page * (PAGE - 1) < len(_lines(context)) else 0})


@answers("shown", values=("contact", "hours"))
def contact(context: Context) -> Outcome:
    """The shop's own contact and hours."""
    brand = context.world.programme.brand
    return Outcome("shown", {"contact": Link(brand.contact), "hours": Name(brand.hours)})


def _lines(context: Context) -> list[tuple[str, str]]:
    """(label, flow) of every line there is for this member."""
    flows = context.world.library.menu(context.world.rules(context.member).hides)
    if context.member.joined_at is not None:
        return [(flow.definition.menu or "", flow.name) for flow in flows]
    open_to_all = [flow for flow in flows if not flow.definition.members]
    return [("Join", "join"), *((flow.definition.menu or "", flow.name) for flow in open_to_all)]

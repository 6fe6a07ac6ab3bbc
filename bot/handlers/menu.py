"""What the bot can do, a page at a time, and where a person can be found."""

from bot.flows.model import Option, Outcome
from bot.handlers import Context, answers
from bot.handlers._pages import TURN, next_page, shown
from bot.message import Link, Name
from loyalty.wording import said


@answers("shown", values=("modules", "page"))
def modules(context: Context) -> Outcome:
    """The flows of this member's market that have a line in the menu; before joining, joining and what needs none."""
    world = context.world
    voice = world.voice(context.member)
    options = [Option(world.texts.label(voice, label), name) for label, name in _lines(context)]
    page = int(context.value("page") or 0)
    return Outcome("shown", {"modules": shown(context, options, page), "page": page})


@answers("flow", "page", values=("page",))
def turn(context: Context) -> Outcome:
    """The chosen flow, or the next page; after the last one the first comes again."""
    if context.value("module") != TURN:
        return Outcome("flow")
    return Outcome("page", {"page": next_page(len(_lines(context)), int(context.value("page") or 0))})


@answers("shown", values=("contact", "hours"))
def contact(context: Context) -> Outcome:
    """The shop's own contact and hours."""
    brand = context.world.programme.brand
    return Outcome("shown", {"contact": Link(brand.contact), "hours": Name(said(brand.hours, context.member.locale))})


def _lines(context: Context) -> list[tuple[str, str]]:
    """(label, flow) of every line there is for this member."""
    flows = context.world.library.menu(context.world.rules(context.member).hides)
    emphasis = context.world.profile(context.member).emphasis
    flows = tuple(sorted(flows, key=lambda flow: _rank(flow.definition.module, emphasis)))
    if context.member.joined_at is not None:
        return [(flow.definition.menu or "", flow.name) for flow in flows]
    open_to_all = [flow for flow in flows if not flow.definition.members]
    return [("Join", "join"), *((flow.definition.menu or "", flow.name) for flow in open_to_all)]


def _rank(module: str | None, emphasis: tuple[str, ...]) -> int:
    """What the market cares most for comes first; all else keeps its order."""
    return emphasis.index(module) if module in emphasis else len(emphasis)

"""A long list of options, a page at a time."""

from collections.abc import Sequence

from bot.flows.model import Option
from bot.handlers._context import Context
from bot.texts import NP_

PAGE = 10
"""Lines a page, the one that turns it included: a list on WhatsApp holds no more."""
MORE = NP_("button", "More…")
TURN = "+"
"""What the line that turns the page stands for; no flow and no locale can be called so."""


def shown(context: Context, options: Sequence[Option], page: int) -> tuple[Option, ...]:
    """The options of a page, with a line that turns it where there are more than fit."""
    if len(options) <= PAGE:
        return tuple(options)
    world, size = context.world, PAGE - 1
    here = options[page * size : (page + 1) * size] or options[:size]
    return (*here, Option(world.texts.label(world.voice(context.member), MORE.other), TURN))


def next_page(options: int, page: int) -> int:
    """The page after this one of so many options; after the last one the first comes again."""
    return page + 1 if (page + 1) * (PAGE - 1) < options else 0

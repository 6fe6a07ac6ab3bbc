"""How the help of a person was: the five answers."""

from bot.flows.model import Option, Outcome
from bot.handlers import Context, answers
from bot.texts import NP_

_ANSWERS = (
    ("1", NP_("button", "Very bad")),
    ("2", NP_("button", "Bad")),
    ("3", NP_("button", "So-so")),
    ("4", NP_("button", "Good")),
    ("5", NP_("button", "Very good")),
)
"""In the order of a CSAT's usual points: who types the number of a line, or just "5", means what it counts."""


@answers("shown", values=("scores",))
def scores(context: Context) -> Outcome:
    """The answers in the member's language."""
    world = context.world
    voice = world.voice(context.member)
    return Outcome(
        "shown", {"scores": tuple(Option(world.texts.label(voice, one.other), key) for key, one in _ANSWERS)}
    )

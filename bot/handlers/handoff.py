"""A person instead of the bot: into the desk's queue, and what the member may expect there."""

from collections.abc import Callable

from bot import takeover
from bot.flows.model import Outcome, Values
from bot.handlers import Context, answers
from bot.message import Moment, Name
from bot.takeover import Reason
from bot.texts import NP_
from storage import cases
from storage.database import Transaction

WORD = NP_("word", "menu")
"""What somebody who waits for a person writes to have the bot back; the text that says so holds it."""


@answers("here", "away", "someday", "nobody", values=("opens", "word"), writes=True)
def ask(context: Context) -> Outcome:
    """Whoever asked for a person, or was not understood twice, waits for one from now on."""
    found = into_queue(context, "misunderstood" if context.value("intent") == "misunderstood" else "asked")
    world = context.world
    word = world.texts.text(world.voice(context.member), WORD, {}).body
    return Outcome(found.label, {**found.values, "word": Name(word)})


@answers("here", "away", "someday", "nobody", values=("opens",), writes=True)
def complain(context: Context) -> Outcome:
    """Something went wrong: a person looks at it, before others."""
    return into_queue(context, "complaint")


@answers("here", "away", "someday", values=("opens",))
def hours(context: Context) -> Outcome:
    """Is somebody at the desk now, and if not, from when on."""
    return _expectation(context)


@answers("good", "here", "away", "someday", "nobody", values=("opens",), writes=True)
def scored(context: Context) -> Outcome:
    """Keep what the member thought of the help; who was not helped gets a person again."""
    points, case = int(str(context.value("score"))), int(str(context.value("case")))
    takeover.score(context.transaction, case, points, context.now)
    return into_queue(context, "survey") if points <= _LOW else Outcome("good")


_LOW = 2
"""Scores up to this one bring a person back."""


def into_queue(context: Context, reason: Reason) -> Outcome:
    """Into the queue, unless nobody of the staff answers this market: then the flow says where else to turn."""
    member, place = context.member, context.place
    if not cases.is_staffed(context.transaction, member.market):
        return Outcome("nobody")
    takeover.hand_over(
        context.transaction,
        takeover.Lease.of(context.world.programme),
        member.id,
        reason,
        place=(place.channel, place.id, member.market),
        now=context.now,
        control=_changes(context),
    )
    return _expectation(context)


def _expectation(context: Context) -> Outcome:
    opens = context.world.office_opens(context.member, context.now)
    if opens == context.now:
        return Outcome("here")
    if opens is None:
        return Outcome("someday")
    values: Values = {"opens": Moment(opens, context.world.profile(context.member).zone)}
    return Outcome("away", values)


def _changes(context: Context) -> Callable[[Transaction, int, str], None]:
    """Who answers is written with the batch's other changes of the member."""

    def control(_transaction: Transaction, _member_id: int, who: str) -> None:
        context.change(control=who, control_version=context.member.control_version + 1)

    return control

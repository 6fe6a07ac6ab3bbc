"""The bot answers again after a person did: what becomes of the question that was parked, and how the help was."""

from __future__ import annotations

from bot.flows.engine import Begin, Expired, Question, open_question
from bot.limits import BY_CHANNEL
from bot.message import Code, Points, pack
from bot.permission import Occasion, window_open
from bot.pipeline._talk import Talk
from storage import ledger, people

CSAT = "csat"
_ASK_WITHIN = 24 * 3600 * 1_000_000
"""Microseconds after which nobody remembers the help well enough to judge it."""


def take_up(talk: Talk) -> None:
    """Work a `resume`: put the parked question again, or start its flow anew if its facts no longer hold.

    A question's facts are its deadline, its flow's version, and, if points stand in what it was made of, that none
    have moved since. Without a reason the question was only published anew; `beside`: the person had the member at
    another address.
    """
    data = talk.arrival.event.data
    why = data.get("why")
    if why is None:
        talk.repeat()
        return
    question = _still_open(talk)
    if why == "beside":
        return
    if why == "resolved" and _asks(talk):
        _ask_how_it_was(talk, question, str(data["case"]), data["since"])
        return
    talk.notify("unanswered" if why == "unanswered" else "handed_back", {})
    if question is None:
        return
    if _holds(talk, question, data["since"]):
        talk.repeat()
    else:
        _start_anew(talk, question)


def _still_open(talk: Talk) -> Question | None:
    """The parked question, if its time has not run out meanwhile: then its flow takes its own way out, unsaid."""
    session = talk.session()
    question = open_question(talk.unit.world.library, session)
    if question is None or question.flow.name == CSAT:
        talk.unit.save_session(talk.place, None)
        return None
    if question.wait.until is None or question.wait.until > talk.unit.now:
        return question
    said = len(talk.said)
    talk.take(Expired(question.wait.token))
    del talk.said[said:]
    return open_question(talk.unit.world.library, talk.session())


def _holds(talk: Talk, question: Question, since: int) -> bool:
    stands_on_points = any(isinstance(value, Points | tuple) for value in question.frame.values.values())
    if not stands_on_points:
        return True
    newest = ledger.statement(talk.unit.transaction, talk.place.member.id, most=1)
    return not newest or newest[0].effective_at < since


def _start_anew(talk: Talk, question: Question) -> None:
    """From its beginning; a flow that needs to be given something is over."""
    talk.unit.save_session(talk.place, None)
    talk.notify("moved_on", {})
    flow = question.flow
    if not flow.definition.given:
        talk.begin(flow.name)


def _asks(talk: Talk) -> bool:
    """Whether this member may be asked: not somebody who wants no messages."""
    place = talk.place
    if place.opted_out or not place.reachable or talk.unit.world.rules(place.member).hides(CSAT, None):
        return False
    marketing = [row for row in people.consents(talk.unit.transaction, place.member.id) if row[0] == "marketing"]
    return not (marketing and marketing[-1][1] == "withdraw")


def _ask_how_it_was(talk: Talk, question: Question | None, case: str, since: int) -> None:
    """Ask at once where the window is open, the parked question afterwards; else by an occasion, as a template."""
    values = {"case": Code(case)}
    place, unit = talk.place, talk.unit
    if not window_open(BY_CHANNEL[place.channel], place.last_inbound_at, unit.now):
        packed = {name: pack(value) for name, value in values.items()}
        until = unit.now + _ASK_WITHIN
        unit.occasion(Occasion(f"csat:{case}:{since}", "desk", CSAT, place.member.id, packed, until))
        return
    if question is None or _holds(talk, question, since):
        talk.take(Begin(CSAT, values, over=question is not None))
        return
    talk.unit.save_session(place, None)
    talk.notify("moved_on", {})
    flow = question.flow
    talk.take(Begin(CSAT, values) if flow.definition.given else Begin(CSAT, values, after=flow.name))

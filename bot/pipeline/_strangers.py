"""A phone that may have a new owner is asked who is there before anything of the member is said or done."""

from __future__ import annotations

from bot.flows.engine import Reply
from bot.flows.session import load
from bot.limits import BY_CHANNEL
from bot.message import INTERNAL, Kind
from bot.pipeline._talk import Talk
from loyalty.recycled import SILENCE, known_of, may_be_somebody_else

FLOW = "recycled"
_SILENT = INTERNAL | {Kind.STATUS, Kind.IGNORED, Kind.BLOCKED, Kind.UNBLOCKED, Kind.EDITED, Kind.REACTION}
_OF_THE_MEMBER = frozenset({Kind.PURCHASE, Kind.TRIGGER})


def doubted(talk: Talk) -> bool:
    """Whether this may be somebody else: asked already and not answered, or a long silence and another name."""
    event, place = talk.arrival.event, talk.place
    if event.kind in _SILENT or not BY_CHANNEL[place.channel].phone_addresses:
        return False
    if _is_asked(talk):
        return True
    return _may_be_somebody_else(talk)


def _may_be_somebody_else(talk: Talk) -> bool:
    """A phone that was heard of late needs no look at its other channels; of whoever never joined a name is known."""
    place, now = talk.place, talk.unit.now
    if talk.heard_at is not None and now - talk.heard_at <= SILENCE:
        return False
    known = known_of(talk.unit.transaction, place.member.id, place.value)
    if place.member.joined_at is None and not (known.names and talk.arrival.event.profile_name):
        return False
    return may_be_somebody_else(known, talk.arrival.event.profile_name, now)


def ask(talk: Talk) -> None:
    """Ask, or take this for the answer; nothing else is understood until there is one."""
    if not _is_asked(talk):
        talk.unit.save_session(talk.place, None)
        talk.begin(FLOW)
        return
    event = talk.arrival.event
    payload = event.payload if (event.payload or "").startswith("v1:") else None
    if talk.take(Reply(text=event.text, payload=payload)) == "unanswered":
        talk.repeat()


def ask_again(talk: Talk) -> None:
    """After a wish for no more messages was obeyed: the question stands as before."""
    if not _is_asked(talk):
        talk.begin(FLOW)


def hides(talk: Talk) -> bool:
    """While the question is open, what happened to the member is booked but not told here."""
    return talk.arrival.event.kind in _OF_THE_MEMBER and _is_asked(talk)


def _is_asked(talk: Talk) -> bool:
    stored = talk.place.session
    if stored is None or f'"{FLOW}"' not in stored:
        return False
    frames = load(stored).frames
    return bool(frames) and frames[-1].flow == FLOW

"""Card numbers for members: each has one, and nobody else has it."""

import secrets
from collections.abc import Callable

from loyalty.codes import card_number
from loyalty.work import LoyaltyError, Work
from storage import cards, members

_TEN_DIGITS = 10**10
_TRIES = 20


class NoCard(LoyaltyError):
    """There is no such member, or every number drawn was taken."""


def _draw() -> int:
    return secrets.randbelow(_TEN_DIGITS)


def give_card(work: Work, member_id: int, draw: Callable[[], int] = _draw) -> str:
    """The member's card number, made now if they have none. `draw` gives numbers of at most ten digits."""
    (member,) = members.lock(work.transaction, member_id) or (None,)
    if member is None:
        raise NoCard(f"there is no member {member_id}")
    if member.card_number is not None:
        return member.card_number
    for _ in range(_TRIES):
        card = card_number(draw())
        if cards.set_card(work.transaction, member_id, card):
            return card
    raise NoCard("every card number drawn was taken")

"""The till's place inside a transaction: whom it speaks of, what it may see, and what it may take."""

from __future__ import annotations

from dataclasses import dataclass

from bot.api._keys import Caller
from bot.api._paging import LARGEST
from bot.api._problems import Problem, Wrong
from loyalty import identifying
from loyalty.programme import MarketRules
from loyalty.work import Work
from storage import members
from storage.database import Transaction
from storage.members import MemberRow


@dataclass(frozen=True, slots=True)
class Desk:
    """A use case's work, and who asks for it."""

    work: Work
    caller: Caller
    wait: int = 0
    """Seconds for which this key may tell no printed card's number: it was wrong too often."""

    @property
    def transaction(self) -> Transaction:
        return self.work.transaction

    def sees(self, market: str) -> bool:
        """The key may act in this market."""
        return self.caller.market in (None, market)

    def market(self, wanted: str) -> MarketRules:
        """The rules of a market that was asked for: one we have, and the key's own if it is bound to one."""
        if not self.sees(wanted):
            raise Problem("other-market")
        if wanted not in self.work.programme.markets:
            raise Problem("invalid", errors=[Wrong(where="market", why="the programme has no such market")])
        return self.work.rules(wanted)

    def member(self, member_id: str) -> MemberRow:
        """The member of this id, or who took them over; whom the key may not see is not there."""
        return self.visible(members.current(self.transaction, row_id(member_id)))

    def visible(self, found: MemberRow | None) -> MemberRow:
        """The member if there is one that the key may see."""
        if found is None or not found.is_active or not self.sees(found.market):
            raise Problem("not-found")
        return found

    def market_of_order(self, market: str | None, member: MemberRow | None = None) -> str:
        """The market that an order is made in: the one named, else the key's, else the member's."""
        named = market or self.caller.market or (member.market if member is not None else None)
        if named is None:
            raise Problem("invalid", errors=[Wrong(where="body.market", why="say the market of a guest's order")])
        self.market(named)
        return named

    def require_proof(self, proof: str | None, member: MemberRow) -> None:
        """A phone or a printed card may earn, never redeem (loyalty reference 1.8)."""
        if proof is None:
            raise Problem("proof-required")
        proven = identifying.proven(self.work, proof, self.caller.audience)
        if proven is None or proven.id != member.id:
            raise Problem("proof-invalid", guessed=True)


def row_id(text: str) -> int:
    """The number of an id; one that cannot be is not found."""
    number = int(text)
    if number > LARGEST:
        raise Problem("not-found")
    return number

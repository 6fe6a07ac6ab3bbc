"""The ledger: double entry, append-only, and the only writer of its tables.

Rules: reference §1.1-1.2 and 1.4 as kept in docs/ledger.md. Every transaction's postings sum to zero per unit. A
member's side of a posting names the lot it changes, so that a lot's remaining points are the sum of its postings and
an account's balance the sum of its lots, less what is owed. An idempotency key makes a retry return the first result.
The account row is a snapshot: exact until its next lot matures or lapses, and then computed from the lots.

Units are `points`, `stamps:<card>` and `cash:<currency>`, in whole points, stamps and minor units.
"""

from storage.ledger._audit import audit
from storage.ledger._book import BREAKAGE, ISSUED, PROGRAMME, SPENT, Entry
from storage.ledger._moves import Earned, Earning, Short, Spending, Spent, earn, expire, forfeit, spend
from storage.ledger._position import Position, position
from storage.ledger._reads import Liability, Line, LotRow, Wallet, liability, lots_of, position_of, statement, wallets
from storage.ledger._reversals import ClawBack, Moved, Return, claw_back, give_back
from storage.ledger._transfer import Moving, transfer, transfer_back

__all__ = [
    "BREAKAGE",
    "ISSUED",
    "PROGRAMME",
    "SPENT",
    "ClawBack",
    "Earned",
    "Earning",
    "Entry",
    "Liability",
    "Line",
    "LotRow",
    "Moved",
    "Moving",
    "Position",
    "Return",
    "Short",
    "Spending",
    "Spent",
    "Wallet",
    "audit",
    "cash_unit",
    "claw_back",
    "earn",
    "expire",
    "forfeit",
    "give_back",
    "liability",
    "lots_of",
    "position",
    "position_of",
    "spend",
    "stamps_unit",
    "statement",
    "transfer",
    "transfer_back",
    "wallets",
]


def stamps_unit(card: str) -> str:
    """The unit of a stamp card."""
    return f"stamps:{card}"


def cash_unit(currency: str) -> str:
    """The unit of credit in a currency, in its minor units."""
    return f"cash:{currency}"

"""One account while it is being changed: locked, lots read at need, postings collected, the snapshot written last."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import bindparam, literal_column, select, update

from storage.database import Conflict, Transaction
from storage.ledger._position import OpenLot, Position, first_to_lapse, position
from storage.statement import Statement, insert_all
from storage.tables import Account, LedgerTransaction, Lot, Posting

ISSUED = 1
"""The programme's liability: what was given out and not taken back."""
BREAKAGE = 2
"""What lapsed or was forfeited."""
SPENT = 3
"""What was redeemed."""
PROGRAMME = 15
"""The last owner id that is the programme's own."""

_account: Any = Account.__table__  # type: ignore[attr-defined]
_transaction: Any = LedgerTransaction.__table__  # type: ignore[attr-defined]
_lot: Any = Lot.__table__  # type: ignore[attr-defined]


class AccountRow(NamedTuple):
    """An account with its snapshot."""

    id: int
    owner_id: int
    unit: str
    active: int
    pending: int
    matures_at: int | None
    expiring: int
    expires_at: int | None
    debt: int
    lifetime: int
    other_id: int | None = None
    """The programme's account that it was asked for with, if that is open."""

    @property
    def position(self) -> Position:
        """The snapshot, exact while it holds."""
        return Position(self.active, self.pending, self.matures_at, self.expiring, self.expires_at)


_COLUMNS = [_account.c[name] for name in AccountRow._fields[:-1]]
_programme: Any = _account.alias("programme")
_OWN = (_account.c.owner_id == bindparam("owner_id"), _account.c.unit == bindparam("unit"))
FIND_ACCOUNT = Statement(select(_account.c.id).where(*_OWN), lambda row: int(row[0]))
_LOCK = Statement(
    select(
        *_COLUMNS,
        select(_programme.c.id)
        .where(_programme.c.owner_id == bindparam("other"), _programme.c.unit == bindparam("unit"))
        .scalar_subquery(),
    )
    .where(*_OWN)
    .with_for_update(of=_account),
    AccountRow._make,
)
"""Two writers (a server and a command) must not each compute the snapshot without the other's lot."""
_ADD_ACCOUNT = Statement(insert_all(Account).on_conflict_do_nothing())
_ADD_TRANSACTION = Statement(insert_all(LedgerTransaction).on_conflict_do_nothing())
_FIND_TRANSACTION = Statement(
    select(_transaction.c.id).where(_transaction.c.idempotency_key == bindparam("key")), lambda row: int(row[0])
)
_ADD_POSTING = Statement(insert_all(Posting))
_ADD_LOT = Statement(insert_all(Lot))
IS_OPEN = _lot.c.remaining > literal_column("0")
"""As a literal: SQLite would compile the statement anew at each run to see that the index of open lots may be used."""
_OPEN_LOTS = Statement(
    select(*(_lot.c[name] for name in OpenLot._fields)).where(_lot.c.account_id == bindparam("account_id"), IS_OPEN),
    OpenLot._make,
)
_TAKE = Statement(
    update(_lot)
    .where(_lot.c.id == bindparam("key"), _lot.c.remaining >= bindparam("least"))
    .values(remaining=_lot.c.remaining - bindparam("amount"))
)
_PUT_BACK = Statement(
    update(_lot)
    .where(_lot.c.id == bindparam("key"), _lot.c.remaining + bindparam("most") <= _lot.c.original)
    .values(remaining=_lot.c.remaining + bindparam("amount"))
)
_SNAPSHOT = Statement(
    update(_account)
    .where(_account.c.id == bindparam("key"))
    .values(
        {name: bindparam(name) for name in ("active", "pending", "matures_at", "expiring", "expires_at", "debt")}
        | {"lifetime": _account.c.lifetime + bindparam("earned"), "version": _account.c.version + literal_column("1")}
    )
)


@dataclass(frozen=True, slots=True)
class Entry:
    """Why a transaction is made. `key` makes it happen once; `effective_at` if it is not now."""

    key: str
    kind: str
    reference: str
    actor: str = "system"
    reverses_id: int | None = None
    effective_at: int | None = None


def begin(transaction: Transaction, entry: Entry, now: int) -> int | None:
    """A new transaction's id, or None if its key was used before."""
    fresh = transaction.ids.new()
    added = transaction.run(
        _ADD_TRANSACTION,
        id=fresh,
        idempotency_key=entry.key,
        kind=entry.kind,
        reference=entry.reference,
        actor=entry.actor,
        reverses_id=entry.reverses_id,
        effective_at=now if entry.effective_at is None else entry.effective_at,
        created_at=now,
    )
    return fresh if added else None


def begin_new(transaction: Transaction, entry: Entry, now: int) -> int:
    """A new transaction's id, where the account is locked and its key was looked for."""
    made = begin(transaction, entry, now)
    if made is None:
        raise Conflict("another writer used the key meanwhile")
    return made


def found(transaction: Transaction, key: str) -> int | None:
    """The id of the transaction with this key."""
    return transaction.one(_FIND_TRANSACTION, key=key)


def locked(transaction: Transaction, owner_id: int, unit: str, other: int) -> AccountRow:
    """The owner's account, opened at need and locked where rows can be; with the id of the programme's `other`."""
    row = transaction.one(_LOCK, owner_id=owner_id, unit=unit, other=other)
    if row is None:
        _open(transaction, owner_id, unit)
        row = transaction.one(_LOCK, owner_id=owner_id, unit=unit, other=other)
    assert row is not None  # opened above, by us or by a racing writer
    return row


def account_id(transaction: Transaction, owner_id: int, unit: str) -> int:
    """The id of the owner's account, opened at need; nothing is locked."""
    row = transaction.one(FIND_ACCOUNT, owner_id=owner_id, unit=unit)
    if row is None:
        _open(transaction, owner_id, unit)
        row = transaction.one(FIND_ACCOUNT, owner_id=owner_id, unit=unit)
    assert row is not None  # as above
    return row


def _open(transaction: Transaction, owner_id: int, unit: str) -> None:
    fresh = {"id": transaction.ids.new(), "owner_id": owner_id, "unit": unit, "version": 0}
    empty = {"active": 0, "pending": 0, "matures_at": None, "expiring": 0, "expires_at": None, "debt": 0}
    transaction.run(_ADD_ACCOUNT, **fresh, **empty, lifetime=0)


@dataclass(slots=True)
class Book:
    """An account being changed within one ledger operation. `close` writes its snapshot."""

    transaction: Transaction
    account: AccountRow
    now: int
    other: int
    debt: int
    earned: int = 0
    _lots: dict[int, OpenLot] | None = None
    _postings: list[dict[str, Any]] = field(default_factory=list)
    _snapshot: Position | None = None

    @classmethod
    def open(cls, transaction: Transaction, owner_id: int, unit: str, now: int, *, other: int = ISSUED) -> Book:
        """Lock the account; what has lapsed by now is booked as such first.

        `other` is the programme's account that the postings will mostly stand against: its id is read along.
        """
        row = locked(transaction, owner_id, unit, other)
        book = cls(transaction, row, now, other, row.debt)
        kept = row.position
        if kept.holds_at(now):
            book._snapshot = kept
        else:
            book.lapse()
        return book

    @property
    def lots(self) -> dict[int, OpenLot]:
        """The open lots by id."""
        if self._lots is None:
            rows = self.transaction.all(_OPEN_LOTS, account_id=self.account.id)
            self._lots = {row.id: row for row in rows}
        return self._lots

    @property
    def position(self) -> Position:
        """What the account comes to now."""
        if self._snapshot is not None:
            return self._snapshot
        return position([lot[4:] for lot in self.lots.values()], self.now, debt=self.debt)

    def post(self, transaction_id: int, amount: int, lot_id: int | None = None) -> None:
        """One side on this account; without a lot it is what is owed."""
        self._postings.append(_posting(self.transaction, transaction_id, self.account.id, lot_id, amount))

    def against(self, transaction_id: int, owner_id: int, amount: int) -> None:
        """The other side, on one of the programme's accounts."""
        known = self.account.other_id if owner_id == self.other else None
        other_id = known or account_id(self.transaction, owner_id, self.account.unit)
        self._postings.append(_posting(self.transaction, transaction_id, other_id, None, amount))

    def take(self, transaction_id: int, lot: OpenLot, amount: int) -> None:
        """Take from a lot."""
        if not self.transaction.run(_TAKE, key=lot.id, least=amount, amount=amount):
            raise Conflict("a lot changed under its lock")
        self._keep(lot, lot.remaining - amount)
        self.post(transaction_id, -amount, lot.id)

    def put_back(self, transaction_id: int, lot: OpenLot, amount: int) -> None:
        """Give back to a lot that has not lapsed."""
        if not self.transaction.run(_PUT_BACK, key=lot.id, most=amount, amount=amount):
            raise ValueError("a lot would hold more than it ever did")
        self._keep(lot, lot.remaining + amount)
        self.post(transaction_id, amount, lot.id)
        self._settle(transaction_id, self.lots[lot.id])

    def add(
        self, transaction_id: int, amount: int, *, times: tuple[int, int | None], source_id: int | None = None
    ) -> None:
        """A new lot of this much with its (activates_at, expires_at); what is owed is paid from it first."""
        activates_at, expires_at = times
        lot = OpenLot(self.transaction.ids.new(), transaction_id, source_id, amount, amount, activates_at, expires_at)
        self.transaction.run(
            _ADD_LOT,
            id=lot.id,
            account_id=self.account.id,
            transaction_id=transaction_id,
            source_id=source_id,
            original=amount,
            remaining=amount,
            activates_at=activates_at,
            expires_at=expires_at,
        )
        self.post(transaction_id, amount, lot.id)
        if self._snapshot is not None and not self.debt and not lot.is_lapsed(self.now):
            self._snapshot = self._snapshot.with_lot(amount, activates_at, expires_at, self.now)
            if self._lots is not None:
                self._lots[lot.id] = lot
            return
        self._keep(lot, amount)
        if lot.is_lapsed(self.now):
            self.lapse()
        else:
            self._settle(transaction_id, lot)

    def owe(self, transaction_id: int, amount: int) -> None:
        """What cannot be taken from lots is owed (negative: paid or passed on)."""
        self.debt += amount
        self._snapshot = None
        self.post(transaction_id, -amount)

    def hand_over(self, transaction_id: int, lot_ids: list[int], taker: Book, *, debt: bool) -> None:
        """Lots go to another account as they are, and with `debt` what is owed.

        Empty ones too, each with a posting of nothing: every lot of an account is named by its postings.
        """
        for lot_id in lot_ids:
            lot = self.lots.pop(lot_id, None)
            taker.post(transaction_id, lot.remaining if lot is not None else 0, lot_id)
            if lot is not None:
                self.post(transaction_id, -lot.remaining, lot.id)
                taker.lots[lot.id] = lot
        self._snapshot = taker._snapshot = None
        if debt and self.debt:
            taker.owe(transaction_id, self.debt)
            self.owe(transaction_id, -self.debt)
        for lot in first_to_lapse(taker.lots.values()):
            taker._settle(transaction_id, lot)

    def lapse(self) -> None:
        """Book every lapsed lot as breakage, dated when it lapsed.

        The lock makes it happen once, not the key: a writer whose clock is behind may give back to a lot that has
        lapsed, and it lapses again.
        """
        for lot in [one for one in self.lots.values() if one.is_lapsed(self.now)]:
            key = f"expire:{lot.id}:{self.transaction.ids.new()}"
            made = begin(self.transaction, Entry(key, "expire", str(lot.id), effective_at=lot.expires_at), self.now)
            assert made is not None  # its key is new
            self.take(made, lot, lot.remaining)
            self.against(made, BREAKAGE, lot.remaining)

    def write(self) -> None:
        """Write the postings so far, for a query that counts them; `close` must follow."""
        self.transaction.run_many(_ADD_POSTING, self._postings)
        self._postings = []

    def close(self) -> None:
        """Write the postings and the snapshot, if anything changed."""
        held = self.position
        if not self._postings and not self.earned and held == self.account.position:
            return
        self.write()
        self.transaction.run(
            _SNAPSHOT,
            key=self.account.id,
            active=held.active,
            pending=held.pending,
            matures_at=held.matures_at,
            expiring=held.expiring,
            expires_at=held.expires_at,
            debt=self.debt,
            earned=self.earned,
        )

    def _settle(self, transaction_id: int, lot: OpenLot) -> None:
        paid = min(self.debt, lot.remaining)
        if paid:
            self.take(transaction_id, lot, paid)
            self.owe(transaction_id, -paid)

    def _keep(self, lot: OpenLot, left: int) -> None:
        lots = self.lots
        self._snapshot = None
        if left:
            lots[lot.id] = lot._replace(remaining=left)
        else:
            lots.pop(lot.id, None)


def take_from(book: Book, made: int, lots: Iterable[OpenLot], amount: int) -> int:
    """Take this much from the lots in their order; what is missing."""
    for lot in list(lots):
        if not amount:
            break
        part = min(amount, lot.remaining)
        book.take(made, lot, part)
        amount -= part
    return amount


def _posting(
    transaction: Transaction, transaction_id: int, account_id: int, lot_id: int | None, amount: int
) -> dict[str, Any]:
    return {
        "id": transaction.ids.new(),
        "transaction_id": transaction_id,
        "account_id": account_id,
        "lot_id": lot_id,
        "amount": amount,
    }

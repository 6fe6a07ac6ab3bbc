"""Orders and refunds as they were reported, and what is counted over them. Amounts are minor units."""

from typing import Any, NamedTuple

from sqlalchemy import Integer, bindparam, case, func, or_, select, update

from storage.database import Transaction
from storage.statement import Statement, insert_all, many
from storage.tables import LedgerTransaction, Member, Purchase, Refund

_purchase: Any = Purchase.__table__  # type: ignore[attr-defined]
_member: Any = Member.__table__  # type: ignore[attr-defined]
_refund: Any = Refund.__table__  # type: ignore[attr-defined]
_transaction: Any = LedgerTransaction.__table__  # type: ignore[attr-defined]


class PurchaseRow(NamedTuple):
    """An order. `lines` is JSON; `test` is 0 or 1; `at` and `created_at` are microseconds UTC."""

    id: int
    order_id: str
    member_id: int | None
    phone: str | None
    market: str
    state: str
    currency: str
    total: int
    shipping: int
    tax: int
    redeemed: int
    lines: str
    test: int
    payment: str | None
    round: int
    earned: int
    credited: int
    refunded: int
    reversed: int
    uncredited: int
    at: int
    created_at: int


class RefundRow(NamedTuple):
    """A refund: `state` is waiting (for its order), applied, or refused (more than was left when its order came)."""

    id: int
    refund_id: str
    order_id: str
    amount: int
    currency: str
    state: str
    reversed: int
    returned: int
    at: int
    created_at: int


class Counted(NamedTuple):
    """What orders come to, less what was refunded: points, minor units of one currency, those not refunded in full."""

    points: int
    spend: int
    purchases: int


_COLUMNS = [_purchase.c[name] for name in PurchaseRow._fields]
_REFUND_COLUMNS = [_refund.c[name] for name in RefundRow._fields]
_ADD = Statement(insert_all(Purchase).on_conflict_do_nothing())
_GET = Statement(select(*_COLUMNS).where(_purchase.c.order_id == bindparam("order")), PurchaseRow._make)
_LOCK = Statement(
    select(*_COLUMNS).where(_purchase.c.order_id == bindparam("order")).with_for_update(), PurchaseRow._make
)
_GUESTS = Statement(
    select(*_COLUMNS)
    .where(
        _purchase.c.phone == bindparam("owner_phone"),
        _purchase.c.member_id.is_(None),
        _purchase.c.at >= bindparam("since"),
    )
    .order_by(_purchase.c.at, _purchase.c.id)
    .with_for_update(),
    PurchaseRow._make,
)
_ADOPTABLE = Statement(
    select(_member.c.id)
    .select_from(_purchase.join(_member, _member.c.phone == _purchase.c.phone))
    .where(
        _purchase.c.member_id.is_(None),
        _purchase.c.at >= _member.c.joined_at - bindparam("span"),
        _member.c.erased_at.is_(None),
        _member.c.merged_into.is_(None),
        or_(
            _member.c.market.in_(many("markets")),
            (bindparam("others", type_=Integer) == 1) & _member.c.market.not_in(many("known")),
        ),
    )
    .distinct()
    .order_by(_member.c.id)
    .limit(bindparam("most")),
    lambda row: int(row[0]),
)
_OF_MEMBER = Statement(
    select(*_COLUMNS)
    .where(_purchase.c.member_id == bindparam("owner"))
    .order_by(_purchase.c.at.desc(), _purchase.c.id.desc())
    .limit(bindparam("most")),
    PurchaseRow._make,
)
_OWN = Statement(
    update(_purchase)
    .where(_purchase.c.id == bindparam("key"), _purchase.c.member_id.is_(None))
    .values(member_id=bindparam("owner"), phone=None)
)
_PAY = Statement(
    update(_purchase).where(_purchase.c.id == bindparam("key"), _purchase.c.state == "open").values(state="paid")
)
_PAY_AGAIN = Statement(
    update(_purchase)
    .where(_purchase.c.id == bindparam("key"), _purchase.c.state == "cancelled")
    .values(
        dict.fromkeys(("earned", "credited", "refunded", "reversed", "uncredited"), 0)
        | {"state": "paid", "round": _purchase.c.round + 1}
    )
)
_CANCEL = Statement(
    update(_purchase)
    .where(_purchase.c.id == bindparam("key"), _purchase.c.state != "cancelled")
    .values(state="cancelled")
)
_BOOK = Statement(
    update(_purchase)
    .where(_purchase.c.id == bindparam("key"))
    .values({name: bindparam(f"new_{name}") for name in ("earned", "credited", "reversed", "uncredited")})
)
_TAKE_OFF = Statement(
    update(_purchase)
    .where(
        _purchase.c.id == bindparam("key"),
        _purchase.c.state == "paid",
        _purchase.c.refunded + bindparam("wanted") <= _purchase.c.total,
    )
    .values(
        refunded=_purchase.c.refunded + bindparam("amount"),
        reversed=_purchase.c.reversed + bindparam("points"),
        uncredited=_purchase.c.uncredited + bindparam("credit"),
    )
)
_REAL = (_purchase.c.member_id == bindparam("owner"), _purchase.c.state == "paid", _purchase.c.test == 0)
_USED = Statement(
    select(func.coalesce(func.sum(_purchase.c.earned - _purchase.c.reversed), 0)).where(
        *_REAL, _purchase.c.at >= bindparam("since"), _purchase.c.at < bindparam("before")
    ),
    lambda row: int(row[0]),
)
_COUNTED = Statement(
    select(
        func.coalesce(func.sum(_purchase.c.earned - _purchase.c.reversed), 0),
        func.coalesce(
            func.sum(
                case((_purchase.c.currency == bindparam("money"), _purchase.c.total - _purchase.c.refunded), else_=0)
            ),
            0,
        ),
        func.coalesce(func.sum(case((_purchase.c.refunded < _purchase.c.total, 1), else_=0)), 0),
    ).where(*_REAL, _purchase.c.at >= bindparam("since")),
    lambda row: Counted._make(map(int, row)),
)
_ADD_REFUND = Statement(insert_all(Refund).on_conflict_do_nothing())
_GET_REFUND = Statement(select(*_REFUND_COLUMNS).where(_refund.c.refund_id == bindparam("refund")), RefundRow._make)
_WAITING = Statement(
    select(*_REFUND_COLUMNS)
    .where(_refund.c.order_id == bindparam("order"), _refund.c.state == "waiting")
    .order_by(_refund.c.id),
    RefundRow._make,
)
_OVERTAKEN = Statement(
    select(_refund.c.order_id)
    .join(_purchase, _purchase.c.order_id == _refund.c.order_id)
    .where(_refund.c.state == "waiting", _purchase.c.state == "paid")
    .distinct()
    .limit(bindparam("most")),
    lambda row: str(row[0]),
)
_SETTLE_REFUND = Statement(
    update(_refund)
    .where(_refund.c.id == bindparam("key"), _refund.c.state == "waiting")
    .values(state=bindparam("new_state"), reversed=bindparam("points"), returned=bindparam("back"))
)
_TRANSACTION = Statement(
    select(_transaction.c.id).where(_transaction.c.idempotency_key == bindparam("key")), lambda row: int(row[0])
)


def add(transaction: Transaction, row: PurchaseRow) -> bool:
    """Record an order; False (and nothing written) if its id is known."""
    return bool(transaction.run(_ADD, **row._asdict()))


def get(transaction: Transaction, order_id: str) -> PurchaseRow | None:
    """The order with this id; nothing is locked."""
    return transaction.one(_GET, order=order_id)


def lock(transaction: Transaction, order_id: str) -> PurchaseRow | None:
    """The order with this id, locked until the transaction ends."""
    return transaction.one(_LOCK, order=order_id)


def guests(transaction: Transaction, phone: str, since: int) -> list[PurchaseRow]:
    """Orders of this phone that are nobody's yet, bought from `since` on, oldest first; locked."""
    return transaction.all(_GUESTS, owner_phone=phone, since=since)


def adoptable(
    transaction: Transaction, markets: tuple[str, ...], span: int, most: int, *, known: tuple[str, ...] = ()
) -> list[int]:
    """Members of these markets whose phone has orders that are nobody's, from `span` before they joined on; their ids.

    With `known` also members of every market that is not among those.
    """
    named = {"markets": markets, "known": known or markets, "others": int(bool(known))}
    return transaction.all(_ADOPTABLE, span=span, most=most, **named)


def of_member(transaction: Transaction, member_id: int, most: int = 20) -> list[PurchaseRow]:
    """A member's orders, newest first."""
    return transaction.all(_OF_MEMBER, owner=member_id, most=most)


def give_to(transaction: Transaction, purchase_id: int, member_id: int) -> bool:
    """A guest's order becomes a member's and its phone is forgotten; False if it is somebody's already."""
    return bool(transaction.run(_OWN, key=purchase_id, owner=member_id))


def pay(transaction: Transaction, purchase_id: int) -> bool:
    """An open order is paid; False if it is not open."""
    return bool(transaction.run(_PAY, key=purchase_id))


def pay_again(transaction: Transaction, purchase_id: int) -> bool:
    """A cancelled order is paid after all: its next round begins with nothing earned; False if it is not cancelled."""
    return bool(transaction.run(_PAY_AGAIN, key=purchase_id))


def cancel(transaction: Transaction, purchase_id: int) -> bool:
    """The order is cancelled; False if it is already."""
    return bool(transaction.run(_CANCEL, key=purchase_id))


def book(transaction: Transaction, purchase: PurchaseRow) -> None:
    """Keep what the order brought and what of that was taken back: the row's four figures."""
    figures = {f"new_{name}": getattr(purchase, name) for name in ("earned", "credited", "reversed", "uncredited")}
    transaction.run(_BOOK, key=purchase.id, **figures)


def take_off(transaction: Transaction, purchase_id: int, amount: int, *, points: int, credit: int) -> bool:
    """Refund so much of a paid order, with the points and credit that go; False if not so much is left of it."""
    wanted = {"wanted": amount, "amount": amount}
    return bool(transaction.run(_TAKE_OFF, key=purchase_id, points=points, credit=credit, **wanted))


def used(transaction: Transaction, member_id: int, since: int, before: int) -> int:
    """The points of a member's orders bought in this span, less what refunds took back."""
    return transaction.one(_USED, owner=member_id, since=since, before=before) or 0


def counted(transaction: Transaction, member_id: int, since: int, currency: str) -> Counted:
    """What a member's orders come to since then; `spend` counts only those in this currency."""
    found = transaction.one(_COUNTED, owner=member_id, since=since, money=currency)
    assert found is not None  # a sum always has a row
    return found


def add_refund(transaction: Transaction, row: RefundRow) -> bool:
    """Record a refund; False (and nothing written) if its id is known."""
    return bool(transaction.run(_ADD_REFUND, **row._asdict()))


def get_refund(transaction: Transaction, refund_id: str) -> RefundRow | None:
    """The refund with this id."""
    return transaction.one(_GET_REFUND, refund=refund_id)


def waiting_refunds(transaction: Transaction, order_id: str) -> list[RefundRow]:
    """The refunds that wait for this order, in the order in which they came."""
    return transaction.all(_WAITING, order=order_id)


def overtaken(transaction: Transaction, most: int) -> list[str]:
    """Ids of orders that are there and paid while a refund still waits for them."""
    return transaction.all(_OVERTAKEN, most=most)


def settle_refund(transaction: Transaction, refund: RefundRow) -> bool:
    """A waiting refund gets the row's state and figures; False if it waits no more."""
    figures = {"new_state": refund.state, "points": refund.reversed, "back": refund.returned}
    return bool(transaction.run(_SETTLE_REFUND, key=refund.id, **figures))


def transaction_of(transaction: Transaction, key: str) -> int | None:
    """The id of the ledger's transaction with this idempotency key."""
    return transaction.one(_TRANSACTION, key=key)

"""Inbox and outbox rows, and the receipts that move them. Only forward, never back."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, or_, select, update
from sqlalchemy import text as sql

from storage.database import Transaction
from storage.statement import Statement, insert_all, many
from storage.tables import Address, Conversation, Inbox, Member, Outbox, Receipt

RANK: Mapping[str, int] = {
    "pending": 0,
    "sending": 1,
    "accepted": 2,
    "scheduled": 3,
    "queued": 4,
    "sent": 6,
    "delivered": 7,
    "read": 8,
    "failed": 9,
    "undelivered": 9,
    "canceled": 9,
    "dead": 9,
    "dropped": 9,
}
"""Twilio's order of states (reference 2.5) with our own around it; the last rank is terminal."""

_inbox: Any = Inbox.__table__  # type: ignore[attr-defined]
_outbox: Any = Outbox.__table__  # type: ignore[attr-defined]
_receipt: Any = Receipt.__table__  # type: ignore[attr-defined]
_address: Any = Address.__table__  # type: ignore[attr-defined]
_member: Any = Member.__table__  # type: ignore[attr-defined]
_conversation: Any = Conversation.__table__  # type: ignore[attr-defined]

_KNOWN = Statement(
    select(_inbox.c.channel, _inbox.c.provider_id).where(_inbox.c.provider_id.in_(many("provider_ids"))), tuple
)
_ADD_INBOX = Statement(insert_all(Inbox))
_ADD_OUTBOX = Statement(insert_all(Outbox))


class FailedRow(NamedTuple):
    """An inbound body that could not be worked."""

    id: int
    channel: str
    provider_id: str
    kind: str
    error: str | None
    received_at: int
    raw: bytes


_FAILED = Statement(
    select(
        _inbox.c.id,
        _inbox.c.channel,
        _inbox.c.provider_id,
        _inbox.c.kind,
        _inbox.c.error,
        _inbox.c.received_at,
        _inbox.c.raw,
    )
    .where(_inbox.c.status == "failed")
    .order_by(_inbox.c.id),
    FailedRow._make,
)
_FORGET_INBOX = Statement(delete(_inbox).where(_inbox.c.id == bindparam("key"), _inbox.c.status == "failed"))


class OutboxRow(NamedTuple):
    """What the sender needs to know about a row: the row, its address, the member's and the conversation's state."""

    id: int
    address_id: int
    member_id: int
    kind: str
    body: str
    locale: str
    control_version: int
    token: str | None
    status: str
    due_at: int
    expires_at: int | None
    attempts: int
    parts_sent: int
    created_at: int
    reason: str | None
    author_id: int | None
    channel: str
    address: str
    reachable: int
    opted_out: int
    marketing: int
    member_control_version: int
    market: str
    zone: str
    phone: str | None
    last_inbound_at: int | None


_ROW = (
    select(
        *(_outbox.c[name] for name in OutboxRow._fields[:16]),
        _address.c.channel,
        _address.c.value,
        _address.c.reachable,
        _address.c.opted_out,
        _member.c.marketing,
        _member.c.control_version,
        _member.c.market,
        _member.c.zone,
        _member.c.phone,
        _conversation.c.last_inbound_at,
    )
    .join(_address, _address.c.id == _outbox.c.address_id)
    .join(_member, _member.c.id == _outbox.c.member_id)
    .outerjoin(_conversation, _conversation.c.address_id == _outbox.c.address_id)
)
# Written out, not bound: a partial index serves only a predicate the database can see.
_OPEN = sql("outbox.status in ('pending', 'sending')")
_PENDING = sql("outbox.status = 'pending'")
_REPLY = sql("outbox.kind = 'reply'")
_BY_AGE = sql("outbox.id + 0")
"""By id, but not by walking the whole table in its order."""
_EARLIER = sql(
    "not exists (select 1 from outbox as earlier where earlier.address_id = outbox.address_id "
    "and earlier.kind = 'reply' and earlier.status in ('pending', 'sending') and earlier.id < outbox.id)"
)
_DUE = Statement(
    _ROW.where(
        _OPEN,
        _PENDING,
        _outbox.c.due_at <= bindparam("now"),
        _address.c.channel.in_(many("channels")),
        or_(_outbox.c.kind != "reply", _EARLIER),
    )
    .order_by(_BY_AGE)
    .limit(bindparam("most")),
    OutboxRow._make,
)
_OPEN_REPLIES = Statement(
    select(_outbox.c.address_id, func.min(_outbox.c.id))
    .where(_OPEN, _REPLY, _outbox.c.address_id.in_(many("address_ids")))
    .group_by(_outbox.c.address_id),
    tuple,
)
_NEXT_DUE = Statement(
    select(func.min(_outbox.c.due_at)).where(_OPEN, _PENDING, _outbox.c.due_at > bindparam("now")),
    lambda row: row[0],
)
_RELEASE = Statement(
    update(_outbox).where(_OPEN, sql("outbox.status = 'sending'")).values(status="pending", due_at=bindparam("now"))
)
_FINISH = Statement(
    update(_outbox)
    .where(_outbox.c.id == bindparam("key"))
    .values(
        {
            name: bindparam(name)
            for name in ("status", "provider_id", "error", "due_at", "attempts", "parts_sent", "updated_at")
        }
    )
)
_BY_PROVIDER = Statement(
    select(
        _outbox.c.id, _outbox.c.status, _outbox.c.address_id, _outbox.c.member_id, _outbox.c.token, _address.c.channel
    )
    .join(_address, _address.c.id == _outbox.c.address_id)
    .where(_outbox.c.provider_id == bindparam("provider_id")),
    tuple,
)
_ADVANCE = Statement(
    update(_outbox)
    .where(_outbox.c.id == bindparam("key"))
    .values(status=bindparam("new_status"), error=bindparam("error"), updated_at=bindparam("now"))
)
_AS_TEMPLATE = Statement(
    update(_outbox)
    .where(_outbox.c.id == bindparam("key"), func.coalesce(_outbox.c.reason, "") != "window_closed")
    .values(status="pending", reason="window_closed", provider_id=None, parts_sent=0, updated_at=bindparam("now"))
)
_adding_receipt = insert_all(Receipt)
_KEEP_RECEIPT = Statement(
    _adding_receipt.on_conflict_do_update(
        index_elements=["channel", "provider_id"],
        set_={name: _adding_receipt.excluded[name] for name in ("status", "error", "at")},
    )
)
_RECEIPT = Statement(
    select(_receipt.c.status, _receipt.c.error).where(
        _receipt.c.channel == bindparam("channel"), _receipt.c.provider_id == bindparam("provider_id")
    ),
    tuple,
)
_DROP_RECEIPT = Statement(
    delete(_receipt).where(
        _receipt.c.channel == bindparam("channel"), _receipt.c.provider_id == bindparam("provider_id")
    )
)
_GIVEN_UP = sql("outbox.status in ('dead', 'failed')")
_OLD_RECEIPTS = Statement(delete(_receipt).where(_receipt.c.at < bindparam("before")))
_COUNTS = tuple(
    Statement(select(_outbox.c.status, func.count()).where(which).group_by(_outbox.c.status), tuple)
    for which in (_OPEN, _GIVEN_UP)
)
_DEAD = Statement(
    select(_outbox.c.id, _address.c.channel, _outbox.c.error, _outbox.c.attempts)
    .join(_address, _address.c.id == _outbox.c.address_id)
    .where(_GIVEN_UP)
    .order_by(_outbox.c.id),
    tuple,
)
_REVIVE = Statement(
    update(_outbox)
    .where(_outbox.c.id == bindparam("key"), or_(_outbox.c.status == "dead", _outbox.c.status == "failed"))
    .values(
        status="pending",
        attempts=0,
        parts_sent=0,
        provider_id=None,
        due_at=bindparam("now"),
        expires_at=None,
        error=None,
    )
)
_RECENT_MARKETING = Statement(
    select(func.count())
    .select_from(_outbox)
    .where(
        _outbox.c.member_id == bindparam("member_id"),
        sql("outbox.kind = 'marketing'"),
        _outbox.c.created_at > bindparam("since"),
        _outbox.c.status != "dropped",
    ),
    lambda row: int(row[0]),
)


def known(transaction: Transaction, provider_ids: list[str]) -> set[tuple[str, str]]:
    """Which of these (channel, provider id) are in the inbox already."""
    return {(row[0], row[1]) for row in transaction.all(_KNOWN, provider_ids=provider_ids)}


def add_inbox(transaction: Transaction, rows: list[dict[str, Any]]) -> None:
    """Insert full inbox rows; a repeated (channel, provider_id) fails the batch."""
    transaction.run_many(_ADD_INBOX, rows)


def add_outbox(transaction: Transaction, rows: list[dict[str, Any]]) -> None:
    """Insert full outbox rows and wake the sender after the commit."""
    transaction.run_many(_ADD_OUTBOX, rows)
    if rows:
        transaction.touch("outbox")


def failed(transaction: Transaction) -> list[FailedRow]:
    """The bodies that could not be worked, oldest first."""
    return transaction.all(_FAILED)


def forget_failed(transaction: Transaction, inbox_id: int) -> bool:
    """Take a failed row out, so that its body can be fed again under the same key."""
    return bool(transaction.run(_FORGET_INBOX, key=inbox_id))


def due(transaction: Transaction, now: int, most: int, channels: list[str]) -> list[OutboxRow]:
    """Pending rows on these channels whose time has come, in the order they were made.

    Of a chat's replies only the oldest unfinished one is due: the others wait for it.
    """
    return transaction.all(_DUE, now=now, most=most, channels=channels)


def first_open_replies(transaction: Transaction, address_ids: list[int]) -> dict[int, int]:
    """Per address the oldest reply that is not finished: later replies wait for it."""
    return {row[0]: row[1] for row in transaction.all(_OPEN_REPLIES, address_ids=address_ids)}


def next_due(transaction: Transaction, now: int) -> int | None:
    """When the next pending row that is not due yet will be (microseconds UTC)."""
    return transaction.one(_NEXT_DUE, now=now)


def release_all(transaction: Transaction, now: int) -> int:
    """At start: what a crash left in the middle of sending is due again (at least once)."""
    return transaction.run(_RELEASE, now=now)


def finish(transaction: Transaction, rows: list[dict[str, Any]]) -> None:
    """Store results by `key`: status, provider_id, error, due_at, attempts, parts_sent, updated_at."""
    transaction.run_many(_FINISH, rows)


class Delivered(NamedTuple):
    """The outbox row a receipt is about."""

    id: int
    status: str
    address_id: int
    member_id: int
    token: str | None


def by_provider(transaction: Transaction, channel: str, provider_id: str) -> Delivered | None:
    """The row the provider knows under this id."""
    for row in transaction.all(_BY_PROVIDER, provider_id=provider_id):
        if row[5] == channel:
            return Delivered._make(row[:5])
    return None


def advance(transaction: Transaction, row: Delivered, status: str, error: str | None, now: int) -> bool:
    """Move a row forward to a receipt's state; False for an older or unknown state, which changes nothing."""
    if RANK.get(status, -1) <= RANK[row.status]:
        return False
    stored = {"undelivered": "failed", "canceled": "failed"}.get(status, status)
    stored = "sent" if stored in ("accepted", "scheduled", "queued", "sending") else stored
    if RANK[stored] <= RANK[row.status]:
        return False
    transaction.run(_ADVANCE, key=row.id, new_status=stored, error=error, now=now)
    return True


def send_as_template(transaction: Transaction, row_id: int, now: int) -> None:
    """The provider found the window shut: send the row once more, as its template or not at all."""
    transaction.run(_AS_TEMPLATE, key=row_id, now=now)
    transaction.touch("outbox")


def keep_receipt(
    transaction: Transaction, channel: str, provider_id: str, *, status: str, error: str | None, at: int
) -> None:
    """Keep a receipt nobody is waiting for yet; an earlier kept state gives way only to a later one."""
    kept = transaction.one(_RECEIPT, channel=channel, provider_id=provider_id)
    if kept and RANK.get(status, -1) <= RANK.get(kept[0], -1):
        return
    transaction.run(_KEEP_RECEIPT, channel=channel, provider_id=provider_id, status=status, error=error, at=at)


def take_receipt(transaction: Transaction, channel: str, provider_id: str) -> tuple[str, str | None] | None:
    """The kept receipt of a message that now has its row: (status, error)."""
    found = transaction.one(_RECEIPT, channel=channel, provider_id=provider_id)
    if found is None:
        return None
    transaction.run(_DROP_RECEIPT, channel=channel, provider_id=provider_id)
    return found[0], found[1]


def forget_receipts(transaction: Transaction, before: int) -> int:
    """Drop kept receipts that no message ever claimed (parts of long messages, other programs on the account)."""
    return transaction.run(_OLD_RECEIPTS, before=before)


def outbox_counts(transaction: Transaction) -> dict[str, int]:
    """How many rows wait, are being sent, or were given up; those that went out well are not counted."""
    return {row[0]: row[1] for statement in _COUNTS for row in transaction.all(statement)}


def dead(transaction: Transaction) -> list[tuple[int, str, str | None, int]]:
    """(id, channel, error, attempts) of messages given up."""
    return [(row[0], row[1], row[2], row[3]) for row in transaction.all(_DEAD)]


def revive(transaction: Transaction, row_id: int, now: int) -> bool:
    """Send a given-up message again."""
    transaction.touch("outbox")
    return bool(transaction.run(_REVIVE, key=row_id, now=now))


def recent_marketing(transaction: Transaction, member_id: int, since: int) -> int:
    """How many marketing messages the member got since then, over all channels."""
    return transaction.one(_RECENT_MARKETING, member_id=member_id, since=since) or 0

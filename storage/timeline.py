"""A member's whole conversation over all channels: messages in and out, notes and events, in the order of their ids."""

from typing import Any, NamedTuple

import orjson
from sqlalchemy import bindparam, literal, null, or_, select
from sqlalchemy import text as sql

from storage.database import Transaction
from storage.statement import Statement, many
from storage.tables import Address, CaseEntry, Inbox, Member, Outbox

_inbox: Any = Inbox.__table__  # type: ignore[attr-defined]
_outbox: Any = Outbox.__table__  # type: ignore[attr-defined]
_entry: Any = CaseEntry.__table__  # type: ignore[attr-defined]
_address: Any = Address.__table__  # type: ignore[attr-defined]
_member: Any = Member.__table__  # type: ignore[attr-defined]

_SAID = ("text", "choice", "start", "contact", "location", "media", "edited", "reaction")
_DONE = ("opt_out", "opt_in", "blocked", "unblocked")
_WITH_BODY = frozenset({"choice", "start", "contact", "location", "media"})
_SHOWN = ("reply", "marketing")
_OVERLAP = 5_000_000
"""Microseconds that are looked at again: rows of another process may be committed a little later than they are made."""
_ID_MARGIN = 2_000 << 22
"""The same for ids, which begin with milliseconds (storage/ids.py)."""


class Entry(NamedTuple):
    """One thing in a conversation. `body`: what the member wrote, an outbox body, or an entry's data (both JSON)."""

    id: int
    kind: str
    """in | out | note | event."""
    at: int
    channel: str
    address_id: int | None
    what: str
    """The kind of the inbound event, of the outbox row, or nothing."""
    body: str
    status: str
    error: str | None
    author_id: int | None
    """The member of staff; None: the member, the bot or the system."""
    raw: bytes | None
    """The provider's own words, where there is more than text."""
    locale: str


class Found(NamedTuple):
    """A message that a search found."""

    member_id: int
    name: str | None
    market: str
    entry_id: int
    at: int
    body: str


_IN = (
    select(
        _inbox.c.id,
        literal("in"),
        _inbox.c.received_at,
        _inbox.c.channel,
        _inbox.c.address_id,
        _inbox.c.kind,
        _inbox.c.words,
        _inbox.c.status,
        _inbox.c.error,
        null(),
        _inbox.c.raw,
        literal(""),
    )
    .join(_address, _address.c.id == _inbox.c.address_id)
    .where(_address.c.member_id == bindparam("member_id"), _inbox.c.kind.in_((*_SAID, *_DONE)))
)
_ON_ITS_WAY = sql("outbox.kind = 'reply' and outbox.status in ('pending', 'sending')")
"""Marketing that was not sent yet is no part of the conversation."""
_FINISHED = sql("outbox.status not in ('pending', 'sending')")
_OUT = (
    select(
        _outbox.c.id,
        literal("out"),
        _outbox.c.created_at,
        _address.c.channel,
        _outbox.c.address_id,
        _outbox.c.kind,
        _outbox.c.body,
        _outbox.c.status,
        _outbox.c.error,
        _outbox.c.author_id,
        null(),
        _outbox.c.locale,
    )
    .join(_address, _address.c.id == _outbox.c.address_id)
    .where(_address.c.member_id == bindparam("member_id"), _outbox.c.kind.in_(_SHOWN))
)
_BESIDE = select(
    _entry.c.id,
    _entry.c.kind,
    _entry.c.at,
    literal(""),
    null(),
    literal(""),
    _entry.c.data,
    literal(""),
    null(),
    _entry.c.actor,
    null(),
    literal(""),
).where(_entry.c.member_id == bindparam("member_id"))
_SOURCES = (
    (_IN, _inbox.c.id),
    (_OUT.where(_FINISHED), _outbox.c.id),
    (_OUT.where(_ON_ITS_WAY), _outbox.c.id),
    (_BESIDE, _entry.c.id),
)


def _entry_of(row: Any) -> Entry:
    found = Entry._make((*row[:6], row[6] or "", *row[7:]))
    return found if found.what in _WITH_BODY else found._replace(raw=None)


_BEFORE = tuple(
    Statement(chosen.where(key < bindparam("before")).order_by(key.desc()).limit(bindparam("most")), _entry_of)
    for chosen, key in _SOURCES
)
_AFTER = tuple(
    Statement(chosen.where(key > bindparam("after")).order_by(key).limit(bindparam("most")), _entry_of)
    for chosen, key in _SOURCES
)
_CHANGED = Statement(
    _OUT.where(_FINISHED, _outbox.c.id <= bindparam("after"), _outbox.c.id > bindparam("floor"))
    .where(_outbox.c.updated_at >= bindparam("changed"))
    .order_by(_outbox.c.id),
    _entry_of,
)
_ONE = {
    kind: Statement(chosen.where(key == bindparam("key")), _entry_of)
    for kind, chosen, key in (("in", _IN, _inbox.c.id), ("out", _OUT, _outbox.c.id), ("note", _BESIDE, _entry.c.id))
}
_WRITTEN = Statement(
    select(_member.c.id, _member.c.name, _member.c.market, _inbox.c.id, _inbox.c.received_at, _inbox.c.words)
    .join(_address, _address.c.id == _inbox.c.address_id)
    .join(_member, _member.c.id == _address.c.member_id)
    .where(
        _inbox.c.id > bindparam("since"),
        _inbox.c.words.ilike(bindparam("pattern"), escape="\\"),
        or_(bindparam("any_market") == 1, _member.c.market.in_(many("markets"))),
    )
    .order_by(_inbox.c.id.desc())
    .limit(bindparam("most")),
    Found._make,
)
_ANSWERED = Statement(
    select(_member.c.id, _member.c.name, _member.c.market, _outbox.c.id, _outbox.c.created_at, _outbox.c.body)
    .join(_member, _member.c.id == _outbox.c.member_id)
    .where(
        _outbox.c.id > bindparam("since"),
        _outbox.c.id < bindparam("before"),
        sql("outbox.author_id is not null"),
        _outbox.c.body.ilike(bindparam("pattern"), escape="\\"),
        or_(bindparam("any_market") == 1, _member.c.market.in_(many("markets"))),
    )
    .order_by(_outbox.c.id.desc())
    .limit(bindparam("most")),
    Found._make,
)
_LIVE = 3 * 86_400_000 << 22
"""How far back, in ids, a message's state is still followed: three days, like receipts."""


def page(transaction: Transaction, member_id: int, *, before: int | None = None, most: int = 50) -> list[Entry]:
    """The newest entries (before an id), the oldest of them first."""
    until = before if before is not None else (1 << 63) - 1
    found = [row for one in _BEFORE for row in transaction.all(one, member_id=member_id, before=until, most=most)]
    return sorted(found, key=_by_id)[-most:]


def since(transaction: Transaction, member_id: int, *, after: int, changed: int, most: int = 500) -> list[Entry]:
    """What came after an id, and messages whose state changed since an instant, a little of both once more."""
    start = max(0, after - _ID_MARGIN)
    found = {row.id: row for one in _AFTER for row in transaction.all(one, member_id=member_id, after=start, most=most)}
    late = transaction.all(
        _CHANGED, member_id=member_id, after=start, floor=max(0, after - _LIVE), changed=changed - _OVERLAP
    )
    found.update((row.id, row) for row in late)
    return sorted(found.values(), key=_by_id)


def find(transaction: Transaction, member_id: int, kind: str, entry_id: int) -> Entry | None:
    """One entry of a member: `in`, `out`, or `note` for notes and events."""
    return transaction.one(_ONE[kind], member_id=member_id, key=entry_id)


def search_heard(
    transaction: Transaction, text: str, markets: tuple[str, ...], *, since_id: int, most: int
) -> list[Found]:
    """Messages of members that hold these words, the newest first."""
    return transaction.all(_WRITTEN, since=since_id, most=most, pattern=_pattern(text), **_within(markets))


def search_said(  # what, where, and between which ids
    transaction: Transaction, text: str, markets: tuple[str, ...], *, since_id: int, before: int | None, most: int
) -> list[Found]:
    """Messages of staff (older than `before`) whose kept form, names of its fields too, holds these words."""
    pattern = _pattern(orjson.dumps(text).decode()[1:-1])
    until = before if before is not None else (1 << 63) - 1
    return transaction.all(_ANSWERED, since=since_id, before=until, most=most, pattern=pattern, **_within(markets))


def _pattern(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _within(markets: tuple[str, ...]) -> dict[str, Any]:
    return {"any_market": int(not markets), "markets": markets or ("",)}


def _by_id(entry: Entry) -> int:
    return entry.id

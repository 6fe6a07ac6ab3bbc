"""Everything personal of a member, table by table, taken out for good; the books stay under the id alone."""

from typing import Any

from sqlalchemy import bindparam, delete, func, or_, select, update
from sqlalchemy import text as sql

from storage import attachments
from storage.cases import TOPIC
from storage.database import Transaction
from storage.merges import NO_DATA
from storage.profiles import AddressRow
from storage.statement import Statement, insert_all
from storage.tables import (
    Address,
    ApiRequest,
    Case,
    CaseEntry,
    Conversation,
    Inbox,
    LaneEvent,
    Member,
    Merge,
    Outbox,
    Proof,
    Purchase,
    Session,
    Suppression,
    Timer,
)

_member: Any = Member.__table__  # type: ignore[attr-defined]
_address: Any = Address.__table__  # type: ignore[attr-defined]
_conversation: Any = Conversation.__table__  # type: ignore[attr-defined]
_session: Any = Session.__table__  # type: ignore[attr-defined]
_inbox: Any = Inbox.__table__  # type: ignore[attr-defined]
_outbox: Any = Outbox.__table__  # type: ignore[attr-defined]
_event: Any = LaneEvent.__table__  # type: ignore[attr-defined]
_timer: Any = Timer.__table__  # type: ignore[attr-defined]
_purchase: Any = Purchase.__table__  # type: ignore[attr-defined]
_merge: Any = Merge.__table__  # type: ignore[attr-defined]
_proof: Any = Proof.__table__  # type: ignore[attr-defined]
_case: Any = Case.__table__  # type: ignore[attr-defined]
_entry: Any = CaseEntry.__table__  # type: ignore[attr-defined]
_request: Any = ApiRequest.__table__  # type: ignore[attr-defined]

ERASED = "erased:"
"""How the value of an address begins that was taken out."""
NO_BODY = '{"text":""}'
"""An outbox body that says nothing: whoever still tries to send it has nothing to send."""
_EMPTY = (
    *("name", "phone", "email", "birth_month", "birth_day", "birth_year", "birth_set_at"),
    *("referral_code", "card_number"),
)
_BLANK_MEMBER = Statement(
    update(_member)
    .where(_member.c.id == bindparam("key"), _member.c.erased_at.is_(None))
    .values(dict.fromkeys(_EMPTY) | {"marketing": 0, "control": "bot", "erased_at": bindparam("now")})
)
_BLANK_ADDRESS = Statement(
    update(_address)
    .where(_address.c.id == bindparam("key"))
    .values(value=bindparam("blank"), profile_name=None, reachable=0, opted_out=1)
)
_BLANK_INBOX = Statement(
    update(_inbox).where(_inbox.c.address_id == bindparam("key")).values(raw=b"", words=None, error=None)
)
_BLANK_OUTBOX = Statement(
    update(_outbox)
    .where(_outbox.c.address_id == bindparam("key"), sql("outbox.status not in ('pending', 'sending')"))
    .values(body=NO_BODY, error=None)
)
_DROP_OUTBOX = Statement(
    update(_outbox)
    .where(_outbox.c.address_id == bindparam("key"), sql("outbox.status in ('pending', 'sending')"))
    .where(_outbox.c.status == "pending")
    .values(status="dropped", updated_at=bindparam("now"))
)
_DROP_SESSION = Statement(delete(_session).where(_session.c.address_id == bindparam("key")))
_DROP_CONVERSATION = Statement(delete(_conversation).where(_conversation.c.address_id == bindparam("key")))
_DROP_EVENTS = Statement(
    delete(_event).where(_event.c.channel == bindparam("at_channel"), _event.c.address == bindparam("at_address"))
)
_DROP_TIMERS = Statement(
    delete(_timer).where(_timer.c.channel == bindparam("at_channel"), _timer.c.address == bindparam("at_address"))
)
_DROP_OCCASIONS = Statement(delete(_timer).where(_timer.c.kind == "occasion", _timer.c.data.like(bindparam("part"))))
_BLANK_PURCHASES = Statement(
    update(_purchase)
    .where(or_(_purchase.c.member_id == bindparam("member_id"), _purchase.c.phone == bindparam("old_phone")))
    .values(phone=None, payment=None)
)
_BLANK_MERGES = Statement(
    update(_merge)
    .where(or_(_merge.c.kept_id == bindparam("kept"), _merge.c.merged_id == bindparam("merged")))
    .values(data=NO_DATA)
)
_DROP_PROOFS = Statement(
    delete(_proof).where(_proof.c.member_id == bindparam("member_id"), _proof.c.purpose.not_in(("qr", "farewell")))
)
"""A used QR stays used, and what is left to be taken out is not forgotten."""
_CLOSE_CASES = Statement(
    update(_case)
    .where(_case.c.member_id == bindparam("whose"))
    .values(status="resolved", owner_id=None, labels="[]", version=_case.c.version + 1)
)
_BLANK_NOTES = Statement(
    update(_entry).where(_entry.c.member_id == bindparam("whose"), _entry.c.kind == "note").values(data='{"text":""}')
)
_DROP_ANSWERS = Statement(delete(_request).where(_request.c.status > 0, _request.c.body.like(bindparam("part"))))
_STRAYS = (
    select(_inbox.c.id)
    .where(_inbox.c.address_id.is_(None), _inbox.c.received_at < bindparam("before"))
    .order_by(_inbox.c.id)
    .limit(bindparam("most"))
)
_FORGET_STRAYS = Statement(delete(_inbox).where(_inbox.c.id.in_(_STRAYS)))
_SUPPRESS = Statement(insert_all(Suppression).on_conflict_do_nothing())
_ADD_ADDRESS = Statement(insert_all(Address))
_ADD_CONVERSATION = Statement(insert_all(Conversation))
_HEARD = Statement(
    select(func.count())
    .select_from(_inbox)
    .where(_inbox.c.address_id == bindparam("key"), _inbox.c.received_at > bindparam("since")),
    lambda row: int(row[0]),
)


def blank_member(transaction: Transaction, member_id: int, now: int) -> bool:
    """Nothing of the person is left on the row; False if it was erased before."""
    return bool(transaction.run(_BLANK_MEMBER, key=member_id, now=now))


def blank_address(transaction: Transaction, row: AddressRow, now: int) -> None:
    """Take an address out of the world, with its talk, what waits for it, and what was said and heard there."""
    transaction.run(_DROP_OUTBOX, key=row.id, now=now)
    blank_words(transaction, row.id)
    transaction.run(_DROP_SESSION, key=row.id)
    transaction.run(_DROP_CONVERSATION, key=row.id)
    transaction.run(_DROP_EVENTS, at_channel=row.channel, at_address=row.value)
    transaction.run(_DROP_TIMERS, at_channel=row.channel, at_address=row.value)
    transaction.run(_BLANK_ADDRESS, key=row.id, blank=f"{ERASED}{row.id}")


def blank_words(transaction: Transaction, address_id: int) -> None:
    """Empty every message that came from or went to an address."""
    transaction.run(_BLANK_INBOX, key=address_id)
    transaction.run(_BLANK_OUTBOX, key=address_id)


def blank_records(transaction: Transaction, member_id: int, phone: str | None) -> None:
    """Purchases keep their amounts, cases their scores.

    Files, notes, merges, codes, planned messages and the answers kept for tills go.
    """
    attachments.drop(transaction, member_id)
    transaction.run(_CLOSE_CASES, whose=member_id)
    transaction.run(_BLANK_NOTES, whose=member_id)
    transaction.touch(TOPIC, member_id)
    transaction.run(_BLANK_PURCHASES, member_id=member_id, old_phone=phone or "")
    transaction.run(_BLANK_MERGES, kept=member_id, merged=member_id)
    transaction.run(_DROP_PROOFS, member_id=member_id)
    transaction.run(_DROP_OCCASIONS, part=f'%"member":{member_id},%')
    transaction.run(_DROP_ANSWERS, part=f'%"{member_id}"%')


def forget_strays(transaction: Transaction, before: int, most: int) -> int:
    """Drop up to so many bodies of nobody's address that came before then: receipts, groups' messages, failures."""
    return transaction.run(_FORGET_STRAYS, before=before, most=most)


def suppress(transaction: Transaction, hash: str, now: int) -> None:
    """Remember that this phone was erased, without the phone."""
    transaction.run(_SUPPRESS, hash=hash, at=now)


def add_farewell(transaction: Transaction, member_id: int, channel: str, value: str, now: int) -> int:
    """A new address of this value, just heard of: the last answer goes there. Its id."""
    known = AddressRow(transaction.ids.new(), channel, value, None, 1, 0, now, now)
    return _add(transaction, member_id, known)


def begin_anew(transaction: Transaction, member_id: int, row: AddressRow, now: int) -> int:
    """After an address was taken out: a new one of its value for somebody else. Its id.

    What the provider says of the number stays: whether it takes messages, wants none, and was heard.
    """
    return _add(transaction, member_id, row._replace(id=transaction.ids.new(), profile_name=None, created_at=now))


def _add(transaction: Transaction, member_id: int, row: AddressRow) -> int:
    known = {name: getattr(row, name) for name in AddressRow._fields[:7]}
    transaction.run(_ADD_ADDRESS, member_id=member_id, **known)
    transaction.run(
        _ADD_CONVERSATION, address_id=row.id, last_inbound_at=row.last_inbound_at, misses=0, version=0, leaning=None
    )
    return row.id


def heard_since(transaction: Transaction, address_id: int, since: int) -> bool:
    """Whether anything has come from this address after an instant."""
    found = transaction.one(_HEARD, key=address_id, since=since)
    return found is not None and found > 0

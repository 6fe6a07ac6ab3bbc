"""A member's own row, apart from addresses and conversations: read, locked and found by what they show."""

from typing import Any, NamedTuple

from sqlalchemy import bindparam, or_, select

from storage.database import Transaction
from storage.statement import Statement, many
from storage.tables import Address, Member

_member: Any = Member.__table__  # type: ignore[attr-defined]
_address: Any = Address.__table__  # type: ignore[attr-defined]


class MemberRow(NamedTuple):
    """Who somebody is to the programme."""

    id: int
    market: str
    locale: str
    zone: str
    name: str | None
    phone: str | None
    email: str | None
    joined_at: int | None
    referral_code: str | None
    card_number: str | None
    marketing: int
    merged_into: int | None
    erased_at: int | None
    created_at: int

    @property
    def is_active(self) -> bool:
        """They have joined, and were neither erased nor merged into somebody else."""
        return self.joined_at is not None and self.erased_at is None and self.merged_into is None


_COLUMNS = [_member.c[name] for name in MemberRow._fields]
_GET = Statement(select(*_COLUMNS).where(_member.c.id == bindparam("key")), MemberRow._make)
_LOCK = Statement(
    select(*_COLUMNS).where(_member.c.id.in_(many("keys"))).order_by(_member.c.id).with_for_update(), MemberRow._make
)
_BY_PHONE = Statement(select(*_COLUMNS).where(_member.c.phone == bindparam("phone")), MemberRow._make)
_AT_PHONE = Statement(
    select(*_COLUMNS)
    .join(_address, _address.c.member_id == _member.c.id)
    .where(_address.c.value == bindparam("phone"), or_(_address.c.channel == "whatsapp", _address.c.channel == "sms"))
    .where(_member.c.erased_at.is_(None), _member.c.merged_into.is_(None))
    .order_by(_address.c.id)
    .limit(1),
    MemberRow._make,
)
_BY_CARD = Statement(select(*_COLUMNS).where(_member.c.card_number == bindparam("card")), MemberRow._make)
_BY_CODE = Statement(select(*_COLUMNS).where(_member.c.referral_code == bindparam("code")), MemberRow._make)


def get(transaction: Transaction, member_id: int) -> MemberRow | None:
    """The member; nothing is locked."""
    return transaction.one(_GET, key=member_id)


def current(transaction: Transaction, member_id: int) -> MemberRow | None:
    """The member, or whoever took over everything of theirs."""
    row = get(transaction, member_id)
    while row is not None and row.merged_into is not None:
        row = get(transaction, row.merged_into)
    return row


def lock(transaction: Transaction, *member_ids: int) -> list[MemberRow]:
    """These members, locked in id order until the transaction ends."""
    return transaction.all(_LOCK, keys=sorted(set(member_ids)))


def by_phone(transaction: Transaction, phone: str) -> MemberRow | None:
    """The member whose verified phone this is, or who writes from it; of a merged one whoever took over."""
    found = transaction.one(_BY_PHONE, phone=phone)
    return current(transaction, found.id) if found is not None else transaction.one(_AT_PHONE, phone=phone)


def has_phone(transaction: Transaction, phone: str) -> int | None:
    """The id of the row that holds this phone, merged or not: no other row can."""
    found = transaction.one(_BY_PHONE, phone=phone)
    return found.id if found is not None else None


def by_card(transaction: Transaction, card: str) -> MemberRow | None:
    """The member with this printed card."""
    return transaction.one(_BY_CARD, card=card)


def by_code(transaction: Transaction, code: str) -> MemberRow | None:
    """The member with this referral code."""
    return transaction.one(_BY_CODE, code=code)

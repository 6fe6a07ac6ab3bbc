"""What use cases alone change of a member's row: the parts a merge moves, e-mail, a phone that goes."""

from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, select, update

from storage.database import Transaction
from storage.statement import Statement
from storage.tables import Address, Conversation, Member

_member: Any = Member.__table__  # type: ignore[attr-defined]
_address: Any = Address.__table__  # type: ignore[attr-defined]
_conversation: Any = Conversation.__table__  # type: ignore[attr-defined]


class Profile(NamedTuple):
    """The personal columns of a member's row, with what the cached consent and a merge say."""

    name: str | None
    phone: str | None
    email: str | None
    birth_month: int | None
    birth_day: int | None
    birth_year: int | None
    birth_edits: int
    birth_set_at: int | None
    marketing: int
    merged_into: int | None


class AddressRow(NamedTuple):
    """One address of a member."""

    id: int
    channel: str
    value: str
    profile_name: str | None
    reachable: int
    opted_out: int
    created_at: int
    last_inbound_at: int | None


_GET = Statement(
    select(*(_member.c[name] for name in Profile._fields)).where(_member.c.id == bindparam("key")), Profile._make
)
_SAVE = Statement(
    update(_member).where(_member.c.id == bindparam("key")).values({name: bindparam(name) for name in Profile._fields})
)
_EMAIL = Statement(update(_member).where(_member.c.id == bindparam("key")).values(email=bindparam("new_email")))
_ADDRESSES = Statement(
    select(*(_address.c[name] for name in AddressRow._fields[:7]), _conversation.c.last_inbound_at)
    .outerjoin(_conversation, _conversation.c.address_id == _address.c.id)
    .where(_address.c.member_id == bindparam("member_id"))
    .order_by(_address.c.id),
    AddressRow._make,
)
_NO_PHONE = Statement(
    update(_member)
    .where(and_(_member.c.id == bindparam("key"), _member.c.phone == bindparam("old")))
    .values(phone=None)
)


def get(transaction: Transaction, member_id: int) -> Profile:
    """A member's profile. LookupError if there is no such member."""
    found = transaction.one(_GET, key=member_id)
    if found is None:
        raise LookupError(f"there is no member {member_id}")
    return found


def save(transaction: Transaction, member_id: int, profile: Profile) -> None:
    """Write a profile; a phone that somebody else has must be taken from them first."""
    transaction.run(_SAVE, key=member_id, **profile._asdict())


def set_email(transaction: Transaction, member_id: int, email: str | None) -> None:
    """Keep an e-mail address, or none."""
    transaction.run(_EMAIL, key=member_id, new_email=email)


def addresses(transaction: Transaction, member_id: int) -> list[AddressRow]:
    """A member's addresses, oldest first."""
    return transaction.all(_ADDRESSES, member_id=member_id)


def take_phone(transaction: Transaction, member_id: int, phone: str) -> None:
    """The member has this phone no more."""
    transaction.run(_NO_PHONE, key=member_id, old=phone)

"""A member's own row, apart from addresses and conversations: read, locked and found by what they show."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, func, or_, select

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


class Wanted(NamedTuple):
    """What somebody may have meant with a few words; whatever fits one of these is found."""

    names: tuple[str, ...] = ()
    """Parts of a name, as they may be written: on SQLite capitals beyond ASCII are letters of their own."""
    phones: tuple[str, ...] = ()
    """E.164."""
    number: int = -1
    """A member's id."""
    text: str = ""
    """An e-mail address, a referral code or a card number."""


_NOTHING = ""
"""A pattern that no name fits but an empty one."""
_AT_PLACE = (
    select(_address.c.member_id)
    .where(
        _address.c.member_id == _member.c.id,
        or_(
            _address.c.profile_name.ilike(bindparam("name_0"), escape="\\"),
            and_(_address.c.channel.in_(("whatsapp", "sms")), _address.c.value.in_(many("places"))),
        ),
    )
    .exists()
)
_SEARCH = Statement(
    select(*_COLUMNS)
    .where(
        _member.c.merged_into.is_(None),
        or_(bindparam("any_market") == 1, _member.c.market.in_(many("markets"))),
        or_(
            *(_member.c.name.ilike(bindparam(f"name_{place}"), escape="\\") for place in range(4)),
            _member.c.phone.in_(many("phones")),
            _member.c.id == bindparam("number"),
            func.lower(_member.c.email) == bindparam("small"),
            _member.c.referral_code == bindparam("large"),
            _member.c.card_number == bindparam("plain"),
            _AT_PLACE,
        ),
    )
    .order_by(_member.c.id.desc())
    .limit(bindparam("most")),
    MemberRow._make,
)


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


def search(transaction: Transaction, wanted: Wanted, markets: Sequence[str], *, most: int) -> list[MemberRow]:
    """Members who fit, of these markets (of all, if none is named), the newest first."""
    patterns = [f"%{_literal(name)}%" for name in wanted.names[:4]] or [_NOTHING]
    patterns += patterns[-1:] * (4 - len(patterns))
    return transaction.all(
        _SEARCH,
        **{f"name_{place}": pattern for place, pattern in enumerate(patterns)},
        phones=wanted.phones or ("",),
        places=wanted.phones or ("",),
        number=wanted.number,
        small=wanted.text.lower(),
        large=wanted.text.upper(),
        plain=wanted.text,
        any_market=int(not markets),
        markets=tuple(markets) or ("",),
        most=most,
    )


def _literal(words: str) -> str:
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")

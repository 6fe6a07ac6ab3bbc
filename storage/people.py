"""Members, addresses, conversations and their open sessions: read together, written together."""

from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, delete, select, update

from storage.database import Transaction
from storage.statement import Statement, insert_all, many
from storage.tables import Account, Address, ConsentEvent, Conversation, Member, Session, Standing

POINTS_UNIT = "points"

_address: Any = Address.__table__  # type: ignore[attr-defined]
_member: Any = Member.__table__  # type: ignore[attr-defined]
_conversation: Any = Conversation.__table__  # type: ignore[attr-defined]
_session: Any = Session.__table__  # type: ignore[attr-defined]
_account: Any = Account.__table__  # type: ignore[attr-defined]
_standing: Any = Standing.__table__  # type: ignore[attr-defined]
_consent: Any = ConsentEvent.__table__  # type: ignore[attr-defined]


class PersonRow(NamedTuple):
    """An address with its member, conversation, open session, points snapshot and level, as one flat row."""

    address_id: int
    channel: str
    address: str
    profile_name: str | None
    reachable: int
    opted_out: int
    member_id: int
    market: str
    locale: str
    locale_source: str
    name: str | None
    phone: str | None
    zone: str
    birth_month: int | None
    birth_day: int | None
    birth_year: int | None
    birth_edits: int
    birth_set_at: int | None
    joined_at: int | None
    terms_version: str | None
    referral_code: str | None
    marketing: int
    control: str
    control_version: int
    last_inbound_at: int | None
    misses: int
    version: int
    leaning: str | None
    state: str | None
    account_id: int | None
    active: int | None
    pending: int | None
    matures_at: int | None
    expiring: int | None
    expires_at: int | None
    lifetime: int | None
    tier: str | None


_COLUMNS = [
    _address.c.id,
    _address.c.channel,
    _address.c.value,
    _address.c.profile_name,
    _address.c.reachable,
    _address.c.opted_out,
    _member.c.id,
    *(_member.c[name] for name in PersonRow._fields[7:24]),
    *(_conversation.c[name] for name in ("last_inbound_at", "misses", "version", "leaning")),
    _session.c.state,
    _account.c.id,
    *(_account.c[name] for name in PersonRow._fields[30:36]),
    _standing.c.tier,
]
_JOINED = (
    _address.join(_member, _member.c.id == _address.c.member_id)
    .outerjoin(_conversation, _conversation.c.address_id == _address.c.id)
    .outerjoin(_session, _session.c.address_id == _address.c.id)
    .outerjoin(_account, and_(_account.c.owner_id == _member.c.id, _account.c.unit == POINTS_UNIT))
    .outerjoin(_standing, _standing.c.member_id == _member.c.id)
)
_PEOPLE = select(*_COLUMNS).select_from(_JOINED)

_HERE = _PEOPLE.where(_address.c.value.in_(many("values")))
_AT_ADDRESSES = Statement(_HERE, PersonRow._make)
_LOCK_MEMBERS = Statement(
    select(_member.c.id)
    .join(_address, _address.c.member_id == _member.c.id)
    .where(_address.c.value.in_(many("values")))
    .order_by(_member.c.id)
    .with_for_update(of=_member),
    tuple,
)
"""On PostgreSQL, before anything is read: a row that was waited for brings only itself up to date, not its joins."""
_AT = Statement(
    _PEOPLE.where(_address.c.value == bindparam("value"), _address.c.channel == bindparam("channel")), PersonRow._make
)
_OF_MEMBER = Statement(
    _PEOPLE.where(_member.c.id == bindparam("member_id")).order_by(
        _conversation.c.last_inbound_at.is_(None), _conversation.c.last_inbound_at.desc(), _address.c.id
    ),
    PersonRow._make,
)
_ADD_MEMBER = Statement(insert_all(Member, "id", *PersonRow._fields[7:24], "created_at"))
_ADD_ADDRESS = Statement(insert_all(Address))
_ADD_CONVERSATION = Statement(insert_all(Conversation))
_ADD_CONSENT = Statement(insert_all(ConsentEvent))
MEMBER_FIELDS = PersonRow._fields[7:24]
"""What the pipeline changes of a member; the rest is written by use cases alone."""
_SAVE_MEMBER = Statement(
    update(_member).where(_member.c.id == bindparam("key")).values({name: bindparam(name) for name in MEMBER_FIELDS})
)
_SAVE_ADDRESS = Statement(
    update(_address)
    .where(_address.c.id == bindparam("key"))
    .values({name: bindparam(name) for name in ("member_id", "profile_name", "reachable", "opted_out")})
)
_MOVE_ADDRESS = Statement(
    update(_address).where(_address.c.id == bindparam("key")).values(value=bindparam("new_value"))
)
_SAVE_CONVERSATION = Statement(
    update(_conversation)
    .where(_conversation.c.address_id == bindparam("key"))
    .values({name: bindparam(name) for name in ("last_inbound_at", "misses", "version", "leaning")})
)
_adding_session = insert_all(Session)
_SAVE_SESSION = Statement(
    _adding_session.on_conflict_do_update(
        index_elements=["address_id"],
        set_={name: _adding_session.excluded[name] for name in ("flow", "version", "step", "state", "updated_at")},
    )
)
_END_SESSION = Statement(delete(_session).where(_session.c.address_id == bindparam("key")))
_LIVE = Statement(select(_session.c.flow, _session.c.version).distinct(), tuple)
_LIVE_OF_FLOW = Statement(
    select(_session.c.address_id, _session.c.version, _session.c.step, _session.c.state).where(
        _session.c.flow == bindparam("flow")
    ),
    tuple,
)
_CONSENTS = Statement(
    select(_consent.c.purpose, _consent.c.action, _consent.c.channel, _consent.c.source, _consent.c.at)
    .where(_consent.c.member_id == bindparam("member_id"))
    .order_by(_consent.c.id),
    tuple,
)
_REACH = Statement(update(_address).where(_address.c.id == bindparam("key")).values(reachable=bindparam("reachable")))
_OPT_OUT = Statement(update(_address).where(_address.c.id == bindparam("key")).values(opted_out=bindparam("opted_out")))
_ADDRESS_OF = Statement(select(_address.c.channel, _address.c.value).where(_address.c.id == bindparam("key")), tuple)
_WITHDRAW = Statement(update(_member).where(_member.c.id == bindparam("key")).values(marketing=0))


def at_addresses(transaction: Transaction, values: list[str]) -> list[PersonRow]:
    """The people at these address values on any channel, members locked in id order where rows can be locked."""
    if transaction.dialect == "postgresql":
        transaction.all(_LOCK_MEMBERS, values=values)
    return transaction.all(_AT_ADDRESSES, values=values)


def at(transaction: Transaction, channel: str, value: str) -> list[PersonRow]:
    """The person at one address, or nobody; nothing is locked."""
    return transaction.all(_AT, channel=channel, value=value)


def of_member(transaction: Transaction, member_id: int) -> list[PersonRow]:
    """Every address of a member, the most recently used first."""
    return transaction.all(_OF_MEMBER, member_id=member_id)


def add_members(transaction: Transaction, rows: list[dict[str, Any]]) -> None:
    """Insert full member rows."""
    transaction.run_many(_ADD_MEMBER, rows)


def add_addresses(transaction: Transaction, rows: list[dict[str, Any]]) -> None:
    """Insert full address rows."""
    transaction.run_many(_ADD_ADDRESS, rows)


def add_conversations(transaction: Transaction, rows: list[dict[str, Any]]) -> None:
    """Insert full conversation rows."""
    transaction.run_many(_ADD_CONVERSATION, rows)


def add_consents(transaction: Transaction, rows: list[dict[str, Any]]) -> None:
    """Append consent events."""
    transaction.run_many(_ADD_CONSENT, rows)


def save_members(transaction: Transaction, rows: list[dict[str, Any]]) -> None:
    """Update members by `key` (the id); every changeable column is given."""
    transaction.run_many(_SAVE_MEMBER, rows)


def save_addresses(transaction: Transaction, rows: list[dict[str, Any]]) -> None:
    """Update addresses by `key`: member, profile name, reachability, opt-out."""
    transaction.run_many(_SAVE_ADDRESS, rows)


def save_conversations(transaction: Transaction, rows: list[dict[str, Any]]) -> None:
    """Update conversations by `key`."""
    transaction.run_many(_SAVE_CONVERSATION, rows)


def save_sessions(transaction: Transaction, rows: list[dict[str, Any]]) -> None:
    """Insert or replace sessions by address."""
    transaction.run_many(_SAVE_SESSION, rows)


def end_sessions(transaction: Transaction, address_ids: list[int]) -> None:
    """Delete the sessions of these addresses."""
    transaction.run_many(_END_SESSION, [{"key": address_id} for address_id in address_ids])


def live_versions(transaction: Transaction) -> list[tuple[str, str]]:
    """(flow, version) of every open session."""
    return [(row[0], row[1]) for row in transaction.all(_LIVE)]


def live_sessions(transaction: Transaction, flow: str) -> list[tuple[int, str, str, str]]:
    """(address id, version, step, state) of every open session of a flow."""
    return [(row[0], row[1], row[2], row[3]) for row in transaction.all(_LIVE_OF_FLOW, flow=flow)]


def consents(transaction: Transaction, member_id: int) -> list[tuple[str, str, str, str, int]]:
    """(purpose, action, channel, source, at) of a member's consent events, oldest first."""
    return [(r[0], r[1], r[2], r[3], r[4]) for r in transaction.all(_CONSENTS, member_id=member_id)]


def move_address(transaction: Transaction, address_id: int, channel: str, value: str) -> None:
    """The provider gave this chat a new address; one that is known already keeps its own row."""
    if not at(transaction, channel, value):
        transaction.run(_MOVE_ADDRESS, key=address_id, new_value=value)


def set_reachable(transaction: Transaction, address_id: int, reachable: bool) -> None:
    """The provider says whether this address takes messages."""
    transaction.run(_REACH, key=address_id, reachable=int(reachable))


def set_opted_out(transaction: Transaction, address_id: int, opted_out: bool) -> None:
    """The provider holds (or lifted) an opt-out for this address."""
    transaction.run(_OPT_OUT, key=address_id, opted_out=int(opted_out))


def withdraw_marketing(transaction: Transaction, member_id: int) -> None:
    """Clear the cached consent; the consent event itself is appended by the caller."""
    transaction.run(_WITHDRAW, key=member_id)


def address_of(transaction: Transaction, address_id: int) -> tuple[str, str] | None:
    """(channel, value) of an address."""
    found = transaction.one(_ADDRESS_OF, key=address_id)
    return (found[0], found[1]) if found else None

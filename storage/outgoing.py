"""Outbox rows on their way: made for the bot or for a person, claimed for sending, tried again by a person."""

from typing import Any

from sqlalchemy import bindparam, case, or_, select, update
from sqlalchemy import text as sql

from storage.cases import TOPIC
from storage.database import Transaction
from storage.statement import Statement, many
from storage.tables import Address, Member, Outbox

_address: Any = Address.__table__  # type: ignore[attr-defined]
_outbox: Any = Outbox.__table__  # type: ignore[attr-defined]
_member: Any = Member.__table__  # type: ignore[attr-defined]

LIFE = 24 * 3600 * 1_000_000
"""Microseconds after which an unsent message is of no use to anybody."""
_CLAIM = Statement(
    update(_outbox)
    .where(_outbox.c.id == bindparam("key"), _outbox.c.status == "pending")
    .values(status="sending", attempts=_outbox.c.attempts + 1, updated_at=bindparam("now"))
)
_STANDS = or_(
    sql("outbox.author_id is not null"),
    _outbox.c.kind == "callback",
    _outbox.c.control_version == _member.c.control_version,
)
_STILL = Statement(
    select(_outbox.c.id, _outbox.c.member_id, case((_STANDS, 1), else_=0))
    .join(_member, _member.c.id == _outbox.c.member_id)
    .where(_outbox.c.id.in_(many("keys")), _outbox.c.status == "pending"),
    tuple,
)
_DROP = Statement(
    update(_outbox)
    .where(_outbox.c.id == bindparam("key"), _outbox.c.status == "pending")
    .values(status="dropped", error="human_active", updated_at=bindparam("now"))
)
_RESEND = Statement(
    update(_outbox)
    .where(
        _outbox.c.id == bindparam("key"),
        _outbox.c.address_id.in_(select(_address.c.id).where(_address.c.member_id == bindparam("whose"))),
        _outbox.c.author_id.is_not(None),
        _outbox.c.status.in_(("dead", "failed", "dropped")),
    )
    .values(
        status="pending",
        attempts=0,
        parts_sent=case((_outbox.c.provider_id.is_(None), _outbox.c.parts_sent), else_=0),
        provider_id=None,
        due_at=bindparam("now"),
        expires_at=bindparam("until"),
        error=None,
        reason=None,
        updated_at=bindparam("now"),
    )
)


def row(
    transaction: Transaction,
    *,
    address_id: int,
    member_id: int,
    body: str,
    locale: str,
    control_version: int,
    now: int,
    **fields: Any,
) -> dict[str, Any]:
    """A full row, due now; `fields` say what is not as usual."""
    made: dict[str, Any] = {
        "id": transaction.ids.new(),
        "address_id": address_id,
        "member_id": member_id,
        "inbox_id": None,
        "kind": "reply",
        "body": body,
        "locale": locale,
        "author_id": None,
        "control_version": control_version,
        "token": None,
        "status": "pending",
        "due_at": now,
        "expires_at": now + LIFE,
        "attempts": 0,
        "parts_sent": 0,
        "provider_id": None,
        "error": None,
        "reason": None,
        "created_at": now,
        "updated_at": now,
    }
    made.update(fields)
    return made


def claim(transaction: Transaction, row_ids: list[int], now: int) -> set[int]:
    """Mark rows as being sent, before the provider is called; which of them may be.

    What the bot composed before the conversation changed hands is dropped here, in the order of the commits: once a
    takeover stands, no older word of the bot sets out.
    """
    found = transaction.all(_STILL, keys=row_ids)
    transaction.run_many(_CLAIM, [{"key": key, "now": now} for key, _, stands in found if stands])
    if late := [(key, member_id) for key, member_id, stands in found if not stands]:
        transaction.run_many(_DROP, [{"key": key, "now": now} for key, _ in late])
        transaction.touch(TOPIC, *(member_id for _, member_id in late))
    return {key for key, _, stands in found if stands}


def resend(transaction: Transaction, row_id: int, member_id: int, now: int) -> bool:
    """Try a person's message once more that was given up, refused or not sent; False if there is none such."""
    transaction.touch("outbox")
    return bool(transaction.run(_RESEND, key=row_id, whose=member_id, now=now, until=now + LIFE))

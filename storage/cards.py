"""Printed cards: the number that stands for a member at the till."""

from typing import Any

from sqlalchemy import bindparam, exists, update

from storage.database import Transaction
from storage.statement import Statement
from storage.tables import Member

_member: Any = Member.__table__  # type: ignore[attr-defined]
_holder: Any = _member.alias("holder")

_SET = Statement(
    update(_member)
    .where(
        _member.c.id == bindparam("key"),
        _member.c.card_number.is_(None),
        ~exists().where(_holder.c.card_number == bindparam("taken")),
    )
    .values(card_number=bindparam("card"))
)


def set_card(transaction: Transaction, member_id: int, card: str) -> bool:
    """Give a member who has none this card; False if they have one or somebody else has this."""
    return bool(transaction.run(_SET, key=member_id, card=card, taken=card))

"""Topics of the staff's Telegram group: whose they are, and how far a conversation has been told there."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, delete, or_, select, update
from sqlalchemy import text as sql

from storage.database import Transaction
from storage.statement import Statement, insert_all, many
from storage.tables import Case, DeskTopic, Inbox, Member

_topic: Any = DeskTopic.__table__  # type: ignore[attr-defined]
_case: Any = Case.__table__  # type: ignore[attr-defined]
_member: Any = Member.__table__  # type: ignore[attr-defined]
_inbox: Any = Inbox.__table__  # type: ignore[attr-defined]

_AT_ONCE = 500
CHANNEL = "desk"
"""Under which the inbox keeps what came from the staff's group."""


class TopicRow(NamedTuple):
    """A member's topic. Without `card_id` it is closed: nothing more is told until there is a case again."""

    member_id: int
    chat_id: int
    thread_id: int
    card_id: int | None
    shown_id: int


_TOPIC = select(*(_topic.c[name] for name in TopicRow._fields))
_OF = Statement(_TOPIC.where(_topic.c.member_id == bindparam("whose")), TopicRow._make)
_AT = Statement(
    _TOPIC.where(_topic.c.thread_id == bindparam("thread"), _topic.c.chat_id == bindparam("chat")), TopicRow._make
)
_adding = insert_all(DeskTopic)
_SAVE = Statement(
    _adding.on_conflict_do_update(
        index_elements=["member_id"],
        set_={name: _adding.excluded[name] for name in TopicRow._fields[1:]},
    )
)
_DROP = Statement(delete(_topic).where(_topic.c.member_id == bindparam("whose")))
_MOVE = Statement(update(_topic).where(_topic.c.chat_id == bindparam("old")).values(chat_id=bindparam("new")))
_IN_USE = Statement(
    select(_topic.c.member_id)
    .join(_member, _member.c.id == _topic.c.member_id)
    .where(or_(_topic.c.card_id.is_not(None), _member.c.erased_at.is_not(None)))
    .order_by(_topic.c.member_id),
    lambda row: int(row[0]),
)
_LEFT = Statement(
    select(_topic.c.member_id)
    .join(_member, _member.c.id == _topic.c.member_id)
    .where(
        or_(
            _member.c.erased_at.is_not(None),
            and_(_member.c.merged_into.is_not(None), _topic.c.card_id.is_not(None)),
        )
    )
    .order_by(_topic.c.member_id),
    lambda row: int(row[0]),
)
_UNRESOLVED = Statement(
    select(_case.c.member_id).where(sql("support_case.status <> 'resolved'")).order_by(_case.c.id),
    lambda row: int(row[0]),
)
_WITH_CASE = Statement(
    select(_case.c.member_id).where(sql("support_case.status <> 'resolved'"), _case.c.member_id.in_(many("ids"))),
    lambda row: int(row[0]),
)
_WITH_TOPIC = Statement(select(_topic.c.member_id).where(_topic.c.member_id.in_(many("ids"))), lambda row: int(row[0]))
_WRITTEN = Statement(
    select(_inbox.c.id).where(and_(_inbox.c.channel == CHANNEL, _inbox.c.id.in_(many("ids")))),
    lambda row: int(row[0]),
)


def of_member(transaction: Transaction, member_id: int) -> TopicRow | None:
    """The member's topic."""
    return transaction.one(_OF, whose=member_id)


def at(transaction: Transaction, chat_id: int, thread_id: int) -> TopicRow | None:
    """Whose topic this is."""
    return transaction.one(_AT, chat=chat_id, thread=thread_id)


def save(transaction: Transaction, row: TopicRow) -> None:
    """Remember a topic and how far it was told."""
    transaction.run(_SAVE, **row._asdict())


def drop(transaction: Transaction, member_id: int) -> None:
    """The member has no topic any more."""
    transaction.run(_DROP, whose=member_id)


def move(transaction: Transaction, old_chat: int, new_chat: int) -> int:
    """The group has a new id; how many topics moved."""
    return transaction.run(_MOVE, old=old_chat, new=new_chat)


def to_look_at(transaction: Transaction) -> list[int]:
    """Members with an unresolved case or a topic that is open, and those gone whose topic is still there."""
    return list(dict.fromkeys([*transaction.all(_UNRESOLVED), *transaction.all(_IN_USE)]))


def left_behind(transaction: Transaction) -> list[int]:
    """Members who were erased, or merged into somebody else, and still have a topic (open, in a merged one's case)."""
    return transaction.all(_LEFT)


def concerned(transaction: Transaction, member_ids: Sequence[int]) -> set[int]:
    """Which of these members have an unresolved case or a topic."""
    found: set[int] = set()
    for start in range(0, len(member_ids), _AT_ONCE):
        part = member_ids[start : start + _AT_ONCE]
        found.update(transaction.all(_WITH_CASE, ids=part), transaction.all(_WITH_TOPIC, ids=part))
    return found


def written_there(transaction: Transaction, entry_ids: Sequence[int]) -> set[int]:
    """Which of these messages and notes were written in the group: their inbox row has their own id."""
    return set(transaction.all(_WRITTEN, ids=entry_ids)) if entry_ids else set()

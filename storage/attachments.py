"""Files that staff send to members: kept as they are, until the member is erased."""

from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, select

from storage.database import Transaction
from storage.statement import Statement, insert_all
from storage.tables import Attachment

_file: Any = Attachment.__table__  # type: ignore[attr-defined]


class AttachmentRow(NamedTuple):
    """A file. `type` is what its bytes show; `at` is microseconds UTC."""

    id: int
    member_id: int
    staff_id: int
    name: str
    type: str
    content: bytes
    at: int


class ListedRow(NamedTuple):
    """A file without its bytes; `size` counts them."""

    id: int
    staff_id: int
    name: str
    type: str
    size: int
    at: int


_ADD = Statement(insert_all(Attachment))
_GET = Statement(
    select(*(_file.c[name] for name in AttachmentRow._fields)).where(_file.c.id == bindparam("file_id")),
    AttachmentRow._make,
)
_LISTED = Statement(
    select(_file.c.id, _file.c.staff_id, _file.c.name, _file.c.type, func.length(_file.c.content), _file.c.at)
    .where(_file.c.member_id == bindparam("whose"))
    .order_by(_file.c.id),
    ListedRow._make,
)
_DROP = Statement(delete(_file).where(_file.c.member_id == bindparam("whose")))


def add(
    transaction: Transaction, *, member_id: int, staff_id: int, name: str, type: str, content: bytes, now: int
) -> int:
    """Keep a file; its id."""
    row = AttachmentRow(transaction.ids.new(), member_id, staff_id, name, type, content, now)
    transaction.run(_ADD, **row._asdict())
    return row.id


def get(transaction: Transaction, file_id: int) -> AttachmentRow | None:
    """The file of this id, with its bytes."""
    return transaction.one(_GET, file_id=file_id)


def of_member(transaction: Transaction, member_id: int) -> list[ListedRow]:
    """What was ever sent to a member, oldest first."""
    return transaction.all(_LISTED, whose=member_id)


def drop(transaction: Transaction, member_id: int) -> int:
    """Take out every file of a member; how many."""
    return transaction.run(_DROP, whose=member_id)

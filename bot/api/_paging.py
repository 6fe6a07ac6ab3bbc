"""Cursors: where the next page of a list begins, opaque to who asks. They say nothing that is secret."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from bot.api._problems import Problem, Wrong

LARGEST = 2**63 - 1
_BYTES = 8


def cursor_of(last_id: int) -> str:
    """The cursor of the page after this row."""
    return urlsafe_b64encode(last_id.to_bytes(_BYTES)).rstrip(b"=").decode()


def read_cursor(cursor: str | None) -> int | None:
    """The row after which the page begins; a cursor that is not ours raises a `Problem`."""
    if cursor is None:
        return None
    try:
        raw = urlsafe_b64decode(cursor.encode() + b"=")
    except ValueError:
        raw = b""
    number = int.from_bytes(raw)
    if len(raw) != _BYTES or not 0 < number <= LARGEST or cursor_of(number) != cursor:
        raise Problem("invalid", errors=[Wrong(where="query.cursor", why="this is no cursor of ours")])
    return number

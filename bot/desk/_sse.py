"""Server-sent events: how they are written, and the mark in a conversation from which a cut connection goes on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

RETRY = b"retry: 2000\n\n"
BEAT = b":\n\n"
"""A comment: keeps the connection open through proxies, means nothing."""
_STAMP = re.compile(r"([0-9]{1,19})-([0-9]{1,17})")


class Stamp(NamedTuple):
    """Up to where a conversation is known: the last entry's id, and the microsecond it was looked at."""

    after: int
    changed: int

    def __str__(self) -> str:
        return f"{self.after}-{self.changed}"

    @classmethod
    def parse(cls, text: str) -> Stamp | None:
        """The stamp in a page or in Last-Event-ID; None if it is none."""
        found = _STAMP.fullmatch(text)
        return cls(int(found[1]), int(found[2])) if found else None


def block(event: str, data: Mapping[str, Any]) -> bytes:
    """An event without its end; `chunk` or `closed` ends it."""
    return b"event: %b\ndata: %b\n" % (event.encode(), orjson.dumps(data))


def chunk(blocks: Sequence[bytes], stamp: Stamp) -> bytes:
    """Events that belong together. Only the last one carries the stamp: a half received chunk is sent once more."""
    return b"\n".join(blocks) + f"id: {stamp}\n\n".encode()


def closed(one: bytes) -> bytes:
    """An event that moves no mark."""
    return one + b"\n"


def queue_block(html: str, waiting: int, unowned: int) -> bytes:
    """The part of a queue event that many desks share; `for_owner` completes it."""
    shared = orjson.dumps({"html": html, "waiting": waiting, "unowned": unowned})
    return b"event: queue\ndata: %b,\n" % shared[:-1]


def for_owner(shared: bytes, mine: int) -> bytes:
    """The whole queue event of one member of staff. A browser joins the two data lines again."""
    return b'%bdata: "mine": %d}\n\n' % (shared, mine)

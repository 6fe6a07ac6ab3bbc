"""What a browser or a program may send to /try, read within limits and without surprises."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request

BODY_BYTES = 16 * 1024
ADDRESS = re.compile(r"(telegram|whatsapp|sms):[A-Za-z0-9_-]{8,40}")
_LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}(@[a-z]{1,16})?")
_MESSAGE_ID = re.compile(r"[A-Za-z0-9_-]{8,40}")
_MOST_FIELDS = 16

Row = Mapping[str, Any]
SAYINGS = ("payload", "start", "text")


async def read_row(request: Request) -> Row | None:
    """The fields of a form or of a JSON object; none of what is neither. None when the body is too long."""
    body = await _read(request)
    if body is None:
        return None
    return _form(body) if is_form(request) else _object(body)


def is_form(request: Request) -> bool:
    """Whether a page's form asks, rather than a script or a program."""
    return not request.headers.get("content-type", "").startswith("application/json")


def message(row: Row, address: str) -> dict[str, str] | None:
    """What the simulator's `parse` is to read; None if nothing is said."""
    said = next((name for name in SAYINGS if isinstance(row.get(name), str)), None)
    if said is None or (said == "text" and not row[said].strip()):
        return None
    found = {"address": address, said: row[said]}
    for name, pattern in (("id", _MESSAGE_ID), ("locale", _LOCALE)):
        value = row.get(name)
        if isinstance(value, str) and pattern.fullmatch(value):
            found[name] = value
    return found


def number(text: str | None) -> int | None:
    """A count of messages."""
    if text is None or not text.isascii() or not text.isdecimal() or len(text) > 15:
        return None
    return int(text)


def first_language(header: str) -> str:
    """The most wanted language of an Accept-Language header, or nothing."""
    wanted: list[tuple[float, str]] = []
    for part in header[:500].split(","):
        tag, _, weight = part.strip().partition(";q=")
        if _LOCALE.fullmatch(tag):
            wanted.append((_weight(weight), tag))
    return max(wanted, key=lambda one: one[0])[1] if wanted else ""


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0


async def _read(request: Request) -> bytes | None:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > BODY_BYTES:
            return None
    return body


def _form(body: bytes) -> Row:
    try:
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        return {}


def _object(body: bytes) -> Row:
    try:
        row = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return row if isinstance(row, dict) else {}

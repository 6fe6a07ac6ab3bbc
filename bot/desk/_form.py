"""What a POST brings: fields and files, read once and up to a limit."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive

SECONDS = 30.0
"""How long a body may take to come."""
_MOST_FIELDS, _MOST_FILES = 200, 10


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was sent. The name and the type are what the sender says."""

    name: str
    type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Form:
    """Fields (each with its last value), every value of each field, and files by the name of their field."""

    fields: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, Sequence[str]] = field(default_factory=dict)
    files: Mapping[str, Sequence[Upload]] = field(default_factory=dict)


class BadForm(Exception):
    """The body is none that we read; `status` says why."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


async def read_form(request: Request, most: int) -> Form:
    """The form of a request, urlencoded or multipart; `BadForm` if it is too long, too slow or broken."""
    if request.headers.get("content-length", "0").isdigit() and int(request.headers.get("content-length", "0")) > most:
        raise BadForm(413)
    limited = Request(request.scope, _limited(request.receive, most))
    try:
        async with asyncio.timeout(SECONDS):
            async with limited.form(max_files=_MOST_FILES, max_fields=_MOST_FIELDS, max_part_size=most) as data:
                return await _form(data)
    except TimeoutError:
        raise BadForm(408) from None
    except (HTTPException, MultiPartException, FormParserError, ClientDisconnect, UnicodeDecodeError):
        raise BadForm(400) from None


async def _form(data: FormData) -> Form:
    lists: dict[str, list[str]] = {}
    files: dict[str, list[Upload]] = {}
    for name, value in data.multi_items():
        if isinstance(value, UploadFile):
            if value.filename:
                content = await value.read()
                files.setdefault(name, []).append(Upload(value.filename, value.content_type or "", content))
        else:
            lists.setdefault(name, []).append(_clean(value))
    return Form({name: values[-1] for name, values in lists.items()}, lists, files)


def _clean(value: str) -> str:
    """No NUL, which PostgreSQL does not take; lines end as ours do."""
    return value.replace("\0", "").replace("\r\n", "\n").encode(errors="replace").decode()


def _limited(receive: Receive, most: int) -> Receive:
    """A `receive` that gives up after so many bytes."""
    left = most

    async def limited() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise BadForm(413)
        return message

    return limited

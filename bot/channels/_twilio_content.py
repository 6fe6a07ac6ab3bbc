"""WhatsApp's buttons and lists: Content resources made once for each set of labels, and the text split around them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import orjson

from bot.channels._contract import Config, SendError
from bot.channels._twilio_errors import mapped_errors
from bot.message import Choice
from bot.render import Part
from bot.twilio_client import Client

PREFIX = "bentornato-"
_VERSION = 1
"""Part of the hash: raise it when the form of the resources below changes."""

_EMPTY = "-"
"""An empty variable is refused by Twilio."""

_BLANKS = re.compile(r"[ \t\n\r\f\v\x1c-\x1f\x85\u2028\u2029]+")
_PAGE = 500


def variable(value: str) -> str:
    """A value as a template variable may be: one line, single blanks, never empty."""
    return _BLANKS.sub(" ", value).strip() or _EMPTY


def variables(values: Sequence[str]) -> str:
    """ContentVariables: a JSON object of strings, numbered from "1"."""
    return orjson.dumps({str(number): variable(value) for number, value in enumerate(values, 1)}).decode()


def split_body(text: str) -> tuple[str, str]:
    """What goes ahead as a message of its own, and the one line that stands above the buttons."""
    ahead, _, line = text.strip().rpartition("\n")
    return ahead.strip(), line.strip()


def numbered(part: Part) -> str:
    """The choices as text, answered by number: what a list becomes where it cannot be shown."""
    lines = (f"{number}) {choice.label}" for number, choice in enumerate(part.choices, 1))
    return "\n".join(lines)


def content_name(part: Part) -> str:
    """The resource's friendly name: a hash of all that is literal in it."""
    literal = [_VERSION, part.style, part.list_label, [choice.label for choice in part.choices]]
    return PREFIX + sha256(orjson.dumps(literal)).hexdigest()[:32]


def content_request(part: Part) -> dict[str, Any]:
    """The resource to create: the labels literal, the body {{1}}, the choices' payloads {{2}} and on."""
    return {
        "friendly_name": content_name(part),
        "language": part.locale.replace("-", "_").split("_")[0] or "en",
        "variables": {"1": "?"} | {str(n): choice.payload for n, choice in enumerate(part.choices, 2)},
        "types": _list_picker(part) if part.style == "list" else _quick_reply(part.choices),
    }


def _quick_reply(choices: Sequence[Choice]) -> dict[str, Any]:
    actions = [
        {"type": "QUICK_REPLY", "title": choice.label, "id": f"{{{{{number}}}}}"}
        for number, choice in enumerate(choices, 2)
    ]
    return {"twilio/quick-reply": {"body": "{{1}}", "actions": actions}}


def _list_picker(part: Part) -> dict[str, Any]:
    items = [{"item": choice.label, "id": f"{{{{{number}}}}}"} for number, choice in enumerate(part.choices, 2)]
    return {"twilio/list-picker": {"body": "{{1}}", "button": part.list_label or "…", "items": items}}


class Contents:
    """The account's Content resources of ours, by name: listed once, then remembered."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: dict[str, str] = {}
        self._is_listed = False
        self._lock = asyncio.Lock()

    async def sid(self, part: Part) -> str:
        """The ContentSid for this part's choices, created when it is new; raises the closed set."""
        name = content_name(part)
        if name not in self._known:
            async with self._lock:
                await self._find_or_create(name, part)
        return self._known[name]

    def forget(self, part: Part) -> None:
        """Somebody deleted the resource: the next time makes a new one."""
        self._known.pop(content_name(part), None)

    async def _find_or_create(self, name: str, part: Part) -> None:
        if not self._is_listed:
            await self._list()
        if name not in self._known:
            contents = self._client.content.v1.contents
            with mapped_errors(sends=False):
                made = await contents.create_async(contents.ContentCreateRequest(content_request(part)))
            self._known[name] = made.sid

    async def _list(self) -> None:
        with mapped_errors(sends=False):
            for found in await self._client.content.v1.contents.list_async(page_size=_PAGE):
                if (found.friendly_name or "").startswith(PREFIX):
                    self._known.setdefault(found.friendly_name, found.sid)
        self._is_listed = True


def is_content_refusal(error: SendError) -> bool:
    """Whether the Content API found fault with the resource itself: neither the account nor the moment is to blame."""
    return not error.retry and not isinstance(error, Config)

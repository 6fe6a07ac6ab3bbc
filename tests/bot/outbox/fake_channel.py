"""A channel that follows a script."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.channels import SendError, Sent, Unreachable
from bot.limits import Limits
from bot.render import Part

Answer = Exception | Sent | Callable[[], Any]


@dataclass
class FakeChannel:
    """Says to each address what its script says, else takes the message."""

    name: str
    limits: Limits
    sent: list[tuple[str, str]] = field(default_factory=list)
    """(address, text or template flow) of every call, in order."""
    script: defaultdict[str, deque[Answer]] = field(default_factory=lambda: defaultdict(deque))
    callbacks: list[str] = field(default_factory=list)
    callback_errors: deque[SendError] = field(default_factory=deque)

    def limits_for(self, address: str) -> Limits:
        return self.limits

    def receipt_error(self, code: str | None) -> type[SendError] | None:
        return Unreachable if code == "30006" else None

    async def send(self, address: str, part: Part) -> Sent:
        self.sent.append((address, part.template_flow or part.text))
        number = len(self.sent)
        answer = self.script[address].popleft() if self.script[address] else Sent(f"{self.name}{number}")
        if callable(answer):
            await answer()
            answer = Sent(f"{self.name}{number}")
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def answer_callback(self, callback_id: str, text: str | None) -> None:
        self.callbacks.append(callback_id)
        if self.callback_errors:
            raise self.callback_errors.popleft()

    def texts(self, address: str | None = None) -> list[str]:
        return [text for value, text in self.sent if address in (None, value)]

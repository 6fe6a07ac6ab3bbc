"""What came of one sending attempt, and what follows from it for the row, the address and the consent."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog

from bot.channels import (
    Config,
    NeedsTemplate,
    OptedOut,
    PauseAccount,
    RetryAt,
    SendError,
    Unreachable,
    apply_refusal,
    withdraw_prompt,
)
from storage import cases, messages, people
from storage.database import Transaction
from storage.messages import Delivered, OutboxRow

_log = structlog.get_logger()
ATTEMPTS = 8
"""Tries before a row is a dead letter."""
_PERHAPS, _PERHAPS_MARKETING = 4, 2
_FIRST_WAIT, _LONGEST_WAIT = 2.0, 900.0
_CONFIG_PAUSE = 60.0


@dataclass(frozen=True, slots=True)
class Result:
    """The row's next state. `wait_seconds`: due again after that long; `pause_seconds`: the whole account waits."""

    status: str
    provider_id: str | None = None
    error: str | None = None
    parts_sent: int = 0
    wait_seconds: float = 0.0
    pause_seconds: float = 0.0
    moved_to: str | None = None
    refusal: type[SendError] | None = None
    counts: bool = True
    """Whether it was a try of this message's own; a pause of the whole account is not its fault."""


def gone(reason: str) -> Result:
    """The row is not to be sent any more."""
    return Result("dropped", error=reason)


def later(row: OutboxRow, seconds: float, reason: str) -> Result:
    """The row is due again after so long."""
    return Result("pending", error=reason, parts_sent=row.parts_sent, wait_seconds=seconds, counts=False)


def _paused(error: SendError, parts: int, seconds: float) -> Result:
    return Result(
        "pending", error=error.code, parts_sent=parts, wait_seconds=seconds, pause_seconds=seconds, counts=False
    )


def back_off(attempts: int) -> float:
    """Seconds before the next try: doubling from 2 s to 15 min, with up to a quarter of jitter."""
    wait: float = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** max(0, attempts))
    return wait * (1 + random.uniform(0, 0.25))


def failure(error: Exception, row: OutboxRow, *, parts_sent: int | None = None) -> Result:
    """The result of an attempt that raised; anything outside the closed set is a bug and a dead letter."""
    parts = row.parts_sent if parts_sent is None else parts_sent
    if not isinstance(error, SendError):
        _log.error("rendering or sending failed", row=row.id, error=type(error).__name__, exc_info=True)
        return Result("dead", error=f"{type(error).__name__}", parts_sent=parts)
    kind = type(error).__name__
    _log.info("not sent", row=row.id, channel=row.channel, kind=kind, code=error.code)
    if isinstance(error, PauseAccount):
        return _paused(error, parts, error.seconds or back_off(row.attempts))
    if isinstance(error, Config):
        _log.error("account needs attention", channel=row.channel, code=error.code)
        return _paused(error, parts, error.seconds or _CONFIG_PAUSE)
    if isinstance(error, RetryAt):
        if row.attempts + 1 >= _most_tries(error, row):
            return Result("dead", error=error.code, parts_sent=parts)
        return Result(
            "pending", error=error.code, parts_sent=parts, wait_seconds=error.seconds or back_off(row.attempts)
        )
    status = "failed" if isinstance(error, Unreachable | OptedOut | NeedsTemplate) else "dead"
    return Result(status, error=error.code, parts_sent=parts, refusal=type(error))


def _most_tries(error: SendError, row: OutboxRow) -> int:
    """A call that may have gone through is repeated less: each repeat can be a copy on the member's phone."""
    if not error.sent_perhaps:
        return ATTEMPTS
    return _PERHAPS_MARKETING if row.kind == "marketing" else _PERHAPS


def store(
    transaction: Transaction,
    row: OutboxRow,
    result: Result,
    receipt_error: Callable[[str | None], type[SendError] | None] | None,
    now: int,
) -> None:
    """Write the result with everything that follows from it, in one piece."""
    messages.finish(
        transaction,
        [
            {
                "key": row.id,
                "status": result.status,
                "provider_id": result.provider_id,
                "error": result.error,
                "due_at": now + int(result.wait_seconds * 1_000_000) if result.status == "pending" else row.due_at,
                "attempts": row.attempts + result.counts,
                "parts_sent": result.parts_sent,
                "updated_at": now,
            }
        ],
    )
    transaction.touch("sent")
    transaction.touch(cases.TOPIC, row.member_id)
    if result.moved_to is not None:
        people.move_address(transaction, row.address_id, row.channel, result.moved_to)
    about = Delivered(row.id, result.status, row.address_id, row.member_id, row.token)
    if result.provider_id is not None:
        _join_receipt(transaction, row, about, result.provider_id, receipt_error, now)
    if result.refusal is not None:
        apply_refusal(transaction, about, result.refusal, channel=row.channel, code=result.error or "", now=now)
    elif result.status in ("dead", "dropped") and row.token and result.error != "human_active":
        withdraw_prompt(transaction, about, now)


def _join_receipt(
    transaction: Transaction,
    row: OutboxRow,
    about: Delivered,
    provider_id: str,
    receipt_error: Callable[[str | None], Any] | None,
    now: int,
) -> None:
    early = messages.take_receipt(transaction, row.channel, provider_id)
    if early is None:
        return
    status, code = early
    if messages.advance(transaction, about, status, code, now) and code and receipt_error is not None:
        meaning = receipt_error(code)
        if meaning is not None:
            apply_refusal(transaction, about, meaning, channel=row.channel, code=code, now=now)

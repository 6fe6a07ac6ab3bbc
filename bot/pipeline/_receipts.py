"""What a provider says later about a message: rows move forward only, and a refusal reaches the member's state."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.channels import OptedOut, SendError, Unreachable, apply_refusal
from bot.message import Event
from bot.pipeline._unit import Unit
from storage import cases, messages

ReceiptError = Callable[[str | None], type[SendError] | None]
"""A channel's reading of a status callback's error code."""


def receive(unit: Unit, event: Event, errors: Mapping[str, ReceiptError]) -> None:
    """Work one status event; a receipt whose message is not known yet is kept for the sender."""
    provider_id = event.provider_id.rpartition(":")[0]
    status = event.status or ""
    transaction = unit.transaction
    row = messages.by_provider(transaction, event.channel, provider_id)
    if row is None:
        messages.keep_receipt(transaction, event.channel, provider_id, status=status, error=event.error, at=unit.now)
        return
    moved = messages.advance(transaction, row, status, event.error, unit.now)
    if moved:
        transaction.touch(cases.TOPIC, row.member_id)
    read = errors.get(event.channel)
    meaning = read(event.error) if moved and read is not None and event.error else None
    if meaning is not None:
        apply_refusal(transaction, row, meaning, channel=event.channel, code=event.error or "", now=unit.now)
        _follow(unit, row, meaning)


def _follow(unit: Unit, row: messages.Delivered, meaning: type[SendError]) -> None:
    """What this batch holds of the member in memory must not write an older state back."""
    for place in unit.places.values():
        if place.id == row.address_id and issubclass(meaning, Unreachable):
            place.reachable = 0
        elif place.id == row.address_id and issubclass(meaning, OptedOut):
            place.opted_out = 1
    if row.member_id in unit.members and issubclass(meaning, OptedOut):
        unit.members[row.member_id].marketing = 0

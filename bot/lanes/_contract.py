"""What every kind of lanes offers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from bot.message import Event
from storage.database import Transaction


class Unavailable(Exception):
    """The event could not be made durable (queue full, database away): the provider must send it again."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event on its way through a lane."""

    event: Event
    raw: bytes = b""
    """The webhook body as it came; empty for events of our own."""
    received_at: int = 0
    event_id: int | None = None
    """The row in the `event` table, for events of our own."""


class Batch(Protocol):
    """Arrivals worked in one transaction; two of one address stand in the order they came."""

    @property
    def arrivals(self) -> list[Arrival]: ...

    def settle(self, transaction: Transaction) -> None:
        """Record, inside the transaction, that the batch is worked."""

    def done(self) -> None:
        """The transaction is committed."""

    def failed(self, error: Exception) -> None:
        """The transaction did not commit."""


Work = Callable[[Transaction, Batch], None]

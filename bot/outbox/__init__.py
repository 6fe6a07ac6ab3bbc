"""Outbox rows -> provider: limits, order per chat, retries, dead letters. Receipts come back through the pipeline."""

from bot.outbox._files import Files
from bot.outbox._limiter import Limiter
from bot.outbox._sender import Sender

__all__ = ["Files", "Limiter", "Sender"]

"""A batch of events -> one transaction -> outbox rows. No provider call and nothing slow happens inside."""

from bot.pipeline._process import Pipeline, Understanding, now_us
from bot.pipeline._talk import compose

__all__ = ["Pipeline", "Understanding", "compose", "now_us"]

"""What every use case is given: the open transaction, the rules, the keys, the hour, who acts, and where news go."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from loyalty.news import News
from loyalty.programme import MarketRules, Programme
from loyalty.tokens import Keyring
from loyalty.values import Value
from storage.database import Transaction

NEWS_LIFE = 3 * 24 * 3600 * 1_000_000
"""Microseconds after which news are stale."""


@dataclass(slots=True)
class Work:
    """One piece of work in one transaction. `now` is microseconds UTC."""

    transaction: Transaction
    programme: Programme
    keyring: Keyring
    now: int
    actor: str = "system"
    """Who is written into the books: system, chat, a key's or a person's name."""
    news: list[News] = field(default_factory=list)

    def rules(self, market: str) -> MarketRules:
        """The rules of a market."""
        return self.programme.market(market)

    def local(self, zone: str) -> datetime:
        """Now on the wall clock of a zone."""
        return datetime.fromtimestamp(self.now / 1_000_000, UTC).astimezone(ZoneInfo(zone))

    def tell(self, key: str, flow: str, member_id: int, **values: Value) -> None:
        """Let a member hear of something, once per key."""
        self.news.append(News(key, flow, member_id, self.now + NEWS_LIFE, values))


class LoyaltyError(ValueError):
    """A caller asked for what cannot be: an unknown order, another currency. The message says what, in English."""

"""A reason to write first, as triggers find it and handlers make it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from bot.message import Value, pack
from loyalty.news import News

TIMER_KIND = "occasion"


@dataclass(frozen=True, slots=True)
class Occasion:
    """One thing to tell one member, once per key. `values` are packed (bot.message.pack); instants microseconds UTC."""

    key: str
    trigger: str
    flow: str
    member_id: int
    values: Mapping[str, Any]
    expires_at: int | None = None

    @classmethod
    def of(
        cls,
        key: str,
        trigger: str,
        flow: str,
        member_id: int,
        values: Mapping[str, Value],
        expires_at: int | None = None,
    ) -> Occasion:
        """An occasion from values as flows and texts know them."""
        return cls(key, trigger, flow, member_id, {name: pack(value) for name, value in values.items()}, expires_at)

    @classmethod
    def about(cls, news: News) -> Occasion:
        """The occasion of a use case's news."""
        return cls.of(news.key, "news", news.flow, news.member_id, news.values, news.expires_at)

    def as_timer(self, now: int) -> dict[str, Any]:
        """The timer row that has the runner look at this from `now` on."""
        data = {
            "trigger": self.trigger,
            "flow": self.flow,
            "member": self.member_id,
            "values": dict(self.values),
            "expires_at": self.expires_at,
        }
        return {
            "key": self.key,
            "due_at": now,
            "kind": TIMER_KIND,
            "channel": "",
            "address": "",
            "data": orjson.dumps(data).decode(),
        }

    @classmethod
    def from_timer(cls, key: str, data: str) -> Occasion:
        """The inverse of `as_timer`."""
        row = orjson.loads(data)
        return cls(key, row["trigger"], row["flow"], row["member"], row["values"], row["expires_at"])

"""What the desk is made over: the database, the world, the channels, the clock and what tells of changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.desk._looks import Looks
from bot.desk._passwords import Passwords
from bot.desk._words import Words
from bot.handlers import World
from bot.settings import Settings
from storage.database import Database

PREFIX = "/desk"
"""Where the desk is mounted."""


class Hub(Protocol):
    """Tells open pages what has changed."""

    def watch(self, *args: Any, **more: Any) -> Any: ...
    def sign_out(self, staff_id: int) -> None: ...
    def open_pages(self, staff_id: int) -> int: ...


class StaffGroup(Protocol):
    """The staff's desk on Telegram, as its webhook knows it."""

    def verify(self, headers: Mapping[str, str]) -> bool: ...
    async def receive(self, body: bytes) -> None: ...


def words_for(world: World) -> Words:
    """The desk's words with the deployment's own laid over them; instants are those of the default market's zone."""
    own = [world.settings.folder / "locales"] if world.settings.folder is not None else []
    profile = world.markets.get(world.programme.default_market)
    return Words.load(own, profile.zone if profile is not None else "UTC")


@dataclass(frozen=True, slots=True)
class DeskContext:
    """What every page of the desk may use. `clock` gives microseconds UTC."""

    database: Database
    world: World
    channels: Mapping[str, Any]
    settings: Settings
    clock: Callable[[], int]
    hub: Hub | None = None
    words: Words = field(default_factory=Words.load)
    telegram: StaffGroup | None = None
    passwords: Passwords = field(default_factory=Passwords)
    looks: Looks = field(default_factory=Looks)

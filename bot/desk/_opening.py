"""The desk put together: pages, what tells them of changes, and the group on Telegram."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from fastapi import FastAPI

from bot.channels import Channel
from bot.desk import telegram
from bot.desk._build import build_desk
from bot.desk._context import DeskContext, words_for
from bot.desk._hub import Hub
from bot.desk._views import PageViews
from bot.handlers import World
from storage.database import Database


@dataclass(frozen=True, slots=True)
class OpenDesk:
    """A desk at work. `telegram` is None where no group is configured."""

    context: DeskContext
    hub: Hub
    telegram: telegram.TelegramDesk | None

    def web(self) -> FastAPI:
        """What is mounted at /desk."""
        return build_desk(self.context)


def open_desk(database: Database, world: World, channels: Mapping[str, Channel], clock: Callable[[], int]) -> OpenDesk:
    """Call it inside the running loop; `hub.close` lets the open pages go."""
    context = DeskContext(database, world, channels, world.settings, clock, words=words_for(world))
    hub = Hub(database, PageViews(context), clock)
    context = replace(context, hub=hub)
    group = telegram.build(context)
    return OpenDesk(replace(context, telegram=group), hub, group)

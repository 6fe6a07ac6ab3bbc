"""The project's own fake Bot API, whose answers come late: whoever is killed has sends in flight."""

import asyncio
from collections.abc import Iterable

from aiohttp import web

from bot.fakes.telegram import FakeTelegram
from tests.robustness.members import user_id
from tests.robustness.server import TELEGRAM_TOKEN

LATE = 0.05


class LateTelegram(FakeTelegram):
    """Takes messages at once and answers `LATE` seconds after."""

    def __init__(self) -> None:
        super().__init__(rate_limits=False)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        answer = await super()._handle(request)
        await asyncio.sleep(LATE)
        return answer

    def meet(self, members: Iterable[int]) -> None:
        """Open these members' chats, so that the bot may write there."""
        bot = self.bot(TELEGRAM_TOKEN)
        for member in members:
            bot.chats[user_id(member)] = self.user(TELEGRAM_TOKEN, id=user_id(member))

    def received(self, member: int) -> dict[int, str]:
        """Message id -> text, in the order the member saw them."""
        return {one.message_id: one.text for one in self.user(TELEGRAM_TOKEN, id=user_id(member)).messages}

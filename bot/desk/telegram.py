"""The staff's desk in a Telegram group (python-telegram-bot): a topic per member who needs a person.

Telegram's types stay in this file and the `_telegram_…` ones beside it. What comes in is worked once: the update's row
in the inbox and its effect are one transaction, and only then is the webhook answered.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any

import structlog

from bot.channels import poll_updates
from bot.desk._context import PREFIX, DeskContext
from bot.desk._telegram_acts import Done, Rules, act, is_known, keep, may_write
from bot.desk._telegram_board import Board
from bot.desk._telegram_bot import ALLOWED_UPDATES, Away, GroupBot, GroupError, Slow
from bot.desk._telegram_hook import PATH
from bot.desk._telegram_pace import Pace
from bot.desk._telegram_read import Kind, Told, Unreadable, read
from bot.desk._telegram_setup import inspect, why
from bot.desk._telegram_topics import Place, Topics
from bot.desk._words import N_, SOURCE, Voice
from bot.media import MOST_BYTES
from bot.settings import Settings
from bot.takeover import Lease
from storage import cases, messages, occasions, topics
from storage.database import Transaction

__all__ = ["GroupError", "TelegramDesk", "build", "connect", "inspect", "why"]

_log = structlog.get_logger()
_SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - a header's name
_QUIET_SECONDS = 3600.0
_RETRY_SECONDS = 5.0
_MOST_REFUSED = 10_000


def build(desk: DeskContext) -> TelegramDesk | None:
    """The desk on Telegram, if it is configured. Call it inside the running loop."""
    settings = desk.settings
    if settings.desk_telegram_token is None or settings.desk_telegram_group is None:
        return None
    bot = _bot(settings, settings.desk_telegram_token.get_secret_value())
    return TelegramDesk(desk, bot, settings.desk_telegram_group)


def _bot(settings: Settings, token: str) -> GroupBot:
    return GroupBot(token, api=settings.telegram_api, timeout=settings.provider_timeout)


async def connect(settings: Settings) -> str:
    """Give Telegram our webhook, once for a deployment; its address. Raises `GroupError`, or ValueError: not set up."""
    if settings.desk_telegram_token is None or settings.desk_telegram_secret is None:
        raise ValueError("desk_telegram_token and desk_telegram_secret must be set")
    url = f"{settings.public_url}{PREFIX}{PATH}"
    bot = _bot(settings, settings.desk_telegram_token.get_secret_value())
    await bot.start()
    try:
        await bot.point(url, settings.desk_telegram_secret.get_secret_value())
    finally:
        await bot.stop()
    return url


class TelegramDesk:
    """`receive` takes what happens in the group, `run` tells the group what happens elsewhere."""

    def __init__(self, desk: DeskContext, bot: GroupBot, group: int, *, pace: Pace | None = None) -> None:
        self._desk = desk
        self._bot = bot
        self._voice = _voice(desk)
        self._place = Place(group, group)
        time = asyncio.get_running_loop().time
        self._time = time
        self._topics = Topics(desk, bot, self._place, self._voice, pace or Pace(time))
        self._board = Board(desk.database, self._topics)
        self._rules = Rules(desk, Lease.of(desk.world.programme), self._voice, partial(_page, desk.settings))
        self._refused: dict[int, float] = {}
        self._is_found = False

    def verify(self, headers: Mapping[str, str]) -> bool:
        """The secret that Telegram was given. Without one no webhook is taken."""
        secret = self._desk.settings.desk_telegram_secret
        given = headers.get(_SECRET_HEADER, "")
        return secret is not None and hmac.compare_digest(given.encode(), secret.get_secret_value().encode())

    def health(self) -> Mapping[str, Any]:
        """For /health: what went wrong last in telling the group, and how much was said."""
        return {"error": self._board.last_error, "sent": self._topics.sent, "signed_in": self._bot.is_started}

    async def receive(self, body: bytes) -> None:
        """An update. Returns when it is worked or kept; raises when Telegram is to deliver it again."""
        await self._find()
        try:
            told = read(body, self._bot.client)
        except Unreadable as unreadable:
            await self._desk.database.write(partial(_keep, unreadable.key, body, self._desk.clock()))
            _log.warning("an update of the desk's bot cannot be read")
            return
        if told.is_private:
            await self._point_out(told)
        elif told.chat_id == self._place.chat_id and told.kind is not Kind.OTHER:
            await self._work(told)

    async def run(self, stop: asyncio.Event) -> None:
        """Sign in, then tell the group until stopped. While polling, updates are asked for too."""
        self._desk.database.subscribe_keys(cases.TOPIC, self._board.tell)
        polling = None
        try:
            if await self._sign_in(stop):
                if self._desk.settings.telegram_polling:
                    polling = asyncio.create_task(self._poll())
                await self._board.run(stop)
        finally:
            if polling is not None:
                polling.cancel()
                await asyncio.gather(polling, return_exceptions=True)
            await self._bot.stop()

    async def _sign_in(self, stop: asyncio.Event) -> bool:
        """Whether it was done before the stop."""
        while not stop.is_set():
            try:
                await self._find()
                await self._bot.start()
            except Exception as error:
                self._board.last_error = f"{type(error).__name__}: not signed in"
                _log.warning("the desk's bot could not sign in", error=type(error).__name__)
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), _RETRY_SECONDS)
            else:
                return True
        return False

    async def _find(self) -> None:
        """The group's id as it is now: it may have changed since the setting was written."""
        if not self._is_found:
            mark = self._place.mark
            found = await self._desk.database.read(lambda t: occasions.watermark(t, mark) or 0)
            self._place.chat_id = found or self._place.chat_id
            self._is_found = True

    async def _poll(self) -> None:
        settings = self._desk.settings
        token = settings.desk_telegram_token
        assert token is not None
        await poll_updates(settings.telegram_api, token.get_secret_value(), ALLOWED_UPDATES, self.receive)

    async def _work(self, told: Told) -> None:
        if told.kind is Kind.MOVED:
            await self._move(told)
            return
        content = await self._content(told)
        now = self._desk.clock()
        done = await self._desk.database.write(lambda t: act(t, told, content, now, self._rules))
        if not done.is_repeat:
            await self._follow(told, done)

    async def _move(self, told: Told) -> None:
        now = self._desk.clock()

        def work(transaction: Transaction) -> None:
            if not is_known(transaction, told):
                keep(transaction, told.update_id, told.kind.value, row_id=transaction.ids.new(), now=now)

        if told.old_chat == self._place.chat_id:
            await self._topics.move(told.new_chat)
        await self._desk.database.write(work)

    async def _content(self, told: Told) -> bytes | None:
        """The file of a message, if its sender may send it, it is not too large, and Telegram (still) gives it out.

        Raises when Telegram cannot be reached just now.
        """
        if told.file is None or told.file.size > MOST_BYTES or told.is_aside:
            return None
        now = self._desk.clock()

        def is_wanted(transaction: Transaction) -> bool:
            return not is_known(transaction, told) and may_write(transaction, told, now, self._rules)

        if not await self._desk.database.read(is_wanted):
            return None
        try:
            return await self._bot.download(told.file.id)
        except (Away, Slow):
            raise
        except GroupError as error:
            _log.warning("a file of the staff's group could not be fetched", error=type(error).__name__)
            return None

    async def _follow(self, told: Told, done: Done) -> None:
        """After the commit: the group hears of it."""
        if told.kind is Kind.TAP:
            await self._answer(told, done.answer or self._voice.say(N_("That cannot be done any more.")))
        elif done.notice is not None and (done.refusal is None or self._is_first(told.user_id)):
            self._board.say(done.notice, thread=told.thread, member_id=done.member_id)
        if done.member_id is not None:
            self._board.tell(frozenset([done.member_id]))

    async def _answer(self, told: Told, text: str) -> None:
        """A tap that stays without an answer only shows its clock a while: no reason to work it again."""
        try:
            await self._bot.answer(told.tap_id, text)
        except (GroupError, RuntimeError) as error:
            _log.info("a tap was not answered", error=type(error).__name__)

    async def _point_out(self, told: Told) -> None:
        """Who writes to the bot alone is told where to write instead."""
        if told.kind in (Kind.TAP, Kind.MOVED) or told.is_bot or not self._is_first(told.user_id):
            return
        try:
            await self._bot.say(told.chat_id, None, self._voice.say(N_("This bot works in the staff's group only.")))
        except (GroupError, RuntimeError) as error:
            _log.info("a private message was not answered", error=type(error).__name__)

    def _is_first(self, user_id: int) -> bool:
        """They were told nothing of that sort for an hour."""
        now = self._time()
        if now - self._refused.get(user_id, -_QUIET_SECONDS) < _QUIET_SECONDS:
            return False
        if len(self._refused) >= _MOST_REFUSED:
            self._refused.clear()
        self._refused[user_id] = now
        return True


def _keep(key: str, body: bytes, now: int, transaction: Transaction) -> None:
    """What nobody could read is kept and listed, once."""
    if (topics.CHANNEL, key) not in messages.known(transaction, [key]):
        keep(transaction, key, "ignored", row_id=transaction.ids.new(), now=now, body=body, error="unreadable")


def _voice(desk: DeskContext) -> Voice:
    """The group's language: that of the default market, if the desk speaks it."""
    profile = desk.world.markets.get(desk.world.programme.default_market)
    wanted = profile.locale.partition("_")[0] if profile is not None else SOURCE
    return desk.words.voice(wanted)


def _page(settings: Settings, member_id: int) -> str:
    return f"{settings.public_url}{PREFIX}/members/{member_id}"

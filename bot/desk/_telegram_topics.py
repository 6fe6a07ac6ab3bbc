"""Members' topics in the staff's group: opened with a case, told what is new, closed when it is resolved.

`shown_id` is kept after a message is out: told at least once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from bot.desk._context import DeskContext
from bot.desk._telegram_bot import GroupBot, MessageGone, Refused, Shut, TopicClosed, TopicGone
from bot.desk._telegram_files import Files
from bot.desk._telegram_look import Look, Shown, look, news
from bot.desk._telegram_pace import Pace
from bot.desk._telegram_words import (
    Line,
    card,
    failure,
    is_not_sent,
    keys,
    lines_of,
    notice,
    together,
    topic_name,
)
from bot.desk._words import Voice
from storage import occasions, topics
from storage.database import Transaction
from storage.topics import TopicRow

_log = structlog.get_logger()
_MOST_TOLD = 2_000


@dataclass(slots=True)
class Place:
    """The staff's group: the id it had in the settings, and the one it has now."""

    first_id: int
    chat_id: int

    @property
    def mark(self) -> str:
        """Under which its present id is kept."""
        return f"desk_group:{self.first_id}"


@dataclass(frozen=True, slots=True)
class Served:
    """What became of a turn. `has_card`: the status card may have to change; `heir`: who else is to be
    looked at."""

    is_done: bool = True
    has_card: bool = False
    has_spoken: bool = False
    heir: int | None = None


_MORE = Served(is_done=False)


class Topics:
    """Everything that is said in the group. Each call sends one message at most, but for a member's files."""

    def __init__(self, desk: DeskContext, bot: GroupBot, place: Place, voice: Voice, pace: Pace) -> None:
        self._desk = desk
        self._bot = bot
        self._place = place
        self._voice = voice
        self._files = Files(desk.channels, bot, voice)
        self._shown: dict[int, Shown] = {}
        self.pace = pace
        self.sent = 0
        """Messages and changes of messages so far."""
        self.notices: dict[int | None, list[str]] = {}
        """Topic (None: General) -> what the desk itself has to say there."""

    async def tell(self, member_id: int) -> Served:
        """Say what is new about a member."""
        shown = self._shown.setdefault(member_id, Shown())
        now = self._desk.clock()
        found = await self._look(member_id, shown.looked_at or now)
        if found.fate != "here":
            return await self._part(found)
        if found.case is None:
            return Served()
        if found.topic is None or found.topic.card_id is None:
            return await self._open(found) if found.case.is_human else Served()
        lines = self._lines(found, found.topic, shown)
        if lines:
            await self._say(found.topic, found, lines, shown)
            return Served(is_done=False, has_spoken=True)
        shown.looked_at = now
        if found.case.status == "resolved":
            return await self._close(found, found.topic)
        return Served(has_card=True)

    async def refresh(self, member_id: int) -> Sequence[int]:
        """Change the status card, if it is to say something else; whoever must be looked at again."""
        shown = self._shown.setdefault(member_id, Shown())
        found = await self._look(member_id, self._desk.clock())
        if found.case is None or found.topic is None or found.topic.card_id is None:
            return ()
        try:
            await self._show_card(found, found.topic, shown)
        except MessageGone:
            await self._save(found.topic._replace(card_id=None))
            return (member_id,)
        return ()

    async def say_loose(self) -> None:
        """Say what the desk has to say somewhere that is no member's open topic."""
        thread = next(iter(self.notices))
        texts = self.notices[thread]
        lines = together([notice(text) for text in texts])
        try:
            await self._send(thread, lines)
        except (TopicGone, TopicClosed, Refused):
            _log.info("words for a topic that takes none")
        self._drop_notices(thread, len(lines))

    async def move(self, chat_id: int) -> None:
        """The group has a new id, everywhere."""
        if chat_id == self._place.chat_id:
            return
        before, mark = self._place.chat_id, self._place.mark

        def work(transaction: Transaction) -> None:
            topics.move(transaction, before, chat_id)
            occasions.set_watermark(transaction, mark, chat_id)

        await self._desk.database.write(work)
        self._place.chat_id = chat_id
        _log.info("the staff's group has a new id")

    async def _look(self, member_id: int, changed: int) -> Look:
        return await self._desk.database.read(lambda t: look(t, member_id, changed, self._voice))

    async def _save(self, row: TopicRow) -> None:
        await self._desk.database.write(lambda t: topics.save(t, row))

    async def _forget(self, member_id: int) -> None:
        """There is no topic any more."""
        self._shown.pop(member_id, None)
        await self._desk.database.write(lambda t: topics.drop(t, member_id))

    def _lines(self, found: Look, topic: TopicRow, shown: Shown) -> list[Line]:
        """Everything to be said now; entries that need no words are told already."""
        about = found.about
        assert about is not None
        lines: list[Line] = []
        for entry in news(found, shown):
            made = [] if entry.id in found.own else lines_of(entry, about, self._voice)
            if not made:
                shown.told.add(entry.id)
            said = shown.part[1] if entry.id == shown.part[0] else 0
            lines += made[said:]
        late = [one for one in found.entries if is_not_sent(one) and one.id not in shown.failed]
        lines += [failure(one, self._voice) for one in late if shown.looked_at or one.id > topic.shown_id]
        return lines + [notice(text) for text in self.notices.get(topic.thread_id, [])]

    async def _say(self, topic: TopicRow, found: Look, lines: list[Line], shown: Shown) -> None:
        batch = together(lines)
        media, about = batch[0].media, found.about
        assert about is not None
        try:
            if media is not None:
                await self._files.show(media, about, self._place.chat_id, topic.thread_id, self._paced)
            else:
                await self._send(topic.thread_id, batch)
        except TopicGone:
            await self._forget(found.member_id)
        except TopicClosed:
            await self._bot.reopen_topic(self._place.chat_id, topic.thread_id)
        else:
            await self._told(topic, batch, shown)

    async def _told(self, topic: TopicRow, batch: list[Line], shown: Shown) -> None:
        """Remember what was said."""
        self._drop_notices(topic.thread_id, sum(not line.entry_id and not line.failed_id for line in batch))
        shown.failed.update(line.failed_id for line in batch if line.failed_id)
        done = [line.entry_id for line in batch if line.entry_id and line.is_last]
        unfinished = [line.entry_id for line in batch if line.entry_id and line.entry_id not in done]
        if unfinished:
            before = shown.part[1] if shown.part[0] == unfinished[-1] else 0
            shown.part = (unfinished[-1], before + len(unfinished))
        shown.told.update(done)
        if len(shown.told) > _MOST_TOLD:
            shown.told = set(sorted(shown.told)[_MOST_TOLD // 2 :])
        if done and max(done) > topic.shown_id:
            await self._save(topic._replace(shown_id=max(done)))

    def _drop_notices(self, thread: int | None, number: int) -> None:
        left = self.notices.get(thread, [])[number:]
        if left:
            self.notices[thread] = left
        else:
            self.notices.pop(thread, None)

    async def _send(self, thread: int | None, lines: list[Line]) -> None:
        self._count()
        try:
            await self._bot.say(self._place.chat_id, thread, "\n".join(line.html for line in lines))
        except Refused as refused:
            _log.warning("a message to the staff's group was refused", error=str(refused))
            self._count()
            await self._bot.say_plainly(self._place.chat_id, thread, "\n".join(line.plain for line in lines))

    def _count(self) -> None:
        self.pace.spend()
        self.sent += 1

    async def _paced(self) -> None:
        """Wait until one message may be sent, and count it."""
        while (delay := self.pace.wait()) > 0:
            await asyncio.sleep(delay)
        self._count()

    async def _open(self, found: Look) -> Served:
        """A topic with its card, for a case that has none; what there is to tell follows."""
        assert found.case is not None
        assert found.about is not None
        chat, topic = self._place.chat_id, found.topic
        begin = found.entries[0].id - 1 if found.entries else 0
        shape = card(found.case, found.about, self._voice), tuple(keys(found.case, self._voice))
        try:
            if topic is None:
                name = topic_name(found.about.name, found.case.market, found.case.channel)
                topic = TopicRow(found.member_id, chat, await self._bot.open_topic(chat, name), None, begin)
                await self._save(topic)
            else:
                await self._bot.reopen_topic(chat, topic.thread_id)
            self._count()
            card_id = await self._bot.say(chat, topic.thread_id, *shape)
        except TopicGone:
            await self._forget(found.member_id)
            return _MORE
        await self._save(topic._replace(card_id=card_id, shown_id=max(begin, topic.shown_id)))
        self._shown[found.member_id] = Shown(card=shape)
        await self._pin(card_id)
        return _MORE

    async def _pin(self, card_id: int) -> None:
        try:
            await self._bot.pin(self._place.chat_id, card_id)
        except (Shut, Refused, MessageGone) as error:
            _log.warning("a status card was not pinned", error=str(error))

    async def _show_card(self, found: Look, topic: TopicRow, shown: Shown) -> None:
        assert found.case is not None
        assert found.about is not None
        assert topic.card_id is not None
        shape = card(found.case, found.about, self._voice), tuple(keys(found.case, self._voice))
        if shape == shown.card:
            return
        self._count()
        await self._bot.change(self._place.chat_id, topic.card_id, *shape)
        shown.card = shape

    async def _close(self, found: Look, topic: TopicRow) -> Served:
        """The case is resolved: the card says so, the topic is closed and told nothing more."""
        shown = self._shown.setdefault(found.member_id, Shown())
        try:
            await self._show_card(found, topic, shown)
        except MessageGone:
            _log.info("the card of a resolved case is gone")
        try:
            await self._bot.close_topic(self._place.chat_id, topic.thread_id)
        except TopicGone:
            await self._forget(found.member_id)
            return Served()
        await self._save(topic._replace(card_id=None))
        self._shown.pop(found.member_id, None)
        return Served()

    async def _part(self, found: Look) -> Served:
        """Of an erased member nothing stays in the group; a merged one is looked after in the other's topic."""
        topic = found.topic
        self._shown.pop(found.member_id, None)
        if topic is None:
            return Served()
        if found.fate == "erased":
            try:
                await self._bot.delete_topic(self._place.chat_id, topic.thread_id)
            except TopicGone:
                _log.info("the topic of an erased member was gone")
            await self._forget(found.member_id)
        elif topic.card_id is not None:
            try:
                await self._bot.close_topic(self._place.chat_id, topic.thread_id)
            except TopicGone:
                _log.info("the topic of a merged member was gone")
            await self._save(topic._replace(card_id=None))
        return Served(heir=found.heir)
